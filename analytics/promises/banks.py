"""What the bank's turn is: a question for a sum or a day, a proposal, a read-back, or talk of something else."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from analytics.promises.contexts import Kind, Value
from analytics.promises.lines import Line
from analytics.promises.offers import Offer, offers
from analytics.promises.others import asks_of_others
from engine.speech import Language


@dataclass(frozen=True, slots=True)
class BankTurn:
    """All that the bank said since the client's last words.

    Args:
        lines: in order.
        values: sums and days of the last of them that names any.
        offered: the payments that it names.
        named: the last sum, readings best first; empty where none was named.
    """

    lines: tuple[Line, ...]
    values: tuple[Value, ...]
    offered: tuple[Offer, ...]
    named: tuple[int, ...]

    def has(self, kind: str) -> bool:
        """Whether a cue of a kind stands in any of its lines."""
        return any(line.has(kind) for line in self.lines)

    @property
    def wants_values(self) -> bool:
        """Whether it asks for a sum or a day rather than for a yes."""
        return bool(self.lines) and _asks(self.lines[-1])

    @property
    def offers_payment(self) -> bool:
        """Whether a yes to it may be an assent to pay."""
        relief = self.has("bank_relief") and not self.has("bank_urges")
        return self.has("bank_offers") and not self.wants_values and not relief

    @property
    def states_payment(self) -> bool:
        """Whether it names a payment whole and asks nothing: «в четверг двадцать шесть тысяч»."""
        whole = bool(self.offered) and all(one.whole for one in self.offered)
        return whole and not self.wants_values and not self.past

    @property
    def elsewhere(self) -> bool:
        """Whether it speaks of a call, a paper or a visit, and of no payment."""
        return (
            self.has("bank_elsewhere") and not self.offered and not self.has("bank_pays") and not self.has("bank_sum")
        )

    @property
    def past(self) -> bool:
        """Whether it speaks of a payment or a promise gone by."""
        return self.has("bank_past")

    @property
    def about_income(self) -> bool:
        """Whether it asks for the day of an income."""
        return self.has("income") and not self.has("bank_pays") and self.wants_values

    @property
    def about_others(self) -> bool:
        """Whether it asks what another person will do: «когда она выйдет?»."""
        last = self.lines[-1] if self.lines else None
        if last is None or not self.wants_values or last.has("bank_pays"):
            return False
        russian = last.facts.language is Language.RUSSIAN and asks_of_others(last.folded.split())
        return russian or last.has("bank_others")

    @property
    def asks(self) -> bool:
        """Whether it is a question, in writing or by its words."""
        return any(line.asks or line.ends_with("bank_offers") or line.has("bank_checks") for line in self.lines)


def bank_turn(
    lines: Sequence[Line], other_days: Collection[date] = (), known: Collection[tuple[int | None, date | None]] = ()
) -> BankTurn:
    """Return what the bank's lines since the client's last words come to.

    Args:
        lines: in order.
        other_days: of calls, visits and papers; without a sum they are no offer.
        known: sums and days of the payments that stand, by which «двадцать второго» may be told apart.
    """
    values: tuple[Value, ...] = ()
    named: tuple[int, ...] = ()
    for line in lines:
        parted = tuple(part for one in line.bare_values for part in line.parted(one, known))
        said = tuple(one for one in parted if not one.taken_back and not _for_something_else(line, one))
        if not any(one.kind is Kind.AMOUNT for one in said):
            said = tuple(one for one in said if one.kind is not Kind.DAY or not set(one.days) <= set(other_days))
        if any(one.kind is Kind.DAY or one.kind is Kind.AMOUNT for one in said):
            values = said
        for one in said:
            if one.kind is Kind.AMOUNT:
                named = one.minor
    days = [one.start for one in values if one.kind is Kind.DAY]
    kept = tuple(one for one in values if not _names_no_sum(one, days))
    return BankTurn(
        tuple(lines),
        values,
        offers(kept, lines[0].facts.today, any(line.each for line in lines)) if lines else (),
        named,
    )


def _names_no_sum(value: Value, days: Sequence[int]) -> bool:
    """Whether a value is "all of it", or a rest without a day of its own beside another payment's."""
    if value.kind is Kind.REST:
        return not (min(days, default=value.start) < value.start < max(days, default=value.start))
    return value.kind is Kind.SHARE and value.share == 1


def _for_something_else(line: Line, value: Value) -> bool:
    """Whether a day is that of a call, a visit or a paper."""
    if value.kind is not Kind.DAY:
        return False
    clause = next(index for index, (_, last) in enumerate(line.clauses) if value.start < last)
    first, last = line.sentence_of(clause)
    begin, end = line.clauses[first][0], line.clauses[last - 1][1]
    inside = range(begin, end)
    if any(one.kind is Kind.AMOUNT and one.start in inside for one in line.bare_values):
        return False
    if any(start in inside for start, _ in line.finds("bank_pays")):
        return False
    return any(start in inside for start, _ in line.finds("bank_elsewhere"))


def _asks(line: Line) -> bool:
    """Whether the line's last sentence asks when or how much."""
    asked = line.finds("bank_asks")
    if not asked:
        return False
    last_sentence = line.sentence_of(len(line.clauses) - 1)[0]
    begins = line.clauses[last_sentence][0]
    return any(start >= begins for start, _ in asked)
