"""Hostile SIP and RTP: the torture messages of RFC 4475, mutants of them and of our own corpus, and their senders."""
