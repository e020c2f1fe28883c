"""What clients say about why they have not paid: the utterances that hold a reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from analytics.categories import read_categories, shipped_categories
from analytics.conversation import Conversation, Role, Utterance
from analytics.expressions import Expression, Heard, Verdict, match_expression
from analytics.insights.lemmas import Lemmas, function_words
from analytics.insights.observed import Observed, Week, language_of
from engine.folding import fold
from engine.speech import Language

_REASONS: Final = ("no_money", "not_mine", "insolvent", "paid_already", "scam")
"""Wordings of `analytics.categories` that give a reason, whatever was asked."""

_NEGATIONS: Final = frozenset(fold(word) for word in ("не", "нет", "без", "ни", "not", "no", "cant", "dont", "wont"))
_NEGATIONS_BEHIND: Final = frozenset(fold(word) for word in ("жоқ", "емес"))
_FEWEST: Final = 2
"""Telling words that a statement must have."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Words of a client that hold a reason.

    Args:
        contact_id: of the contact.
        client: who said it.
        segment: of the contact.
        week: of it.
        language: of the words.
        start_s: from the contact's start.
        terms: lemmas that tell something, a negation joined to its word: ``не работать``.
        texts: the same words as they were said.
    """

    contact_id: str
    client: str
    segment: str
    week: Week
    language: Language
    start_s: float
    terms: tuple[str, ...]
    texts: tuple[str, ...]


def statements_of(
    contacts: Sequence[Observed], lemmas: Lemmas | None = None, wordings: Mapping[str, Expression] | None = None
) -> tuple[Statement, ...]:
    """Return the statements of some contacts, at most one of each, by contact and time.

    A statement is what the client says when asked why, else the first utterance with a reason's wording: lists of
    categories, or «потому что», «себебі», "because". So reasons that no list knows are found too.

    Args:
        contacts: in any order; their words are read once.
        lemmas: chosen over all contacts; by default over what clients say in these, whose words are read once more.
        wordings: of categories, by name; those that ship by default.
    """
    named = {**(shipped_categories().named if wordings is None else wordings), **_reasons()}
    lemmas = lemmas or Lemmas(utterance for one in contacts for utterance in one.spoken.said_by(Role.CLIENT))
    found = []
    for one in sorted(contacts, key=lambda one: one.conversation.contact_id):
        for utterance in _utterances(one.spoken, named):
            terms = tuple(_terms((word.lemma, word.text) for word in lemmas.of(utterance)))
            if len(terms) >= _FEWEST:
                found.append(
                    Statement(
                        *(one.conversation.contact_id, one.client, one.segment, one.week, language_of(utterance)),
                        *(utterance.start_s, tuple(term for term, _ in terms), tuple(text for _, text in terms)),
                    )
                )
                break
    return tuple(found)


def _utterances(conversation: Conversation, named: Mapping[str, Expression]) -> list[Utterance]:
    """Return a client's utterances that may hold a reason, the likeliest first."""
    heard = Heard(conversation)
    utterances = conversation.utterances
    asked = _places(named["asks_why"], heard, bank=True)
    answers = [
        after
        for at, one in enumerate(utterances)
        if any(one.role.is_bank and one.start_s <= second <= one.end_s for second in asked)
        for after in utterances[at + 1 : at + 2]
        if after.role is Role.CLIENT
    ]
    seconds = [second for name in ("reason", *_REASONS) for second in _places(named[name], heard, bank=False)]
    told = [
        one
        for one in conversation.said_by(Role.CLIENT)
        if any(one.start_s <= second <= one.end_s for second in seconds)
    ]
    return answers + told


def _places(expression: Expression, heard: Heard, *, bank: bool) -> list[float]:
    match = match_expression(expression, heard, {})
    if match.verdict is not Verdict.YES:
        return []
    return [hit.start_s for hit in match.hits if hit.role is not None and hit.role.is_bank is bank]


@cache
def _reasons() -> Mapping[str, Expression]:
    return read_categories(files("analytics.insights") / "data" / "reasons.yaml").named


def _terms(words: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return lemmas with their texts, negations joined to what they deny, without words that say nothing."""
    found: list[tuple[str, str]] = []
    denied = ""
    for lemma, text in words:
        form = fold(text)
        if form in _NEGATIONS:
            denied = text
        elif form in _NEGATIONS_BEHIND and found:
            before, before_text = found.pop()
            found.append((f"{before} {form}", f"{before_text} {text}"))
        elif form not in function_words():
            found.append((f"{fold(denied)} {lemma}", f"{denied} {text}") if denied else (lemma, text))
            denied = ""
    return found
