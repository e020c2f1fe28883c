"""Keeps the promises of a contact: begins, completes, corrects, confirms them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from analytics.promises.banks import BankTurn
from analytics.promises.contexts import Context, Kind, Value
from analytics.promises.drafts import Draft
from analytics.promises.governing import Governed
from analytics.promises.instalments import following, payments_named, weeks_apart
from analytics.promises.lines import Line
from analytics.promises.offers import Offer
from analytics.promises.values import DebtFacts, Proposer, Shown

HELD: Final = frozenset({Context.CONDITION, Context.INCOME})
"""Where a day stands that holds for a payment which names none: «десятого дадут, сразу переведу»."""


@dataclass(slots=True)
class Keeper:
    """The promises of a contact as they stand.

    Args:
        facts: of the debt.
        drafts: what is undertaken, in the order in which it was made.
        opened: what was only tried or asked about, until the bank reads it back.
        asked: the sum that the bank asked for last.
        paid: the sum that the client says he has paid.
        said_sums: all sums that the client has named.
        said_days: all days that he has named.
        own_days: days for paying that he named before the bank did, undertaken or not, with the utterance.
    """

    facts: DebtFacts
    drafts: list[Draft] = field(default_factory=list)
    opened: list[Draft] = field(default_factory=list)
    asked: int | None = None
    paid: int | None = None
    said_sums: set[int] = field(default_factory=set)
    said_days: set[date] = field(default_factory=set)
    own_days: dict[date, int] = field(default_factory=dict)
    _declined_more: bool = False
    _count: int = 1
    _weeks: int = 0

    def take_all(self, heard: Governed, bank: BankTurn, said: Sequence[Offer]) -> None:
        """Take the payments that a client's line names: new ones, or other values of those that stand."""
        line = heard.line
        if payments_named(line) > 1:
            self._count, self._weeks = payments_named(line), weeks_apart((line, *bank.lines))
        condition = next((one for one in heard.conditions), None)
        if condition is not None and condition.sure and all(one.day is not None for one in said):
            condition = None  # «в пятницу, как аванс получу»
        words = None if condition is None else line.quote(condition.start, condition.end)
        if len(said) > 1:
            fresh = [one for one in said if not any(self.same(draft, one) for draft in self.drafts)]
            adds = line.has("another") or bank.has("bank_another") or self._names_rest(bank) or self._adds(said)
            if fresh and self.drafts and not adds and len(fresh) == len(said):
                self.drafts.clear()
            before = list(self.drafts)
            for offer in _with_day_asked(said, bank):
                part = next((one for one in self.drafts if one.incomplete and self.same(one, offer)), None)
                if part is not None and part.line < line.index:
                    self.change(part, heard, bank, offer)
                elif not any(self.same(draft, offer) for draft in before):
                    self.begin(heard, bank, offer, words, several=True)
            return
        offer = said[0]
        if len(self.drafts) > 1 and self._sums_up(offer):
            del self.drafts[1:]  # «нет, давайте сразу все тридцать»
            self.change(self.drafts[0], heard, bank, offer)
            return
        draft = self._replaced(heard) or self.meant(line, bank, offer)
        if draft is None:
            self.begin(heard, bank, offer, words, several=False)
        else:
            self.change(draft, heard, bank, offer)
            if words and draft.condition is None:
                draft.condition = words
        draft = draft or self.drafts[-1]
        self.spread(draft)

    def spread(self, draft: Draft) -> None:
        """Let the payments follow that were counted, once the first has its day."""
        if self._count > 1 and draft.due is not None:
            if draft.amount is not None and (draft.share == 1 or draft.borrowed):
                draft.amount //= self._count
            self.drafts += following(draft, self._count, self._weeks)
            self._count = 1

    def finish(self) -> list[Draft]:
        """Return what stands at the end, sums that hung on others reckoned."""
        asked = self.asked or self.facts.owed_minor
        for draft in self.drafts:
            if asked is not None and draft.amount is None and draft.share:
                draft.amount = round(asked * draft.share)
        for draft in self.drafts:
            if asked is not None and draft.amount is None and draft.share == 0:
                others = (self.paid or 0) + sum(one.amount or 0 for one in self.drafts if one is not draft)
                whole = next((one for one in (asked, self.facts.owed_minor) if one and one > others), None)
                draft.amount = None if whole is None else whole - others
        return [
            one
            for one in self.drafts
            if (one.amount is not None or one.due is not None)
            and not (one.condition and one.amount is None and one.due is None)
        ]

    def same(self, draft: Draft, offer: Offer) -> bool:
        """Whether a payment named now is one that stands."""
        sums = offer.amount.minor if offer.amount is not None else ()
        days = offer.day.days if offer.day is not None else ()
        return draft.agrees(sums, days)

    def pick(self, readings: Sequence[int], offered: Sequence[int] = ()) -> int | None:
        """Return the reading that fits the debt: one that the bank named, else the largest that is owed."""
        for one in readings:
            if one in offered:
                return one
        debt = self.facts.debt_minor
        owed = [one for one in readings if debt is None or one <= debt]
        return max(owed, default=None)

    def meant(self, line: Line, bank: BankTurn, offer: Offer) -> Draft | None:
        """Return the draft that a payment named now is, or None where it is another."""
        if not self.drafts:
            return None
        exact = [one for one in self.drafts if self.same(one, offer)]
        if not exact and self._makes_up(offer) and not line.begins_with("denial"):
            return None
        if not exact and offer.amount is not None:
            exact = [one for one in self.drafts if one.upper is not None and one.upper in offer.amount.minor]
        if self.further(bank) and not (line.begins_with("denial") and exact):
            return None
        last = self.drafts[-1]
        goes_on = bank.has("bank_another") or self._names_rest(bank)
        second = (line.has("another") or goes_on or line.folded.startswith("и ")) and not (
            line.begins_with("denial") and bank.offered
        )
        if offer.amount is not None and offer.amount.kind is Kind.REST:
            return None
        if offer.amount is None and goes_on and not exact and last.due is not None:
            return None if not line.begins_with("denial") else last
        if second and offer.amount is not None and not (exact and offer.day is None) and last.due is not None:
            new_day = offer.day is not None and all(one.due != offer.day.days[0] for one in self.drafts)
            if new_day or (offer.day is None and not exact):
                return None
        return exact[-1] if exact else last

    def _names_rest(self, bank: BankTurn) -> bool:
        """Whether the bank names what the payments that stand leave of the sum asked for: «остаётся сорок»."""
        sums = [one.amount or 0 for one in self.drafts if one.due is not None]
        asked = (self.asked, self.facts.owed_minor)
        left = {one - sum(sums) for one in asked if one is not None and sums and 0 not in sums}
        return bool(left & set(bank.named)) and not set(sums) & set(bank.named)

    def further(self, bank: BankTurn) -> bool:
        """Whether the bank goes on with a payment on another day than those that stand: «и двадцать до десятого?».

        Or names another instead of the one with which it went on, and which was declined.
        """
        new = bool(bank.offered) and all(
            one.whole and not any(draft.due is None or self.same(draft, one) for draft in self.drafts)
            for one in bank.offered
        )
        if not new:  # nor where the bank has said nothing yet
            return False
        last = bank.lines[-1]
        return self._declined_more or last.begins_with("bank_and") or last.begins_with("bank_another")

    def _adds(self, said: Sequence[Offer]) -> bool:
        """Whether payments named now and those that stand are together the sum asked for."""
        sums = [None if one.amount is None else self.pick(one.amount.minor) for one in said]
        return sum(one or 0 for one in (*sums, *(one.amount for one in self.drafts))) == self.asked

    def _replaced(self, heard: Governed) -> Draft | None:
        """Return the draft whose sum or day the client denies: «не тринадцатого, а четырнадцатого»."""
        denied = [one for one in heard.values if one.taken_back]
        days = {day for one in denied for day in one.days}
        sums = {minor for one in denied for minor in one.minor}
        return next((one for one in self.drafts if one.due in days or one.amount in sums), None)

    def _sums_up(self, offer: Offer) -> bool:
        """Whether a payment named now is all of those that stand together."""
        sums = [one.amount for one in self.drafts]
        together = sum(one or 0 for one in sums) if None not in sums else None
        return offer.whole and offer.amount is not None and together in offer.amount.minor

    def _makes_up(self, offer: Offer) -> bool:
        """Whether a payment named now is exactly what those that stand leave of the sum asked for, on another day."""
        asked = self.asked or self.facts.owed_minor
        if offer.amount is None or offer.day is None or asked is None:
            return False
        if any(one.due is None or one.amount is None for one in self.drafts):
            return False
        left = asked - sum(one.amount or 0 for one in self.drafts)
        return left in offer.amount.minor and not any(one.due in offer.day.days for one in self.drafts)

    def begin(self, heard: Governed, bank: BankTurn, offer: Offer, words: str | None, several: bool) -> None:
        """Begin a promise, with what the bank's question and an earlier attempt say of it."""
        line = heard.line
        opened = self.opened[-1] if self.opened and not several else None
        draft = Draft(line.index, condition=words)
        self.opened = []
        if opened is not None and opened.amount is not None and offer.amount is None:
            draft.amount, draft.amount_by = opened.amount, opened.amount_by
        self.fill(draft, heard, bank, offer)
        another = bool(self.drafts) and (bank.has("bank_another") or self._names_rest(bank))
        answers = bank.wants_values or bank.offers_payment or bank.asks or another
        each = any(one.each for one in bank.lines)
        if draft.amount is None and draft.share is None and (not several or each) and answers and bank.named:
            draft.amount, draft.amount_by, draft.borrowed = self.pick(bank.named), Proposer.BANK, True
            draft.traits.add("borrowed")
        elif draft.amount is None and draft.share is None and (named := self._named_for(draft, bank)) is not None:
            draft.amount, draft.amount_by, draft.borrowed = named, Proposer.BANK, True
        elif draft.amount is None and draft.share is None and another:
            draft.share, draft.amount_by = 0.0, Proposer.CLIENT
        if draft.amount is None and draft.share is None:
            if line.has("whole"):
                draft.amount = self.facts.debt_minor
            elif (line.has("due") or line.has("closing")) and Context.PAY in heard.clauses and draft.due is not None:
                draft.amount = self.asked or self.facts.owed_minor
            draft.amount_by = Proposer.CLIENT
        echoes = any(one.amount is not None and draft.amount in one.amount.minor for one in bank.offered)
        if (
            draft.due is None
            and (bank.offers_payment or bank.asks or bank.wants_values or echoes)
            and not (bank.past or several)
        ):
            day = next((one.day for one in bank.offered if one.day is not None), None)
            if day is not None:
                draft.due, draft.due_by = day.days[0], Proposer.BANK
        if draft.due is None:
            held = next((one for one in heard.values if one.kind is Kind.DAY and one.context in HELD), None)
            if held is not None:
                draft.due, draft.due_by = held.days[0], Proposer.CLIENT
        draft.traits.add("bare" if Context.PAY not in heard.clauses else "verb")
        self.drafts.append(draft)

    def _named_for(self, draft: Draft, bank: BankTurn) -> int | None:
        """Return the sum that the bank named for the day of a draft."""
        sums = [
            self.pick(one.amount.minor)
            for one in bank.offered
            if one.amount is not None and one.day is not None and draft.due in one.day.days
        ]
        return sums[0] if sums else None

    def change(self, draft: Draft, heard: Governed, bank: BankTurn, offer: Offer) -> None:
        """Complete or correct a promise that stands."""
        fresh = Draft(heard.line.index)
        self.fill(fresh, heard, bank, offer)
        amount = fresh.amount if not (fresh.share == 1 and draft.amount is not None and not draft.borrowed) else None
        if amount is not None and draft.borrowed and draft.confirmed_by is None and draft.amount != amount:
            draft.amount = None
        if amount is not None and draft.share == 0:
            draft.amount, draft.share = amount, None  # the rest, now by its sum
        if amount is not None and amount == draft.upper and amount in bank.named:
            draft.amount, draft.upper = amount, None  # a range, settled
        if draft.amount is None and draft.due is not None and amount is None and fresh.share is not None:
            draft.share = fresh.share
        draft.replace(heard.line.index, amount, fresh.due, fresh.amount_by or fresh.due_by or Proposer.CLIENT)
        draft.evidence |= {shown: one for shown, one in fresh.evidence.items() if shown is not Shown.UNDERTAKING}

    def fill(self, draft: Draft, heard: Governed, bank: BankTurn, offer: Offer) -> None:
        """Give a draft the sum and day of a payment."""
        line = heard.line
        if offer.amount is not None:
            draft.upper = offer.amount.upper
            draft.amount, draft.share = self.sum_of(line, offer.amount, bank)
            named = (
                offer.amount.kind is Kind.AMOUNT
                and _in(offer.amount.minor, bank)
                and not (set(offer.amount.minor) & self.said_sums)
            )
            draft.amount_by = Proposer.BANK if named else Proposer.CLIENT
            self.show(draft, Shown.AMOUNT, line, offer.amount)
        if offer.day is not None:
            offered = [
                one.day for one in (bank.offered if offer not in bank.offered else (offer,)) if one.day is not None
            ]
            same = next((day for one in offered for day in one.days if day in offer.day.days), None)
            draft.due = same or offer.day.days[0]
            said = set(offer.day.days) & self.said_days
            draft.due_by = Proposer.BANK if same is not None and not said else Proposer.CLIENT
            self.show(draft, Shown.DAY, line, offer.day)
        self.show(draft, Shown.UNDERTAKING, line, None)

    def sum_of(self, line: Line, value: Value, bank: BankTurn) -> tuple[int | None, float | None]:
        """Return a sum in minor units, or the share by which it is reckoned later."""
        if value.kind is Kind.AMOUNT:
            return self.pick(value.minor, bank.named), None
        if value.kind is Kind.REST:
            return None, 0.0
        if line.has("whole"):
            whole = self.facts.debt_minor
            return (None, value.share) if whole is None else (round(whole * value.share), None)
        asked = self._left_over(bank) or self.asked or self.facts.owed_minor
        return None if asked is None else round(asked * value.share), value.share

    def _left_over(self, bank: BankTurn) -> int | None:
        """Return what the bank has just said is left beside the payments that stand: "that leaves fifty"."""
        left = bool(self.drafts) and (bank.has("bank_another") or self._names_rest(bank))
        left = left and all(one.day is None for one in bank.offered)
        return self.pick(bank.named) if left and bank.named else None

    def confirm(self, draft: Draft, line: Line) -> None:
        """Mark a promise as read back and agreed to."""
        draft.confirmed_by = line.index
        self.show(draft, Shown.CONFIRMATION, line, None)

    def show(self, draft: Draft, shown: Shown, line: Line, value: Value | None) -> None:
        """Note the words that show something: those of a value, else the whole line."""
        start, end = (value.start, value.end) if value is not None else (0, len(line.words))
        draft.shown(shown, line.index, start, end)


def _in(readings: Sequence[int], bank: BankTurn) -> bool:
    return any(one.kind is Kind.AMOUNT and set(one.minor) & set(readings) for one in bank.values)


def _with_day_asked(said: Sequence[Offer], bank: BankTurn) -> Sequence[Offer]:
    """Give the first of several payments the day that the bank asked about, where it has none: «десять внесу, …»."""
    days = [one.day for one in bank.offered if one.day is not None]
    first = said[0]
    others = all(one.day is not None and days and not set(one.day.days) & set(days[0].days) for one in said[1:])
    if first.day is not None or len(days) != 1 or not others or not bank.offers_payment:
        return said
    return (Offer(first.amount, days[0]), *said[1:])
