"""The engine's ports: what it needs of telephony, recognition, synthesis, dialogs and the store, as Protocols.

The composition root joins them to concrete classes. Everything here is typed in the engine's own values.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine.accounts import Account
from engine.audio import AudioBatch, AudioClip, Samples
from engine.calls import (
    CallClosed,
    CallEvent,
    CallOpened,
    CallRecord,
    CallRequest,
    Direction,
    LineEvent,
    Turn,
)
from engine.dialog import Briefing, ErrandOutcome, ErrandRequest, Line, Move
from engine.speech import Expect, Language, Talker, Transcript


class Clock(Protocol):
    """Time, injected so that logic runs in virtual time under test."""

    def now(self) -> datetime:
        """Return the wall clock, with a time zone."""

    def monotonic_s(self) -> float:
        """Return seconds that never jump."""


class CallLine(Protocol):
    """One call as the session sees it. Used on the event loop only; no method blocks.

    Order of events: any number of `Ringing`, at most one `Answered`, then the rest, and `LineEnded` last, always.
    """

    @property
    def call_id(self) -> str:
        """Our id of the call."""

    @property
    def channel(self) -> int:
        """The number under which the call's frames appear in an `AudioBatch`."""

    @property
    def direction(self) -> Direction:
        """Who called."""

    @property
    def remote(self) -> str:
        """Number or user part of the far end."""

    @property
    def called(self) -> str:
        """Number or user part that an inbound caller dialled, as the far end wrote it; empty for an outbound call."""

    @property
    def position_s(self) -> float:
        """Stream seconds now: 0 until media flows, then one frame more at every tick, hold and silence included."""

    async def next_event(self) -> LineEvent:
        """Wait for the next event. After `LineEnded` was returned it must not be called again."""

    async def answer(self) -> None:
        """Answer an inbound call; without effect on an outbound one.

        Raises:
            TelephonyError: the call is gone already.
        """

    def play(self, samples: Samples) -> int:
        """Queue 8 kHz audio behind what is queued already, and return its playout id.

        Args:
            samples: int16, shape (n,), 8 kHz; an incomplete last frame is filled with silence.
        """

    def flush(self) -> None:
        """Drop everything that is queued within one frame; each playout cut or dropped is reported as `PlayoutCut`."""

    async def hang_up(self) -> None:
        """End the call, or refuse one that is not answered yet. Without effect when it has ended."""

    async def send_digits(self, digits: str) -> None:
        """Press keys towards the far end, for one that answers with a menu; return when they are on their way.

        Args:
            digits: of ``0123456789*#ABCD``, at most 32.

        Raises:
            TelephonyError: not digits, or the call is not up, or no way to send them was agreed on.
        """

    async def transfer(self, target: str, within_s: float) -> int:
        """Refer the far end to another address (SIP REFER), and return how the call that it places there ends.

        Args:
            target: a ``sip:`` address, or a number's digits, at this call's trunk.
            within_s: how long that call may take to be answered.

        Returns:
            The SIP status that the far end reported (RFC 3515): 200 where it is connected; 202 where it had accepted
            and then ended this call without a word; 408 where nothing final came in time.

        Raises:
            ReferRefused: it takes no REFER, or did not answer it.
            TelephonyError: the call has ended.
        """

    def join(self, other: "CallLine") -> None:
        """Let both far ends hear each other, wherever nothing of ours is queued for them; ends with either call.

        What each of them hears of the other is in the frames of its channel as spoken, so recordings hold both sides.

        Raises:
            TelephonyError: the other was not placed beside this one (`Telephone.consult`), or one of them has ended.
        """

    def part(self) -> None:
        """End a join; without effect where there is none."""


class DialPermission(Protocol):
    """Our own rules on whom may be dialled, when and how often; asked before every INVITE."""

    def allow(self, destination: str, time_zone: str) -> str:
        """Count a dial and return what to dial: a number's E.164 digits, or a ``sip:`` URI.

        Args:
            destination: a number in E.164 digits, or a ``sip:`` URI.
            time_zone: IANA name at the far end, for calling hours.

        Raises:
            DialRefused: the message names the rule and the setting behind it.
        """


class AudioSink(Protocol):
    """Takes the frames of all live calls."""

    def accept(self, batch: AudioBatch) -> None:
        """Take one tick. Called on the event loop: copy and return, never compute for long."""


class RecordingOutcome(Protocol):
    """What became of one recording."""

    @property
    def fault(self) -> str | None:
        """Why recording stopped before the call did; None when it did not."""

    @property
    def missing(self) -> int:
        """Frames that never came and are silent in the file."""


class CallRecorder(Protocol):
    """Records calls while they run: stereo, bot left, caller right, position in the file = stream seconds."""

    def open(self, channel: int, path: Path) -> None:
        """Begin to record a channel's frames into a file; returns at once.

        Raises:
            TelephonyError: the channel is being recorded already, or nothing is recorded any more.
        """

    async def close(self, channel: int) -> RecordingOutcome | None:
        """Finish the channel's file and return when it is whole on disk; None where nothing is recorded."""


class Telephone(Protocol):
    """The whole telephony side of the engine."""

    @property
    def channels(self) -> int:
        """How many calls can be held at once."""

    async def start(self, on_inbound: Callable[[CallLine], None], sinks: Sequence[AudioSink]) -> None:
        """Bring the media worker up.

        Args:
            on_inbound: called on the event loop for every inbound call that was let in (ringing, not yet answered).
            sinks: get every `AudioBatch`, in this order.

        Raises:
            WorkerGone: it did not come up.
        """

    async def dial(self, request: CallRequest) -> CallLine:
        """Place a call and return its line at once, while it still rings.

        Raises:
            DialRefused: our rules forbid it.
            NoFreeChannel: all channels are taken.
            WorkerGone: no worker is up at the moment.
        """

    async def consult(self, target: str, *, beside: CallLine, call_id: str, ring_s: float) -> CallLine:
        """Call a person to whom a caller may be joined, and return the line at once, while it still rings.

        The rules on dialling are for debtors and are not asked: the caller of this names nobody but those whom settings
        list.

        Args:
            target: a ``sip:`` address, or a number's digits, which go through a trunk.
            beside: the caller's line, which the new one can be joined to.
            call_id: of the new call.
            ring_s: how long it may ring, before it ends as not answered.

        Raises:
            NoFreeChannel: all channels are taken.
            WorkerGone: no worker is up at the moment.
            TelephonyError: the caller's call is not up, or the address cannot be called.
        """

    async def drain(self, timeout_s: float) -> None:
        """Take no new calls (503) and wait until the live ones ended, at most so long."""

    async def stop(self) -> None:
        """End all calls and the worker."""


class VoiceActivityDetector(Protocol):
    """Speech probability for many channels in one call. Not thread-safe; called in one thread."""

    @property
    def window_samples(self) -> int:
        """Samples of 8 kHz audio that one probability stands for (256, 32 ms)."""

    def reset(self, channel: int) -> None:
        """Forget the state of a channel; a new channel starts reset."""

    def probabilities(self, channels: npt.NDArray[np.int64], windows: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        """Advance each named channel by one window.

        Args:
            channels: int64, shape (n,), each at most once.
            windows: int16, shape (n, window_samples), 8 kHz.

        Returns:
            float32, shape (n,), probability of speech in 0..1.
        """


class RecognizerStream(Protocol):
    """One utterance's recognition. Blocking; one thread at a time; several streams may run in parallel."""

    def accept(self, samples: Samples) -> str | None:
        """Take the next audio, int16, shape (n,), 8 kHz; return the words so far, or None where nothing new is known.

        Raises:
            RecognitionError: the recogniser failed; the stream is dead.
        """

    def result(self) -> Transcript:
        """Return the reading of all audio so far; times count from the first sample of the stream.

        May be called again after more audio, so that a pause can be read before it is known to be the end.

        Raises:
            RecognitionError: as above.
        """

    def close(self) -> None:
        """Release what the stream holds."""


class Recognizer(Protocol):
    """A loaded recogniser for one language."""

    @property
    def name(self) -> str:
        """For people and records, such as ``vosk:vosk-model-small-ru-0.22``."""

    @property
    def language(self) -> Language | str:
        """What it understands."""

    @property
    def waits(self) -> bool:
        """Whether its streams mostly wait for work done elsewhere, so that many threads may be at it at once."""

    def open(self, expect: Expect, hints: Sequence[str] = (), talker: Talker | None = None) -> RecognizerStream:
        """Begin an utterance, biased to an expected kind of answer where the recogniser can be.

        Args:
            expect: kind of answer.
            hints: words and phrases that it may hold.
            talker: who speaks, where that is known; the same one in all utterances of a call.
        """


class Synthesizer(Protocol):
    """A loaded voice. Blocking; one thread at a time."""

    @property
    def fingerprint(self) -> str:
        """Engine, voice, model hash and parameters: two voices that sound different never share one."""

    def synthesize(self, text: str) -> AudioClip:
        """Speak a text: 8 kHz.

        Raises:
            SynthesisError: nothing could be spoken.
        """


class Prompter(Protocol):
    """Turns lines into audio, from its cache where it can."""

    def prepare(self, lines: Sequence[Line], within_s: float) -> None:
        """Render these before the deadline, earliest deadline first; returns at once."""

    async def clip(self, line: Line) -> AudioClip:
        """Return the line's audio, 8 kHz, rendering it now if it is not ready.

        Raises:
            SynthesisError: the voice failed.
            ModelMissing: there is no voice for the language.
        """

    def forget(self, lines: Sequence[Line]) -> None:
        """Drop the audio of a call's own lines at the call's end: it holds personal data."""


class Dialog(Protocol):
    """One call's dialog, called on the event loop. No I/O but in `attend`; deterministic in what that has learned."""

    @property
    def scenario(self) -> str:
        """Name of the scenario."""

    @property
    def scenario_version(self) -> str:
        """The version as people call it, such as ``soft_collection v3``; empty where nobody has named it."""

    @property
    def scenario_hash(self) -> str:
        """Content hash of the scenario as loaded, includes and all."""

    @property
    def language(self) -> Language:
        """Spoken now."""

    def begin(self) -> Move:
        """Return the first move."""

    async def attend(self, heard: Transcript) -> None:
        """Ask elsewhere, within a bound, what the dialog must know about these words; never raises.

        Awaited before `reply`, and during a pause before `foresee`. A dialog that asks nobody returns at once.
        """

    def reply(self, heard: Transcript) -> Move:
        """Return the move that answers what the caller said; nothing heard is an empty transcript."""

    def understands(self, heard: Transcript) -> bool:
        """Whether `reply` would go by these words now, and not ask again; nothing changes by it."""

    def consents(self, heard: Transcript) -> bool:
        """Whether `reply` would now take these words as who the caller is, or as a promise; nothing changes by it."""

    def foresee(self, heard: Transcript) -> Sequence[Line]:
        """Return the lines with which `reply` would answer these words now; nothing changes by it."""

    def no_input(self) -> Move:
        """Return the move after silence."""

    def errand_request(self) -> ErrandRequest:
        """Return the request of the errand that the last move set.

        Raises:
            LookupError: the last move set none.
        """

    def done(self, outcome: ErrandOutcome) -> Move:
        """Return the move after the errand that the last move set."""

    def unreached(self) -> Move:
        """Return the move after nobody took the call that the last move was to hand over to a person."""

    def briefing(self, language: Language) -> Briefing:
        """Return what the person is told, in their language, who is to take the call over as the last move says."""

    def completes(self, text: str) -> bool:
        """Whether these words already are a whole answer to the open question, so that the turn may end early."""

    def unfinished(self, text: str) -> bool:
        """Whether the caller is likely to go on after these words, so that a pause should be waited out."""

    def backchannel(self, text: str) -> bool:
        """Whether these words only accompany the bot's («угу», "uh-huh") and take no turn."""

    def upcoming(self) -> Sequence[Line]:
        """Return lines that the next moves may hold, likeliest first, so that they are rendered ahead."""


class Errands(Protocol):
    """Asks other systems what a dialog wants to know."""

    async def run(self, request: ErrandRequest) -> ErrandOutcome:
        """Return the answer, or why there is none, within the request's time."""


class AccountDirectory(Protocol):
    """Knows whose accounts a number's are."""

    async def of_caller(self, number: str) -> Sequence[Account]:
        """Return the accounts of whoever calls from a number; none where it is not known.

        Raises:
            DirectoryError: it cannot be found out now.
        """


class CallStore(Protocol):
    """Keeps calls. Writes return at once and are carried out in order by one writer off the event loop."""

    def opened(self, call: CallOpened) -> None:
        """Note the beginning of a call.

        Raises:
            StoreFull: there is no room for a further call; it must be refused.
        """

    def identified(self, call_id: str, account: Account, scenario_hash: str) -> None:
        """Note whose call it is, with the debtor's names, and by which scenario it goes on, where that came later."""

    def event(self, event: CallEvent) -> None:
        """Note something that happened."""

    def turn(self, turn: Turn) -> None:
        """Note a finished turn."""

    async def closed(self, call: CallClosed) -> None:
        """Note the end of a call and return when all of the call is on disk.

        Raises:
            StoreError: it could not be written.
        """

    async def record(self, call_id: str) -> CallRecord | None:
        """Return all that is known of a call."""
