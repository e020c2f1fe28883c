"""Calls without SIP, in memory and in virtual time: the telephony side for tests of everything above it.

`MemoryTelephone.tick` stands for one tick of the bridge: each live line hears the next frame of what it was fed, sends
the next frame of what it was told to play, and the sinks get the batch. Nothing moves between ticks.
"""

import asyncio
from collections.abc import Callable, Sequence

import numpy as np

from engine.audio import FRAME_S, FRAME_SAMPLES, AudioBatch, Samples
from engine.calls import (
    Answered,
    CallRequest,
    DigitPressed,
    Direction,
    EndCause,
    Held,
    Resumed,
    Ringing,
)
from engine.errors import NoFreeChannel, ReferRefused, TelephonyError, WorkerGone
from engine.ports import AudioSink, CallLine
from telephony.call_ids import new_call_id
from telephony.line import QueuedLine, check_digits

_SILENCE = np.zeros(FRAME_SAMPLES, dtype=np.int16)


class MemoryLine(QueuedLine):
    """A `CallLine` whose far end is the test: methods called ``remote_…`` are what the far end does."""

    def __init__(
        self,
        call_id: str,
        channel: int,
        direction: Direction,
        remote: str,
        called: str = "",
        *,
        request: CallRequest | None = None,
        ring_s: float | None = None,
    ) -> None:
        super().__init__(call_id, channel, direction, remote, called)
        self.request = request
        self.pressed = ""
        self._ring_ticks = None if ring_s is None else round(ring_s / FRAME_S)
        self.referred_to: list[str] = []
        self.refer_status: int | None = 200
        """What the far end reports of a transfer; None refuses the REFER itself."""
        self.joined: MemoryLine | None = None
        self.arrived: Samples = _SILENCE
        """What the last tick brought, for the line that this one is joined to."""
        self._sent: list[Samples] = []
        self._unheard = np.empty(0, dtype=np.int16)
        self._answered = False
        self._held = False
        self._media = False
        self._bound = 0

    @property
    def answered(self) -> bool:
        """Whether the call is up or has been."""
        return self._answered

    @property
    def spoken(self) -> Samples:
        """All that was really sent so far, silence included: int16, one frame a tick."""
        return np.concatenate(self._sent) if self._sent else np.empty(0, dtype=np.int16)

    @property
    def unheard_s(self) -> float:
        """Seconds that were fed by `remote_says` and have not been heard yet."""
        return len(self._unheard) / FRAME_SAMPLES * FRAME_S

    def remote_rings(self, *, early_media: bool = False) -> None:
        """The far end of an outbound call rings; early media lets its audio through."""
        self._media = self._media or early_media
        self.report(Ringing(early_media))

    def remote_answers(self) -> None:
        """The far end of an outbound call answers."""
        self._up()

    def remote_says(self, samples: Samples) -> None:
        """Feed audio that is heard in the next ticks, behind what was fed already; int16, shape (n,), 8 kHz."""
        self._unheard = np.concatenate([self._unheard, samples])

    def remote_presses(self, digits: str) -> None:
        """The far end presses keys."""
        for digit in digits:
            self.report(DigitPressed(digit, self.position_s))

    def remote_holds(self) -> None:
        """The far end puts us on hold: ticks go on, both ways are silent, the queue stands still."""
        self._held = True
        self.report(Held(self.position_s))

    def remote_resumes(self) -> None:
        """The far end takes us off hold."""
        self._held = False
        self.report(Resumed(self.position_s))

    def remote_ends(self, cause: EndCause = EndCause.REMOTE_HANGUP, sip_status: int = 200, reason: str = "") -> None:
        """The call ends for any cause but our own hang-up."""
        self.end(cause, sip_status, reason)

    async def hang_up(self) -> None:
        """End the call, or refuse one that is not answered yet. Without effect when it has ended."""
        cancelled = self.direction is Direction.OUTBOUND and not self._answered
        self.end(EndCause.CANCELLED if cancelled else EndCause.LOCAL_HANGUP, 487 if cancelled else 200)

    async def send_digits(self, digits: str) -> None:
        """Press keys, which the test finds in ``pressed``.

        Raises:
            TelephonyError: not digits, or the call is not up.
        """
        check_digits(digits)
        if self.ended or not self._answered:
            raise TelephonyError(f"call {self.call_id} is not up, so no keys can be pressed")
        self.pressed += digits

    async def transfer(self, target: str, within_s: float) -> int:
        """Refer the far end to another address, and return the ``refer_status`` that the test set.

        Raises:
            ReferRefused: that is None.
            TelephonyError: the call is not up.
        """
        if self.ended or not self._answered:
            raise TelephonyError(f"call {self.call_id} is not up and cannot be transferred")
        if self.refer_status is None:
            raise ReferRefused(f"call {self.call_id}: the far end refused the transfer (603)")
        self.referred_to.append(target)
        return self.refer_status

    def join(self, other: CallLine) -> None:
        """Let both far ends hear each other.

        Raises:
            TelephonyError: the other is no line in memory, or one of them has ended.
        """
        if not isinstance(other, MemoryLine) or self.ended or other.ended:
            raise TelephonyError(f"calls {self.call_id} and {other.call_id} cannot be joined")
        self.part()
        other.part()
        self.joined, other.joined = other, self

    def part(self) -> None:
        """End a join; without effect where there is none."""
        if self.joined is not None:
            self.joined.joined = None
            self.joined = None

    def end(self, cause: EndCause, sip_status: int = 0, reason: str = "", foreign_packets: int = 0) -> None:
        """Report the end, and end a join."""
        self.part()
        super().end(cause, sip_status, reason, foreign_packets)

    def ring(self) -> None:
        """Let a tick pass, if the call is not answered yet."""
        if not self._answered and self._ring_ticks is not None:
            self._ring_ticks -= 1
            if self._ring_ticks <= 0:
                self.end(EndCause.NO_ANSWER, 487)

    def step(self) -> tuple[int, Samples, Samples] | None:
        """Advance by one tick; return its index, the frame heard and the frame sent, or None without media."""
        if not self._media or self.ended:
            return None
        tick, number, sent, heard = self._ticks, -1, _SILENCE, _SILENCE
        if not self._held:
            heard = self._hear()
            if self._answered and self._queue.waiting:
                number = self._queue.next_number
                sent = self._queue.take(1)[0]
            elif self._answered and self.joined is not None:
                sent = self.joined.arrived
        self._send(sent, spoken=number >= 0)
        self._advance(tick, number, self._bound)
        return tick, heard, sent

    def _send(self, frame: Samples, *, spoken: bool) -> None:
        """Let the far end have a frame: of what was to be played, or of silence and whoever it is joined to."""
        self._sent.append(frame)

    def _hear(self) -> Samples:
        if not len(self._unheard):
            return _SILENCE
        frame = np.zeros(FRAME_SAMPLES, dtype=np.int16)
        part = self._unheard[:FRAME_SAMPLES]
        frame[: len(part)] = part
        self._unheard = self._unheard[FRAME_SAMPLES:]
        return frame

    def _up(self) -> None:
        self._media = self._answered = True
        self.report(Answered())

    def _catch_up(self) -> None:
        """Every tick is accounted for as it comes."""

    def _queue_grew(self) -> None:
        """Frames are taken by the tick."""

    def _queue_flushed(self, bound: int) -> None:
        self._bound = bound

    async def _accept(self) -> None:
        if not self._answered:
            self._up()


class MemoryTelephone:
    """A `Telephone` without SIP.

    Args:
        channels: how many calls it holds at once.
        on_dial: called with the line of every outbound call before `dial` returns, to script its far end.
    """

    def __init__(self, channels: int = 4, on_dial: Callable[[MemoryLine], None] | None = None) -> None:
        self._channels = channels
        self._on_dial = on_dial
        self._on_inbound: Callable[[CallLine], None] | None = None
        self._sinks: Sequence[AudioSink] = ()
        self._lines: dict[int, MemoryLine] = {}
        self._draining = False

    @property
    def channels(self) -> int:
        """How many calls can be held at once."""
        return self._channels

    @property
    def lines(self) -> tuple[MemoryLine, ...]:
        """The live lines, by channel."""
        self._forget_ended()
        return tuple(self._lines[channel] for channel in sorted(self._lines))

    async def start(self, on_inbound: Callable[[CallLine], None], sinks: Sequence[AudioSink]) -> None:
        """Take note of whom to tell."""
        self._on_inbound, self._sinks = on_inbound, sinks

    async def dial(self, request: CallRequest) -> MemoryLine:
        """Place a call and return its line at once.

        Raises:
            NoFreeChannel: all channels are taken, or no new calls are taken.
            WorkerGone: it was not started.
        """
        if self._on_inbound is None:
            raise WorkerGone("the telephone was not started")
        return self._dialled(self._line_for(request, self._free_channel()))

    async def consult(self, target: str, *, beside: CallLine, call_id: str, ring_s: float) -> MemoryLine:
        """Call a person and return the line at once; it ends as not answered after so many seconds of ticks.

        Raises:
            NoFreeChannel: all channels are taken, or no new calls are taken.
            TelephonyError: the caller's call is not up.
        """
        if beside not in self.lines:
            raise TelephonyError(f"call {beside.call_id} is not up, so nobody is called for it")
        return self._dialled(MemoryLine(call_id, self._free_channel(), Direction.OUTBOUND, target, ring_s=ring_s))

    def _line_for(self, request: CallRequest, channel: int) -> MemoryLine:
        """Return a new line for an outbound call."""
        return MemoryLine(request.call_id, channel, Direction.OUTBOUND, request.destination, request=request)

    def _dialled(self, line: MemoryLine) -> MemoryLine:
        self._lines[line.channel] = line
        if self._on_dial is not None:
            self._on_dial(line)
        return line

    def call_in(self, remote: str = "77010000001", called: str = "77270000000") -> MemoryLine:
        """Let someone call: the line rings and is passed to ``on_inbound``.

        Raises:
            NoFreeChannel: where real telephony would have answered 503.
            WorkerGone: it was not started.
        """
        if self._on_inbound is None:
            raise WorkerGone("the telephone was not started")
        line = MemoryLine(new_call_id(), self._free_channel(), Direction.INBOUND, remote, called)
        self._lines[line.channel] = line
        self._on_inbound(line)
        return line

    def tick(self, count: int = 1) -> None:
        """Advance every live line by so many frames, one batch to the sinks after each."""
        for _ in range(count):
            self._tick()

    async def run(self, duration_s: float, *, real_time: bool = False) -> None:
        """Tick for so many stream seconds and let other tasks run after every tick.

        Args:
            duration_s: stream seconds.
            real_time: wait for each tick's time on the wall, for people who listen; otherwise as fast as it goes.
        """
        loop = asyncio.get_running_loop()
        start = loop.time()
        for done in range(1, round(duration_s / FRAME_S) + 1):
            self._tick()
            await asyncio.sleep(max(0.0, start + done * FRAME_S - loop.time()) if real_time else 0)

    async def drain(self, timeout_s: float) -> None:
        """Take no new calls and wait until the live ones ended, at most so long."""
        self._draining = True
        waiting = [asyncio.ensure_future(line.wait_ended()) for line in self.lines]
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=timeout_s)
            for task in late:
                task.cancel()

    async def stop(self) -> None:
        """End all calls."""
        for line in self.lines:
            line.end(EndCause.LOCAL_HANGUP, 200)
        self._on_inbound = None

    def _tick(self) -> None:
        for line in self.lines:
            line.ring()
        steps = [(line.channel, step) for line in self.lines if (step := line.step()) is not None]
        if not steps:
            return
        batch = AudioBatch(
            channels=np.array([channel for channel, _ in steps], dtype=np.int64),
            ticks=np.array([step[0] for _, step in steps], dtype=np.int64),
            heard=np.stack([step[1] for _, step in steps]),
            spoken=np.stack([step[2] for _, step in steps]),
        )
        for channel, (_, heard, _) in steps:
            self._lines[channel].arrived = heard
        for sink in self._sinks:
            sink.accept(batch)

    def _forget_ended(self) -> None:
        self._lines = {channel: line for channel, line in self._lines.items() if not line.ended}

    def _free_channel(self) -> int:
        self._forget_ended()
        if self._draining or len(self._lines) >= self._channels:
            raise NoFreeChannel("no new calls are taken" if self._draining else f"{self._channels} calls are up")
        return next(channel for channel in range(self._channels) if channel not in self._lines)
