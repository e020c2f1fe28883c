"""An experiment: two versions of one scenario, each for a share of the accounts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from engine.calls import Disposition


class Arm(StrEnum):
    """Which of the two versions."""

    A = "A"
    """The control: what is in service without the experiment."""
    B = "B"
    """The challenger."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is tried, and how success is told.

    Args:
        experiment_id: also the salt of the assignment, so that two experiments divide the accounts differently.
        scenario: its name.
        control: number of version A.
        challenger: number of version B.
        share: of the accounts that get B, in 0..1.
        outcome: the disposition that counts as success.
        worth: the least difference between the rates that would matter, in 0..1.
        started_by: who started it.
        started_at: when, UTC.
        finished_at: when it ended; None while it runs.
        finished_by: who ended it.
    """

    experiment_id: str
    scenario: str
    control: int
    challenger: int
    share: float
    outcome: Disposition
    worth: float
    started_by: str
    started_at: datetime
    finished_at: datetime | None = None
    finished_by: str | None = None

    def arm(self, account_id: str | None) -> Arm:
        """Return the arm of an account, the same in every call; of callers whom nobody knows it is the control."""
        if account_id is None:
            return Arm.A
        digest = sha256(f"{self.experiment_id}\0{account_id}".encode()).digest()
        return Arm.B if int.from_bytes(digest[:8]) < self.share * 2**64 else Arm.A

    def version(self, arm: Arm) -> int:
        """Return the number of an arm's version."""
        return self.control if arm is Arm.A else self.challenger

    def label(self, arm: Arm) -> str:
        """Return how the record of a call names the version and the arm."""
        return version_label(self.scenario, self.version(arm), f"arm {arm} of {self.experiment_id}")


def version_label(scenario: str, number: int, more: str = "") -> str:
    """Return how the record of a call names a version of the library, such as ``soft_collection v3``."""
    return f"{scenario} v{number}" + (f" ({more})" if more else "")
