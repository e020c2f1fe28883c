"""Hearing: voice activity, recognisers and the catalogue of speech models."""
