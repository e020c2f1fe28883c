"""What passes between the call session and a dialog policy: the bot's moves and what they wait for."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.calls import Disposition, Promise
from engine.speech import Expect, Language


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to say.

    Args:
        text: as it is spoken: numbers, sums and dates already in words.
        language: of the text.
        prompt: name of the prompt in the scenario.
        fixed: the text holds no fact of the call, so it is rendered once and for all.
        interruptible: the caller may barge in; notices that must be heard are not.
        recording: an audio file that stands in for synthesis.
        spoken: what the voice is given, where it differs from the text: stress marks, respelt names.
    """

    text: str
    language: Language
    prompt: str
    fixed: bool = False
    interruptible: bool = True
    recording: Path | None = None
    spoken: str = ""

    @property
    def voiced(self) -> str:
        """What the voice is given."""
        return self.spoken or self.text


@dataclass(frozen=True, slots=True)
class Question:
    """What the dialog waits for after its lines.

    Args:
        expect: kind of answer.
        no_input_s: silence after the bot's last word before `Dialog.no_input` is called.
        hints: words and phrases that the answer may hold, for recognisers that can be biased.
        pause_s: silence that ends the answer, where it differs from the kind's.
    """

    expect: Expect
    no_input_s: float = 5.0
    hints: tuple[str, ...] = ()
    pause_s: float | None = None


@dataclass(frozen=True, slots=True)
class Errand:
    """Something is asked of another system while the lines are said; `Dialog.done` goes on with what came of it.

    Args:
        action: its name in the scenario.
        timeout_s: for the whole of it.
    """

    action: str
    timeout_s: float


@dataclass(frozen=True, slots=True)
class ErrandRequest:
    """The HTTP request of an errand. It holds the debtor's data: it is neither shown nor logged.

    Args:
        action: its name in the scenario.
        method: ``GET``, ``POST`` or ``PUT``.
        url: with its facts filled in.
        body: sent as JSON; None for none.
        secret: names the bearer token; None for none.
        timeout_s: for the whole of it.
    """

    action: str
    method: str
    url: str = field(repr=False)
    body: Any = field(default=None, repr=False)
    secret: str | None = None
    timeout_s: float = 4.0


@dataclass(frozen=True, slots=True)
class ErrandOutcome:
    """What came of an errand.

    Args:
        answer: the JSON that was answered; None where there was none.
        failure: why there is no answer, such as ``timeout`` or ``status 503``, without any data; None on success.
    """

    answer: Any = field(default=None, repr=False)
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """The dialog is over once its lines were heard.

    Args:
        disposition: how it ended.
        promise: with `Disposition.PROMISE_TO_PAY`.
        callback_at: with `Disposition.CALLBACK` when a time was agreed; carries a time zone.
        transfer: hand the caller to a person after the lines; where nobody takes the call, `Dialog.unreached` goes on.
        answers: what the caller told, by the scenario's own slots; words that were only kept as heard are not among it.
    """

    disposition: Disposition
    promise: Promise | None = None
    callback_at: datetime | None = None
    transfer: bool = False
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Briefing:
    """What a person is told who is to take a call over.

    Args:
        invitation: who calls, and how to accept or decline; a mailbox may hear it, so it names no debtor.
        summary: the call so far, for whoever has accepted.
        version: content hash of the texts behind it.
    """

    invitation: Line
    summary: tuple[Line, ...]
    version: str


@dataclass(frozen=True, slots=True)
class Move:
    """The bot's whole next turn: lines, then a question, an errand or the end.

    Args:
        state: the scenario's state that the dialog is in now.
        lines: spoken in order.
        question: what to wait for; None with an ending or an errand.
        ending: set when the dialog is over.
        intent: what was understood of the caller's words that led here, if any.
        language: that the dialog now speaks and listens in.
        right_party: the one who speaks has been confirmed to be the debtor.
        errand: what is asked elsewhere while the lines are said.
        answers: what the caller has told so far, as in `Ending`.
    """

    state: str
    lines: tuple[Line, ...]
    question: Question | None
    ending: Ending | None
    language: Language
    intent: str | None = None
    right_party: bool = False
    errand: Errand | None = None
    answers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if [self.question, self.ending, self.errand].count(None) != 2:
            raise ValueError(f"a move ends in a question, an errand or an ending (state {self.state})")
        if not self.lines:
            raise ValueError(f"a move says at least one line (state {self.state})")
