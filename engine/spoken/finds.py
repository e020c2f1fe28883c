"""What one pass over an utterance finds, before it is resolved into readings."""

from dataclasses import dataclass

from engine.spoken import shares, sums, times
from engine.spoken.days import Day

What = Day | times.Found | shares.Share | sums.Sum | None


@dataclass(frozen=True, slots=True)
class Find:
    """A thing that was said.

    Args:
        what: None for a number that is neither sum nor anything else.
        first: index of its first token.
        behind: index of the token behind its last one.
        start: offset into the text.
        end: offset behind it.
        adjoins: nothing of meaning stands between the find before and this one.
        negated: it was taken back.
    """

    what: What
    first: int
    behind: int
    start: int
    end: int
    adjoins: bool = False
    negated: bool = False

    @property
    def kind(self) -> type | None:
        """What sort of thing it is; all days are of one."""
        return object if isinstance(self.what, Day) else None if self.what is None else type(self.what)
