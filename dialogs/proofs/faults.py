"""What must hold on every turn of every call, and the fault where it does not.

1. No debt wording before the right party is confirmed: the machine would refuse it and end the call in the ``refuge``,
   so the designer's words are never heard.
2. Everything that a prompt tells is known when it is said; otherwise the call ends in the ``refuge`` too.
3. The notices (robot, recording, creditor) precede everything else.
4. Nobody but the confirmed party is asked for money, or is noted as somebody who spoke about the debt.
5. A call ends as a promise only where sum and day are set, within the mandate, read back and confirmed.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Final

from dialogs.checks.fault import Fault
from dialogs.checks.wordings import facts_in, facts_told
from dialogs.documents import Steps
from dialogs.proofs.automaton import Automaton
from dialogs.proofs.memory import ALL_NOTICES, Memory, notices, party, unheard
from dialogs.proofs.rules import CONFIRMED, NOT_PAST, NOT_TOO_LATE, NOT_TOO_LITTLE, PROMISE, needed
from dialogs.proofs.turns import Arrival, Spoken, Turn
from dialogs.schema import REPEAT, SWITCH, Party, SlotKind, TransitionSpec
from engine.calls import Disposition
from engine.speech import Expect

ABOUT_THE_DEBT: Final = frozenset(
    {
        Disposition.PROMISE_TO_PAY,
        Disposition.REFUSED,
        Disposition.ALREADY_PAID,
        Disposition.DISPUTE,
        Disposition.HARDSHIP,
        Disposition.VAGUE_PROMISE,
    }
)
"""Dispositions of a call in which the debt was spoken of."""

ABOUT_THE_CLIENT: Final = ABOUT_THE_DEBT | {
    Disposition.INFORMED,
    Disposition.ACCEPTED,
    Disposition.DECLINED,
    Disposition.SURVEYED,
}
"""Dispositions of a call that the client led; nobody who said to be another did."""

_ASKS_FOR_MONEY: Final = frozenset({Expect.SUM, Expect.PROMISE})

_PARTIES: Final = {Party.UNKNOWN: "the party is not confirmed", Party.OTHER: "someone else is on the line"}


class Judge:
    """Finds the faults of turns.

    Args:
        automaton: of the scenario, whose turns are judged.
    """

    def __init__(self, automaton: Automaton) -> None:
        self._automaton = automaton
        self._spec = spec = automaton.spec
        self._rules = rules = automaton.rules
        self._debt = {name for name, prompt in spec.prompts.items() if not prompt.neutral}
        self._discloses = {name: notices(prompt.discloses) for name, prompt in spec.prompts.items()}
        self._needs = {
            name: [fact for fact in sorted(facts_told(prompt)) if rules.tracks(needed(fact))]
            for name, prompt in spec.prompts.items()
        }
        self._which_meant = {
            name
            for name, prompt in spec.prompts.items()
            if any(fact.startswith("meaning.") for fact in facts_told(prompt))
        }
        self._judged: set[Arrival] = set()
        self._said_in: dict[str, dict[str, Spoken]] = {}

    def faults(self, turn: Turn) -> Iterator[Fault]:
        """Yield the faults of a turn; of turns that lead to the very same, only the first one's."""
        arrival = turn.arrival
        if arrival in self._judged:
            return
        self._judged.add(arrival)
        if arrival.waits:
            said = self._said_in.setdefault(arrival.state, {})
            for each in arrival.said:
                said.setdefault(each.prompt, each)
        for each in arrival.said:
            yield from self._unspeakable(each, arrival.memory)
            if each.prompt in self._which_meant:
                message = f"`{each.prompt}` tells {{meaning.…}}, which is known only in the question under `clarify`"
                yield Fault("unset", each.steps, message, "say another prompt here")
        if arrival.before != ALL_NOTICES:
            yield from self._notices(arrival)
        if arrival.end is not None:
            yield from self._ending(arrival, arrival.end)
        else:
            yield from self._asking(arrival)

    def repeats(self, turn: Turn) -> bool:
        """Whether a turn says the last words again after something has changed."""
        return turn.steps in self._repeating

    @cached_property
    def _repeating(self) -> frozenset[Steps]:
        ways: list[tuple[Steps, TransitionSpec]] = [(("anytime", i), each) for i, each in enumerate(self._spec.anytime)]
        for name, state in self._spec.states.items():
            ways += [(("states", name, "on", i), each) for i, each in enumerate(state.on)]
        changing = (pair for pair in ways if pair[1].party is not None or pair[1].set)
        return frozenset(steps for steps, way in changing if way.to in (REPEAT, SWITCH))

    def repeating(self, turn: Turn) -> Iterator[Fault]:
        """Yield the faults of words said again, once all turns were judged: whatever led to a question may be last."""
        clarify = self._spec.clarify
        asked = {"clarify": clarify.ask, **clarify.means} if clarify else {}  # may be what was said last
        meant = [Spoken(name, ("clarify",)) for name in asked.values()]
        for each in (*self._said_in.get(turn.arrival.state, {}).values(), *meant):
            for fault in self._unspeakable(each, turn.arrival.memory):
                yield Fault(fault.rule, turn.steps, f"said again: {fault.message}", fault.mend)

    def _unspeakable(self, spoken: Spoken, memory: Memory) -> Iterator[Fault]:
        name = spoken.prompt
        who = party(memory)
        if name in self._debt and who is not Party.CONFIRMED:
            message = (
                f"`{name}` is debt wording, and {_PARTIES[who]} on this way: "
                f"it is never heard, the call ends in `{self._spec.refuge}`"
            )
            mend = "lead here only after `party: confirmed`, or word it neutrally and mark it `neutral: true`"
            yield Fault("debt_wording", spoken.steps, message, mend)
        for fact in self._needs[name]:
            slot = needed(fact)
            if not self._rules.knows(memory, slot):
                message = f"{{{fact}}} in `{name}` is not known yet on this way: the call ends in `{self._spec.refuge}`"
                yield Fault(
                    "unset", spoken.steps, message, f"lead here only where `{slot}` holds, and ask for it before"
                )

    def _notices(self, arrival: Arrival) -> Iterator[Fault]:
        heard = arrival.before
        for each in arrival.said:
            if heard == ALL_NOTICES:
                return
            if not self._discloses[each.prompt]:
                missing = " and ".join(f"`{notice}`" for notice in unheard(heard))
                message = f"`{each.prompt}` is said before the notice of {missing}"
                mend = "say a prompt first that tells it and is marked `discloses: [robot, recording, creditor]`"
                yield Fault("notices", each.steps, message, mend)
                return
            heard |= self._discloses[each.prompt]

    def _asking(self, arrival: Arrival) -> Iterator[Fault]:
        state = self._spec.states[arrival.state]
        for slot in self._wanted(state.do) if state.do else ():
            if not self._rules.knows(arrival.memory, slot):
                message = f"the action `{state.do}` wants `{slot}`, which is not known on this way, so it fails unasked"
                yield Fault("unset", ("states", arrival.state, "do"), message, f"lead here only where `{slot}` holds")
        if party(arrival.memory) is Party.CONFIRMED:
            return
        kinds = [spec.kind for name in state.slots if (spec := self._spec.slots.get(name))]
        if state.expect in _ASKS_FOR_MONEY or SlotKind.MONEY in kinds:
            message = f"`{arrival.state}` asks for money while {_PARTIES[party(arrival.memory)]}"
            steps: Steps = ("states", arrival.state, "expect")
            yield Fault("stranger", steps, message, "lead here only after `party: confirmed`")

    def _wanted(self, action: str) -> Iterator[str]:
        spec = self._spec.actions[action]
        for fact in sorted(facts_in(f"{spec.url} {spec.body}")):
            if self._rules.tracks(needed(fact)):
                yield needed(fact)

    def _ending(self, arrival: Arrival, end: Disposition) -> Iterator[Fault]:
        steps: Steps = ("states", arrival.state, "end")
        who = party(arrival.memory)
        barred = ABOUT_THE_CLIENT if who is Party.OTHER else ABOUT_THE_DEBT
        if who is not Party.CONFIRMED and end in barred:
            message = f"the call ends as `{end}` while {_PARTIES[who]}"
            yield Fault("ending", steps, message, "end it as `third_party`, `wrong_person` or `not_identified`")
        elif end is Disposition.PROMISE_TO_PAY and set(PROMISE) <= self._rules.tracked:
            yield from self._promise(arrival.memory, steps)

    def _promise(self, memory: Memory, steps: Steps) -> Iterator[Fault]:
        for slot in PROMISE:
            if not self._rules.knows(memory, slot):
                message = f"a promise to pay is noted without `{slot}`"
                yield Fault("ending", steps, message, f"lead here only where `{slot}` holds")
        if not self._rules.knows(memory, CONFIRMED):
            message = "a promise to pay is noted that was not confirmed as it stands"
            yield Fault(
                "ending", steps, message, "read it back, and lead here with `confirms: true` from that question"
            )
        for check in (NOT_TOO_LITTLE, NOT_PAST, NOT_TOO_LATE):
            if not self._rules.knows(memory, check):
                message = f"a promise to pay is noted that may be outside the mandate: `{check}` was not made sure of"
                mend = f"pass a switch first that leads elsewhere where `{check.removeprefix('not ')}` holds"
                yield Fault("mandate", steps, message, mend)
