"""One debtor's talk with the bot: what was said to which question, what was heard of it, and what it was taken for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.debtor_calls.stories import NOW, Story
from dialogs.conversation import Conversation, Says, Scene
from dialogs.policy import ScenarioDialog
from dialogs.scenario import Scenario
from dialogs.understanding.understanding import Understood
from engine.calls import CallClosed
from engine.dialog import Move
from engine.speech import Hypothesis, Transcript

_MOST_TURNS = 25


@dataclass(slots=True)
class Reading:
    """What the recogniser heard of a line, and what the dialog took from it."""

    text: str
    taken: Understood


@dataclass(slots=True)
class Line:
    """One thing that the debtor said.

    Args:
        asked: the question, as the story names it.
        text: as it was said.
        meant: what the dialog takes from the text itself, at this point of this call.
        readings: of its audio, in order; several where it was taken for several turns, none where nothing was noticed.
    """

    asked: str
    text: str
    meant: Understood
    readings: list[Reading] = field(default_factory=list)

    @property
    def heard(self) -> Sequence[Reading]:
        """The readings that hold words."""
        return [reading for reading in self.readings if reading.text]


class Talk:
    """A debtor's side of one call.

    Args:
        story: that is told.
        last: question after whose answer the debtor hangs up; None for one who stays to the end.
    """

    def __init__(self, story: Story, last: str | None = None) -> None:
        self.story = story
        self.lines: list[Line] = []
        self._last = last
        self._asked: Counter[str] = Counter()
        self._dialog: ScenarioDialog | None = None
        self._move: Move | None = None

    def open(self, scenario: Scenario) -> "Witness":
        """Return the call's dialog."""
        self._dialog = scenario.open(self.story.account(), now=NOW, language=self.story.language)
        return Witness(self._dialog, self)

    def follow(self, move: Move) -> None:
        """Take what the bot is about to say."""
        self._move = move

    @property
    def language_kept(self) -> bool:
        """Whether the bot still speaks the debtor's language, whose every line is in it."""
        return self._dialog is None or self._dialog.language is self.story.language

    @property
    def finished(self) -> bool:
        """Whether the debtor has said what they wanted, or lost patience, and hangs up."""
        return len(self.lines) >= _MOST_TURNS or (self._last is not None and self._asked[self._last] > 0)

    def next_line(self) -> str | None:
        """Return what the debtor says now; None while the bot asks nothing."""
        if self._dialog is None or self._move is None or self._move.question is None:
            return None
        asked = self.story.asked(self._dialog.progress)
        text = self.story.answer(asked, self._asked[asked])
        self._asked[asked] += 1
        self.lines.append(Line(asked, text, self._dialog.understand(_typed(text, self._dialog))))
        return text

    def hear(self, reading: Reading) -> None:
        """Note what was made of the last line; speech where nobody spoke is the line's noise, and no reading of it."""
        if self.lines:
            self.lines[-1].readings.append(reading)


class Witness:
    """A scenario's dialog that tells a talk what it hears; an `engine.ports.Dialog`."""

    def __init__(self, dialog: ScenarioDialog, talk: Talk) -> None:
        self._dialog, self._talk = dialog, talk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dialog, name)

    def reply(self, heard: Transcript) -> Move:
        """As `ScenarioDialog.reply`."""
        self._talk.hear(Reading(heard.text, self._dialog.understand(heard)))
        return self._dialog.reply(heard)


@dataclass(frozen=True, slots=True)
class Typed:
    """A story told by its texts alone.

    Args:
        fulfilled: whether it ended as it must.
        lines: what the debtor said.
    """

    fulfilled: bool
    lines: tuple[str, ...]


def told_by_text(story: Story, scenario: Scenario) -> Typed:
    """Hold the same conversation without audio: what is lost here no recogniser can give back."""
    conversation = Conversation(scenario, Scene(account=story.account(), now=NOW, language=story.language))
    asked: Counter[str] = Counter()
    lines = []
    while not conversation.over and len(lines) < _MOST_TURNS:
        question = story.asked(conversation.progress)
        lines.append(story.answer(question, asked[question]))
        asked[question] += 1
        conversation.take(Says(lines[-1]))
    ending = conversation.move.ending
    if ending is None:
        return Typed(False, tuple(lines))
    closed = CallClosed("", NOW, ending.disposition, 0.0, 0, promise=ending.promise, callback_at=ending.callback_at)
    return Typed(story.fulfilled(closed), tuple(lines))


def _typed(text: str, dialog: ScenarioDialog) -> Transcript:
    return Transcript((Hypothesis(text, 1.0),), 0.0, 0.0, dialog.language)
