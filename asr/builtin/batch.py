"""One thread that advances the utterances of all channels together: one call of the network for all of them.

Streams hand over audio and go on; the thread takes from each what makes a chunk, and at most once in `GATHER_S`, so
that what other channels have by then comes along. A reading is made on a copy of the stream's state, with quiet behind
the audio, so that the stream can go on as if it had not been read.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from asr.builtin.beam import BeamSearch
from asr.builtin.choosing import clarity
from asr.builtin.features import HOP_SAMPLES
from asr.builtin.hypotheses import Floats, Ints
from asr.builtin.model import Model, Steering
from asr.builtin.network import STEP_FRAMES
from asr.builtin.readings import Clock, hypotheses
from asr.builtin.readings import evidence as found_evidence
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.errors import RecognitionError
from engine.speech import Hypothesis, Language

CHUNK_FRAMES = 16
"""Frames of 10 ms that a call of the network takes from each channel, rounded up to the network's blocks."""

GATHER_S = 0.06
LONGEST_LAG_S = 10.0
"""Audio that may wait."""

PATIENCE_S = 10.0
"""How long a call's stream waits for more than that to be heard, or for its reading, before it is given up."""

ALTERNATIVES = 5
_RIVALS = 8
"""Paths that are looked at to see how sure each word is."""

_STEP_S = STEP_FRAMES * HOP_SAMPLES / SAMPLE_RATE_HZ

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """An utterance's readings by language, what speaks for each language, and what the line sounds like after it."""

    hypotheses: Mapping[Language, tuple[Hypothesis, ...]]
    evidence: Mapping[Language, float]
    sound: Floats


@dataclass(eq=False)
class Line:
    """One utterance in the batch, touched under the batch's lock or by its thread."""

    row: int
    steering: Mapping[Language, Steering]
    sound: Floats | None
    audio: deque[Samples] = field(default_factory=deque)
    waiting: int = 0
    begun: bool = False
    partial: str = ""
    asked: bool = False
    reading: Reading | None = None
    error: str = ""
    closed: bool = False
    log_probs: dict[Language, list[Floats]] = field(default_factory=dict)

    def take(self, most: int) -> Samples:
        """Return the next samples, at most so many."""
        have, parts = 0, []
        while self.audio and have < most:
            parts.append(self.audio.popleft())
            have += len(parts[-1])
        if have > most:
            keep = len(parts[-1]) - (have - most)
            self.audio.appendleft(parts[-1][keep:])
            parts[-1] = parts[-1][:keep]
        taken = np.concatenate(parts) if parts else np.zeros(0, np.int16)
        self.waiting -= len(taken)
        return taken


class Batch:
    """All open utterances of a model. Thread-safe.

    Args:
        model: loaded.
        lines: most utterances at a time.
        hypotheses: of a search, where other than the model's own number.
        patience_s: for which a stream waits to be heard; nobody waits on the phone for a recording.
    """

    def __init__(
        self, model: Model, lines: int = 256, *, hypotheses: int | None = None, patience_s: float = PATIENCE_S
    ) -> None:
        self._model = model
        self._patience_s = patience_s
        self._lines = lines
        description = model.network.description
        self._clock = Clock(_STEP_S, description.delay_s)
        self._chunk = -(-CHUNK_FRAMES // description.block_frames) * description.block_frames * HOP_SAMPLES
        tail = description.tail_frames * HOP_SAMPLES
        self._reading_samples = -(-(self._chunk + tail) // self._chunk) * self._chunk
        # A line's readings are made in a row of their own, `lines` further.
        self._beams = {
            one: BeamSearch(
                tongue.model, replace(tongue.search, hypotheses=hypotheses or tongue.search.hypotheses), 2 * lines
            )
            for one, tongue in model.tongues.items()
        }
        self._sound = model.front_end.initial(2 * lines)
        self._state = model.network.initial(2 * lines)
        self._free = list(range(lines - 1, -1, -1))
        self._open: list[Line] = []
        self._in_hand: list[Line] = []
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None

    def open(self, steering: Mapping[Language, Steering], sound: Floats | None = None) -> Line:
        """Begin an utterance.

        Args:
            steering: what is expected, by the languages to read it in; the first one gives the partial results.
            sound: what the line was like, from an earlier `Reading`.

        Raises:
            RecognitionError: as many utterances as can be are open.
        """
        with self._change:
            if not self._free:
                raise RecognitionError(f"all {self._lines} lines of the built-in recogniser are in use")
            line = Line(self._free.pop(), steering, sound, log_probs={language: [] for language in steering})
            self._open.append(line)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="asr-built-in", daemon=True)
                self._thread.start()
            return line

    def feed(self, line: Line, samples: Samples) -> str:
        """Queue audio and return the words so far; waits only where the audio comes much faster than it is heard.

        Raises:
            RecognitionError: the utterance failed, or its audio waits for too long.
        """
        with self._change:
            self._check(line)
            line.audio.append(samples)
            line.waiting += len(samples)
            line.reading = None
            if line.waiting >= self._chunk:
                self._change.notify_all()
            most = LONGEST_LAG_S * SAMPLE_RATE_HZ
            if not self._change.wait_for(lambda: line.waiting <= most or line.error or line.closed, self._patience_s):
                line.error = f"its audio waited for over {self._patience_s:.0f} s: more than this machine can hear"
            self._check(line)
            return line.partial

    def read(self, line: Line) -> Reading:
        """Return the readings of all audio so far; waits for them.

        Raises:
            RecognitionError: the utterance failed.
        """
        with self._change:
            line.asked = True
            self._change.notify_all()
            self._change.wait_for(lambda: line.reading is not None or line.error or line.closed, self._patience_s)
            line.asked = False
            self._check(line)
            if line.reading is None:
                raise RecognitionError(f"the built-in recogniser gave no reading in {self._patience_s:.0f} s")
            return line.reading

    def close(self, line: Line) -> None:
        """Give up an utterance; what is under way for it counts no more."""
        with self._change:
            if not line.closed:
                line.closed = True
                self._open.remove(line)
                if line not in self._in_hand:
                    self._free.append(line.row)
                self._change.notify_all()

    def _check(self, line: Line) -> None:
        if line.error:
            raise RecognitionError(f"the built-in recogniser failed: {line.error}")
        if line.closed:
            raise RecognitionError("the utterance is closed")

    def _run(self) -> None:
        last_s = 0.0
        while True:
            with self._change:
                while not self._due(last_s):
                    backlog = any(line.waiting >= self._chunk for line in self._open)
                    self._change.wait(max(0.001, last_s + GATHER_S - time.monotonic()) if backlog else None)
                last_s = time.monotonic()
                going = [line for line in self._open if line.waiting >= self._chunk and not line.error]
                # Readings wait until all whole chunks of their lines are through.
                asked = [line for line in self._open if self._readable(line)]
                for_going = [line.take(self._chunk) for line in going]
                for_asked = [list(line.audio) for line in asked]
                self._in_hand = [*going, *asked]
            try:
                self._begin(self._in_hand)
                self._advance(going, for_going)
                self._read(asked, for_asked)
            except Exception as error:  # ONNX Runtime's own errors share no base but Exception
                _log.exception("the built-in recogniser failed on %d utterances", len(self._in_hand))
                for line in self._in_hand:
                    line.error = f"{type(error).__name__}: {error}"
            with self._change:
                self._free += (line.row for line in self._in_hand if line.closed)
                self._in_hand = []
                self._change.notify_all()

    def _due(self, last_s: float) -> bool:
        """Whether there is work that should be done now rather than together with what comes next."""
        if any(self._readable(line) or (line.asked and line.waiting >= self._chunk) for line in self._open):
            return True
        most = max((line.waiting for line in self._open if not line.error), default=0)
        gathered = time.monotonic() - last_s >= GATHER_S
        return most >= 2 * self._chunk or (most >= self._chunk and gathered)

    def _readable(self, line: Line) -> bool:
        return line.asked and line.reading is None and not line.error and line.waiting < self._chunk

    def _begin(self, lines: Sequence[Line]) -> None:
        for line in lines:
            if not line.begun:
                line.begun = True
                self._sound[line.row] = self._model.front_end.initial(1)[0] if line.sound is None else line.sound
                self._state[line.row] = self._model.network.initial(1)[0]
                for language, steering in line.steering.items():
                    self._beams[language].begin(line.row, steering.bias, steering.answers)

    def _advance(self, lines: list[Line], audio: Sequence[Samples]) -> None:
        if not lines:
            return
        order = sorted(range(len(lines)), key=lambda place: lines[place].row)
        rows = np.array([lines[place].row for place in order])
        found = self._hear(rows, np.stack([audio[place] for place in order]), [lines[place] for place in order])
        for line, log_probs in zip((lines[place] for place in order), found, strict=True):
            for language, frames in log_probs.items():
                line.log_probs[language].append(frames)
            language = next(iter(line.steering))
            beam, alphabet = self._beams[language], self._model.tongues[language].alphabet
            line.partial = alphabet.text(beam.leading(line.row))

    def _hear(self, rows: Ints, audio: Samples, lines: Sequence[Line]) -> list[dict[Language, Floats]]:
        """Advance rows, ascending, by a chunk each; return each one's frames of symbols by language."""
        frames, self._sound[rows] = self._model.front_end.advance(audio, self._sound[rows])
        wanted = tuple(one for one in self._model.tongues if any(one in line.steering for line in lines))
        outputs, self._state[rows] = self._model.network.advance(frames, self._state[rows], wanted)
        found: list[dict[Language, Floats]] = [{} for _ in lines]
        for language in wanted:
            mine = [place for place, line in enumerate(lines) if language in line.steering]
            symbols = self._model.tongues[language].alphabet.posteriors(outputs[language][mine])
            self._beams[language].advance(rows[mine], symbols)
            for place, one in zip(mine, symbols, strict=True):
                found[place][language] = one
        return found

    def _read(self, lines: list[Line], audio: Sequence[Sequence[Samples]]) -> None:
        """Read lines as they are now: on copies, fed with what is left and with quiet behind it."""
        if not lines:
            return
        order = sorted(range(len(lines)), key=lambda place: lines[place].row)
        lines, audio = [lines[place] for place in order], [audio[place] for place in order]
        whole = np.zeros((len(lines), self._reading_samples), np.int16)
        for line, rest, own in zip(lines, audio, whole, strict=True):
            left = np.concatenate([np.zeros(0, np.int16), *rest])
            own[: len(left)] = left
            copy = line.row + self._lines
            self._sound[copy], self._state[copy] = self._sound[line.row], self._state[line.row]
            for language in line.steering:
                self._beams[language].copy(line.row, copy)
        rows = np.array([line.row + self._lines for line in lines])
        tails = [self._hear(rows, chunk, lines) for chunk in np.split(whole, whole.shape[1] // self._chunk, axis=1)]
        for place, line in enumerate(lines):
            readings, spoken = {}, {}
            for language in line.steering:
                log_probs = np.concatenate([*line.log_probs[language], *(tail[place][language] for tail in tails)])
                found = readings[language] = self._read_in(line, language, log_probs)
                weighing = self._model.tongues[language].weighing
                spoken[language] = weighing.evidence(found[0].confidence if found else 0.0, clarity(log_probs))
            if not any(readings.values()):  # breath and clicks are of no language
                spoken = dict.fromkeys(spoken, 0.0)
            sound = self._model.front_end.carried(self._sound[line.row][None])[0]
            line.reading = Reading(readings, spoken, sound)

    def _read_in(self, line: Line, language: Language, log_probs: Floats) -> tuple[Hypothesis, ...]:
        tongue = self._model.tongues[language]
        paths = self._beams[language].paths(line.row + self._lines, _RIVALS)
        said = found_evidence(paths, log_probs, tongue.alphabet)
        return hypotheses(said, tongue.calibration, self._clock, ALTERNATIVES)
