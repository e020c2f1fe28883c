"""What the client agrees to: the bank's proposals, and its read-backs of what he undertook."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from analytics.promises.banks import BankTurn
from analytics.promises.contexts import Kind
from analytics.promises.drafts import Draft
from analytics.promises.governing import Governed
from analytics.promises.instalments import following, payments_named, weeks_apart
from analytics.promises.keeping import Keeper
from analytics.promises.lines import COUNTS, Line
from analytics.promises.offers import Offer
from analytics.promises.values import Proposer, Shown

_SEVERAL: Final = 2
_NEAR: Final = timedelta(days=7)
"""A day that was read back so near is the same payment's."""


@dataclass(slots=True)
class Agreer(Keeper):
    """Keeps what the client agreed to, beside what he named himself."""

    def accept(self, heard: Governed, bank: BankTurn) -> None:
        """Take what the bank proposed and the client agreed to."""
        line = heard.line
        opened = self.opened[-1] if self.opened else None
        condition = next((line.quote(one.start, one.end) for one in heard.conditions), None)
        count = max((payments_named(one) for one in bank.lines), default=1)
        for offer in bank.offered:
            if offer.day is None and any(one.has(kind) for one in bank.lines for kind in COUNTS):
                continue  # in so many payments, of which the days are still to be said
            draft = Draft(line.index, condition=condition)
            self.fill(draft, heard, bank, offer)
            draft.evidence = {Shown.UNDERTAKING: draft.evidence[Shown.UNDERTAKING]}  # the rest is in the bank's words
            if offer.amount is None and bank.named:
                draft.amount = self.pick(bank.named)
                draft.amount_by = Proposer.BANK
            if draft.amount is None and any(one.kind is Kind.SHARE and one.share == 1 for one in bank.values):
                draft.amount, draft.amount_by = self.asked or self.facts.owed_minor, Proposer.BANK
            draft.amount_by = draft.amount_by and Proposer.BANK
            draft.due_by = draft.due_by and Proposer.BANK
            if offer.day is None and len(bank.offered) == 1 and not bank.asks and not line.has("pay"):
                continue
            if opened is not None and opened.agrees(
                (draft.amount,) if draft.amount else (), (draft.due,) if draft.due else ()
            ):
                draft.line = opened.line
                draft.amount_by = Proposer.CLIENT
                self.confirm(draft, line)
                draft.traits.add("tried")
            elif draft.due in self.own_days:  # his own words, said back to him
                draft.line = self.own_days[draft.due]
                draft.due_by = Proposer.CLIENT
                self.confirm(draft, line)
            draft.traits.add("accepted")
            self.show_bank(draft, bank)
            self.drafts.append(draft)
            if len(bank.offered) == 1:
                self.drafts += following(draft, count, weeks_apart(bank.lines))
        self.opened = []

    def confirm_read_back(self, line: Line, bank: BankTurn) -> None:
        """Mark as confirmed what the bank's last words read back, and take from them what was still open."""
        if self._settled(line, bank):
            return
        days_only = len(self.drafts) > 1 and all(one.kind is Kind.DAY for one in bank.values)
        for offer in [Offer(None, one) for one in bank.values] if days_only else bank.offered:
            sums = offer.amount.minor if offer.amount is not None and offer.amount.kind is Kind.AMOUNT else ()
            days = offer.day.days if offer.day is not None else ()
            matching = [one for one in self.drafts if one.line < line.index and one.agrees(sums, days)]
            matching.sort(key=lambda one: (one.confirmed_by is not None, one.due not in days, one.amount not in sums))
            if matching:
                draft = matching[0]
                if draft.amount is None and draft.share is None and sums:
                    draft.amount, draft.amount_by = self.pick(sums), Proposer.BANK
                opens = draft.due is None and bool(days)
                if opens:
                    draft.due, draft.due_by = days[0], Proposer.BANK
                if draft.confirmed_by is None:
                    self.confirm(draft, line)
                if opens:
                    self.spread(draft)
                continue
            open_range = [one for one in self.drafts if one.upper is not None and one.upper in sums]
            if open_range:
                draft = open_range[0]
                draft.amount, draft.upper = draft.upper, None
                self.confirm(draft, line)
            elif (
                len(self.drafts) == 1
                and len(bank.offered) == 1
                and self.drafts[0].line < line.index
                and not line.begins_with("denial")
            ):
                draft = self.drafts[0]
                picked = self.pick(sums) if sums else None
                if picked is None and not days:
                    continue
                if picked is not None and days and self._completes(draft, picked, days[0]):
                    self.drafts.append(Draft(line.index, amount=picked, due=days[0], amount_by=Proposer.BANK))
                    self.show_bank(self.drafts[-1], bank)
                    return
                his_day = not days or days[0] in self.own_days or days[0] == draft.due
                his_sum = picked is None or picked in self.said_sums or picked == draft.amount
                draft.replace(line.index, picked, days[0] if days else None, Proposer.BANK)
                if his_day and his_sum:
                    self.confirm(draft, line)
            elif days and not sums and len(bank.offered) == 1 and not line.begins_with("denial"):
                self._redate(line, days[0])

    def _redate(self, line: Line, due: date) -> None:
        """Give the payment that the client named last the day by which the bank has just read it back."""
        if any(one.due == due for one in self.drafts):
            return
        earlier = [one for one in self.drafts if one.line < line.index]
        last = max(earlier, key=lambda one: one.line, default=None)
        if last is not None and last.due is not None and abs(last.due - due) <= _NEAR and last.confirmed_by is None:
            last.due, last.due_by = due, Proposer.BANK
            self.confirm(last, line)

    def _completes(self, draft: Draft, amount: int, due: date) -> bool:
        """Whether a sum and a day that were read back are the rest of what is asked for, beside a draft."""
        asked = self.asked or self.facts.owed_minor
        return draft.amount is not None and draft.due not in (None, due) and draft.amount + amount == asked

    def _settled(self, line: Line, bank: BankTurn) -> bool:
        """Take several payments as the bank read them back, each with its sum and day; tell whether it did."""
        named = [
            (self.pick(one.amount.minor), one.day.days[0])
            for one in bank.offered
            if one.amount is not None and one.amount.kind is Kind.AMOUNT and one.day is not None and not one.day.now
        ]
        if any(one.line >= line.index for one in self.drafts):
            return False
        days = [one.days[0] for one in bank.values if one.kind is Kind.DAY]
        if not named and _SEVERAL <= len(set(days)) == len(self.drafts) == len(bank.values):
            for draft, due in zip(self.drafts, days, strict=True):
                draft.due = due
                if draft.confirmed_by is None:
                    self.confirm(draft, line)
            return True
        if len(named) < _SEVERAL or len(named) != len(bank.offered) or line.begins_with("denial"):
            return False
        left, kept = list(self.drafts), []
        for amount, due in named:
            near = max(left, key=lambda one: (one.due == due) + (one.amount == amount), default=None)
            if near is None:
                near = Draft(self.drafts[-1].line, amount_by=Proposer.CLIENT, due_by=Proposer.CLIENT)
                near.traits.add("settled")
            else:
                left.remove(near)
            near.amount, near.due, near.share = amount, due, None
            self.show_bank(near, bank)
            if near.confirmed_by is None and near.line < line.index:
                self.confirm(near, line)
            kept.append(near)
        if sum(one.amount or 0 for one in kept) == (self.asked or self.facts.owed_minor):
            left = []  # all that is asked for was read back; nothing is left over
        self.drafts[:] = sorted((*kept, *left), key=lambda one: one.due or date.max)
        return True

    def show_bank(self, draft: Draft, bank: BankTurn) -> None:
        """Note the bank's words for sum and day."""
        for line in bank.lines:
            for value in line.bare_values:
                if value.kind is Kind.DAY and draft.due in value.days:
                    self.show(draft, Shown.DAY, line, value)
                elif draft.amount in value.minor or (value.kind is Kind.SHARE and value.share == draft.share):
                    self.show(draft, Shown.AMOUNT, line, value)
