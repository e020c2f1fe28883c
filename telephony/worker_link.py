"""One media worker seen from the engine: started, set up, listened to, and ended."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.errors import TelephonyError, WorkerGone
from telephony import messages
from telephony.call_ids import new_call_id
from telephony.control import ControlChannel, check_peer, listen
from telephony.messages import Message
from telephony.ring_file import RingFile
from telephony.ring_layout import RingShape
from telephony.rings import EngineEnd
from telephony.settings import SipSettings, WorkerSettings

_log = logging.getLogger(__name__)

_STOP_TIMEOUT_S = 8.0
"""For the far ends to confirm the hang-ups (2 s) and the library to shut down (1 s), with room on a busy machine."""

_EXIT_S = 0.3
"""A worker that has closed its control channel is as good as gone, and ends by itself within that."""

_SPARE_SLOTS = 16
"""Ring slots beyond the channels, at most: the slot of a call that has ended is free only once its last audio was read,
and the next caller need not wait for that."""

_RESOLVER = {"RES_OPTIONS": "timeout:1 attempts:1", "LOCALDOMAIN": "."}
"""See resolver(5). The library looks up a host name in a peer's Contact or Via on its only thread; with these a name
server that does not answer holds it for a second each, rather than for half a minute."""


def ring_slots(channels: int) -> int:
    """Return how many calls the rings of a worker hold, for so many channels."""
    return channels + min(channels, _SPARE_SLOTS)


def control_name(serial: str) -> str:
    """Return the short name of a control socket for an id of `new_call_id`.

    A socket's path may have 107 bytes. The id ends in random bits; it begins with the millisecond, and workers start
    together.
    """
    return f"control-{serial[-12:]}.sock"


class WorkerLink:
    """A worker that is up. Made by `launch`; used on the event loop only.

    Args:
        process: of the worker.
        channel: connected and set up.
        rings: its rings.
        wake_fd: eventfd that it writes at every tick.
        ready: what it said when it came up.
        early: messages that came with it.
        settings: of its supervision.
    """

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        channel: ControlChannel,
        rings: RingFile,
        wake_fd: int,
        ready: messages.Ready,
        early: list[Message],
        settings: WorkerSettings,
    ) -> None:
        self._process, self._channel, self._settings = process, channel, settings
        self._rings, self._wake_fd = rings, wake_fd
        self._early = early
        self.engine_end = EngineEnd(rings)
        self.address = (ready.host, ready.port)
        self.tls_port = ready.tls_port
        self.channels = ready.channels
        self._heard_s = time.monotonic()
        self._gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._on_message: Callable[[Message], None] = lambda message: None
        self._beats: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._process.pid

    @classmethod
    async def launch(cls, sip: SipSettings, worker: WorkerSettings, run_directory: Path) -> "WorkerLink":
        """Start a worker and wait until it is ready.

        Raises:
            WorkerGone: it did not come up; the message has its own reason, where it gave one.
        """
        serial = new_call_id()
        control_path, rings_path = run_directory / control_name(serial), run_directory / f"rings-{serial}.bin"
        rings: RingFile | None = None
        wake_fd = -1
        process: asyncio.subprocess.Process | None = None
        channel: ControlChannel | None = None
        try:
            rings = RingFile.create(rings_path, RingShape(ring_slots(sip.channels), media_depth=worker.ring_ticks))
            wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            with listen(control_path) as listener:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "telephony.worker"),
                    *("--control", str(control_path), "--wake-fd", str(wake_fd)),
                    pass_fds=(wake_fd,),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    env=os.environ | _RESOLVER,
                )
                async with asyncio.timeout(worker.start_timeout_s):
                    channel = await _accepted(listener, process)
                    ready, early = await _set_up(channel, process, sip, worker, rings_path)
        except BaseException as error:
            if channel is not None:
                channel.close()
            if process is not None:
                await _end(process)
            if wake_fd >= 0:
                os.close(wake_fd)
            if rings is not None:
                rings.close()
                rings_path.unlink()
            if isinstance(error, (TelephonyError, OSError)):
                reason = str(error) or f"it was not ready within {worker.start_timeout_s:g} s"
                raise WorkerGone(f"the media worker did not start: {reason}") from error
            raise
        finally:
            control_path.unlink(missing_ok=True)
        return cls(process, channel, rings, wake_fd, ready, early, worker)

    def attend(self, on_message: Callable[[Message], None], on_tick: Callable[[], None]) -> None:
        """Pass everything on from now on: each message, and that there were ticks, one or several."""
        self._on_message = on_message
        loop = asyncio.get_running_loop()
        for message in self._early:
            on_message(message)
        self._early = []
        loop.add_reader(self._channel.fileno(), self._read)
        loop.add_reader(self._wake_fd, self._woken, on_tick)
        self._beats = loop.create_task(self._beat())

    def send(self, message: Message) -> None:
        """Tell the worker something.

        Raises:
            WorkerGone: it is gone.
        """
        try:
            self._channel.send(message)
        except TelephonyError as error:
            self._lost(str(error))
            raise WorkerGone(f"the media worker is gone: {error}") from error

    async def wait_gone(self) -> str:
        """Return, once the worker is gone, why."""
        return await asyncio.shield(self._gone)

    async def stop(self) -> None:
        """Let the worker hang up and end; kill it if it takes too long."""
        try:
            self.send(messages.Stop())
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await self._process.wait()
        except (WorkerGone, TimeoutError):
            self._lost("it did not stop by itself")

    async def close(self) -> None:
        """End the process, if it still runs, and let go of everything that belonged to it."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._channel.fileno())
        loop.remove_reader(self._wake_fd)
        if self._beats is not None:
            self._beats.cancel()
        try:
            await _end(self._process)
        finally:
            self._lost("it was stopped")
            self._channel.close()
            os.close(self._wake_fd)
            self._rings.close()
            self._rings.path.unlink(missing_ok=True)

    def read_last_messages(self) -> None:
        """Pass on what the worker said before it went."""
        self._read()

    def _woken(self, on_tick: Callable[[], None]) -> None:
        try:
            os.eventfd_read(self._wake_fd)
        except BlockingIOError:
            return
        on_tick()

    def _read(self) -> None:
        try:
            received = self._channel.receive()
        except TelephonyError as error:
            _log.error("%s", error)
            received = None
        if received is None:
            asyncio.get_running_loop().remove_reader(self._channel.fileno())
            self._lost("it closed the control channel")
            return
        if received:
            self._heard_s = time.monotonic()
        for message in received:
            if not isinstance(message, messages.Beat):
                self._on_message(message)

    async def _beat(self) -> None:
        while not self._gone.done():
            try:
                self.send(messages.Beat())
            except WorkerGone:
                return
            before_s = time.monotonic()
            await asyncio.sleep(self._settings.heartbeat_s)
            late_s = time.monotonic() - before_s - self._settings.heartbeat_s
            # If we were late ourselves its beats lie unread: that is no silence of the worker's.
            if late_s < 1 and time.monotonic() - self._heard_s > self._settings.worker_silence_s:
                self._lost(f"it gave no sign of life for {self._settings.worker_silence_s:g} s")

    def _lost(self, reason: str) -> None:
        if not self._gone.done():
            self._gone.set_result(reason)


async def _end(process: asyncio.subprocess.Process) -> None:
    """See a process to its end, killing it if it does not end by itself at once."""
    waiting = asyncio.ensure_future(process.wait())
    try:
        await asyncio.wait({waiting}, timeout=_EXIT_S)
    finally:  # also when whoever waits is cancelled
        if not waiting.done():
            # Not `process.kill`, which would reap a process that has just ended and leave its watcher without it.
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
    await waiting


async def _accepted(listener: socket.socket, process: asyncio.subprocess.Process) -> ControlChannel:
    accepting = asyncio.ensure_future(asyncio.get_running_loop().sock_accept(listener))
    ending = asyncio.ensure_future(process.wait())
    try:
        await asyncio.wait({accepting, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not accepting.done():
            raise TelephonyError(f"it ended at once with exit code {process.returncode}")
        connection, _ = accepting.result()
    finally:
        accepting.cancel()
        ending.cancel()
    try:
        check_peer(connection)
    except TelephonyError:
        connection.close()
        raise
    return ControlChannel(connection)


async def _set_up(
    channel: ControlChannel,
    process: asyncio.subprocess.Process,
    sip: SipSettings,
    worker: WorkerSettings,
    rings_path: Path,
) -> tuple[messages.Ready, list[Message]]:
    received: deque[Message] = deque()
    readable = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(channel.fileno(), readable.set)
    try:
        while True:
            readable.clear()
            arrived = channel.receive()
            if arrived is None:
                await process.wait()
                raise TelephonyError(f"it ended before it was ready (exit code {process.returncode})")
            received.extend(arrived)
            while received:
                match received.popleft():
                    case messages.Hello(version):
                        if version != messages.VERSION:
                            raise TelephonyError(f"it speaks version {version}, the engine {messages.VERSION}")
                        channel.send(
                            messages.Setup(
                                messages.VERSION,
                                str(rings_path),
                                str(worker.apology),
                                worker.engine_silence_s,
                                worker.heartbeat_s,
                                _of_use(sip),
                            )
                        )
                    case messages.Failed(reason):
                        raise TelephonyError(reason)
                    case messages.Ready() as ready:
                        return ready, list(received)
            await readable.wait()
    finally:
        loop.remove_reader(channel.fileno())


def _of_use(sip: SipSettings) -> SipSettings:
    """Return settings without what a worker never asks for: numbers of trunks, of which there may be thousands."""
    return replace(sip, trunks=tuple(replace(trunk, caller_ids=(), prefixes=()) for trunk in sip.trunks))
