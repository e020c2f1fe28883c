"""What is written as one word or in fixed form: IBANs, e-mail addresses."""

from collections.abc import Iterator, Sequence
from typing import Final

from analytics.redaction.checks import is_iban
from analytics.redaction.reading import is_email, is_iban_word
from analytics.redaction.values import Kind
from engine.speech import Word

_LONGEST_WORDS: Final = 9
_KAZAKH_CHARACTERS: Final = 20


def fixed_forms(words: Sequence[Word]) -> Iterator[tuple[int, int, Kind]]:
    """Yield first word, the index behind the last, and kind, from left to right."""
    place = 0
    while place < len(words):
        stop = place + 1
        if is_email(words[place].text):
            yield place, stop, Kind.EMAIL
        elif is_iban_word(words[place].text) and (end := _iban_end(words, place)) is not None:
            yield place, end, Kind.IBAN
            stop = end
        place = stop


def _iban_end(words: Sequence[Word], first: int) -> int | None:
    text, best = "", None
    for place in range(first, min(len(words), first + _LONGEST_WORDS)):
        word = words[place].text.strip(".,;:!?«»\"'()")
        if not (word.isascii() and word.isalnum()):
            break
        text += word
        if is_iban(text):
            return place + 1
        if text[:2].upper() == "KZ" and len(text) == _KAZAKH_CHARACTERS:
            best = place + 1  # one digit was misheard or mistyped
    return best
