"""The worker process from its first packet to its last: one thread that polls the library and the control channel."""

import gc
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ, read_wav
from engine.errors import AudioError, TelephonyError
from telephony import messages
from telephony.control import ControlChannel, connect
from telephony.library import loaded_library
from telephony.worker.bridge import open_bridge
from telephony.worker.gatekeeper import Gatekeeper
from telephony.worker.heap import Heap
from telephony.worker.stack import SipStack
from telephony.worker.switchboard import Switchboard

_log = logging.getLogger(__name__)

_SETUP_TIMEOUT_S = 10.0
_APOLOGY_MAX_S = 8.0
_HANG_UP_MAX_S = 2.0
_GC_INTERVAL_S = 30.0


class WorkerProcess:
    """A media worker.

    Args:
        control: path of the engine's control socket.
        wake_fd: eventfd of the engine.
    """

    def __init__(self, control: Path, wake_fd: int) -> None:
        self._wake_fd = wake_fd
        self._channel = ControlChannel(connect(control))
        self._engine_s = time.monotonic()
        self._engine_gone = False
        self._next_beat_s = 0.0
        self._next_gc_s = time.monotonic() + _GC_INTERVAL_S

    def run(self) -> None:
        """Serve calls until the engine says stop or is gone; in the latter case apologise to whoever is on the line.

        Raises:
            TelephonyError: it could not start; the engine has been told, if it could be.
        """
        self._channel.send(messages.Hello(messages.VERSION, os.getpid()))
        setup = self._await_setup()
        try:
            self._serve(setup)
        except (TelephonyError, AudioError) as error:
            self._send(messages.Failed(str(error)))
            raise TelephonyError(str(error)) from error

    def _await_setup(self) -> messages.Setup:
        deadline = time.monotonic() + _SETUP_TIMEOUT_S
        while time.monotonic() < deadline:
            for message in self._receive():
                if isinstance(message, messages.Setup):
                    if message.version != messages.VERSION:
                        raise TelephonyError(f"the engine speaks version {message.version}, not {messages.VERSION}")
                    return message
            if self._engine_gone:
                break
            time.sleep(0.01)
        raise TelephonyError("the engine did not say what to do")

    def _serve(self, setup: messages.Setup) -> None:
        library = loaded_library()
        if setup.settings.channels >= library.max_calls:
            raise TelephonyError(
                f"telephony setting channels: {setup.settings.channels}, but the SIP library {library.version} holds "
                f"{library.max_calls} calls, one of which must stay free to refuse the next; set at most "
                f"{library.max_calls - 1}"
            )
        if setup.settings.tls is not None and library.origin == "wheel":
            raise TelephonyError(
                f"the SIP library {library.version} of the wheel has no up-to-date TLS: install a native build, or "
                "turn sip.tls.enabled off and reach the trunks over UDP"
            )
        apology = _apology(Path(setup.apology))
        stack = SipStack(setup.settings, library.max_calls)
        bridge = open_bridge(Path(setup.rings), self._wake_fd)
        keeper = Gatekeeper(setup.settings)
        board = Switchboard(stack, bridge, keeper, setup.settings, self._send, library)
        # Collected on this thread alone: a call that is freed on the clock thread would wait for a lock it holds.
        gc.disable()
        gc.collect()
        gc.freeze()
        address = stack.address
        self._send(messages.Ready(address.host, address.port, setup.settings.channels, stack.tls_port))
        if not self._until_stopped(stack, board, setup):
            _log.warning("the engine is gone")
            board.refuse_new()
            bridge.apologise(apology)
            self._spin(stack, board, setup, _APOLOGY_MAX_S + 1, while_true=lambda: board.busy and bridge.apologising)
        board.hang_up_all()
        self._spin(stack, board, setup, _HANG_UP_MAX_S, while_true=lambda: board.busy)
        stack.stop_clock()
        board.close()
        bridge.close()
        stack.close()

    def _until_stopped(self, stack: SipStack, board: Switchboard, setup: messages.Setup) -> bool:
        """Serve; return whether the engine said stop, rather than fell silent."""
        self._engine_s = time.monotonic()
        heap = Heap()
        while not self._engine_gone:
            stack.poll()
            for message in self._receive():
                if isinstance(message, messages.Stop):
                    return True
                board.handle(message)
            board.work()
            now = time.monotonic()
            if now - self._engine_s > setup.engine_silence_s:
                return False
            self._beat(setup.heartbeat_s)
            if now >= self._next_gc_s:
                self._next_gc_s = now + _GC_INTERVAL_S
                gc.collect()
                heap.trim()
        return False

    def _spin(
        self,
        stack: SipStack,
        board: Switchboard,
        setup: messages.Setup,
        most_s: float,
        *,
        while_true: Callable[[], bool],
    ) -> None:
        deadline = time.monotonic() + most_s
        while while_true() and time.monotonic() < deadline:
            stack.poll()
            board.work()
            self._beat(setup.heartbeat_s)  # an engine that only was late must not kill us before every BYE is out

    def _beat(self, every_s: float) -> None:
        if time.monotonic() >= self._next_beat_s:
            self._next_beat_s = time.monotonic() + every_s
            self._send(messages.Beat())

    def _receive(self) -> list[messages.Message]:
        try:
            received = self._channel.receive()
        except TelephonyError as error:
            _log.error("%s", error)
            received = None
        if received is None:
            self._engine_gone = True
            return []
        if received:
            self._engine_s = time.monotonic()
        return received

    def _send(self, message: messages.Message) -> None:
        try:
            self._channel.send(message)
        except TelephonyError:
            self._engine_gone = True


def _apology(path: Path) -> bytes:
    samples, rate = read_wav(path)
    if rate != SAMPLE_RATE_HZ or samples.shape[1] != 1 or not 0 < len(samples) <= _APOLOGY_MAX_S * SAMPLE_RATE_HZ:
        raise TelephonyError(f"{path}: the apology must be mono, 8 kHz and at most {_APOLOGY_MAX_S:g} s long")
    count = -(-len(samples) // FRAME_SAMPLES)
    frames = np.zeros((count, FRAME_SAMPLES), dtype=np.int16)
    frames.reshape(-1)[: len(samples)] = samples[:, 0]
    return frames.tobytes()
