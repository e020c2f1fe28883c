"""Calls of synthesised debtors, judged by what the bot made of them."""
