"""The call desk: opens a call's record, places or takes the call, runs its session and recording, closes the record.

A call's first row is written before a packet is sent or an INVITE answered: no call is ever unknown to the store.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from engine.accounts import Account
from engine.calls import CallClosed, CallEvent, CallOpened, CallRequest, Direction, Disposition
from engine.consultation import Consultation
from engine.dialog import Line
from engine.errors import DialRefused, StoreError, TelephonyError
from engine.handover import Consult
from engine.ports import CallLine, CallRecorder, Dialog, Telephone
from engine.services import Services
from engine.session import CallSession
from engine.speech import Language

_log = logging.getLogger(__name__)

TRANSFER = "transfer"
"""What stands for a scenario in the record of a call to a person."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What an inbound call is met with; ``account`` where it is known by then."""

    dialog: Dialog
    account: Account | None


Identified = Callable[[Account, Dialog], None]
"""Is told whose call it turned out to be, and by which dialog it goes on."""

Meet = Callable[[CallLine, Identified], Awaitable[Opening | None]]
"""Takes an inbound line, and whom to tell if it turns out only later whose call it is; None refuses the call."""


async def refuse(line: CallLine, identified: Identified) -> Opening | None:
    """Take no inbound call."""
    return None


class CallDesk:
    """Runs calls, each in a task of its own.

    Args:
        telephone: places calls.
        recorder: records them.
        services: for the sessions.
        recordings: folder for the recordings, by day.
        open_dialog: makes the dialog for an outbound call.
        meet: makes the dialog for an inbound call, or None to refuse it.
        on_closed: is told of every call that has ended, once its record and recording are whole.
    """

    def __init__(
        self,
        telephone: Telephone,
        recorder: CallRecorder,
        services: Services,
        *,
        recordings: Path,
        open_dialog: Callable[[CallRequest], Dialog],
        meet: Meet,
        on_closed: Callable[[CallClosed], None] = lambda closed: None,
    ) -> None:
        self._telephone = telephone
        self._recorder = recorder
        self._services = services
        self._recordings = recordings
        self._open_dialog = open_dialog
        self._meet = meet
        self._on_closed = on_closed
        self._calls: set[asyncio.Task[CallClosed] | asyncio.Task[None]] = set()
        self._account_ids: dict[str, str] = {}
        """Of the live calls whose account is known."""

    async def call(self, request: CallRequest) -> CallClosed:
        """Place a call, hold it to its end and return its last row.

        To cancel the wait does not end the call: that goes on to its own end, or to that of the telephone.

        Raises:
            StoreFull: there is no room to record a further call; nothing was dialled.
            StoreError: there is no folder for its recording, and nothing was dialled; or its record is not whole.
            DialRefused: our rules forbid it; nothing was dialled, and the record says so.
            TelephonyError: it could not be placed; the record says so.
        """
        task = asyncio.get_running_loop().create_task(self._call(request))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        return await asyncio.shield(task)

    async def _call(self, request: CallRequest) -> CallClosed:
        dialog = self._open_dialog(request)
        path = self._recording(request.call_id)
        self._open(request.call_id, Direction.OUTBOUND, request.destination, request.account, dialog, path)
        ahead = self._prepare(dialog)
        try:
            line = await self._telephone.dial(request)
        except BaseException as error:  # whatever it was, also a cancellation: no record stays open
            self._services.prompter.forget(ahead)
            await self._not_held(request.call_id, "dial_refused" if isinstance(error, DialRefused) else "dial_failed")
            raise
        return await self._hold(line, dialog, path, ahead)

    def receive(self, line: CallLine) -> None:
        """Take an inbound call; `Telephone.start` is given this method."""
        task = asyncio.get_running_loop().create_task(self._receive(line))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def settle(self, within_s: float) -> None:
        """Wait until the record of every call is closed; for after the telephone's end, before that of the store."""
        if self._calls:
            await asyncio.wait(set(self._calls), timeout=within_s)

    async def _receive(self, line: CallLine) -> None:
        try:
            opening = await self._meet(line, lambda account, dialog: self._identified(line, account, dialog))
            if opening is None:
                await line.hang_up()
                return
            path = self._recording(line.call_id)
            self._open(line.call_id, Direction.INBOUND, line.remote, opening.account, opening.dialog, path)
        except StoreError as error:
            _log.error("call %s refused: %s", line.call_id, error)
            await line.hang_up()
            return
        except Exception:  # as below
            _log.exception("call %s could not be taken", line.call_id)
            await line.hang_up()
            return
        try:
            await self._hold(line, opening.dialog, path, self._prepare(opening.dialog))
        except Exception:  # the task's root: one call's fault must not reach the others
            _log.exception("call %s was not brought to its end", line.call_id)

    async def _hold(self, line: CallLine, dialog: Dialog, path: Path, ahead: tuple[Line, ...]) -> CallClosed:
        session = CallSession(line, dialog, self._services, self._consult)
        try:
            return await self._kept(line, path, session)
        finally:
            self._services.prompter.forget(ahead)

    async def _consult(self, order: Consult) -> CallClosed:
        """Call a person about a caller; cancelled, that call is ended, and its record closed in its own time."""
        task = asyncio.get_running_loop().create_task(self._consulted(order))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            raise

    async def _consulted(self, order: Consult) -> CallClosed:
        account_id = self._account_ids.get(order.caller.call_id)
        address, plan = order.colleague.address, order.plan
        path = self._recording(order.call_id)
        now = self._services.clock.now()
        version = order.briefing.version
        self._services.store.opened(
            CallOpened(
                *(order.call_id, Direction.OUTBOUND, address, account_id, TRANSFER, version, plan.language, now, path)
            )
        )
        try:
            line = await self._telephone.consult(
                address, beside=order.caller, call_id=order.call_id, ring_s=plan.ring_s
            )
        except BaseException:  # as in `_call`
            await self._not_held(order.call_id, "dial_failed")
            raise
        return await self._kept(line, path, Consultation(line, order, self._services))

    async def _kept(self, line: CallLine, path: Path, session: "CallSession | Consultation") -> CallClosed:
        """Run a session to its end while it is recorded, then close its record."""
        try:
            await self._recorded(line, path, session)
        finally:
            self._account_ids.pop(line.call_id, None)
            closed = session.closing()
            await self._services.store.closed(closed)
        self._on_closed(closed)
        return closed

    async def _recorded(self, line: CallLine, path: Path, session: "CallSession | Consultation") -> None:
        """Run the session while its call is recorded; a call that cannot be recorded is not held."""
        try:
            self._recorder.open(line.channel, path)
        except TelephonyError as error:
            self._note(line.call_id, "recording_fault", str(error), line.position_s)
            await line.hang_up()
            raise
        try:
            await session.run()
        finally:
            # Before the record is closed, which a full disk may hold up: the channel may be the next call's already.
            outcome = await self._recorder.close(line.channel)
            if outcome is not None and (outcome.fault or outcome.missing):
                detail = outcome.fault or f"{outcome.missing} frames missing"
                self._note(line.call_id, "recording_fault", detail, line.position_s)

    async def _not_held(self, call_id: str, kind: str) -> None:
        self._account_ids.pop(call_id, None)
        self._note(call_id, kind)
        now = self._services.clock.now()
        await self._services.store.closed(CallClosed(call_id, now, Disposition.FAILED, 0.0, 0))

    def _note(self, call_id: str, kind: str, detail: str = "", at_s: float = 0.0) -> None:
        self._services.store.event(CallEvent(call_id, self._services.clock.now(), at_s, kind, detail))

    def _identified(self, line: CallLine, account: Account, dialog: Dialog) -> None:
        self._services.store.identified(line.call_id, account, dialog.scenario_hash)
        self._account_ids[line.call_id] = account.account_id
        self._note(line.call_id, "identified", at_s=line.position_s)
        self._note_version(line.call_id, dialog, line.position_s)

    def _note_version(self, call_id: str, dialog: Dialog, at_s: float = 0.0) -> None:
        if dialog.scenario_version:
            self._note(call_id, "scenario", dialog.scenario_version, at_s)

    def _prepare(self, dialog: Dialog) -> tuple[Line, ...]:
        """Have a call's first lines rendered, and return those that are to be forgotten after it."""
        ahead = tuple(dialog.upcoming())
        self._services.prompter.prepare(ahead, within_s=1.0)
        return tuple(line for line in ahead if not line.fixed)

    def _open(
        self, call_id: str, direction: Direction, remote: str, account: Account | None, dialog: Dialog, path: Path
    ) -> None:
        self._services.store.opened(
            CallOpened(
                call_id,
                direction,
                remote,
                account.account_id if account else None,
                dialog.scenario,
                dialog.scenario_hash,
                Language(dialog.language),
                self._services.clock.now(),
                path,
                account.debtor.names if account else (),
            )
        )
        self._note_version(call_id, dialog)
        if account is not None:
            self._account_ids[call_id] = account.account_id

    def _recording(self, call_id: str) -> Path:
        """Return where to record a call.

        Raises:
            StoreError: the folder cannot be made.
        """
        folder = self._recordings / self._services.clock.now().strftime("%Y-%m-%d")
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreError(f"{folder}: no folder for recordings can be made here: {error.strerror}") from error
        return folder / f"{call_id}.wav"
