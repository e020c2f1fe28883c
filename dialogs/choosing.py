"""Which transition an answer takes, where it may say several things at once, or one of two.

What is urgent goes first: that the caller is not the debtor, wants no more calls, is protected, or wants a person. Else
the first thing said that leads somewhere leads, and the digressions beside it are answered before its words. Only what
an answer is for, and plainly, confirms a person or a promise; what is said beside it never does.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from dialogs.answers import Answer
from dialogs.documents import Steps
from dialogs.progress import Doubt, Progress
from dialogs.schema import ANYTHING, RETURN, Guard, Party, ScenarioSpec
from dialogs.schema import TransitionSpec as Transition
from dialogs.understanding.intents import DISCLAIMS, Intent
from dialogs.understanding.understanding import Understood

URGENT: Final = (
    *(intent for intent in Intent if intent in DISCLAIMS),
    Intent.HAND_OVER,
    Intent.STOP_CONTACT,
    Intent.BANKRUPT_OR_PROTECTED,
    Intent.LAWYER,
    Intent.COMPLAINT,
    Intent.OPERATOR,
)
"""What goes before anything else that is said in the same turn."""

_UNSETTLING: Final = DISCLAIMS | {Intent.NO, Intent.NAME_GIVEN, Intent.HAND_OVER}
"""Said beside a confirmation, they take it back."""

Failing = Callable[[Transition, Progress], Guard | None]
"""The first condition of a transition that does not hold where the dialog stands."""


@dataclass(frozen=True, slots=True)
class Considered:
    """A transition that an answer might take.

    Args:
        steps: its place in the scenario.
        transition: it.
        intent: that it answers.
        hindrance: why it is passed over; None where it fits.
    """

    steps: Steps
    transition: Transition
    intent: str
    hindrance: str | None = None

    @property
    def digression(self) -> bool:
        """Whether it only says something and returns to the open question."""
        plain = not (self.transition.take or self.transition.set or self.transition.party or self.transition.confirms)
        return self.transition.to == RETURN and bool(self.transition.say) and plain


def whose_words(party: Party, intents: Iterable[str]) -> Party:
    """Return whom the bot speaks to once these intents were heard."""
    intents = frozenset(intents)
    if not DISCLAIMS.isdisjoint(intents):
        return Party.OTHER
    return Party.UNKNOWN if Intent.HAND_OVER in intents and party is Party.CONFIRMED else party


def said(understood: Understood) -> tuple[str, ...]:
    """Return all intents of an answer, what is urgent first."""
    intents = (understood.intent, *understood.also)
    return tuple(dict.fromkeys((*(intent for intent in URGENT if intent in intents), *intents)))


def settled(doubt: Doubt, understood: Understood) -> Understood | None:
    """Return what was meant, once the caller has answered which of two; None where the answer is another.

    The values that were told first still count where the answer tells none.
    """
    first, second = doubt.understood.intent, doubt.rival
    if understood.intent in (first, Intent.YES, Intent.RPC_CONFIRM):
        meant = first
    elif understood.intent in (second, Intent.NO):
        meant = second
    else:
        return None
    slots = understood.slots if understood.slots.any else doubt.understood.slots
    return replace(doubt.understood, intent=meant, sure=understood.sure, slots=slots, rival=None)


@dataclass(frozen=True, slots=True)
class Choosing:
    """Chooses among the transitions of a state.

    Args:
        spec: of the scenario.
        state: the name of the state.
        failing: tells the condition that keeps a transition from being taken.
    """

    spec: ScenarioSpec
    state: str
    failing: Failing

    def considered(self, progress: Progress, understood: Understood, answer: Answer) -> tuple[Considered, ...]:
        """Return what an answer might take, in order; the first without a hindrance leads.

        Args:
            progress: where the dialog stands.
            understood: the answer.
            answer: what it holds. Where it tells what the question asks for, it informs: beside whatever it surely
                means, and before what it may mean.
        """
        found: list[Considered] = []
        fitting: list[int] = []
        intents = said(understood)
        doubtful = answer.told and not understood.sure and intents[0] not in URGENT
        for intent in dict.fromkeys((*intents, *((Intent.INFORM,) if answer.told else ()))):
            told = doubtful and intent == understood.intent
            weighed = tuple(self._weighed(progress, self._candidates(intent, told=told), understood))
            fitting += [len(found) + at for at, each in enumerate(weighed) if each.hindrance is None][:1]
            found += weighed
        if not fitting:
            return (*found, *self._weighed(progress, self._own(ANYTHING), understood))
        lead = next((at for at in fitting if not found[at].digression), fitting[0])
        beside = (replace(each, hindrance=each.hindrance or "another leads on") for each in found[:lead])
        return (*beside, *found[lead:])

    def first(self, progress: Progress, intent: str, understood: Understood) -> Considered | None:
        """Return what one intent of an answer takes."""
        weighed = self._weighed(progress, self._candidates(intent, told=False), understood)
        return next((each for each in weighed if each.hindrance is None), None)

    def beside(self, progress: Progress, lead: Considered, understood: Understood) -> tuple[Considered, ...]:
        """Return the digressions of the same answer, where the dialog now stands; none beside a disclaimer."""
        if lead.intent in DISCLAIMS:
            return ()
        others = (intent for intent in said(understood) if intent != lead.intent)
        ways = (self.first(progress, intent, understood) for intent in others)
        found = {way.steps: way for way in ways if way is not None and way.digression and way.steps != lead.steps}
        return tuple(found.values())

    def _candidates(self, intent: str, *, told: bool) -> Iterator[Considered]:
        yield from self._own(intent)
        if told:
            yield from self._own(Intent.INFORM)
        for i, transition in enumerate(self.spec.anytime):
            if intent in transition.on:
                yield Considered(("anytime", i), transition, intent)

    def _own(self, intent: str) -> Iterator[Considered]:
        for i, transition in enumerate(self.spec.states[self.state].on):
            if intent in transition.on:
                yield Considered(("states", self.state, "on", i), transition, intent)

    def _weighed(
        self, progress: Progress, candidates: Iterable[Considered], understood: Understood
    ) -> Iterator[Considered]:
        return (replace(each, hindrance=self._hindrance(progress, each, understood)) for each in candidates)

    def _hindrance(self, progress: Progress, each: Considered, understood: Understood) -> str | None:
        transition = each.transition
        if not progress.open_for(each.steps, transition.times):
            return f"taken {transition.times} times already"
        confirming = transition.confirms or transition.party is Party.CONFIRMED
        if confirming and not _plain(understood, each.intent):
            return "the answer is not sure, and this confirms something"
        guard = self.failing(transition, progress)
        return None if guard is None else f"`{guard}` does not hold"


def _plain(understood: Understood, intent: str) -> bool:
    """Whether an answer is for this intent, surely, and nothing said with it takes that back."""
    unsettled = understood.rival in _UNSETTLING or not _UNSETTLING.isdisjoint(understood.also)
    return understood.sure and intent == understood.intent and not unsettled
