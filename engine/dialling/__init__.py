"""Dialling: whom we may call, when and how often."""
