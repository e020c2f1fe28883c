"""A contact as packs ask it: by expressions, over its words, measures, promises and what else is known of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from analytics.conversation import MIXED, Conversation
from analytics.evidence import Evidence, Fact, Quote, evidence_of
from analytics.expressions import Expression, Heard, Verdict, match_expression
from analytics.expressions.tree import speakers_in
from analytics.measures import REGISTRY, Measured
from analytics.measures.values import side_of
from analytics.promises import Promise

NO_MEASURES: Final[Mapping[str, Measured]] = MappingProxyType({})

PROMISED: Final[Mapping[str, Callable[[Promise], bool]]] = MappingProxyType(
    {
        "promises": lambda promise: True,
        "promises_complete": lambda promise: promise.amount is not None and promise.due is not None,
        "promises_confirmed": lambda promise: promise.confirmed_by is not None,
    }
)
"""Which of the promises that stand at a contact's end are counted under a name; complete ones have a sum and a day."""

KNOWN: Final = frozenset({*REGISTRY, *PROMISED})
"""What packs may compare with numbers."""


def promised(promises: Sequence[Promise]) -> dict[str, float]:
    """Return how many promises count under each name of `PROMISED`."""
    return {name: float(sum(map(counts, promises))) for name, counts in PROMISED.items()}


class Contact:
    """Asked by all packs alike; made once.

    Args:
        heard: the contact's words.
        measures: of `analytics.measures.measure`; what is missing could not be told.
        promises: of `analytics.promises.find_promises`; None where nobody looked for them.

    Attributes:
        heard: the same.
        conversation: behind it.
    """

    def __init__(
        self, heard: Heard, measures: Mapping[str, Measured] = NO_MEASURES, promises: Sequence[Promise] | None = None
    ) -> None:
        self.heard = heard
        self.conversation: Conversation = heard.conversation
        self._measures = measures
        self._sides = {one.role for one in heard.conversation.utterances} if heard.conversation.is_mixed else None
        self._promises = promises or ()
        self._values: dict[str, float | None] = dict.fromkeys(KNOWN) | {k: one.value for k, one in measures.items()}
        if promises is not None:
            self._values |= promised(promises)

    def ask(self, expression: Expression) -> tuple[Verdict, Evidence]:
        """Return whether an expression holds, and what decided it: words, and the words behind measures.

        Where sides could not be told apart, what names a side to which no words are laid was not heard.
        """
        if self._sides is not None and any(not self._sides & one.roles for one in speakers_in(expression.tree)):
            return Verdict.NOT_HEARD, Evidence(facts=(Fact(*MIXED, "each side on its channel"),))
        match = match_expression(expression, self.heard, self._values)
        evidence = evidence_of(match)
        shown = [quote for fact in evidence.facts for quote in self._shown(fact)]
        return match.verdict, evidence + Evidence(tuple(shown)) if shown else evidence

    def _shown(self, fact: Fact) -> Iterator[Quote]:
        """Yield the words that show a measure or a promise."""
        if not fact.value:
            return
        lines = self.conversation.utterances
        for promise in filter(PROMISED.get(fact.name, lambda _: False), self._promises):
            for shown in promise.evidence:
                yield Quote(lines[shown.utterance].role, shown.text, shown.start_s, shown.end_s)
        for place in self._measures[fact.name].evidence if fact.name in self._measures else ():
            for one in lines if place.text else ():
                if side_of(one.role) is place.side and one.start_s <= place.start_s <= one.end_s:
                    yield Quote(one.role, place.text, place.start_s, place.end_s)
                    break
