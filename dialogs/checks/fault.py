"""Something wrong at a place in a scenario."""

from dataclasses import dataclass
from enum import StrEnum

from dialogs.documents import Steps


class Severity(StrEnum):
    """How bad a fault is."""

    ERROR = "error"
    """Refuses publication."""
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a scenario.

    Args:
        rule: its name, such as ``debt_wording``.
        steps: the place in the scenario, includes joined.
        message: what is wrong.
        mend: what to do about it.
        severity: how bad it is.
    """

    rule: str
    steps: Steps
    message: str
    mend: str
    severity: Severity = Severity.ERROR
