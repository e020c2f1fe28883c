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
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dialogs.facts import CallFacts
from dialogs.progress import Progress, apply, holds, take
from dialogs.prompts import Prompt
from dialogs.schema import ANYTHING, REPEAT, RETURN, SPECIAL_TARGETS, SWITCH, LimitSpec, Party, ScenarioSpec, StateSpec
from dialogs.schema import TransitionSpec as Transition
from dialogs.understanding.intents import DISCLAIMS
from dialogs.understanding.slots import Slotted
from dialogs.understanding.understanding import Understood
from engine.calls import Disposition, Promise
from engine.dialog import Ending, Line
from engine.speech import Language


class _Unspeakable(Exception):
    """A prompt must not, or cannot, be spoken now."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the machine did: where the dialog stands now and what to say."""

    progress: Progress
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """A scenario with the facts of one call."""

    spec: ScenarioSpec
    prompts: Mapping[str, Prompt]
    facts: CallFacts
    inbound: bool = False
    """The caller called us, and was greeted."""

    @property
    def start(self) -> str:
        """The first state."""
        return (self.inbound and self.spec.start_inbound) or self.spec.start

    def begin(self, language: Language) -> Step:
        """Enter the first state."""
        progress = Progress(self.start, language)
        try:
            return self._enter(progress, self.start, ())
        except _Unspeakable:
            return self._refuge(progress)

    def answer(self, progress: Progress, understood: Understood) -> Step:
        """Follow what the caller said."""
        party = Party.OTHER if understood.intent in DISCLAIMS else progress.party
        progress = replace(progress, turns=progress.turns + 1, silences=0, party=party)
        try:
            if progress.turns > self.spec.limits.turns.times:
                return self._enter(progress, self.spec.limits.turns.to, ())
            for transition_id, transition in self._candidates(progress, understood.intent):
                confirming = transition.confirms or transition.party is Party.CONFIRMED
                fits = progress.open_for(transition_id, transition.times) and (understood.sure or not confirming)
                if fits and holds(transition.when, self.facts, progress, understood.slots):
                    return self._follow(progress.took(transition_id, transition.times), transition, understood)
            return self._missed(progress)
        except _Unspeakable:
            return self._refuge(progress)

    def silence(self, progress: Progress) -> Step:
        """Follow silence."""
        progress = replace(progress, turns=progress.turns + 1, silences=progress.silences + 1)
        limit = self.state(progress).limits.silence or self.spec.limits.silence
        try:
            return self._ask_again(progress, progress.silences, limit, self.spec.messages.silence)
        except _Unspeakable:
            return self._refuge(progress)

    def unreached(self, progress: Progress) -> Step:
        """Go on after nobody took the call that was to be handed over."""
        progress = replace(progress, ending=None, unreached=True)
        try:
            return self._absent(progress, progress.state, ())
        except _Unspeakable:
            return self._refuge(progress)

    def state(self, progress: Progress) -> StateSpec:
        """Return the state that the dialog is in."""
        return self.spec.states[progress.state]

    def ahead(self, progress: Progress) -> Iterator[str]:
        """Yield names of prompts that the next moves may hold, likeliest first; some more than once."""
        state = self.state(progress)
        if progress.ending is not None:
            if progress.ending.transfer:
                yield from self._said_when_absent(state, set())
            return
        for transition in state.on:
            yield from transition.say
            yield from self._said_on_entering(transition.to, set())
        yield self.spec.messages.not_understood
        yield self.spec.messages.silence
        yield from filter(None, (state.ask, state.again))
        for transition in self.spec.anytime:
            yield from transition.say
            yield from self._said_on_entering(transition.to, set())

    def _candidates(self, progress: Progress, intent: str) -> Iterator[tuple[str, Transition]]:
        own = [(f"{progress.state}/{i}", transition) for i, transition in enumerate(self.state(progress).on)]
        general = [(f"/{i}", transition) for i, transition in enumerate(self.spec.anytime)]
        yield from ((name, transition) for name, transition in own + general if intent in transition.on)
        yield from ((name, transition) for name, transition in own if ANYTHING in transition.on)

    def _follow(self, progress: Progress, transition: Transition, understood: Understood) -> Step:
        slots = take(transition.take, self.facts, progress.slots, understood.slots)
        slots = apply(transition.set, self.facts, slots)
        unchanged = (slots.amount, slots.due) == (progress.slots.amount, progress.slots.due)
        party = transition.party if transition.party and progress.party is not Party.OTHER else progress.party
        progress = replace(
            progress,
            slots=slots,
            party=party,
            confirmed=transition.confirms or (progress.confirmed and unchanged),
            misses=0,
        )
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
        lead = (*lead, *state.say)
        for i, route in enumerate(state.route):
            route_id = f"{name}>{i}"
            fits = progress.open_for(route_id, route.times)
            if fits and holds(route.when, self.facts, progress, Slotted()):
                slots = apply(route.set, self.facts, progress.slots)
                progress = replace(progress.took(route_id, route.times), slots=slots)
                return self._enter(progress, route.to, (*lead, *route.say))
        progress = replace(progress, state=name)
        if state.end is None:
            return self._speak(progress, (*lead, *self._asking(progress)))
        return self._close(progress, lead, state.end, transfer=state.transfer)

    def _absent(self, progress: Progress, name: str, lead: tuple[str, ...]) -> Step:
        """Take the way of a transfer that reaches nobody."""
        state = self.spec.states[name]
        assert state.absent is not None, "the schema asks every transfer for it"
        assert state.end is not None, "only an ending transfers"
        lead = (*lead, *state.absent.say)
        if state.absent.to is not None:
            return self._enter(progress, state.absent.to, lead)
        return self._close(replace(progress, state=name), lead, state.end, transfer=False)

    def _close(self, progress: Progress, words: tuple[str, ...], disposition: Disposition, *, transfer: bool) -> Step:
        step = self._speak(progress, words)
        return Step(replace(step.progress, ending=self._ending(step.progress, disposition, transfer)), step.lines)

    def _on_hand(self, progress: Progress) -> bool:
        return self.facts.person_on_hand and not progress.unreached

    def _missed(self, progress: Progress) -> Step:
        progress = replace(progress, misses=progress.misses + 1)
        limit = self.state(progress).limits.not_understood or self.spec.limits.not_understood
        return self._ask_again(progress, progress.misses, limit, self.spec.messages.not_understood)

    def _ask_again(self, progress: Progress, count: int, limit: LimitSpec, message: str) -> Step:
        if progress.turns > self.spec.limits.turns.times:
            return self._enter(progress, self.spec.limits.turns.to, ())
        if count > limit.times:
            return self._enter(progress, limit.to, ())
        again = self.state(progress).again
        step = self._speak(progress, (message, again) if again else (message, *self._asking(progress)))
        return Step(replace(step.progress, last=progress.last), step.lines)

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
        return self._enter(progress, self.spec.refuge, ())

    def _ending(self, progress: Progress, disposition: Disposition, transfer: bool) -> Ending:
        slots = progress.slots
        if disposition is Disposition.PROMISE_TO_PAY:
            if slots.amount is None or slots.due is None:
                return Ending(Disposition.VAGUE_PROMISE, transfer=transfer)
            promise = Promise(slots.amount, slots.due, confirmed=progress.confirmed)
            return Ending(disposition, promise=promise, transfer=transfer)
        callback = None
        if disposition is Disposition.CALLBACK and slots.callback_day and slots.callback_time:
            callback = datetime.combine(slots.callback_day, slots.callback_time, self.facts.now.tzinfo)
        return Ending(disposition, callback_at=callback, transfer=transfer)

    def _said_on_entering(self, name: str, seen: set[str]) -> Iterator[str]:
        if name in SPECIAL_TARGETS or name in seen:
            return
        seen.add(name)
        state = self.spec.states[name]
        if state.transfer and not self.facts.person_on_hand:
            yield from self._said_when_absent(state, seen)
            return
        yield from state.say
        if state.ask:
            yield state.ask
        for route in state.route:
            yield from route.say
            yield from self._said_on_entering(route.to, seen)

    def _said_when_absent(self, state: StateSpec, seen: set[str]) -> Iterator[str]:
        if state.transfer and state.absent is not None:
            yield from state.absent.say
            if state.absent.to is not None:
                yield from self._said_on_entering(state.absent.to, seen)
