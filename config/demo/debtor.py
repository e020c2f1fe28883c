"""The debtor simulator: a process with a SIP stack of its own, ``python -m config.demo.debtor --line a.wav …``.

It prints one JSON line with its SIP address, answers the first call, waits each time until the bot has been silent for
``--patience-s`` after speaking, says its next line (the last one again when there is none left), and ends with the
call, or with ``--hang-up`` ends the call after its last line. Each line that it begins to say is told as a JSON line.
With ``--prompted`` it reads from standard input which line comes next, a number a line, where it is not the next one.
"""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from asr.silero_detector import SileroDetector
from engine.activity import SpeechBegan, VoiceActivity
from engine.audio import FRAME_S, SAMPLE_RATE_HZ, AudioBatch, Samples, read_wav
from engine.calls import Answered, LineEnded, PlayoutFinished
from engine.errors import AudioError, DialRefused, VoicebotError
from engine.ports import CallLine
from telephony.settings import SipSettings
from telephony.sip_telephone import SipTelephone


class Forbidden:
    """The debtor calls nobody."""

    def allow(self, destination: str, time_zone: str) -> str:
        """Refuse."""
        raise DialRefused("the simulated debtor only takes calls")


class Debtor:
    """Listens for the end of the bot's turns in one call, and speaks when told to; an `engine.ports.AudioSink`.

    Args:
        line: of the call.
        detector: of the bot's voice; all debtors of a process may share one.
        patience_s: silence of the bot after its words that is the end of its turn.
        on_turn: called with the debtor whenever it is their turn.
    """

    def __init__(
        self, line: CallLine, detector: SileroDetector, patience_s: float, on_turn: "Callable[[Debtor], None]"
    ) -> None:
        self._line, self._detector = line, detector
        self._patience_s = patience_s
        self._on_turn = on_turn
        self._channels = np.array([line.channel])
        detector.reset(line.channel)
        self._activity = VoiceActivity(self._detector.window_samples / SAMPLE_RATE_HZ)
        self._pending = np.zeros(0, np.int16)
        self._saying: int | None = None
        self._answered = self._bot_spoke = self._leaves = False
        self._silent_since_s = 0.0

    async def live(self, ring_s: float) -> None:
        """Let it ring, answer, and follow the call to its end."""
        await asyncio.sleep(ring_s)
        await self._line.answer()
        while True:
            match await self._line.next_event():
                case Answered():
                    self._answered = True
                case PlayoutFinished(playout_id) if playout_id == self._saying:
                    self._saying, self._bot_spoke = None, False
                    if self._leaves:
                        await self.hang_up()
                case LineEnded():
                    return

    def say(self, samples: Samples, *, last: bool = False) -> None:
        """Speak, and where it is the last word end the call after it.

        Args:
            samples: int16, shape (n,), 8 kHz.
            last: whether it is.
        """
        self._leaves = last
        self._saying = self._line.play(samples)

    async def hang_up(self) -> None:
        """End the call."""
        await self._line.hang_up()

    def accept(self, batch: AudioBatch) -> None:
        """Listen to the bot, and notice when it is our turn; see `engine.ports.AudioSink`."""
        for row in np.flatnonzero(batch.channels == self._line.channel):
            self._pending = np.concatenate([self._pending, batch.heard[row]])
            now_s = (int(batch.ticks[row]) + 1) * FRAME_S
            while len(self._pending) >= self._detector.window_samples:
                window = self._pending[: self._detector.window_samples]
                self._pending = self._pending[self._detector.window_samples :]
                probability = self._detector.probabilities(self._channels, window[None])
                self._judge(float(probability[0]), now_s)

    def _judge(self, probability: float, now_s: float) -> None:
        change = self._activity.window(probability, now_s)
        if isinstance(change, SpeechBegan):
            self._bot_spoke = self._bot_spoke or self._saying is None
        elif change is not None:
            self._silent_since_s = change.at_s
        waited = not self._activity.speaking and now_s - self._silent_since_s >= self._patience_s
        if waited and self._answered and self._bot_spoke and self._saying is None:
            self._bot_spoke = False
            self._on_turn(self)


class Ears:
    """Gives the telephone's audio to all debtors who have a call; an `engine.ports.AudioSink`."""

    def __init__(self) -> None:
        self.debtors: list[Debtor] = []

    def accept(self, batch: AudioBatch) -> None:
        """Hand a tick on."""
        for debtor in self.debtors:
            debtor.accept(batch)


class Script:
    """Lines to say one after another, the last one again and again; ends the call after it where so told."""

    def __init__(self, lines: Sequence[Samples], *, hangs_up: bool = False) -> None:
        self._lines, self._hangs_up = lines, hangs_up
        self._said = 0

    def turn(self, debtor: Debtor) -> None:
        """Say the next line."""
        if self._lines:
            number = min(self._said, len(self._lines) - 1)
            self._said = number + 1
            debtor.say(self._lines[number], last=self._hangs_up and self._said == len(self._lines))
            _tell(said=number)

    async def take_prompts(self, prompts: asyncio.StreamReader) -> None:
        """Take from each line the number of the line to say next."""
        while prompt := await prompts.readline():
            self._said = int(prompt)


def _tell(**what: object) -> None:
    print(json.dumps(what), flush=True)  # noqa: T201 - these lines are the interface


async def _run(script: Script, patience_s: float, ring_s: float, run_dir: Path, *, prompted: bool) -> None:
    called: asyncio.Future[CallLine] = asyncio.get_running_loop().create_future()

    def take(line: CallLine) -> None:
        if not called.done():
            called.set_result(line)

    telephone = SipTelephone(
        SipSettings(sip_port=0, rtp_port_min=20000, rtp_port_max=20199, channels=1), Forbidden(), run_dir
    )
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    # Ctrl-C in the terminal reaches this process too; the demo ends it in order, by SIGTERM.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    prompting = None
    if prompted:
        prompts = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(prompts), sys.stdin)
        prompting = loop.create_task(script.take_prompts(prompts))
    ears, detector = Ears(), SileroDetector()
    await telephone.start(take, [ears])
    try:
        _tell(address=":".join(map(str, telephone.address)))
        debtor = Debtor(await called, detector, patience_s, script.turn)
        ears.debtors.append(debtor)
        await debtor.live(ring_s)
    finally:
        if prompting is not None:
            prompting.cancel()
        await telephone.stop()


def _clip(path: str) -> Samples:
    samples, rate = read_wav(Path(path))
    if rate != SAMPLE_RATE_HZ or samples.shape[1] != 1:
        raise AudioError(f"{path}: a debtor's line is mono at {SAMPLE_RATE_HZ} Hz")
    return np.ascontiguousarray(samples[:, 0])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the simulator until its call has ended."""
    parser = argparse.ArgumentParser(prog="python -m config.demo.debtor", description=__doc__)
    parser.add_argument("--line", action="append", default=[], metavar="WAV", help="next line: mono 16-bit 8 kHz")
    parser.add_argument("--patience-s", type=float, default=1.0, help="silence of the bot before a line (1.0)")
    parser.add_argument("--ring-s", type=float, default=1.0, help="how long it rings (1.0)")
    parser.add_argument("--prompted", action="store_true", help="read from standard input which line comes next")
    parser.add_argument("--hang-up", action="store_true", help="end the call after the last line")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="debtor-") as run_dir:
        try:
            lines = [_clip(path) for path in given.line]
            script = Script(lines, hangs_up=given.hang_up)
            asyncio.run(_run(script, given.patience_s, given.ring_s, Path(run_dir), prompted=given.prompted))
        except asyncio.CancelledError:
            sys.exit(128 + signal.SIGTERM)
        except VoicebotError as error:
            sys.exit(f"the debtor simulator: {error}")


if __name__ == "__main__":
    main()
