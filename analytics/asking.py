"""A contact as packs ask it: by expressions, over its words, its measures and what else is known of it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from analytics.conversation import Conversation
from analytics.evidence import Evidence, Fact, Quote, evidence_of
from analytics.expressions import Expression, Heard, Verdict, match_expression
from analytics.measures import REGISTRY, Measured
from analytics.measures.values import side_of

NO_MEASURES: Final[Mapping[str, Measured]] = MappingProxyType({})


class Contact:
    """Asked by all packs alike; made once.

    Args:
        heard: the contact's words.
        measures: of `analytics.measures.measure`; what is missing could not be told.

    Attributes:
        heard: the same.
        conversation: behind it.
    """

    def __init__(self, heard: Heard, measures: Mapping[str, Measured] = NO_MEASURES) -> None:
        self.heard = heard
        self.conversation: Conversation = heard.conversation
        self._measures = measures
        self._values = dict.fromkeys(REGISTRY) | {name: one.value for name, one in measures.items()}

    def ask(self, expression: Expression) -> tuple[Verdict, Evidence]:
        """Return whether an expression holds, and what decided it: words, and the words behind measures."""
        match = match_expression(expression, self.heard, self._values)
        evidence = evidence_of(match)
        shown = [quote for fact in evidence.facts for quote in self._shown(fact)]
        return match.verdict, evidence + Evidence(tuple(shown)) if shown else evidence

    def _shown(self, fact: Fact) -> Iterator[Quote]:
        """Yield the words that show a measure."""
        if not fact.value or fact.name not in self._measures:
            return
        for place in self._measures[fact.name].evidence:
            for one in self.conversation.utterances if place.text else ():
                if side_of(one.role) is place.side and one.start_s <= place.start_s <= one.end_s:
                    yield Quote(one.role, place.text, place.start_s, place.end_s)
                    break
