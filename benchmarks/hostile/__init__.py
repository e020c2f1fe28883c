"""Hostile SIP and RTP: the torture messages of RFC 4475, mutants of them and of a corpus of our own, and who sends them."""
