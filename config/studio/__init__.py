"""The studio: where scenarios are looked at, changed, heard, checked, approved and put into service, in the browser."""

from config.studio.section import SCENARIOS

__all__ = ["SCENARIOS"]
