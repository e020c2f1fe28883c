"""Who has the floor: endpointing, barge-in and silence, as a pure state machine in stream time.

Rules
- The bot has the floor from `bot_takes_floor` to `bot_yields`; between turns the floor is open.
- Speech of the caller while the floor is open is the caller's turn. It is over when silence has lasted as long as the
  expected kind of answer allows, or the shorter `complete_silence_s` once a reading of the pause already holds the
  whole answer, or the longer `unfinished_silence_s` after words that call for more. A pause is read (`Read`) as soon as
  it has lasted `read_pause_s`: the words are there when it ends.
- Speech over an interruptible line interrupts the bot (`Interrupt`) once it has lasted `barge_in_s`; shorter sounds,
  and any sound over a line that must be heard, are ignored (`Ignore`) unless the bot finishes within
  `answer_overlap_s` after them: people answer on the bot's last word.
- Speech that began more than `early_answer_s` before the end of a line that must be heard is no answer to it, whenever
  it ends: a "yes" counts only after the question was heard.
- With the floor open and no speech for the question's `no_input_s`, `NoInput` is due, once.
- Key presses make a turn of their own, over at ``#``, after the pause for digits, or when there are `MOST_DIGITS`. Over
  a line that must be heard they are ignored, as speech is.
- A turn of the bot that follows at once, such as an answer to keys, has not been interrupted by the speech before it.
- On hold nothing is due, and what the caller was saying is dropped; silence counts anew after it.
- A call that reaches `longest_call_s` is over (`TimeUp`), whatever goes on.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.dialog import Question
from engine.speech import Expect

MOST_DIGITS = 32
"""Keys that one turn may hold: more than any account or card number, so that a jammed key fills no record."""


def _silences() -> Mapping[Expect, float]:
    return {
        Expect.YES_NO: 0.3,
        Expect.NAME: 0.5,
        Expect.DATE: 0.9,
        Expect.SUM: 0.9,
        Expect.PROMISE: 0.9,
        Expect.DIGITS: 1.5,
        Expect.FREE: 0.9,
    }


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """The times that turn-taking goes by, in seconds; the defaults are the product's targets.

    Args:
        silence_s: silence that ends a turn, by expected kind of answer.
        longest_silence_s: no kind may wait longer.
        complete_silence_s: silence that ends a turn whose words are a whole answer already.
        unfinished_silence_s: silence that ends a turn after words that call for more, at least: "no, …", "on the …".
        read_pause_s: silence after which the words so far are read ahead.
        barge_in_s: speech over the bot that interrupts it; «угу» is mostly shorter.
        answer_overlap_s: how long before the bot's end a short answer may lie and still count.
        early_answer_s: how long before the end of a line that must be heard its answer may begin.
        longest_turn_s: a caller's turn is cut here.
        digits_s: pause after the last key.
        longest_call_s: a call is ended here.
    """

    silence_s: Mapping[Expect, float] = field(default_factory=_silences, hash=False)
    longest_silence_s: float = 2.5
    complete_silence_s: float = 0.3
    unfinished_silence_s: float = 0.8
    read_pause_s: float = 0.16
    barge_in_s: float = 0.24
    answer_overlap_s: float = 0.6
    early_answer_s: float = 0.2
    longest_turn_s: float = 30.0
    digits_s: float = 1.5
    longest_call_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Listen:
    """Begin an utterance whose speech starts here; recognition should look back a little further."""

    from_s: float
    expect: Expect
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """Read the words up to now: this pause may be the end."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Silence the bot: the caller speaks over it."""

    at_s: float


@dataclass(frozen=True, slots=True)
class TurnOver:
    """The caller's turn is over; ``interrupted`` when it had cut the bot short."""

    start_s: float
    end_s: float
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Ignore:
    """Drop the utterance: it takes no turn."""


@dataclass(frozen=True, slots=True)
class NoInput:
    """The caller has said nothing for as long as the question allows."""

    at_s: float


@dataclass(frozen=True, slots=True)
class DigitsOver:
    """The caller pressed these keys."""

    digits: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The call has lasted as long as any call may."""

    at_s: float


Decision = Listen | Read | Interrupt | TurnOver | Ignore | NoInput | DigitsOver | TimeUp


@dataclass(slots=True)
class _Speech:
    start_s: float
    paused_s: float | None = None
    read: bool = False
    complete: bool = False
    unfinished: bool = False
    interrupted: bool = False
    too_early: bool = False


class TurnTaker:
    """The floor of one call. Times are stream seconds and never go back."""

    def __init__(self, limits: TurnLimits | None = None) -> None:
        self._limits = limits or TurnLimits()
        self._question: Question | None = None
        self._bot = False
        self._interruptible = True
        self._interrupted = False
        self._speech: _Speech | None = None
        self._open_since_s = math.inf
        self._held = False
        self._drop_due = False
        self._time_up = False
        self._digits = ""
        self._digits_start_s = 0.0
        self._digit_s = 0.0

    @property
    def bot_has_floor(self) -> bool:
        """Whether the bot speaks, or is about to."""
        return self._bot

    @property
    def interrupted(self) -> bool:
        """Whether the bot's present turn has been interrupted."""
        return self._interrupted

    def bot_takes_floor(self, question: Question | None, *, interruptible: bool = True) -> None:
        """The bot begins a turn that ends in ``question``; None when it ends the call."""
        self._bot, self._interruptible, self._question = True, interruptible, question
        self._open_since_s = math.inf
        self._interrupted = False
        if self._speech is not None:
            self._speech.interrupted = self._speech.too_early = False

    def ear_closed(self) -> None:
        """Nobody listens any more: what the caller was saying or pressing is dropped."""
        self._speech, self._digits, self._drop_due = None, "", False

    def bot_line(self, *, interruptible: bool) -> None:
        """The bot goes on to a line that may, or may not, be interrupted."""
        self._interruptible = interruptible

    def bot_yields(self, at_s: float) -> None:
        """The bot's last word was sent."""
        if self._bot and self._speech is not None and not self._interruptible:
            self._speech.too_early = self._speech.start_s < at_s - self._limits.early_answer_s
        self._bot = False
        self._open_since_s = at_s

    def hold(self) -> None:
        """The far end is on hold: nothing is due until `resume`."""
        self._drop_due = self._drop_due or self._speech is not None
        self._held, self._speech = True, None

    def resume(self, at_s: float) -> None:
        """The far end is back."""
        self._held = False
        if not self._bot:
            self._open_since_s = at_s

    def speech_began(self, at_s: float) -> tuple[Decision, ...]:
        """The caller's voice began, or came back after a pause."""
        if self._held:
            return ()
        if self._speech is not None:
            self._speech.paused_s = None
            self._speech.read = self._speech.complete = self._speech.unfinished = False
            return ()
        self._speech = _Speech(at_s)
        self._drop_due = False
        return (Listen(at_s, self._expect, self._question.hints if self._question else ()),)

    def speech_stopped(self, at_s: float) -> None:
        """The caller's voice stopped."""
        if self._speech is not None:
            self._speech.paused_s = at_s

    def pause_read(self, *, complete: bool, unfinished: bool = False) -> None:
        """The words of this pause are known: ``complete`` is a whole answer, ``unfinished`` calls for more."""
        if self._speech is not None and self._speech.paused_s is not None:
            self._speech.complete, self._speech.unfinished = complete, unfinished

    def digit(self, digit: str, at_s: float) -> tuple[Decision, ...]:
        """A key was pressed; the first one silences the bot."""
        if self._must_be_heard:
            return ()
        if digit == "#":
            return self._take_digits(at_s)
        if not self._digits:
            self._digits_start_s = at_s
        self._digit_s = at_s
        self._digits += digit
        if len(self._digits) >= MOST_DIGITS:
            return self._take_digits(at_s)
        return self._interrupt(at_s) if self._bot and len(self._digits) == 1 else ()

    def advance(self, now_s: float) -> tuple[Decision, ...]:
        """Let time pass and return what is due."""
        if now_s >= self._limits.longest_call_s and not self._time_up:
            self._time_up = True
            return (TimeUp(now_s),)
        if self._drop_due:
            self._drop_due = False
            return (Ignore(),)
        if self._held:
            return ()
        if self._digits and now_s - self._digit_s >= self._limits.digits_s:
            return self._take_digits(now_s)
        if self._speech is not None:
            return self._caller(self._speech, now_s)
        no_input_s = self._question.no_input_s if self._question else math.inf
        if not self._bot and not self._digits and now_s - self._open_since_s >= no_input_s:
            self._open_since_s = math.inf
            return (NoInput(now_s),)
        return ()

    @property
    def _must_be_heard(self) -> bool:
        return self._bot and not self._interruptible

    @property
    def _expect(self) -> Expect:
        return self._question.expect if self._question else Expect.FREE

    def _caller(self, speech: _Speech, now_s: float) -> tuple[Decision, ...]:
        if speech.paused_s is None:
            return self._speaking(speech, now_s)
        silence_s = now_s - speech.paused_s
        if self._bot and not speech.interrupted:
            if silence_s < self._limits.answer_overlap_s:
                return self._read(speech, silence_s)
            self._speech = None
            return (Ignore(),)
        if silence_s >= self._silence_limit_s(speech):
            return self._too_early(speech.paused_s) if speech.too_early else self._over(speech, speech.paused_s)
        return self._read(speech, silence_s)

    def _speaking(self, speech: _Speech, now_s: float) -> tuple[Decision, ...]:
        if now_s - speech.start_s >= self._limits.longest_turn_s:
            return self._too_early(now_s) if speech.too_early else self._over(speech, now_s)
        over_bot = self._bot and self._interruptible and not speech.interrupted
        if over_bot and now_s - speech.start_s >= self._limits.barge_in_s:
            speech.interrupted = True
            return self._interrupt(now_s)
        return ()

    def _interrupt(self, at_s: float) -> tuple[Decision, ...]:
        self._interrupted = True
        return (Interrupt(at_s),)

    def _read(self, speech: _Speech, silence_s: float) -> tuple[Decision, ...]:
        if speech.read or silence_s < self._limits.read_pause_s:
            return ()
        speech.read = True
        return (Read(),)

    def _silence_limit_s(self, speech: _Speech) -> float:
        asked_s = self._question.pause_s if self._question else None
        limit_s = min(asked_s or self._limits.silence_s[self._expect], self._limits.longest_silence_s)
        if speech.unfinished:
            return max(limit_s, self._limits.unfinished_silence_s)
        return min(limit_s, self._limits.complete_silence_s) if speech.complete else limit_s

    def _over(self, speech: _Speech, end_s: float) -> tuple[Decision, ...]:
        self._speech = None
        self._open_since_s = math.inf
        return (TurnOver(speech.start_s, end_s, speech.interrupted),)

    def _too_early(self, end_s: float) -> tuple[Decision, ...]:
        self._speech = None
        self._open_since_s = end_s
        return (Ignore(),)

    def _take_digits(self, at_s: float) -> tuple[Decision, ...]:
        digits, self._digits = self._digits, ""
        if not digits or self._must_be_heard:
            return ()
        self._open_since_s = math.inf
        return (DigitsOver(digits, self._digits_start_s, at_s),)
