"""What a scenario must hold beyond its shape."""

from dialogs.checks.checker import SETTINGS, Checker

__all__ = ["SETTINGS", "Checker"]
