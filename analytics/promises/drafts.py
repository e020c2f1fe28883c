"""A promise while the contact goes on: it is completed, corrected, confirmed or taken back."""

from dataclasses import dataclass, field
from datetime import date

from analytics.promises.values import Proposer, Shown


@dataclass(slots=True)
class Draft:
    """A promise in the making.

    Args:
        line: index of the client's utterance with which it had its present sum and day.
        amount: minor units.
        due: its day.
        amount_by: who named the sum first.
        due_by: who named the day first.
        firm: undertaken; otherwise only tried or asked about.
        share: of the sum asked for, where the sum is still to be reckoned; 0 stands for "the rest".
        upper: of a range of sums its upper bound.
        borrowed: the sum was taken from the bank's question.
        condition: its words.
        confirmed_by: the utterance that said yes to a read-back.
        superseded: earlier sums and days with their utterance.
        evidence: by what it shows the utterance, its first word and the one behind the last.
        traits: what else the confidence looks at.
    """

    line: int
    amount: int | None = None
    due: date | None = None
    amount_by: Proposer | None = None
    due_by: Proposer | None = None
    firm: bool = True
    share: float | None = None
    upper: int | None = None
    borrowed: bool = False
    condition: str | None = None
    confirmed_by: int | None = None
    superseded: list[tuple[int | None, date | None, int]] = field(default_factory=list)
    evidence: dict[Shown, tuple[int, int, int]] = field(default_factory=dict)
    traits: set[str] = field(default_factory=set)

    @property
    def incomplete(self) -> bool:
        """Whether sum or day is missing."""
        return self.due is None or (self.amount is None and self.share is None)

    @property
    def by(self) -> Proposer:
        """Who was the first to name all of it."""
        named = [who for who, value in ((self.amount_by, self.amount), (self.due_by, self.due)) if value is not None]
        return Proposer.BANK if named and all(who is Proposer.BANK for who in named) else Proposer.CLIENT

    def replace(self, line: int, amount: int | None, due: date | None, by: Proposer) -> None:
        """Take another sum or day, and keep what it was; None leaves a value as it stands."""
        changed = (amount is not None and self.amount not in (None, amount)) or (
            due is not None and self.due not in (None, due)
        )
        if changed and self.firm:
            self.superseded.append((self.amount, self.due, self.line))
        if amount is not None and amount != self.amount:
            self.amount, self.amount_by, self.borrowed, self.upper, self.share = amount, by, False, None, None
            self.line = line
        if due is not None and due != self.due:
            self.due, self.due_by = due, by
            self.line = line
        if changed:
            self.confirmed_by = None
            self.traits.add("corrected")

    def agrees(self, amounts: tuple[int, ...], days: tuple[date, ...]) -> bool:
        """Whether some of what was read back is this promise's and nothing contradicts it."""
        same_sum = not amounts or self.amount is None or self.amount in amounts
        same_day = not days or self.due is None or self.due in days
        return same_sum and same_day and bool(amounts or days)

    def shown(self, shown: Shown, utterance: int, start: int, end: int) -> None:
        """Note the words that show something."""
        self.evidence[shown] = (utterance, start, end)
