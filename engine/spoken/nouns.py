"""Nouns that a number counts, told by their endings where the word itself is not known: «две смены», "three shifts"."""

from engine.spoken.scanning import Token, listed

_SHORTEST = 4
_TWO_TO_FOUR = ("дв", "тр", "четыр")
"""Beginnings of the Russian numerals that a genitive singular follows."""
_SINGULAR, _PLURAL = ("а", "я", "ы", "и"), ("ов", "ев")
_NO_NOUN = ("ла", "ся", "ти", "да")
"""Endings of verbs and adverbs that look like nouns: «взяла», «внести», «тогда»."""
_WORDS = frozenset(
    listed(
        "пока хотя очень почти надо деньги себя тебя меня нельзя опять this thus plus yes always perhaps guess unless "
        "thanks maybe towards sometimes otherwise besides afterwards"
    )
)


def counts_noun(number: Token, after: Token) -> bool:
    """Whether an unknown word behind a bare number is what it counts.

    Args:
        number: last token of the number.
        after: what follows it at once.
    """
    text = after.text
    if after.roles or len(text) < _SHORTEST or text in _WORDS:
        return False
    if text.isascii():
        return text.endswith("s") and not text.endswith("ss")
    if text.endswith(_PLURAL):
        return True
    few = number.text.startswith(_TWO_TO_FOUR) and "дцат" not in number.text
    return few and text.endswith(_SINGULAR) and not text.endswith(_NO_NOUN)
