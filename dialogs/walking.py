"""Entering the states of a scenario: through switches and actions to what is asked next, or to the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dialogs.answers import NO_ANSWER, Answer
from dialogs.conditions import Conditions, Situation
from dialogs.documents import Steps
from dialogs.endings import ending
from dialogs.errands import request
from dialogs.facts import CallFacts
from dialogs.filling import apply
from dialogs.progress import Progress, Utterance
from dialogs.prompts import Prompt
from dialogs.schema import LimitSpec, ScenarioSpec, StateSpec
from dialogs.voicing import Voice
from engine.calls import Disposition
from engine.dialog import ErrandRequest, Line


@dataclass(frozen=True, slots=True)
class Step:
    """What the machine did: where the dialog stands now and what to say."""

    progress: Progress
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Walker:
    """A scenario with the facts of one call. What cannot be spoken raises `dialogs.voicing.Unspeakable`."""

    spec: ScenarioSpec
    prompts: Mapping[str, Prompt]
    facts: CallFacts
    conditions: Conditions

    @property
    def voice(self) -> Voice:
        """What can be said in the call."""
        return Voice(self.spec, self.prompts, self.facts, self.conditions)

    def state(self, progress: Progress) -> StateSpec:
        """Return the state that the dialog is in."""
        return self.spec.states[progress.state]

    def errand_request(self, progress: Progress) -> ErrandRequest | None:
        """Return the request of the state's action, or None where it has none, or a fact in it is not known."""
        action = self.state(progress).do
        if action is None:
            return None
        return request(action, self.spec.actions[action], self.facts, progress.slots, progress.language)

    def now(self, progress: Progress, answer: Answer = NO_ANSWER) -> Situation:
        """Return what conditions are about."""
        return Situation(self.facts, progress.slots, progress.language, progress.party, answer)

    def enter(self, progress: Progress, name: str, lead: tuple[str, ...]) -> Step:
        """Go to a state, through switches, until one asks or ends. The loader has ruled out switches in a circle."""
        state = self.spec.states[name]
        if state.transfer and not self._on_hand(progress):
            return self.absent(progress, name, lead)
        progress = replace(progress, state=name)
        if state.do is not None:
            return self._act(progress, lead)
        lead = (*lead, *state.say)
        if state.route:
            return self.route(progress, name, lead)
        if state.end is None:
            return self.speak(progress, (*lead, *self.asking(progress)))
        return self._close(progress.took("states", name, "end"), lead, state.end, transfer=state.transfer)

    def _act(self, progress: Progress, lead: tuple[str, ...]) -> Step:
        """Wait for an action, or go on at once where its request cannot be made."""
        state = self.state(progress)
        if self.errand_request(progress) is None and state.failed is not None:
            progress = replace(progress, turns=progress.turns + 1)
            if progress.turns > self.spec.limits.turns.times:
                return self.exhausted(progress, lead)
            return self.enter(progress.took("states", progress.state, "failed"), state.failed, lead)
        step = self.speak(progress, (*lead, *state.say))
        return Step(replace(step.progress, waiting=True), step.lines)

    def route(self, progress: Progress, name: str, lead: tuple[str, ...]) -> Step:
        """Take the first way out of a switch, or of an action that succeeded."""
        now = self.now(progress)
        for i, route in enumerate(self.spec.states[name].route):
            steps: Steps = ("states", name, "route", i)
            if progress.open_for(steps, route.times) and self.conditions.hold(route.when, now):
                progress = progress.refilled(apply(self.spec, route.set, self.facts, progress.slots))
                return self.enter(progress.took(*steps, times=route.times), route.to, (*lead, *route.say))
        raise AssertionError("the last route always holds: the checks have seen to it")

    def absent(self, progress: Progress, name: str, lead: tuple[str, ...]) -> Step:
        """Take the way of a transfer that reaches nobody."""
        state = self.spec.states[name]
        assert state.absent is not None, "the schema asks every transfer for it"
        assert state.end is not None, "only an ending transfers"
        lead = (*lead, *state.absent.say)
        progress = progress.took("states", name, "absent")
        if state.absent.to is not None:
            return self.enter(progress, state.absent.to, lead)
        return self._close(replace(progress, state=name), lead, state.end, transfer=False)

    def _close(self, progress: Progress, words: tuple[str, ...], disposition: Disposition, *, transfer: bool) -> Step:
        step = self.speak(progress, words)
        over = ending(self.spec, self.facts, step.progress, disposition, transfer=transfer)
        return Step(replace(step.progress, ending=over), step.lines)

    def _on_hand(self, progress: Progress) -> bool:
        return self.facts.person_on_hand and not progress.unreached

    def ask_again(self, progress: Progress, count: int, what: Literal["silence", "not_understood"]) -> Step:
        """Ask the open question again, or go where the limit leads after so many times."""
        if progress.turns > self.spec.limits.turns.times:
            return self.exhausted(progress, ())
        own: LimitSpec | None = getattr(self.state(progress).limits, what)
        limit: LimitSpec = own or getattr(self.spec.limits, what)
        if count > limit.times:
            place: Steps = ("states", progress.state, "limits", what) if own else ("limits", what)
            return self.enter(progress.took(*place), limit.to, ())
        message, again = getattr(self.spec.messages, what), self.state(progress).again
        if again:
            progress = progress.took("states", progress.state, "again")
        step = self.speak(progress, (message, again) if again else (message, *self.asking(progress)))
        # Which of two was meant is no longer asked, and could not be said again.
        asked_which = self.spec.clarify is not None and self.spec.clarify.ask in dict(progress.last)
        last = step.progress.last[1:] if asked_which else progress.last
        return Step(replace(step.progress, last=last), step.lines)

    def exhausted(self, progress: Progress, lead: tuple[str, ...]) -> Step:
        """Go on after the last turn that a call may have."""
        return self.enter(progress.took("limits", "turns"), self.spec.limits.turns.to, lead)

    def asking(self, progress: Progress) -> tuple[str, ...]:
        """Return the prompt of the open question."""
        ask = self.state(progress).ask
        return (ask,) if ask else ()

    def speak(self, progress: Progress, names: Sequence[str], again: Sequence[Utterance] = ()) -> Step:
        """Say prompts, and after them what was said before, in the same words."""
        return Step(*self.voice.say(progress, names, again))

    def refuge(self, progress: Progress) -> Step:
        """End neutrally, where nothing else may be said."""
        return self.enter(progress.took("refuge"), self.spec.refuge, ())
