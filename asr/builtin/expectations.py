"""What answers of an expected kind are likely to hold, as phrases to be rewarded."""

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from engine.speech import Expect, Language
from engine.spoken import Case, date_in_words, number_in_words, weekday_in_words

_KINDS: dict[Expect, tuple[str, ...]] = {
    Expect.YES_NO: ("yes_no",),
    Expect.NAME: ("name",),
    Expect.DATE: ("day", "ordinals"),
    Expect.SUM: ("sum", "numbers"),
    Expect.PROMISE: ("sum", "numbers", "day", "ordinals", "promise"),
    Expect.DIGITS: ("digits",),
    Expect.FREE: (),
}
_NUMBERS = (*range(21), *range(30, 100, 10), *range(100, 1000, 100))
_A_LEAP_YEAR = date(2024, 1, 1)


@cache
def phrases(expect: Expect, language: Language) -> tuple[str, ...]:
    """Return the phrases of an expected kind of answer in a language; none where nothing is expected."""
    return tuple(dict.fromkeys(phrase for kind in _KINDS[expect] for phrase in _of_kind(kind, language)))


def _of_kind(kind: str, language: Language) -> Iterator[str]:
    match kind:
        case "digits":
            for number in _NUMBERS:
                yield number_in_words(number, language)
        case "numbers":
            for case in (Case.NOMINATIVE, Case.GENITIVE, Case.ACCUSATIVE):
                for number in _NUMBERS:
                    yield number_in_words(number, language, case=case)
        case "ordinals":
            for offset in range(366):
                day = _A_LEAP_YEAR + timedelta(days=offset)
                for case in (Case.NOMINATIVE, Case.GENITIVE):
                    yield from date_in_words(day, language, case=case).split()
            for offset in range(7):
                for case in (Case.NOMINATIVE, Case.ACCUSATIVE, Case.GENITIVE):
                    yield weekday_in_words(_A_LEAP_YEAR + timedelta(days=offset), language, case=case)
        case _:
            yield from (phrase.strip() for phrase in _lists().get(language, {}).get(kind, "").split("|"))


@cache
def _lists() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("asr.builtin").joinpath("expectations.toml").read_text(encoding="utf-8"))
