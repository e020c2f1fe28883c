"""What `voicebot call` and `voicebot serve` do with the engine."""

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from config.accounts import AccountBook, read_accounts
from config.ahead import render_ahead
from config.analysis.beside import analysis_beside
from config.directory import FileDirectory, HttpDirectory
from config.errands import HttpErrands
from config.inbound import InboundDesk, default_line, staff
from config.live import LiveView
from config.operation import operated
from config.pages import pages_beside
from config.privacy import keys_given
from config.report import make_report, print_report, summary
from config.scenarios import open_serving, renewing
from config.sections import InboundLine
from config.settings import Settings
from config.wiring import dial_gate, open_store, outside_reader, running, sip_parts
from dialogs.library.serving import Served, Serving
from dialogs.reader import Reader
from engine.accounts import Account
from engine.calls import CallClosed, CallRequest
from engine.clock import Clock, SystemClock
from engine.errors import SettingsError, StoreError, TelephonyError
from engine.ports import AccountDirectory, Dialog
from telephony.call_ids import new_call_id
from telephony.routing import TrunkRouter
from telephony.seat import SeatState
from telephony.sip_telephone import SipTelephone

_log = logging.getLogger(__name__)

_GREETINGS_S = 5.0
"""By when greetings are rendered after the start; the first caller may be faster, and waits for his."""


_RENEWED_S = 60.0
"""By when the prompts of a version are rendered that has come into service; those of live calls are sooner."""


async def place(
    settings: Settings, account: Account, to: str | None, scenario: str, console: Console
) -> tuple[bool, dict[str, Any]]:
    """Call one debtor.

    Returns:
        Whether the conversation reached a disposition, and the summary.

    Raises:
        VoicebotError: refused by the rules, or something is missing or failed.
    """
    serving, clock = open_serving(settings, [scenario]), SystemClock()
    loaded = serving.of(scenario).choose(account.account_id).scenario
    settings = settings.model_copy(update={"sip": settings.sip.alone})
    with LiveView(console, "debtor") as view:
        async with (
            outside_reader(settings) as reader,
            running(
                settings,
                lambda store, clock, on_stop: sip_parts(settings, store, loaded.languages, clock, on_stop),
                open_dialog=_opener(serving, scenario, clock, _on_hand(settings, clock), reader),
                watch=view.watch,
            ) as bot,
        ):
            await render_ahead(bot.prompter, loaded, (account.debtor.language,), (account.creditor,), console)
            destination = to or account.debtor.phone
            request = CallRequest(new_call_id(), destination, account, loaded.name, account.debtor.language)
            closed = await bot.desk.call(request)
            record = await bot.store.record(closed.call_id)
    if record is None:
        raise StoreError(f"call {closed.call_id} left no record")
    report = make_report(record, settings.paths.data_dir / "reports", keys=keys_given(settings))
    print_report(report, console)
    return closed.disposition.conversation, summary(report)


def rehearse(settings: Settings, account: Account, to: str | None) -> tuple[bool, str]:
    """Return whether a call would be allowed now, and the same in words; nothing is dialled or counted.

    Raises:
        StoreError: earlier dials cannot be read.
    """
    clock = SystemClock()
    with open_store(settings) as store:
        gate = dial_gate(settings, store, clock)
    try:
        dialled = gate.allow(to or account.debtor.phone, account.debtor.time_zone)
        if dialled.startswith("sip"):
            way = dialled.rpartition("@")[2]
        else:
            router = TrunkRouter(settings.sip_trunks, clock.monotonic_s)
            way = ", else ".join(f"trunk {trunk.name}" for trunk in router.take("rehearsal", dialled))
    except TelephonyError as refused:
        return False, f"account {account.account_id}: would not be called: {refused}"
    return True, f"account {account.account_id}: would be called now, through {way}"


async def serve_until_stopped(settings: Settings, accounts: Path | None, scenario: str) -> None:
    """Run the engine until SIGTERM or SIGINT, then drain. SIGHUP renews the media workers.

    Raises:
        VoicebotError: it cannot be started; the message says why.
    """
    book = read_accounts(accounts) if accounts else AccountBook({}, {})
    clock = SystemClock()
    person_on_hand = _on_hand(settings, clock)
    wanted = _lines(settings, book, scenario)
    serving = open_serving(settings, [scenario, *(line.scenario for line in wanted)])
    lines = staff(wanted, serving)
    directory = _directory(settings, accounts, book)
    errands = HttpErrands(settings.actions.allow)
    errands.warn(serving.scenarios)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with (
        outside_reader(settings) as reader,
        running(
            settings,
            lambda store, clock, on_stop: sip_parts(settings, store, serving.languages, clock, on_stop),
            open_dialog=_opener(serving, scenario, clock, person_on_hand, reader),
            meet=InboundDesk(lines, directory, clock, person_on_hand=person_on_hand, reader=reader).meet,
            errands=errands,
            on_closed=_log_closed,
        ) as bot,
    ):
        telephone = bot.telephone
        assert isinstance(telephone, SipTelephone)  # as made above
        _log.info("up: %d channels at %s", telephone.channels, _addresses(telephone))
        for one in lines.values():
            bot.prompter.prepare(one.ready_lines(), within_s=_GREETINGS_S)
        # What is loaded stays: to look through all of it for garbage would keep the event loop from audio for 75 ms.
        gc.collect()
        gc.freeze()

        def renewed(served: Mapping[str, Served]) -> None:
            errands.warn(scenario for one in served.values() for scenario in one.scenarios)
            for one in lines.values():
                if one.settings.scenario in served:
                    bot.prompter.prepare(one.ready_lines(), within_s=_RENEWED_S)

        operation = operated(telephone, settings.paths.run_dir, settings.engine.drain_s, stop.set)
        async with pages_beside(settings), analysis_beside(settings), renewing(serving, renewed), operation:
            await stop.wait()
            stop.clear()
            await _drained(telephone, settings.engine.drain_s, stop)
    _log.info("stopped")


async def _drained(telephone: SipTelephone, within_s: float, stop: asyncio.Event) -> None:
    """Let live calls end, until they have, their time is up, or whoever waits has lost patience."""
    _log.info("draining: live calls have %.0f s to end", within_s)
    drained = asyncio.create_task(telephone.drain(within_s))
    again = asyncio.create_task(stop.wait())
    await asyncio.wait({drained, again}, return_when=asyncio.FIRST_COMPLETED)
    drained.cancel()
    again.cancel()
    await asyncio.gather(drained, again, return_exceptions=True)


def _addresses(telephone: SipTelephone) -> str:
    """Return where calls are taken, and where the spare worker waits."""
    return ", ".join(
        "spare " * (seat.state is SeatState.SPARE) + "{}:{}".format(*seat.address)
        for seat in telephone.seats
        if seat.address is not None
    )


def _opener(
    serving: Serving, scenario: str, clock: Clock, person_on_hand: Callable[[], bool], reader: Reader | None
) -> Callable[[CallRequest], Dialog]:
    def open_dialog(request: CallRequest) -> Dialog:
        chosen = serving.of(scenario).choose(request.account.account_id)
        return chosen.scenario.open(
            request.account,
            now=clock.now(),
            language=request.language,
            person_on_hand=person_on_hand(),
            version=chosen.label,
            reader=reader,
        )

    return open_dialog


def _lines(settings: Settings, book: AccountBook, scenario: str) -> Sequence[InboundLine]:
    return settings.inbound.lines or ([default_line(book, scenario)] if book.by_id else [])


def _directory(settings: Settings, accounts: Path | None, book: AccountBook) -> AccountDirectory:
    inbound = settings.inbound
    if inbound.directory_url is None:
        if inbound.lines and accounts is None:
            raise SettingsError("inbound.lines are set, but no caller can be known: give --accounts, or directory_url")
        return FileDirectory(book)
    if accounts is not None:
        raise SettingsError("callers are looked up in one place: leave out --accounts, or inbound.directory_url")
    token = inbound.directory_token.get_secret_value() if inbound.directory_token else None
    return HttpDirectory(inbound.directory_url, token, inbound.directory_timeout_s)


def _on_hand(settings: Settings, clock: Clock) -> Callable[[], bool]:
    """Return what tells whether somebody is there at the moment who takes callers over."""
    plan = settings.transfer.plan
    return lambda: plan is not None and bool(plan.on_hand(clock.now()))


def _log_closed(closed: CallClosed) -> None:
    _log.info("call %s: %s after %.1f s", closed.call_id, closed.disposition, closed.duration_s)
