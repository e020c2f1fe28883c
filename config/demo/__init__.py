"""The demo: a whole call with a simulated debtor who has a SIP stack and a process of their own."""
