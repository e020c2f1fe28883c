"""What a check finds: problems at their places, each with the call that shows it where there is one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from dialogs.checks.fault import Severity


@dataclass(frozen=True, slots=True)
class Exchange:
    """One step of a call that shows a problem.

    Args:
        event: what happened: an intent, or what else can happen in a call (`dialogs.proofs.turns.Event`).
        heard: what the debtor says, an example; empty where nobody speaks.
        said: the bot's words, with example values for facts.
        state: that the dialog is in then.
        place: ``file:line`` of what leads there.
    """

    event: str
    heard: str
    said: tuple[str, ...]
    state: str
    place: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a scenario.

    Args:
        severity: an error refuses publication.
        rule: its name, such as ``debt_wording``.
        file: as it was named.
        line: counted from 1.
        column: counted from 1.
        message: what is wrong.
        mend: what to do about it; may be empty.
        path: a shortest call that shows it, empty where none is needed.
    """

    severity: Severity
    rule: str
    file: str
    line: int
    column: int
    message: str
    mend: str
    path: tuple[Exchange, ...] = ()

    def __str__(self) -> str:
        """Return ``file:line:column: severity: message; mend [rule]``."""
        return f"{self.place}: {self.severity}: {self.told} [{self.rule}]"

    @property
    def place(self) -> str:
        """``file:line:column``."""
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def told(self) -> str:
        """What is wrong, and the mend."""
        return f"{self.message}; {self.mend}" if self.mend else self.message


@dataclass(frozen=True, slots=True)
class Report:
    """All that a check found in one scenario.

    Args:
        scenario: its file.
        on: the day whose law was applied.
        problems: errors first, then by file and line.
        situations: of calls that were looked at.
        duties: what the law asks of whoever orders the calls, which no scenario can show.
    """

    scenario: str
    on: date
    problems: tuple[Problem, ...]
    situations: int = 0
    duties: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that refuse publication."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that do not."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.WARNING)

    def passes(self, *, strict: bool = False) -> bool:
        """Whether there is no error; strictly, no warning either."""
        return not (self.problems if strict else self.errors)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "scenario": self.scenario,
            "date": self.on.isoformat(),
            "situations": self.situations,
            "duties": list(self.duties),
            "problems": [_plain(problem) for problem in self.problems],
        }


def tell(problem: Problem) -> Iterator[str]:
    """Yield a problem line by line, with the call that shows it as a dialog."""
    yield str(problem)
    for exchange in problem.path:
        heard = f"«{exchange.heard}» ({exchange.event})" if exchange.heard else f"({exchange.event})"
        yield f"    > {heard}  → {exchange.state}, {exchange.place}"
        for line in exchange.said:
            yield f"    - {line}"


def _plain(problem: Problem) -> dict[str, Any]:
    return {
        "severity": str(problem.severity),
        "rule": problem.rule,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "mend": problem.mend,
        "path": [
            {
                "event": exchange.event,
                "heard": exchange.heard,
                "said": list(exchange.said),
                "state": exchange.state,
                "place": exchange.place,
            }
            for exchange in problem.path
        ],
    }
