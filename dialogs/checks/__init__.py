"""What a scenario must hold beyond its shape."""

from dialogs.checks.checker import Checker

__all__ = ["Checker"]
