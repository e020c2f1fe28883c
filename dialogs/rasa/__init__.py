"""Rasa 3.6 beside the product: its own environment, its training data made of ours, its server and our client of it."""
