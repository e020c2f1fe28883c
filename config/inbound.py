"""What meets inbound callers: the line that they dialled, reception, and the scenario behind it."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from config.accounts import AccountBook
from config.sections import InboundLine
from dialogs.library.serving import Served, Serving
from dialogs.reader import Reader
from dialogs.reception.reception import Office, Reception
from dialogs.reception.texts import ReceptionTexts, load_reception
from engine.accounts import Account
from engine.clock import Clock
from engine.desk import Identified, Opening
from engine.dialog import Line
from engine.errors import DirectoryError, SettingsError
from engine.ports import AccountDirectory, CallLine, Dialog

_log = logging.getLogger(__name__)

_BEFORE_ANSWER_S = 0.3
"""The telephone may ring so long; most directories have answered by then, and the greeting is in the right language."""
_ANY = "*"


@dataclass(frozen=True, slots=True)
class StaffedLine:
    """A line of ours with what its callers meet, loaded.

    Args:
        settings: its own.
        serving: where its scenario is served.
        texts: of its reception.
    """

    settings: InboundLine
    serving: Serving
    texts: ReceptionTexts

    @property
    def served(self) -> Served:
        """Its scenario as new callers get it."""
        return self.serving.of(self.settings.scenario)

    def ready_lines(self) -> Sequence[Line]:
        """Return what is the same for all callers, in every language, reception's first."""
        creditor, scenarios = self.settings.creditor, self.served.scenarios
        languages = dict.fromkeys(language for scenario in scenarios for language in scenario.languages)
        lines = [line for language in languages for line in self.texts.lines(language, creditor)]
        for scenario in scenarios:
            lines += [line for language in scenario.languages for line in scenario.fixed_lines(language, creditor)]
        return tuple(dict.fromkeys(lines))


def default_line(book: AccountBook, scenario: str) -> InboundLine:
    """Return the one line for all numbers that there is where the settings name none; it refuses strangers.

    Raises:
        SettingsError: the accounts are several creditors', so that it could not say whose line it is.
    """
    creditors = {account.creditor for account in book.by_id.values()}
    if len(creditors) != 1:
        raise SettingsError(
            f"the accounts file has accounts of {len(creditors)} creditors: say in [[inbound.lines]] of the settings "
            "which number is whose"
        )
    return InboundLine(number=_ANY, creditor=creditors.pop(), scenario=scenario, unknown="refuse")


def staff(lines: Sequence[InboundLine], serving: Serving) -> Mapping[str, StaffedLine]:
    """Load the texts of all lines, by number; their scenarios are among those served.

    Raises:
        ScenarioError: one of the texts cannot be read; the message names file, line and mend.
    """
    texts = {path: load_reception(path) for path in {line.texts for line in lines}}
    return {line.number.lstrip("+"): StaffedLine(line, serving, texts[line.texts]) for line in lines}


class InboundDesk:
    """Meets callers; `meet` is given to the call desk.

    Args:
        lines: by number, ``*`` for every other.
        directory: where callers' accounts are looked up.
        clock: for hours and for the scenario's days.
        person_on_hand: whether callers can be transferred to a person now.
        reader: guesses what callers mean where no rule tells; without one the built-in classifier does.
    """

    def __init__(
        self,
        lines: Mapping[str, StaffedLine],
        directory: AccountDirectory,
        clock: Clock,
        *,
        person_on_hand: Callable[[], bool],
        reader: Reader | None = None,
    ) -> None:
        self._lines, self._directory, self._clock = lines, directory, clock
        self._person_on_hand, self._reader = person_on_hand, reader

    async def meet(self, line: CallLine, identified: Identified) -> Opening | None:
        """Return what an inbound call is met with, None where it is refused."""
        staffed = self._lines.get(line.called.lstrip("+")) or self._lines.get(_ANY)
        if staffed is None:
            _log.warning("call %s refused: no line of ours has the number that was dialled", line.call_id)
            return None
        is_open = staffed.settings.open_at(self._clock.now())
        if not is_open and staffed.settings.closed == "refuse":
            _log.info("call %s refused: out of hours", line.call_id)
            return None
        served = staffed.served
        usual = served.usual.scenario
        office = Office(
            staffed.texts,
            staffed.settings.creditor,
            usual.name,
            usual.content_hash,
            self._person_on_hand(),
            is_open,
        )
        if not is_open:
            language = staffed.settings.language or usual.languages[0]
            return Opening(Reception(office, language, tuple, _nobody, identified), None)
        return await self._receive(line, staffed.settings, served, office, identified)

    async def _receive(
        self, line: CallLine, settings: InboundLine, served: Served, office: Office, identified: Identified
    ) -> Opening | None:
        search = asyncio.create_task(self._directory.of_caller(line.remote), name=f"directory {line.call_id}")
        search.add_done_callback(lambda done: _log_search(line.call_id, done))
        await asyncio.wait({search}, timeout=_BEFORE_ANSWER_S)

        def look_up() -> Sequence[Account] | None:
            if search.done() and (error := search.exception()) is not None:
                raise DirectoryError("the directory failed") from error
            return search.result() if search.done() else None

        def open_dialog(account: Account) -> Dialog:
            chosen = served.choose(account.account_id)
            return chosen.scenario.open(
                account,
                now=self._clock.now(),
                person_on_hand=self._person_on_hand(),
                inbound=True,
                version=chosen.label,
                reader=self._reader,
            )

        languages = served.usual.scenario.languages
        language = settings.language or languages[0]
        with suppress(DirectoryError):
            known = look_up()
            if known is not None and not known and settings.unknown == "refuse":
                return None
            wished = {account.debtor.language for account in known or ()} & set(languages)
            language = wished.pop() if len(wished) == 1 else language
        return Opening(Reception(office, language, look_up, open_dialog, identified), None)


def _log_search(call_id: str, search: "asyncio.Task[Sequence[Account]]") -> None:
    if search.cancelled():
        return
    error = search.exception()
    if isinstance(error, DirectoryError):
        _log.error("call %s: %s", call_id, error)
    elif error is not None:
        _log.error("call %s: the directory broke", call_id, exc_info=error)
    else:
        _log.info("call %s: the caller has %d accounts here", call_id, len(search.result()))


def _nobody(account: Account) -> Dialog:
    raise AssertionError("out of hours nothing is looked up, and nobody handed over")
