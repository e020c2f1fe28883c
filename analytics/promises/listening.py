"""Follows a contact turn by turn and keeps what the client has undertaken so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from analytics.promises.agreeing import Agreer
from analytics.promises.answers import chosen_days, echoes, says_yes, share_alone
from analytics.promises.banks import BankTurn, bank_turn
from analytics.promises.contexts import FIRM, OPEN, PAYS, Context, Kind, Value
from analytics.promises.drafts import Draft
from analytics.promises.echoing import takes_up
from analytics.promises.governing import Governed, governed
from analytics.promises.instalments import payments_counted
from analytics.promises.keeping import HELD
from analytics.promises.lines import Line
from analytics.promises.offers import Offer, offers
from analytics.promises.values import Proposer

_NOTHING_SAID: Final = 2
"""A line of no more words leaves a proposal open."""
_FOR_SOMETHING_ELSE: Final = frozenset(
    {Context.INCOME, Context.ELSEWHERE, Context.PAST, Context.REFUSE, Context.QUESTION}
)


@dataclass(slots=True)
class Listener(Agreer):
    """Hears one line after another; `drafts` holds what stands.

    Args:
        facts: of the debt.
    """

    _bank: list[Line] = field(default_factory=list)
    _stranger: bool = False
    _absent: bool = False
    _read_back_by_client: int | None = None
    _pending: BankTurn | None = None
    _proposed: BankTurn | None = None
    _named_again: bool = False
    _plan: BankTurn | None = None
    _asked_back: bool = False
    _willing: bool = False
    _urged: bool = False
    _last: int = -1
    _claims_paid: bool = False
    _other_days: set[date] = field(default_factory=set)
    _bank_days: set[date] = field(default_factory=set)
    _other_sums: set[int] = field(default_factory=set)

    def hear_bank(self, line: Line) -> None:
        """Take what the bank says."""
        if self._read_back_by_client is not None and line.begins_with("bank_confirms"):
            for draft in self.drafts:
                if draft.confirmed_by is None and draft.line < self._read_back_by_client:
                    self.confirm(draft, line)
        self._read_back_by_client = None
        if not self._bank and not line.bare_values:
            self._doubt(line)
        self._bank.append(line)

    def hear_client(self, line: Line) -> None:
        """Take what the client says in answer to the bank's words since his last."""
        bank = bank_turn(self._bank, self._other_days, {(one.amount, one.due) for one in self.drafts})
        self._last = line.index
        line = replace(line, since=self.drafts[0].due if len(self.drafts) == 1 else None)
        self._note_ask(bank)
        self._note_other_days(bank.lines)
        self._named_again = self._repeats_proposal(bank)
        self._proposed = self._gathered(bank)
        more = self.further(bank)
        if line.has("stranger"):
            self._stranger = True
        if not self.drafts and line.has("absent"):
            self._absent = True
        heard = governed(line, self._absent)
        if not self._stranger and not self._jokes(heard):
            self._answer(heard, bank)
        for value in heard.values:
            if value.kind is Kind.AMOUNT and value.context is Context.PAST:
                self.paid = self.pick(value.minor)
            if value.kind is Kind.AMOUNT and value.context is Context.OTHER:
                self._other_sums.update(value.minor)
            if value.kind is Kind.AMOUNT:
                self.said_sums.update(value.minor)
            elif value.context in FIRM or value.context in OPEN or value.context is Context.REFUSE:
                self.said_days.update(value.days)
        self._note_own_days(heard, bank)
        if heard.told(Context.PAST) and not heard.told(Context.PAY) and not self.drafts:
            self._claims_paid = True
        for value in heard.values:
            if value.kind is Kind.DAY and value.context is Context.ELSEWHERE:
                self._other_days.update(value.days)
        self._pending = bank if bank.offered else self._pending
        if len(bank.offered) > 1 and bank.offers_payment and all(one.whole for one in bank.offered):
            self._plan = bank
        self._asked_back = self._asks_back(heard, bank)
        if not line.begins_with("heard") and len(line.words) > _NOTHING_SAID and not self._asked_back:
            self._pending = None
        if heard.told(Context.TRY):
            self._proposed = None
        if heard.told(Context.REFUSE) or line.begins_with("denial"):
            self._pending = self._plan = None
            if not line.begins_with("wait"):
                self._proposed = None
                self._declined_more = more
        self._urged = bool(bank.lines) and not bank.elsewhere and (bank.offers_payment or bank.wants_values)
        self._willing = (self._willing or heard.told(Context.PAY)) and not heard.told(Context.REFUSE)
        self._bank = []

    def _note_own_days(self, heard: Governed, bank: BankTurn) -> None:
        """Note the days that the client was first to name, and for nothing else than paying."""
        self._bank_days.update(day for line in bank.lines for one in line.bare_values for day in one.days)
        for value in heard.values:
            if value.kind is Kind.DAY and value.context not in _FOR_SOMETHING_ELSE:
                for day in set(value.days) - self._bank_days:
                    self.own_days.setdefault(day, heard.line.index)

    def _gathered(self, bank: BankTurn) -> BankTurn | None:
        """Return what the bank has proposed and nobody declined: several payments where it went on with another."""
        before, goes_on = (
            self._proposed,
            bank.has("bank_another") or any(one.begins_with("bank_and") for one in bank.lines),
        )
        if not bank.offered or not (bank.offers_payment or (before and goes_on and not bank.wants_values)):
            return before
        whole = before is not None and all(one.whole for one in before.offered) and all(one.day for one in bank.offered)
        if before is None or not (goes_on and whole) or self._repeats_proposal(bank):
            return bank
        rest = next((one for line in bank.lines for one in line.bare_values if one.kind is Kind.REST), None)
        added = tuple(replace(one, amount=one.amount or rest) for one in bank.offered)
        return replace(bank, values=before.values + bank.values, offered=before.offered + added)

    def _doubt(self, line: Line) -> None:
        """Hold for tried what was just said, where the bank takes it for no promise: «назовите день»."""
        if not line.has("bank_gives_up"):
            return
        asks = bank_turn((line,)).wants_values
        doubted = [
            one
            for one in self.drafts
            if one.line == self._last and one.confirmed_by is None and not (asks and one.incomplete)
        ]
        self.opened += doubted
        self.drafts = [one for one in self.drafts if one not in doubted]

    def _note_other_days(self, lines: Sequence[Line]) -> None:
        for line in lines:
            kept = bank_turn((line,)).values
            self._other_days.update(
                day for one in line.bare_values if one.kind is Kind.DAY and one not in kept for day in one.days
            )

    def _answer(self, heard: Governed, bank: BankTurn) -> None:
        line = heard.line
        by_bank = line.has("bank_if")
        said = self._offers(heard, bank, FIRM)
        if line.has("withdraw") and not any(one.context in PAYS for one in heard.values):
            self.drafts.clear()
            self.opened.clear()
            return
        if line.has("undated"):
            self.drafts = [one for one in self.drafts if one.due is None]
        if self._ends_in_refusal(heard):
            return
        if self._drops(heard, said):
            said = ()
        if by_bank:
            self._hold_open(heard, bank)
            return
        yes = says_yes(heard, bank, bool(said))
        if said:
            self.take_all(heard, bank, said)
            denies = line.begins_with("denial") or heard.told(Context.REFUSE)
            if bank.offered and (yes or (echoes(said, bank) and not denies)):
                self.confirm_read_back(line, bank)
        elif yes:
            self._assent(heard, bank)
        elif self._unsays(heard, bank):
            self.drafts.clear()
        else:
            self._hold_open(heard, bank)
        if line.asks or line.has("question"):
            self._read_back_by_client = line.index

    def _asks_back(self, heard: Governed, bank: BankTurn) -> bool:
        """Whether the line asks before it answers, or says again what the bank named without taking it."""
        if not heard.values:
            return heard.line.asks or heard.line.has("question")
        undecided = not heard.told(Context.REFUSE) and all(one.line < heard.line.index for one in self.drafts)
        return undecided and all(one.kind is Kind.AMOUNT and set(one.minor) & set(bank.named) for one in heard.values)

    def _unsays(self, heard: Governed, bank: BankTurn) -> bool:
        """Whether a read-back is met by doubt or refusal, and by no other sum or day."""
        read_back = any(self.same(draft, offer) for draft in self.drafts for offer in bank.offered)
        refused = (
            heard.told(Context.REFUSE)
            or heard.line.has("refuse")
            or (heard.told(Context.TRY) and (bank.asks or heard.line.has("wait")))
        )
        line = heard.line
        denied = (
            line.begins_with("denial")
            and len(line.finds("denial")) > 1
            and not line.has("bank_confirms")
            and not heard.values
        )
        disowned = line.begins_with("denial") and heard.told(Context.OTHER) and not heard.values
        return read_back and (refused or denied or disowned) and not heard.told(Context.PAY)

    def _ends_in_refusal(self, heard: Governed) -> bool:
        """Whether the last clause refuses what the line named before."""
        line = heard.line
        last = max((start for start, _ in line.finds("refuse_all")), default=-1)
        return last >= 0 and not any(
            one.context is Context.PAY or (one.start > last and one.context in PAYS) for one in heard.values
        )

    def _drops(self, heard: Governed, said: Sequence[Offer]) -> bool:
        """Take back the promise whose sum or day is refused; tell whether nothing else is said."""
        denies = heard.line.begins_with("denial")
        taken_back = (Context.REFUSE, Context.ELSEWHERE, Context.OTHER) if denies else (Context.REFUSE,)
        refused = [one for one in heard.values if one.context in taken_back and one.kind is not Kind.SHARE]
        if not refused or not self.drafts:
            return False
        gone = [
            draft
            for draft in self.drafts
            if any(draft.due in one.days if one.kind is Kind.DAY else draft.amount in one.minor for one in refused)
        ]
        others = [draft for draft in self.drafts if draft not in gone]
        if not said and gone and len(gone) <= len(self.drafts) and (denies or heard.line.has("refuse")):
            self.drafts = others
            return True
        if gone and others and any(self.same(draft, offer) for draft in others for offer in said):
            self.drafts = others
        return False

    def _offers(self, heard: Governed, bank: BankTurn, contexts: frozenset[Context]) -> tuple[Offer, ...]:
        """Return the payments that the line names in some contexts, where it speaks of paying at all."""
        corrects = contexts is FIRM and self.drafts and bank.offered and heard.line.begins_with("denial")
        values = [one for one in heard.values if one.context in contexts or (corrects and one.context is Context.SAID)]
        paying = any(one.context is Context.PAY for one in values)
        if contexts is FIRM and not paying:
            if self._only_repeats(values, bank) or self._disputes(values, bank):
                return ()
            if (bank.elsewhere and not self.drafts) or not self._about_paying(bank, values):
                return ()
            if heard.line.has("elsewhere") and not (
                any(one.kind is Kind.AMOUNT for one in values) or (bank.wants_values and _day_of_its_own(heard))
            ):
                return ()
            values = [one for one in values if one.context is Context.TAKE or not heard.line.near("elsewhere", one)]
            if heard.told(Context.REFUSE) and not any(
                one.kind is Kind.AMOUNT or one.kind is Kind.DAY for one in values
            ):
                return ()
            if values and all(one.kind is Kind.AMOUNT and self._of_others(one, bank) for one in values):
                return ()
            asked_more = bool(self.drafts) and bank.asks and bank.has("bank_another")
            taken = any(one.context is Context.TAKE for one in values)
            if Context.INCOME in heard.clauses and not bank.wants_values and not asked_more and not taken:
                return ()
            if (
                bank.about_income
                or bank.about_others
                or (self._claims_paid and not self.drafts and not bank.wants_values)
            ):
                return ()
        values = [one for one in values if one.kind is not Kind.AMOUNT or self.pick(one.minor) is not None]
        if corrects:
            standing = {draft.due for draft in self.drafts}
            fresh = [one for one in values if one.kind is not Kind.DAY or not standing & set(one.days)]
            if any(one.kind is Kind.DAY for one in fresh):
                values = fresh  # «нет, в среду: в понедельник я на смене»
        if not paying:
            values = [one for one in values if one.kind is not Kind.DAY or not set(one.days) <= self._other_days]
        if bank.elsewhere and not any(one.kind is Kind.AMOUNT for one in values) and not self.drafts:
            return ()
        second = [start for start, _ in heard.line.finds("another")]
        chosen = chosen_days(values, bank.offered)
        named = tuple(Offer(None, one) for one in chosen)
        line = heard.line
        count = payments_counted(line)
        evenly, parts = line.has("evenly"), line.has("parts") or bank.has("parts")
        named = named or offers(values, self.facts.today, line.each, second, evenly, count, parts)
        if not named and contexts is FIRM and Context.PAY in heard.clauses:
            named = offers(
                [one for one in heard.values if one.context in HELD and one.kind is Kind.DAY][:1], self.facts.today
            )
        if not named and contexts is FIRM and self._of_income(heard, bank):
            named = offers([one for one in heard.values if one.kind is Kind.DAY], self.facts.today)
        rest = bool(named) and all(one.amount is not None and one.amount.kind is Kind.REST for one in named)
        if rest and not paying and not self.drafts and self.paid is None:
            return ()
        if rest and not paying and all(one.day is None for one in named) and not bank.has("bank_another"):
            return ()  # "the other two is petrol"
        shares = bool(named) and all(share_alone(one) for one in named)
        if shares and not paying and (not self._sum_wanted(bank) or named[0].values[0].start > 1):
            return ()
        if shares and not (self._sum_wanted(bank) or bank.offered or bank.wants_values or (paying and self.drafts)):
            return ()
        return named

    def _disputes(self, values: Sequence[Value], bank: BankTurn) -> bool:
        """Whether a bare sum without a day meets a bare sum: «шестьдесят тысяч долга» — «тридцать пять!»."""
        first = not self.drafts and not self.opened and bool(bank.lines)
        asked = bank.wants_values or bank.has("bank_offers") or bank.asks
        return (
            first
            and not asked
            and bool(values)
            and all(one.kind is Kind.AMOUNT and one.context is Context.BARE for one in values)
        )

    def _only_repeats(self, values: Sequence[Value], bank: BankTurn) -> bool:
        """Whether a question for the day is answered with nothing but its sum: «шестьдесят тысяч, ничего себе»."""
        first = not self.drafts and not self.opened
        asked = bank.wants_values and not bank.has("bank_sum") and not any(one.day for one in bank.offered)
        sums = [one for one in values if one.kind is Kind.AMOUNT]
        days = any(one.kind is Kind.DAY for one in values)
        return first and asked and bool(sums) and not days and all(one.minor == bank.named for one in sums)

    def _of_others(self, value: Value, bank: BankTurn) -> bool:
        """Whether the client has named a sum for something else, and the bank does not: "sort out the eight first"."""
        return bool(self._other_sums.intersection(value.minor)) and not set(value.minor) & set(bank.named)

    def _of_income(self, heard: Governed, bank: BankTurn) -> bool:
        """Whether the day of an income is the answer to a question for the rest: «она у меня восьмого»."""
        asked = bool(self.drafts) and bank.asks and bank.has("bank_another") and not heard.line.asks
        income = Context.INCOME in heard.clauses and not any(
            heard.told(one) for one in (Context.TRY, Context.REFUSE, Context.PAST, Context.ELSEWHERE)
        )
        return asked and income and sum(one.kind is Kind.DAY for one in heard.values) == len(heard.values) == 1

    def _about_paying(self, bank: BankTurn, values: Sequence[Value]) -> bool:
        if bank.past and not bank.wants_values and not self.drafts:
            return any(one.context is Context.TAKE for one in values)
        going_on = (self._willing or self._urged) and any(one.day is not None for one in bank.offered)
        asks = bank.wants_values or bank.has("bank_offers") or bool(bank.named)
        proposed = () if self._proposed is None else self._proposed.values
        asks = asks or any(set(one.minor) & set(other.minor) for one in values for other in proposed)
        return bool(self.drafts or self.opened) or going_on or asks

    def _sum_wanted(self, bank: BankTurn) -> bool:
        waiting = any(one.amount is None for one in self.drafts)
        return waiting or bank.wants_values or any(one.kind in (Kind.SHARE, Kind.AMOUNT) for one in bank.values)

    def _assent(self, heard: Governed, bank: BankTurn) -> None:
        """Take a yes: to a read-back, or to the bank's proposal."""
        line = heard.line
        if bank.elsewhere and not self.drafts:
            return
        planned = bank.asks and any(one.amount is not None and one.day is not None for one in bank.offered)
        planned = planned or self._named_again or line.has("gives_in")
        if self._claims_paid and not self.drafts and not bank.has("bank_pays") and not planned:
            return  # «ждём до пятницы»: the payment that was made already
        if self._proposed is not None and not self.drafts:
            part = len(bank.offered) < len(self._proposed.offered) and self._repeats_proposal(bank)
            if part or (not bank.values and bank.has("bank_checks")):
                bank = self._proposed  # «договорились?» about what was proposed before
        settles = line.has("as_proposed") or line.has("gives_in")
        if not bank.offered and not self.drafts and settles and self._proposed is not None:
            self.opened = []
            self.accept(heard, self._proposed)
        elif self.drafts and self.further(bank):
            self.accept(heard, bank)
        elif self.drafts and bank.offered:
            self.confirm_read_back(line, bank)
        elif not bank.offered and (rest := self._rest_of_plan()) is not None:
            self.accept(heard, rest)
        elif bank.offered and (self.opened or self._is_proposed(line, bank)):
            self.accept(heard, bank)
        elif self._pending is not None and not bank.offered and self.drafts:
            self.confirm_read_back(line, self._pending)
        elif self._pending is not None and not bank.offered and self._pending.offers_payment:
            answered = self._asked_back and not bank.lines[-1].begins_with("denial")
            if answered or bank.has("bank_pays"):
                self.accept(heard, self._pending)
        elif self.drafts and any(
            one.kind is Kind.SHARE and one.share == 1 for line in bank.lines for one in line.bare_values
        ):
            for draft in self.drafts:
                if draft.amount is None:
                    draft.amount, draft.amount_by = self.asked or self.facts.owed_minor, Proposer.BANK

    def _is_proposed(self, line: Line, bank: BankTurn) -> bool:
        """Whether a yes to what the bank names is one to a proposal."""
        awaited = self._willing or self._named_again or bank is self._proposed or any(one.asks for one in bank.lines)
        agreed = line.has("take_on") or takes_up(line, bank.lines[-1]) or (awaited and line.begins_with("assent"))
        return (bank.states_payment and agreed) or (bank.offers_payment and not bank.past)

    def _repeats_proposal(self, bank: BankTurn) -> bool:
        """Whether the bank only names what it has proposed, and nobody declined."""
        before = () if self._proposed is None else self._proposed.offered
        return bool(before and bank.offered) and all(one.repeated_by(before) for one in bank.offered)

    def _rest_of_plan(self) -> BankTurn | None:
        """Return what the client has not taken up yet of the payments that the bank proposed together."""
        if self._plan is None or not self.drafts:
            return None
        left = tuple(one for one in self._plan.offered if not any(self.same(draft, one) for draft in self.drafts))
        part = 0 < len(left) == len(self._plan.offered) - len(self.drafts)
        return replace(self._plan, offered=left) if part else None

    def _hold_open(self, heard: Governed, bank: BankTurn) -> None:
        """Keep what was only tried or asked about, until the bank reads it back."""
        line = heard.line
        tried = self._offers(heard, bank, OPEN)
        if not tried or heard.told(Context.SAID) or heard.told(Context.OTHER):
            return
        for offer in tried:
            draft = Draft(line.index, firm=False)
            self.fill(draft, heard, bank, offer)
            if draft.amount is None and draft.share is None and bank.named:
                draft.amount, draft.amount_by, draft.borrowed = self.pick(bank.named), Proposer.BANK, True
            self.opened.append(draft)

    def _jokes(self, heard: Governed) -> bool:
        """Whether the line cannot be meant: a sum beyond the debt, or a figure of speech."""
        beyond = any(
            one.kind is Kind.AMOUNT and one.context is Context.PAY and self.pick(one.minor) is None
            for one in heard.values
        )
        return beyond or heard.line.has("joke")

    def _note_ask(self, bank: BankTurn) -> None:
        if bank.named and not self.drafts:
            self.asked = self.pick(bank.named) or self.asked


def _day_of_its_own(heard: Governed) -> bool:
    """Whether a line names one day for something else, and another: «пятого свадьба, так что восьмого»."""
    others = {day for one in heard.values if one.context is Context.ELSEWHERE for day in one.days}
    days = [one for one in heard.values if one.kind is Kind.DAY and one.context in FIRM]
    return bool(others) and any(not others.intersection(one.days) for one in days)
