"""What a verdict on a contact rests on: words with who and when, facts, and stretches that nobody heard."""

from dataclasses import dataclass

from analytics.conversation import Role
from analytics.expressions import Match
from analytics.expressions.explaining import clock


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the contact.

    Args:
        role: who said them; None of a pause and of both sides' talking.
        text: as they were recognised or written.
        start_s: from the contact's start.
        end_s: the same.
        confidence: of the least sure word.
        sure: every word of them counts as heard.
    """

    role: Role | None
    text: str
    start_s: float
    end_s: float
    confidence: float = 1.0
    sure: bool = True

    def __str__(self) -> str:
        """Return ``0:12.4 client: «…»``."""
        said = (
            f"{clock(self.start_s)} {self.role}: «{self.text}»" if self.role else f"{clock(self.start_s)} {self.text}"
        )
        return said if self.sure else f"{said}, not sure (confidence {self.confidence:.2f})"


@dataclass(frozen=True, slots=True)
class Fact:
    """A measure, an attribute or what else is known of the contact.

    Args:
        name: of it.
        value: None where it is not known.
        wanted: what it was compared with, in words.
    """

    name: str
    value: float | str | None
    wanted: str = ""

    def __str__(self) -> str:
        """Return ``talk_ratio is 0.7 (wanted: talk_ratio < 0.6)``."""
        value = f"{self.value:.4g}" if isinstance(self.value, float) else self.value
        told = f"{self.name} is not known" if self.value is None else f"{self.name} is {value}"
        return f"{told} (wanted: {self.wanted})" if self.wanted else told


@dataclass(frozen=True, slots=True)
class Unheard:
    """A stretch of which too much was not understood.

    Args:
        roles: who spoke.
        start_s: from the contact's start.
        end_s: the same.
        share: of their speech in it, in 0..1.
    """

    roles: tuple[Role, ...]
    start_s: float
    end_s: float
    share: float

    def __str__(self) -> str:
        """Return ``62% of client's speech from 0:00.0 to 0:30.0 was not understood``."""
        stretch = f"from {clock(self.start_s)} to {clock(self.end_s)}"
        return f"{self.share:.0%} of the speech of {', '.join(self.roles)} {stretch} was not understood"


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a verdict rests on.

    Args:
        quotes: in the order of time.
        facts: that were compared.
        unheard: why it cannot be told.
    """

    quotes: tuple[Quote, ...] = ()
    facts: tuple[Fact, ...] = ()
    unheard: tuple[Unheard, ...] = ()

    def lines(self) -> list[str]:
        """Return it in words, a line each."""
        return [str(one) for one in (*self.quotes, *self.facts, *self.unheard)]

    def __add__(self, other: "Evidence") -> "Evidence":
        """Return both together, what stands in both once."""
        return Evidence(
            tuple(sorted({*self.quotes, *other.quotes}, key=lambda one: (one.start_s, one.end_s, one.text))),
            tuple(dict.fromkeys((*self.facts, *other.facts))),
            tuple(dict.fromkeys((*self.unheard, *other.unheard))),
        )


def evidence_of(match: Match) -> Evidence:
    """Return what decided an expression."""
    return Evidence(
        tuple(Quote(one.role, one.text, one.start_s, one.end_s, one.confidence, one.sure) for one in match.hits),
        tuple(Fact(one.name, one.value, one.wanted) for one in match.readings),
        tuple(Unheard(tuple(sorted(one.roles)), one.start_s, one.end_s, one.unheard) for one in match.gaps),
    )
