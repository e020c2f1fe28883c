"""Trials: tests of a scenario that a designer writes as YAML, what they cover of it, and those still missing."""
