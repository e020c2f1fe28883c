"""Phrases of one to three lemmas that enough people said or were told, by side."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from analytics.conversation import Role
from analytics.insights.lemmas import Lemmas, function_words
from analytics.insights.observed import Observed
from analytics.measures.values import Side, side_of
from engine.folding import fold

LONGEST: Final = 3
_Ngram: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase with the contacts that have it.

    Args:
        side: whose words.
        lemmas: in order.
        text: as it was said most often.
        at_s: by number of the contact, the second at which it was first said there.
    """

    side: Side
    lemmas: tuple[str, ...]
    text: str
    at_s: dict[int, float]


def phrases_of(contacts: Sequence[Observed], *, least_people: int, least_agents: int) -> list[Phrase]:
    """Return the phrases of some contacts.

    Args:
        contacts: one of each person.
        least_people: contacts that must have a phrase.
        least_agents: of the bank's people that must have said it, where people said it: else it tells of one of them.
    """
    lemmas = Lemmas(utterance for one in contacts for utterance in one.conversation.utterances)
    lines = [
        (number, side_of(utterance.role), utterance.role, lemmas.of(utterance))
        for number, one in enumerate(contacts)
        for utterance in one.conversation.utterances
    ]
    found: list[Phrase] = []
    frequent: set[tuple[Side, _Ngram]] = set()
    for length in range(1, LONGEST + 1):
        at_s: dict[tuple[Side, _Ngram], dict[int, float]] = defaultdict(dict)
        texts: dict[tuple[Side, _Ngram], Counter[str]] = defaultdict(Counter)
        speakers: dict[tuple[Side, _Ngram], set[str]] = defaultdict(set)
        for number, side, role, words in lines:
            for begin in range(len(words) - length + 1):
                run = words[begin : begin + length]
                gram = tuple(word.lemma for word in run)
                if length > 1 and not {(side, gram[:-1]), (side, gram[1:])} <= frequent:
                    continue
                key = (side, gram)
                at_s[key].setdefault(number, run[0].start_s)
                texts[key][" ".join(word.text for word in run)] += 1
                speakers[key].add(_speaker(contacts[number], role))
        enough = {key for key, where in at_s.items() if len(where) >= least_people}
        frequent |= enough
        for side, gram in sorted(enough):
            text = min(texts[side, gram], key=lambda one: (-texts[side, gram][one], one))
            agents = speakers[side, gram] - {""}
            if _tells(text) and (not agents or len(agents) >= least_agents or "" in speakers[side, gram]):
                found.append(Phrase(side, gram, text, at_s[side, gram]))
    return found


def _speaker(contact: Observed, role: Role) -> str:
    """Return who of the bank's people spoke; nobody of them where a bot or a client did."""
    if role is not Role.AGENT:
        return ""
    return contact.conversation.attributes.get("agent", contact.conversation.contact_id)


def _tells(text: str) -> bool:
    """Return whether a phrase begins and ends with words that say something."""
    words = [fold(word) for word in text.split()]
    return function_words().isdisjoint((words[0], words[-1]))
