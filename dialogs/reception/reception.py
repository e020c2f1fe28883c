"""The dialog at reception: greets while the account is looked up, asks which contract, and hands over to the scenario.

Nothing said here depends on whose number it is: no name, no product, not even how many contracts there are. Whoever
calls from a number that several accounts have is asked for digits of the contract, which only its holder knows.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from dialogs.reception.texts import ReceptionTexts, Text
from engine.accounts import Account
from engine.calls import Disposition
from engine.dialog import Briefing, Ending, ErrandOutcome, ErrandRequest, Line, Move, Question
from engine.errors import DirectoryError
from engine.ports import Dialog
from engine.speech import Expect, Language, Transcript
from engine.spoken import find_digits

_AT_ONCE_S: Final = 0.1
"""How soon after the greeting the dialog goes on."""
_WAIT_S: Final = 2.0
_MOST_WAITS: Final = 5
_ANSWER_S: Final = 7.0
"""People look for the contract."""
_MOST_MISSES: Final = 2
_DIGITS: Final = 4


class _Stage(Enum):
    LOOKING_UP = auto()
    CHOOSING = auto()
    OVER = auto()
    """Handed over, or at an end."""


@dataclass(frozen=True, slots=True)
class Office:
    """What is the same for all who call one number of ours at a time.

    Args:
        texts: what reception says.
        creditor: the bank's name, as it is spoken.
        scenario: name of the scenario that callers are handed over to.
        scenario_hash: its content hash.
        person_on_hand: whoever is not found can be transferred to a person.
        open: within hours.
    """

    texts: ReceptionTexts
    creditor: str
    scenario: str
    scenario_hash: str
    person_on_hand: bool
    open: bool = True


class Reception:
    """One caller at reception; implements `engine.ports.Dialog`.

    Args:
        office: where.
        language: to greet in.
        look_up: returns the caller's accounts, None while they are looked up; raises `DirectoryError`.
        open_dialog: opens the scenario's dialog for an account.
        identified: is told whose call it is, once that is known, and by which dialog it goes on.
    """

    def __init__(
        self,
        office: Office,
        language: Language,
        look_up: Callable[[], Sequence[Account] | None],
        open_dialog: Callable[[Account], Dialog],
        identified: Callable[[Account, Dialog], None],
    ) -> None:
        self._office = office
        self._language = language
        self._look_up = look_up
        self._open_dialog, self._identified = open_dialog, identified
        self._stage = _Stage.LOOKING_UP
        self._waits = self._misses = 0
        self._accounts: tuple[Account, ...] = ()
        self._dialog: Dialog | None = None
        self._ahead: Dialog | None = None
        """Opened while the greeting is spoken, so that its first words are rendered by then."""
        self._last: Move | None = None
        self._why = Text.UNKNOWN

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return self._office.scenario

    @property
    def scenario_hash(self) -> str:
        """Content hash of the scenario, as callers get it whom nobody knows yet."""
        return self._office.scenario_hash if self._dialog is None else self._dialog.scenario_hash

    @property
    def scenario_version(self) -> str:
        """The version that the caller was handed over to, as people call it; empty until then."""
        return "" if self._dialog is None else self._dialog.scenario_version

    @property
    def language(self) -> Language:
        """Spoken now."""
        return self._dialog.language if self._dialog is not None else self._language

    def begin(self) -> Move:
        """Greet, or say that nobody is there at this hour."""
        if not self._office.open:
            self._stage = _Stage.OVER
            return self._end(Text.CLOSED, Ending(Disposition.OUT_OF_HOURS))
        return self._ask(Text.GREETING, Question(Expect.FREE, _AT_ONCE_S))

    async def attend(self, heard: Transcript) -> None:
        """Let the scenario's dialog ask; reception itself asks nobody."""
        if self._dialog is not None:
            await self._dialog.attend(heard)

    def reply(self, heard: Transcript) -> Move:
        """Go on; at reception itself only digits are an answer."""
        if self._dialog is not None:
            return self._dialog.reply(heard)
        return self._go_on(heard.text)

    def understands(self, heard: Transcript) -> bool:
        """Whether these words are an answer."""
        return self._dialog.understands(heard) if self._dialog is not None else self.completes(heard.text)

    def consents(self, heard: Transcript) -> bool:
        """Whether these words are taken as who the caller is, or as a promise; a contract's digits are neither."""
        return self._dialog is not None and self._dialog.consents(heard)

    def foresee(self, heard: Transcript) -> Sequence[Line]:
        """Return the lines with which `reply` would answer; reception's own are rendered long before."""
        return self._dialog.foresee(heard) if self._dialog is not None else ()

    def no_input(self) -> Move:
        """Go on after silence."""
        if self._dialog is not None:
            return self._dialog.no_input()
        return self._go_on("")

    def errand_request(self) -> ErrandRequest:
        """Return the request of the scenario's errand; reception runs none."""
        if self._dialog is None:
            raise LookupError("reception runs no errands")
        return self._dialog.errand_request()

    def done(self, outcome: ErrandOutcome) -> Move:
        """Go on after the scenario's errand."""
        assert self._dialog is not None, "reception runs no errands"
        return self._dialog.done(outcome)

    def unreached(self) -> Move:
        """Say why the call ends after all, where no person took it."""
        if self._dialog is not None:
            return self._dialog.unreached()
        return self._end(self._why, Ending(Disposition.NOT_IDENTIFIED))

    def briefing(self, language: Language) -> Briefing:
        """Return what a person is told who is to take over a caller whom nobody knows."""
        if self._dialog is not None:
            return self._dialog.briefing(language)
        texts, creditor = self._office.texts, self._office.creditor
        invitation, stranger = (texts.line(text, language, creditor) for text in (Text.INVITATION, Text.STRANGER))
        return Briefing(invitation, (stranger,), texts.version)

    def completes(self, text: str) -> bool:
        """Whether these words already are a whole answer."""
        if self._dialog is not None:
            return self._dialog.completes(text)
        return self._stage is _Stage.CHOOSING and self._chosen(text) is not None

    def unfinished(self, text: str) -> bool:
        """Whether the caller is likely to go on."""
        return self._dialog is not None and self._dialog.unfinished(text)

    def backchannel(self, text: str) -> bool:
        """Whether these words take no turn."""
        return self._dialog is not None and self._dialog.backchannel(text)

    def upcoming(self) -> Sequence[Line]:
        """Return lines that the next moves may hold."""
        if self._dialog is not None:
            return self._dialog.upcoming()
        own = self._office.texts.lines(self._language, self._office.creditor)
        if self._stage is _Stage.LOOKING_UP and self._ahead is None:
            with suppress(DirectoryError):
                accounts = self._look_up()
                self._ahead = self._open_dialog(accounts[0]) if accounts and len(accounts) == 1 else None
        return (*self._ahead.upcoming(), *own) if self._ahead is not None else own

    def _go_on(self, text: str) -> Move:
        match self._stage:
            case _Stage.LOOKING_UP:
                return self._looked_up()
            case _Stage.CHOOSING:
                account = self._chosen(text)
                return self._choose_again() if account is None else self._open(account)
            case _Stage.OVER:
                assert self._last is not None
                return self._last

    def _looked_up(self) -> Move:
        try:
            accounts = self._look_up()
        except DirectoryError:
            return self._leave(Text.FAULT)
        if accounts is None:
            self._waits += 1
            if self._waits > _MOST_WAITS:
                return self._leave(Text.FAULT)
            return self._ask(Text.WAIT, Question(Expect.FREE, _WAIT_S))
        if not accounts:
            return self._leave(Text.UNKNOWN)
        if len(accounts) == 1:
            return self._open(accounts[0])
        self._accounts, self._stage = tuple(accounts), _Stage.CHOOSING
        return self._ask(Text.WHICH, Question(Expect.DIGITS, _ANSWER_S))

    def _chosen(self, text: str) -> Account | None:
        digits = find_digits(text, self._language)
        fitting = [account for account in self._accounts if _ends_with(account, digits)]
        return fitting[0] if len(fitting) == 1 else None

    def _choose_again(self) -> Move:
        self._misses += 1
        if self._misses >= _MOST_MISSES:
            return self._leave(Text.UNKNOWN)
        return self._ask(Text.WHICH_AGAIN, Question(Expect.DIGITS, _ANSWER_S))

    def _open(self, account: Account) -> Move:
        self._stage = _Stage.OVER
        self._dialog = self._ahead or self._open_dialog(account)
        self._identified(account, self._dialog)
        return self._dialog.begin()

    def _leave(self, text: Text) -> Move:
        """End: with a person where there is one, else with words that say why."""
        self._stage, self._why = _Stage.OVER, text
        if self._office.person_on_hand:
            return self._end(Text.PERSON, Ending(Disposition.OPERATOR, transfer=True))
        return self._end(text, Ending(Disposition.NOT_IDENTIFIED))

    def _ask(self, text: Text, question: Question) -> Move:
        return self._move(text, question, None)

    def _end(self, text: Text, ending: Ending) -> Move:
        return self._move(text, None, ending)

    def _move(self, text: Text, question: Question | None, ending: Ending | None) -> Move:
        line = self._office.texts.line(text, self._language, self._office.creditor)
        self._last = Move(f"reception.{text}", (line,), question, ending, self._language)
        return self._last


def _ends_with(account: Account, digits: str) -> bool:
    """Whether a contract number ends with these digits, four of them or all it has."""
    number = re.sub(r"\D", "", account.account_id)
    return bool(number) and len(digits) >= min(_DIGITS, len(number)) and number.endswith(digits)
