"""What `voicebot call` and `voicebot serve` do with the engine."""

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from config.accounts import AccountBook, read_accounts
from config.ahead import render_ahead
from config.directory import FileDirectory, HttpDirectory
from config.inbound import InboundDesk, StaffedLine, default_line, staff
from config.live import LiveView
from config.operation import operated
from config.pages import pages_beside
from config.report import make_report, print_report, summary
from config.settings import Settings
from config.wiring import dial_gate, open_store, running, sip_parts
from dialogs.loader import load_scenario
from dialogs.scenario import Scenario
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


async def place(
    settings: Settings, account: Account, to: str | None, scenario: str, console: Console
) -> tuple[bool, dict[str, Any]]:
    """Call one debtor.

    Returns:
        Whether the conversation reached a disposition, and the summary.

    Raises:
        VoicebotError: refused by the rules, or something is missing or failed.
    """
    loaded, clock = load_scenario(scenario), SystemClock()
    settings = settings.model_copy(update={"sip": settings.sip.alone})
    with LiveView(console, "debtor") as view:
        async with running(
            settings,
            lambda store, clock, on_stop: sip_parts(settings, store, loaded.languages, clock, on_stop),
            open_dialog=_opener(loaded, clock, _on_hand(settings, clock)),
            watch=view.watch,
        ) as bot:
            await render_ahead(bot.prompter, loaded, (account.debtor.language,), (account.creditor,), console)
            destination = to or account.debtor.phone
            request = CallRequest(new_call_id(), destination, account, loaded.name, account.debtor.language)
            closed = await bot.desk.call(request)
            record = await bot.store.record(closed.call_id)
    if record is None:
        raise StoreError(f"call {closed.call_id} left no record")
    report = make_report(record, settings.paths.data_dir / "reports")
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
    loaded, clock = load_scenario(scenario), SystemClock()
    person_on_hand = _on_hand(settings, clock)
    lines = _lines(settings, book, scenario)
    inbound = InboundDesk(lines, _directory(settings, accounts, book), clock, person_on_hand=person_on_hand)
    scenarios = (loaded, *(line.scenario for line in lines.values()))
    languages = dict.fromkeys(language for one in scenarios for language in one.languages)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(
        settings,
        lambda store, clock, on_stop: sip_parts(settings, store, languages, clock, on_stop),
        open_dialog=_opener(loaded, clock, person_on_hand),
        meet=inbound.meet,
        on_closed=_log_closed,
    ) as bot:
        telephone = bot.telephone
        assert isinstance(telephone, SipTelephone)  # as made above
        _log.info("up: %d channels at %s", telephone.channels, _addresses(telephone))
        for one in lines.values():
            bot.prompter.prepare(one.ready_lines(), within_s=_GREETINGS_S)
        async with (
            pages_beside(settings),
            operated(telephone, settings.paths.run_dir, settings.engine.drain_s, stop.set),
        ):
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


def _opener(scenario: Scenario, clock: Clock, person_on_hand: Callable[[], bool]) -> Callable[[CallRequest], Dialog]:
    def open_dialog(request: CallRequest) -> Dialog:
        on_hand = person_on_hand()
        return scenario.open(request.account, now=clock.now(), language=request.language, person_on_hand=on_hand)

    return open_dialog


def _lines(settings: Settings, book: AccountBook, scenario: str) -> Mapping[str, StaffedLine]:
    if settings.inbound.lines:
        return staff(settings.inbound.lines)
    return staff([default_line(book, scenario)] if book.by_id else [])


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
