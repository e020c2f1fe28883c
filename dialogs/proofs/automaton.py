"""All that a scenario can do, turn by turn: the product of its states with what the proof remembers.

It follows `dialogs.machine` step by step, but takes every branch whose condition it does not know: whatever the machine
does in a call is one of the turns here. Where the machine speaks, the turn names the prompts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from dialogs.choosing import URGENT
from dialogs.documents import Steps
from dialogs.proofs.memory import ALL_NOTICES, NOBODY, Memory, notices, party, speaking_to
from dialogs.proofs.rules import CONFIRMED, Rules
from dialogs.proofs.turns import OTHER_WORDS, Arrival, Event, Situation, Spoken, Turn
from dialogs.schema import ANYTHING, SPECIAL_TARGETS, SWITCH, LimitSpec, Party, ScenarioSpec, StateSpec, TransitionSpec
from dialogs.understanding.intents import DISCLAIMS, Intent
from engine.calls import Disposition

Candidates = Sequence[tuple[Steps, TransitionSpec]]


class Automaton:
    """The turns of one scenario.

    Args:
        spec: whose names are known to be right.
        rules: for conditions.
    """

    def __init__(self, spec: ScenarioSpec, rules: Rules) -> None:
        self.spec = spec
        self.rules = rules
        self.taken: set[Steps] = set()
        """Transitions and routes that are taken on some branch."""
        self._entered: dict[Situation, tuple[Arrival, ...]] = {}
        self._followed: dict[tuple[Steps, Memory, str], tuple[Arrival, ...]] = {}
        self._candidates: dict[tuple[str, str], Candidates] = {}
        self._general: Candidates = [(("anytime", i), each) for i, each in enumerate(spec.anytime)]
        self._discloses = {name: notices(prompt.discloses) for name, prompt in spec.prompts.items()}

    def begin(self) -> Iterator[Turn]:
        """Yield the first turns of a call that we place, and of one that comes to us."""
        for arrival in self._enter(self.spec.start, NOBODY):
            yield Turn(Event.BEGIN, ("start",), arrival)
        greeted = Memory(NOBODY | ALL_NOTICES)
        own = self.spec.start_inbound
        for arrival in self._enter(own or self.spec.start, greeted):
            yield Turn(Event.INBOUND, ("start_inbound",) if own else ("start",), arrival)

    def turns(self, situation: Situation) -> Iterator[Turn]:
        """Yield the turns that may follow."""
        name, memory = situation
        state = self.spec.states[name]
        if state.end is not None:
            for arrival in self._absent(name, memory):
                yield Turn(Event.UNREACHED, ("states", name, "absent"), arrival)
            return
        if state.do is not None:
            yield from self._acted(name, state, memory)
        else:
            done: set[tuple[Steps, Memory]] = set()
            for intent in self.intents(name):
                yield from self._answer(name, memory, intent, done)
            if party(memory) is not Party.OTHER and self._unheeded(name):
                for intent in self.intents(name):
                    for turn in self._answer(name, speaking_to(memory, Party.OTHER), intent, done):
                        yield replace(turn, beside=True)
            yield from self.limited(situation, Event.SILENCE)
        for arrival in self._enter(self.spec.limits.turns.to, memory):
            yield Turn(Event.TOO_LONG, ("limits", "turns", "to"), arrival, self.spec.limits.turns.times)

    def answers(self, situation: Situation, intent: str) -> Iterator[Turn]:
        """Yield the turns that may follow one intent."""
        yield from self._answer(*situation, intent, set())

    def limited(self, situation: Situation, event: Event) -> Iterator[Turn]:
        """Yield the turns that may follow silence, or words that are not understood: asked again, or at the limit."""
        name, memory = situation
        state = self.spec.states[name]
        key = "silence" if event is Event.SILENCE else "not_understood"
        own: LimitSpec | None = getattr(state.limits, key)
        limit: LimitSpec = own or getattr(self.spec.limits, key)
        steps: Steps = ("states", name, "limits", key, "to") if own else ("limits", key, "to")
        if limit.times:
            message = _spoken((getattr(self.spec.messages, key),), ("messages", key))
            again = _spoken((state.again or state.ask or "",), ("states", name, "again" if state.again else "ask"))
            yield Turn(event, steps[:-1], self._arrived((*message, *again), name, memory, waits=True))
        for arrival in self._enter(limit.to, memory):
            yield Turn(event, steps, arrival, limit.times + 1)

    def intents(self, name: str) -> Sequence[str]:
        """Return the intents that matter in a question: those that its transitions name, disclaimers, and one other."""
        own = (intent for transition in self.spec.states[name].on for intent in transition.on)
        return [*dict.fromkeys([*(intent for intent in own if intent != ANYTHING), *self._everywhere]), OTHER_WORDS]

    @cached_property
    def _everywhere(self) -> Sequence[str]:
        general = (intent for transition in self.spec.anytime for intent in transition.on)
        return [*general, *(intent for intent in Intent if intent in DISCLAIMS)]

    def transition(self, steps: Steps) -> TransitionSpec | None:
        """Return the transition at a place, or None where it is the place of something else."""
        match steps:
            case ("anytime", int(i)):
                return self.spec.anytime[i]
            case ("states", str(name), "on", int(i)):
                return self.spec.states[name].on[i]
        return None

    def candidates(self, name: str, intent: str) -> Candidates:
        """Return the transitions that an intent may take in a question, in order, with their places."""
        found = self._candidates.get((name, intent))
        if found is None:
            own: Candidates = [(("states", name, "on", i), each) for i, each in enumerate(self.spec.states[name].on)]
            found = [pair for pair in own if intent in pair[1].on]
            general = [pair for pair in self._general if intent in pair[1].on]
            told = [pair for pair in own if Intent.INFORM in pair[1].on] if self._tells(name, intent) else []
            found += [*general, *told] if intent in URGENT else [*told, *general]
            found += [pair for pair in own if ANYTHING in pair[1].on]
            self._candidates[name, intent] = found
        return found

    def _unheeded(self, name: str) -> bool:
        """Whether other words of a turn may lead in which the caller also disclaims being the debtor."""
        for intent in DISCLAIMS:
            ways = [transition for _, transition in self.candidates(name, intent)]
            if not any(each.to not in SPECIAL_TARGETS and not each.when and each.times is None for each in ways):
                return True
        return False

    def _tells(self, name: str, intent: str) -> bool:
        """Whether an answer of this intent may tell besides what the question asks for, and so inform."""
        return bool(self.spec.states[name].slots) and intent != Intent.INFORM and intent not in DISCLAIMS

    def _acted(self, name: str, state: StateSpec, memory: Memory) -> Iterator[Turn]:
        assert state.do is not None, "only a state with an action waits for one"
        after = self.rules.learned(memory, self.spec.actions[state.do].result)
        for arrival in self._routed(name, state, (), after):
            yield Turn(Event.DONE, ("states", name, "do"), arrival)
        assert state.failed is not None, "the schema asks every action's state for it"
        for arrival in self._enter(state.failed, memory):
            yield Turn(Event.FAILED, ("states", name, "failed"), arrival)

    def _answer(self, name: str, memory: Memory, intent: str, done: set[tuple[Steps, Memory]]) -> Iterator[Turn]:
        if intent in DISCLAIMS:
            memory = speaking_to(memory, Party.OTHER)
        remaining = {memory: (0, False)}
        for steps, transition in self.candidates(name, intent):
            told = intent not in transition.on and ANYTHING not in transition.on
            sure = not (told or transition.confirms or transition.party is Party.CONFIRMED)
            passed: dict[Memory, tuple[int, bool]] = {}
            for each, (spent, guessed) in remaining.items():
                taken, over = self.rules.split(transition, each)
                if taken is not None and (steps, taken) not in done:
                    done.add((steps, taken))
                    for arrival in self._follow(steps, transition, taken, name):
                        yield Turn(intent, steps, arrival, spent + 1, guessed)
                if over is not None:
                    passed[over] = spent, guessed
                if taken is not None and not sure:
                    passed.setdefault(each, (spent, True))
                elif taken is not None and transition.times is not None:
                    passed.setdefault(each, (spent + transition.times, guessed))
            remaining = passed
        for each, (spent, guessed) in remaining.items():
            if ((), each) not in done:
                done.add(((), each))
                for turn in self.limited((name, each), Event.NOT_UNDERSTOOD):
                    event = turn.event if intent == OTHER_WORDS else intent
                    yield replace(turn, event=event, times=turn.times + spent, guessed=guessed)

    def _follow(self, steps: Steps, transition: TransitionSpec, memory: Memory, name: str) -> tuple[Arrival, ...]:
        stays = transition.to in SPECIAL_TARGETS
        key = (steps, memory, name if stays else "")
        if key not in self._followed:
            self.taken.add(steps)
            found: list[Arrival] = []
            said = _spoken(transition.say, (*steps, "say"))
            plain = not (transition.take or transition.set or transition.party or transition.confirms)
            for after in (memory,) if plain else dict.fromkeys(self._after(transition, memory)):
                if stays:
                    found.append(self._staying(said, transition.to, name, after))
                else:
                    found += [self._led(said, after, arrival) for arrival in self._enter(transition.to, after)]
            self._followed[key] = tuple(found)
        return self._followed[key]

    def _after(self, transition: TransitionSpec, memory: Memory) -> Iterator[Memory]:
        for filled in self.rules.filled(transition, memory):
            for after in self.rules.assigned(transition.set, filled):
                if transition.party is not None and party(after) is not Party.OTHER:
                    after = speaking_to(after, transition.party)
                yield self.rules.learned(after, (CONFIRMED,)) if transition.confirms else after

    def _staying(self, said: tuple[Spoken, ...], target: str, name: str, memory: Memory) -> Arrival:
        """Stay in the open question: it is asked again, at least; what led to it is seen to by `search`."""
        ask = _spoken((self.spec.states[name].ask or "",), ("states", name, "ask"))
        if target == SWITCH:
            said = _spoken((self.spec.messages.language_switched,), ("messages", "language_switched"))
        return self._arrived((*said, *ask), name, memory, waits=True)

    def _enter(self, name: str, memory: Memory) -> tuple[Arrival, ...]:
        """Go to a state, through switches and action steps, until one waits or ends; none of them lead in a circle."""
        found = self._entered.get((name, memory))
        if found is None:
            found = self._entered[name, memory] = tuple(self._entered_anew(name, self.spec.states[name], memory))
        return found

    def _entered_anew(self, name: str, state: StateSpec, memory: Memory) -> Iterator[Arrival]:
        say = _spoken(state.say, ("states", name, "say"))
        if state.transfer:
            yield self._arrived(say, name, memory, end=state.end, waits=True)
            for arrival in self._absent(name, memory):
                yield replace(arrival, nobody=True)
        elif state.do is not None:
            yield self._arrived(say, name, memory, waits=True)
        elif state.route:
            yield from self._routed(name, state, say, memory)
        elif state.end is not None:
            yield self._arrived(say, name, memory, end=state.end)
        else:
            ask = _spoken((state.ask or "",), ("states", name, "ask"))
            yield self._arrived((*say, *ask), name, memory, waits=True)

    def _routed(self, name: str, state: StateSpec, say: tuple[Spoken, ...], memory: Memory) -> Iterator[Arrival]:
        begun, spent = memory, 0
        for i, route in enumerate(state.route):
            steps: Steps = ("states", name, "route", i)
            taken, over = self.rules.split(route, memory)
            if taken is not None:
                self.taken.add(steps)
                said = (*say, *_spoken(route.say, (*steps, "say")))
                for after in self.rules.assigned(route.set, taken):
                    for arrival in self._enter(route.to, after):
                        yield self._led(said, begun, arrival, spent)
            if taken is not None and route.times is not None:
                spent += route.times if over is None else 0
                over = memory
            if over is None:
                return
            memory = over

    def _absent(self, name: str, memory: Memory) -> Iterator[Arrival]:
        """Take the way of a transfer that reaches nobody."""
        state = self.spec.states[name]
        assert state.absent is not None, "the schema asks every transfer for it"
        say = _spoken(state.absent.say, ("states", name, "absent"))
        if state.absent.to is None:
            yield self._arrived(say, name, memory, end=state.end)
            return
        for arrival in self._enter(state.absent.to, memory):
            yield self._led(say, memory, arrival)

    def _arrived(
        self,
        said: tuple[Spoken, ...],
        name: str,
        memory: Memory,
        *,
        end: Disposition | None = None,
        waits: bool = False,
    ) -> Arrival:
        return Arrival(said, name, self._hearing(said, memory), memory & ALL_NOTICES, end, waits)

    def _led(self, said: tuple[Spoken, ...], begun: Memory, arrival: Arrival, spent: int = 0) -> Arrival:
        """Return an arrival with words before its own."""
        if not said and not spent:
            return arrival
        memory, before = self._hearing(said, arrival.memory), begun & ALL_NOTICES
        return replace(arrival, said=(*said, *arrival.said), memory=memory, before=before, spent=arrival.spent + spent)

    def _hearing(self, said: tuple[Spoken, ...], memory: Memory) -> Memory:
        if memory & ALL_NOTICES != ALL_NOTICES:
            for each in said:
                memory = Memory(memory | self._discloses[each.prompt])
        return memory


def _spoken(names: Iterable[str], steps: Steps) -> tuple[Spoken, ...]:
    return tuple(Spoken(name, steps) for name in names)
