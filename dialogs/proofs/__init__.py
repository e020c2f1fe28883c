"""Proofs over everything that a scenario's calls can come to; README.md tells what is proved and what is assumed."""
