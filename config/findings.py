"""What an examination of the machine finds: keys that stay the same, values, and the mend for what is not in order."""

from dataclasses import dataclass
from enum import StrEnum

Value = str | int | float | bool | None


class Status(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"
    """A part is missing; calls are possible."""
    MISSING = "missing"
    """Something required is missing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Args:
        key: stable name, such as ``sip.channels``.
        value: what was found.
        status: whether it will do.
        mend: what to do about it, in words or as a command; empty when nothing is to be done.
    """

    key: str
    value: Value
    status: Status = Status.OK
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, in order of looking."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether all that is required is there."""
        return all(finding.status is not Status.MISSING for finding in self.findings)

    def flat(self) -> dict[str, Value]:
        """Return ``ok`` and each value by its key, with ``KEY.status`` and ``KEY.mend`` where it is not in order."""
        flat: dict[str, Value] = {"ok": self.ok}
        for finding in self.findings:
            flat[finding.key] = finding.value
            if finding.status is not Status.OK:
                flat[f"{finding.key}.status"] = finding.status.value
                flat[f"{finding.key}.mend"] = finding.mend
        return flat
