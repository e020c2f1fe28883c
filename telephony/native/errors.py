"""What can go wrong in a build."""

from engine.errors import TelephonyError


class BuildFailed(TelephonyError):
    """The library could not be built; the message says which step failed, why, and what to do."""
