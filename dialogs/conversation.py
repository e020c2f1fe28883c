"""A conversation with a scenario without a telephone: every turn is explained, and can be taken back.

Turns pass as fast as they are taken; actions are answered by what the scenario makes up. Nothing here knows a terminal
or a browser.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dialogs.choosing import Considered
from dialogs.documents import Steps
from dialogs.fakes import FakeErrands
from dialogs.machine import Machine
from dialogs.policy import ScenarioDialog
from dialogs.progress import Progress
from dialogs.scenario import Scenario
from dialogs.understanding.understanding import Understood
from engine.accounts import Account
from engine.dialog import ErrandOutcome, Move
from engine.speech import Hypothesis, Language, Transcript


@dataclass(frozen=True, slots=True)
class Says:
    """The caller says this, and the understanding makes of it what it does in a call."""

    text: str


@dataclass(frozen=True, slots=True)
class Means:
    """The caller is understood so, whatever the words.

    Args:
        understood: of the words.
        text: what holds the values of the scenario's own slots.
    """

    understood: Understood
    text: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """The caller says nothing."""


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nobody takes the call that was to be handed over."""


CallerTurn = Says | Means | Silence | Nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a conversation begins with.

    Args:
        account: whom and about what.
        now: the moment of the call, with a time zone.
        language: first language; the debtor's own by default.
        inbound: the caller called us.
        person_on_hand: callers can be transferred to a person.
        failing: names of actions that fail.
        answers: what actions answer instead of what the scenario makes up.
    """

    account: Account
    now: datetime
    language: Language | None = None
    inbound: bool = False
    person_on_hand: bool = True
    failing: frozenset[str] = frozenset()
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A turn of the caller's and the bot's answer.

    Args:
        turn: the caller's; None at the beginning.
        understood: of the words, where there were any.
        considered: what the answer might have taken, in order; the first without a hindrance was taken.
        moves: the bot's: one, and another after each action.
        outcomes: of the actions between the moves, by name.
        progress: where the dialog stands afterwards.
        went: places in the scenario of all that was taken, in order.
    """

    turn: CallerTurn | None
    understood: Understood | None
    considered: tuple[Considered, ...]
    moves: tuple[Move, ...]
    outcomes: tuple[tuple[str, ErrandOutcome], ...]
    progress: Progress
    went: tuple[Steps, ...]

    @property
    def said(self) -> str:
        """The bot's words."""
        return " ".join(line.text for move in self.moves for line in move.lines)

    @property
    def prompts(self) -> tuple[str, ...]:
        """Names of the prompts that were said."""
        return tuple(line.prompt for move in self.moves for line in move.lines)


class Conversation:
    """One conversation; it has begun once it is made.

    Args:
        scenario: to talk to.
        scene: whom the bot believes to call, and when.
    """

    def __init__(self, scenario: Scenario, scene: Scene) -> None:
        self.scenario, self.scene = scenario, scene
        actions = {
            name: action.model_copy(update={"fake": scene.answers[name]}) if name in scene.answers else action
            for name, action in scenario.spec.actions.items()
        }
        self.errands = FakeErrands(actions, scene.failing)
        self._exchanges: list[Exchange] = []
        self.restart()

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """All so far; the first is the bot's beginning."""
        return self._exchanges

    @property
    def machine(self) -> Machine:
        """The scenario with the call's facts."""
        return self._dialog.machine

    @property
    def last(self) -> Exchange:
        """The latest."""
        return self._exchanges[-1]

    @property
    def progress(self) -> Progress:
        """Where the dialog stands."""
        return self.last.progress

    @property
    def move(self) -> Move:
        """The bot's latest move."""
        return self.last.moves[-1]

    @property
    def over(self) -> bool:
        """The dialog has ended; where it ended in a transfer, `Nobody` may still follow."""
        return self.move.ending is not None

    def restart(self) -> None:
        """Begin again."""
        scene = self.scene
        self._dialog: ScenarioDialog = self.scenario.open(
            scene.account,
            now=scene.now,
            language=scene.language,
            inbound=scene.inbound,
            person_on_hand=scene.person_on_hand,
        )
        self._exchanges = [self._exchange(None, None, (), self._dialog.begin())]

    def take(self, turn: CallerTurn) -> Exchange:
        """Take the caller's turn and return it with the answer.

        Raises:
            LookupError: the dialog is over, or was to be handed over to nobody.
        """
        ending = self.move.ending
        if isinstance(turn, Nobody):
            if ending is None or not ending.transfer:
                raise LookupError("the call was not to be handed over to anybody")
            exchange = self._exchange(turn, None, (), self._dialog.unreached())
        elif ending is not None:
            raise LookupError(f"the call is over: {ending.disposition}")
        elif isinstance(turn, Silence):
            exchange = self._exchange(turn, None, (), self._dialog.no_input())
        else:
            exchange = self._answer(turn)
        self._exchanges.append(exchange)
        return exchange

    def undo(self) -> bool:
        """Take the caller's last turn back; False where there is none."""
        turns = [exchange.turn for exchange in self._exchanges if exchange.turn is not None]
        if not turns:
            return False
        self.restart()
        for turn in turns[:-1]:
            self.take(turn)
        return True

    def _answer(self, turn: Says | Means) -> Exchange:
        if isinstance(turn, Says):
            heard = Transcript((Hypothesis(turn.text, 1.0),), 0.0, 0.0, self._dialog.language)
            understood, text = self._dialog.understand(heard), turn.text
        else:
            understood, text = turn.understood, turn.text
        texts = (text,) if text else ()
        considered = tuple(self.machine.considered(self.progress, understood, texts))
        return self._exchange(turn, understood, considered, self._dialog.follow(understood, texts))

    def _exchange(
        self, turn: CallerTurn | None, understood: Understood | None, considered: tuple[Considered, ...], move: Move
    ) -> Exchange:
        """Go on through the actions that a move sets."""
        moves, went = [move], list(self._dialog.progress.went)
        outcomes: list[tuple[str, ErrandOutcome]] = []
        while (errand := moves[-1].errand) is not None:
            outcome = self.errands.outcome(errand.action)
            outcomes.append((errand.action, outcome))
            moves.append(self._dialog.done(outcome))
            went += self._dialog.progress.went
        return Exchange(turn, understood, considered, tuple(moves), tuple(outcomes), self._dialog.progress, tuple(went))
