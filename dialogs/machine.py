"""The state machine that walks a scenario: pure functions from progress and answer to progress and lines.

Rules of the machine:

1. An answer is matched first by the open question's own transitions, then by those that hold at any time, then by the
   question's ``anything``; the first whose intent, conditions and ``times`` fit is taken. What confirms a person or a
   promise is taken only where the answer is sure; a guess is asked again.
2. Silence, and words not understood, ask again until their limit sends the dialog elsewhere; a limit on all turns ends
   every loop.
3. **No word about a debt before the right party is confirmed.** A prompt that is not marked neutral is not spoken
   while the party is unknown or another: the dialog goes to the scenario's neutral ``refuge`` and ends. Whoever
   disclaims being the debtor (`dialogs.understanding.intents.DISCLAIMS`) withdraws a confirmation, and no scenario can
   give it back.
4. A state that hands the caller over to a person takes its ``absent`` way where none is on hand. Where one was to be
   reached and was not, the dialog takes that way too, and is without a person from then on: it rings once in a call.
5. A prompt with a fact that is not known yet leads to the refuge too, instead of an exception in a live call.
6. An action's state says its words and waits for what came of the action; each counts as a turn, so that no circle of
   actions is endless. One whose request holds a fact that is not known has failed at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from dialogs.ahead import prompts_ahead
from dialogs.answers import Answer, Finder
from dialogs.conditions import Conditions, Situation
from dialogs.documents import Steps
from dialogs.endings import ending
from dialogs.errands import request, results
from dialogs.facts import CallFacts
from dialogs.filling import apply, take
from dialogs.progress import Progress
from dialogs.prompts import Prompt
from dialogs.schema import ANYTHING, REPEAT, RETURN, SWITCH, LimitSpec, Party, ScenarioSpec, StateSpec
from dialogs.schema import TransitionSpec as Transition
from dialogs.understanding.intents import DISCLAIMS, Intent
from dialogs.understanding.understanding import Understood
from engine.calls import Disposition
from engine.dialog import ErrandOutcome, ErrandRequest, Line
from engine.speech import Language

_NO_ANSWER: Final = Answer()

Candidates = list[tuple[Steps, Transition]]


class _Unspeakable(Exception):
    """A prompt must not, or cannot, be spoken now."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the machine did: where the dialog stands now and what to say."""

    progress: Progress
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Considered:
    """A transition that an answer might take.

    Args:
        steps: its place in the scenario.
        transition: it.
        hindrance: why it is passed over; None where it fits.
    """

    steps: Steps
    transition: Transition
    hindrance: str | None


@dataclass(frozen=True, slots=True)
class Machine:
    """A scenario with the facts of one call."""

    spec: ScenarioSpec
    prompts: Mapping[str, Prompt]
    facts: CallFacts
    conditions: Conditions

    @property
    def start(self) -> str:
        """The first state."""
        return (self.facts.inbound and self.spec.start_inbound) or self.spec.start

    def begin(self, language: Language) -> Step:
        """Enter the first state."""
        own = self.facts.inbound and self.spec.start_inbound
        progress = Progress(self.start, language).took("start_inbound" if own else "start")
        try:
            return self._enter(progress, self.start, ())
        except _Unspeakable:
            return self._refuge(progress)

    def answer(self, progress: Progress, understood: Understood, texts: Sequence[str] = ()) -> Step:
        """Follow what the caller said.

        Args:
            progress: where the dialog stands.
            understood: what was said.
            texts: hypotheses of the recogniser, best first.
        """
        progress = replace(self._heard(progress, understood), turns=progress.turns + 1, silences=0, went=())
        try:
            if progress.turns > self.spec.limits.turns.times:
                return self._exhausted(progress, ())
            answer = self._answer(progress, understood, texts)
            for each in self._considered(progress, understood, answer):
                if each.hindrance is None:
                    progress = progress.took(*each.steps, times=each.transition.times)
                    return self._follow(progress, each.transition, understood, answer)
            return self._missed(progress)
        except _Unspeakable:
            return self._refuge(progress)

    def considered(self, progress: Progress, understood: Understood, texts: Sequence[str] = ()) -> Iterator[Considered]:
        """Yield what an answer might take, in order: `answer` takes the first without a hindrance."""
        progress = self._heard(progress, understood)
        yield from self._considered(progress, understood, self._answer(progress, understood, texts))

    def silence(self, progress: Progress) -> Step:
        """Follow silence."""
        progress = replace(progress, turns=progress.turns + 1, silences=progress.silences + 1, went=())
        try:
            return self._ask_again(progress, progress.silences, "silence")
        except _Unspeakable:
            return self._refuge(progress)

    def unreached(self, progress: Progress) -> Step:
        """Go on after nobody took the call that was to be handed over."""
        progress = replace(progress, ending=None, unreached=True, went=())
        try:
            return self._absent(progress, progress.state, ())
        except _Unspeakable:
            return self._refuge(progress)

    def done(self, progress: Progress, outcome: ErrandOutcome) -> Step:
        """Go on after the action of the state that the dialog is in."""
        state = self.state(progress)
        assert state.do is not None, "only an action's state waits for an errand"
        assert state.failed is not None, "the schema asks every action's state for it"
        progress = replace(progress, turns=progress.turns + 1, waiting=False, went=())
        found = None
        if outcome.failure is None:
            found = results(self.spec.actions[state.do], self.facts.declared, outcome.answer, self.facts)
        try:
            if progress.turns > self.spec.limits.turns.times:
                return self._exhausted(progress, ())
            if found is None:
                return self._enter(progress.took("states", progress.state, "failed"), state.failed, ())
            slots = progress.slots
            for name, value in found.pairs:
                slots = replace(slots, results=slots.results.put(name, value))
            return self._route(replace(progress, slots=slots), progress.state, ())
        except _Unspeakable:
            return self._refuge(progress)

    def errand_request(self, progress: Progress) -> ErrandRequest | None:
        """Return the request of the state's action, or None where it has none, or a fact in it is not known."""
        action = self.state(progress).do
        if action is None:
            return None
        return request(action, self.spec.actions[action], self.facts, progress.slots, progress.language)

    def state(self, progress: Progress) -> StateSpec:
        """Return the state that the dialog is in."""
        return self.spec.states[progress.state]

    def ahead(self, progress: Progress) -> Iterator[str]:
        """Yield names of prompts that the next moves may hold, likeliest first; some more than once."""
        return prompts_ahead(self.spec, progress, person_on_hand=self.facts.person_on_hand)

    def choices(self, progress: Progress) -> Iterator[str]:
        """Yield the words of the choices that the open question asks for."""
        for slot in self.state(progress).slots:
            entity = self.spec.entities.get(self.spec.slots[slot].of or "", {})
            for words in entity.values():
                yield from words.get(progress.language, ())

    def _answer(self, progress: Progress, understood: Understood, texts: Sequence[str]) -> Answer:
        return Finder(self.spec).find(self.state(progress).slots, texts, understood.slots, progress.language)

    def _now(self, progress: Progress, answer: Answer = _NO_ANSWER) -> Situation:
        return Situation(self.facts, progress.slots, progress.language, progress.party, answer)

    def _heard(self, progress: Progress, understood: Understood) -> Progress:
        """Whoever disclaims being the debtor is not spoken to as the debtor from here on."""
        return replace(progress, party=Party.OTHER) if understood.intent in DISCLAIMS else progress

    def _considered(self, progress: Progress, understood: Understood, answer: Answer) -> Iterator[Considered]:
        now = self._now(progress, answer)
        for steps, transition in self._candidates(progress, understood.intent, answer):
            hindrance = None
            if not progress.open_for(steps, transition.times):
                hindrance = f"taken {transition.times} times already"
            elif not understood.sure and (transition.confirms or transition.party is Party.CONFIRMED):
                hindrance = "the answer is not sure, and this confirms something"
            elif (guard := self.conditions.failing(transition.when, now)) is not None:
                hindrance = f"`{guard}` does not hold"
            yield Considered(steps, transition, hindrance)

    def _candidates(self, progress: Progress, intent: str, answer: Answer) -> Iterator[tuple[Steps, Transition]]:
        """Yield what may follow; an answer that tells what was asked informs, whatever else it means."""
        state = progress.state
        own: Candidates = [(("states", state, "on", i), each) for i, each in enumerate(self.state(progress).on)]
        general: Candidates = [(("anytime", i), each) for i, each in enumerate(self.spec.anytime)]
        yield from ((name, transition) for name, transition in own if intent in transition.on)
        if answer.told and intent not in DISCLAIMS:
            yield from ((name, transition) for name, transition in own if Intent.INFORM in transition.on)
        yield from ((name, transition) for name, transition in general if intent in transition.on)
        yield from ((name, transition) for name, transition in own if ANYTHING in transition.on)

    def _follow(self, progress: Progress, transition: Transition, understood: Understood, answer: Answer) -> Step:
        slots = take(transition.take, self.facts, progress.slots, answer)
        slots = apply(self.spec, transition.set, self.facts, slots)
        party = transition.party if transition.party and progress.party is not Party.OTHER else progress.party
        progress = replace(progress.refilled(slots, confirms=transition.confirms), party=party, misses=0)
        if transition.to == RETURN:
            return self._speak(progress, (*transition.say, *self._asking(progress)))
        if transition.to == REPEAT:
            return self._speak(progress, (*transition.say, *progress.last))
        if transition.to == SWITCH:
            wished = understood.language
            language = wished if wished in self.spec.languages else progress.language
            progress = replace(progress, language=language)
            step = self._speak(progress, (self.spec.messages.language_switched, *progress.last))
            return Step(replace(step.progress, last=progress.last), step.lines)
        return self._enter(progress, transition.to, transition.say)

    def _enter(self, progress: Progress, name: str, lead: tuple[str, ...]) -> Step:
        """Go to a state, through switches, until one asks or ends. The loader has ruled out switches in a circle."""
        state = self.spec.states[name]
        if state.transfer and not self._on_hand(progress):
            return self._absent(progress, name, lead)
        progress = replace(progress, state=name)
        if state.do is not None:
            return self._act(progress, lead)
        lead = (*lead, *state.say)
        if state.route:
            return self._route(progress, name, lead)
        if state.end is None:
            return self._speak(progress, (*lead, *self._asking(progress)))
        return self._close(progress.took("states", name, "end"), lead, state.end, transfer=state.transfer)

    def _act(self, progress: Progress, lead: tuple[str, ...]) -> Step:
        """Wait for an action, or go on at once where its request cannot be made."""
        state = self.state(progress)
        if self.errand_request(progress) is None and state.failed is not None:
            progress = replace(progress, turns=progress.turns + 1)
            if progress.turns > self.spec.limits.turns.times:
                return self._exhausted(progress, lead)
            return self._enter(progress.took("states", progress.state, "failed"), state.failed, lead)
        step = self._speak(progress, (*lead, *state.say))
        return Step(replace(step.progress, waiting=True), step.lines)

    def _route(self, progress: Progress, name: str, lead: tuple[str, ...]) -> Step:
        """Take the first way out of a switch, or of an action that succeeded."""
        now = self._now(progress)
        for i, route in enumerate(self.spec.states[name].route):
            steps: Steps = ("states", name, "route", i)
            if progress.open_for(steps, route.times) and self.conditions.hold(route.when, now):
                progress = progress.refilled(apply(self.spec, route.set, self.facts, progress.slots))
                return self._enter(progress.took(*steps, times=route.times), route.to, (*lead, *route.say))
        raise AssertionError("the last route always holds: the checks have seen to it")

    def _absent(self, progress: Progress, name: str, lead: tuple[str, ...]) -> Step:
        """Take the way of a transfer that reaches nobody."""
        state = self.spec.states[name]
        assert state.absent is not None, "the schema asks every transfer for it"
        assert state.end is not None, "only an ending transfers"
        lead = (*lead, *state.absent.say)
        progress = progress.took("states", name, "absent")
        if state.absent.to is not None:
            return self._enter(progress, state.absent.to, lead)
        return self._close(replace(progress, state=name), lead, state.end, transfer=False)

    def _close(self, progress: Progress, words: tuple[str, ...], disposition: Disposition, *, transfer: bool) -> Step:
        step = self._speak(progress, words)
        over = ending(self.spec, self.facts, step.progress, disposition, transfer=transfer)
        return Step(replace(step.progress, ending=over), step.lines)

    def _on_hand(self, progress: Progress) -> bool:
        return self.facts.person_on_hand and not progress.unreached

    def _missed(self, progress: Progress) -> Step:
        progress = replace(progress, misses=progress.misses + 1)
        return self._ask_again(progress, progress.misses, "not_understood")

    def _ask_again(self, progress: Progress, count: int, what: Literal["silence", "not_understood"]) -> Step:
        if progress.turns > self.spec.limits.turns.times:
            return self._exhausted(progress, ())
        own: LimitSpec | None = getattr(self.state(progress).limits, what)
        limit: LimitSpec = own or getattr(self.spec.limits, what)
        if count > limit.times:
            place: Steps = ("states", progress.state, "limits", what) if own else ("limits", what)
            return self._enter(progress.took(*place), limit.to, ())
        message, again = getattr(self.spec.messages, what), self.state(progress).again
        if again:
            progress = progress.took("states", progress.state, "again")
        step = self._speak(progress, (message, again) if again else (message, *self._asking(progress)))
        return Step(replace(step.progress, last=progress.last), step.lines)

    def _exhausted(self, progress: Progress, lead: tuple[str, ...]) -> Step:
        """Go on after the last turn that a call may have."""
        return self._enter(progress.took("limits", "turns"), self.spec.limits.turns.to, lead)

    def _asking(self, progress: Progress) -> tuple[str, ...]:
        ask = self.state(progress).ask
        return (ask,) if ask else ()

    def _speak(self, progress: Progress, names: Sequence[str]) -> Step:
        """Turn prompts into lines; the one place where anything is given to be said."""
        lines = []
        for name in names:
            prompt = self.prompts[name]
            if not prompt.neutral and progress.party is not Party.CONFIRMED:
                raise _Unspeakable(name)
            line = prompt.line(self.facts, progress.slots, progress.language)
            if line is None:
                raise _Unspeakable(name)
            lines.append(line)
        return Step(replace(progress, last=tuple(names)), tuple(lines))

    def _refuge(self, progress: Progress) -> Step:
        return self._enter(progress.took("refuge"), self.spec.refuge, ())
