"""A search with the real machine for dialogs that take ways, or say prompts, which no trial has yet.

It goes breadth first, so the first dialog found is a shortest one. What is remembered of a dialog is compared piece by
piece, and a dialog is followed where some piece was not met in that state before: which conditions hold, how often a
limited transition was taken, how long there was silence. That keeps the search small; it may overlook a way that only
several of them together open.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from dialogs.conditions import Scope, Situation
from dialogs.conversation import CallerTurn, Conversation, Means, Nobody
from dialogs.documents import Steps
from dialogs.fakes import FakeErrands
from dialogs.machine import Machine
from dialogs.progress import Progress
from dialogs.scenario import Scenario
from dialogs.schema import Guard, ScenarioSpec
from dialogs.trials.answers import SILENCE, Answers
from dialogs.trials.running import scene_of, turn_of
from dialogs.trials.spec import StepSpec, TrialSpec
from dialogs.trials.ways import meanings
from dialogs.walking import Step
from engine.speech import Language

MAX_PIECES: Final = 20_000
"""What is remembered of the dialogs from one beginning; then the search is given up."""

Target = Steps | tuple[str, Language]
"""A way, or a prompt in a language."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A dialog that was come to.

    Args:
        progress: where it stands.
        step: that led here; None at the beginning.
        previous: the dialog before.
        met: targets on this turn.
    """

    progress: Progress
    step: StepSpec | None
    previous: "Node | None"
    met: frozenset[Target]

    def steps(self) -> tuple[StepSpec, ...]:
        """Return the caller's turns from the beginning."""
        found: list[StepSpec] = []
        node: Node | None = self
        while node is not None and node.step is not None:
            found.append(node.step)
            node = node.previous
        return tuple(reversed(found))


class Explorer:
    """The dialogs of one call.

    Args:
        scenario: to explore.
        scene: a trial without steps: the call.
    """

    def __init__(self, scenario: Scenario, scene: TrialSpec) -> None:
        self._scenario, self._scene = scenario, scene_of(scenario, scene)
        conversation = Conversation(scenario, self._scene)
        self.machine: Machine = conversation.machine
        self.errands: FakeErrands = conversation.errands
        self.answers = Answers(scenario.spec, self.machine.facts)
        self._turns: dict[int, CallerTurn] = {}
        """By the identity of a step, which `answers` keeps."""
        self._guards = tuple(dict.fromkeys(self._dialog_guards(scenario.spec)))
        self.beginning = self._node(self.machine.begin(conversation.exchanges[0].progress.language), None, None)

    def find(self, targets: Iterable[Target]) -> dict[Target, Node]:
        """Return the shortest dialogs found, by what they meet."""
        wanted, found = set(targets), dict[Target, Node]()
        seen: set[object] = set()
        queue = deque([self.beginning])
        for target in self.beginning.met & wanted:
            found[target] = self.beginning
        while queue and len(found) < len(wanted) and len(seen) < MAX_PIECES:
            node = queue.popleft()
            for step in self.answers.at(node.progress):
                after = self.after(node, step)
                for target in (after.met & wanted).difference(found):
                    found[target] = after
                pieces = set(self._pieces(after.progress))
                if not pieces <= seen:
                    seen |= pieces
                    queue.append(after)
        turns: Target = ("limits", "turns")
        if turns in wanted and turns not in found and (endless := self._endless()) is not None:
            found[turns] = endless
        return found

    def after(self, node: Node, step: StepSpec) -> Node:
        """Return the dialog after one more turn of the caller's."""
        progress, machine = node.progress, self.machine
        turn = self._turns.get(id(step))
        if turn is None:
            turn = self._turns[id(step)] = turn_of(self._scenario, step, self._scene.account.debt.currency)
        match turn:
            case Means(understood, text):
                came = machine.answer(progress, understood, (text,) if text else ())
            case Nobody():
                came = machine.unreached(progress)
            case _:
                came = machine.silence(progress)
        return self._node(came, step, node)

    def ended(self, node: Node, wanted: frozenset[Target]) -> Node:
        """Return the dialog brought to its end: by one answer that meets as much as any, else by silence."""
        while node.progress.ending is None:
            ways = [self.after(node, step) for step in self.answers.at(node.progress)]
            over = [way for way in ways if way.progress.ending is not None]
            node = max(over, key=lambda way: len(way.met & wanted)) if over else self.after(node, SILENCE)
        return node

    def _node(self, step: Step, spec: StepSpec | None, previous: Node | None) -> Node:
        lines, went = list(step.lines), list(step.progress.went)
        while step.progress.waiting:
            action = self.machine.state(step.progress).do
            assert action is not None, "only an action's state waits"
            step = self.machine.done(step.progress, self.errands.outcome(action))
            lines += step.lines
            went += step.progress.went
        met: set[Target] = {*went, *((line.prompt, line.language) for line in lines)}
        met |= set(meanings(self._scenario.spec, step.progress))
        return Node(step.progress, spec, previous, frozenset(met))

    def _endless(self) -> Node | None:
        """Return a dialog in which one answer uses all turns up."""
        for step in self.answers.at(self.beginning.progress):
            node = self.beginning
            while node.progress.ending is None and ("limits", "turns") not in node.met:
                node = self.after(node, step)
            if ("limits", "turns") in node.met:
                return node
        return None

    def _pieces(self, progress: Progress) -> Iterator[object]:
        """Yield what is remembered of a dialog, each with the state: what can make its way differ from another's."""
        if progress.ending is not None and not progress.ending.transfer:
            return
        machine, state = self.machine, (progress.state, progress.ending is not None)
        now = Situation(machine.facts, progress.slots, progress.language, progress.party)
        held = tuple(machine.conditions.hold((guard,), now) for guard in self._guards)
        yield state, progress.party, progress.unreached, progress.slots.amount is None, progress.slots.due is None, held
        yield state, "silences", progress.silences
        yield state, "misses", progress.misses
        yield state, "language", progress.language
        yield state, "doubt", progress.doubt and (progress.doubt.understood.intent, progress.doubt.rival)
        yield from ((state, steps, progress.taken.count(steps)) for steps in progress.taken)

    def _dialog_guards(self, spec: ScenarioSpec) -> Iterator[Guard]:
        """Yield the conditions whose truth a dialog can change."""
        lists = [way.when for way in spec.anytime]
        for state in spec.states.values():
            lists += [way.when for way in state.on]
            lists += [way.when for way in state.route]
        subjects = self.machine.conditions.subjects
        for guard in (guard for when in lists for guard in when):
            if subjects[guard.subject].scope is not Scope.ANSWER:
                yield guard
