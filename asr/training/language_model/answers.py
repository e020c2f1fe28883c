"""Models of the answers to what a dialog expects: a sum, a day, digits, yes or no, a name.

They hold facts in words, the scripts and the understanding's examples that answer such a question, and short answers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from asr.builtin.expectations import phrases
from asr.builtin.ngrams import NGrams
from asr.training.language_model import texts
from asr.training.language_model.kneser_ney import Source, estimate
from asr.training.language_model.texts import Sentence
from engine.accounts import Currency
from engine.speech import Expect, Language
from engine.spoken import find_amounts, find_dates, find_digits

ORDER = 4
WEIGHTS = {"facts": 0.3, "scripts": 0.3, "examples": 0.3, "short": 0.1}

_VALUES = {
    Expect.SUM: frozenset({Expect.SUM}),
    Expect.DATE: frozenset({Expect.DATE}),
    Expect.PROMISE: frozenset({Expect.SUM, Expect.DATE, Expect.PROMISE}),
    Expect.DIGITS: frozenset({Expect.DIGITS}),
}
_PROMISES = ("inform", "ptp_full", "ptp_partial", "ptp_vague")
_WHO = ("rpc_confirm", "wrong_person", "third_party", "greeting", "who_is_calling", "hold_on", "hand_over")
_INTENTS = {
    Expect.YES_NO: ("yes", "no", *_WHO),
    Expect.NAME: ("name_given", *_WHO),
    Expect.SUM: _PROMISES,
    Expect.DATE: (*_PROMISES, "callback"),
    Expect.PROMISE: _PROMISES,
    Expect.DIGITS: (),
}
_TODAY = date(2026, 11, 22)


def expected(text: str, language: Language) -> Expect:
    """Return what a dialog would expect where somebody answers this."""
    has_sum = any(amount.explicit for amount in find_amounts(text, language, Currency.TENGE))
    has_day = any(day.explicit for day in find_dates(text, language, _TODAY))
    if has_sum or has_day:
        return Expect.PROMISE if has_sum and has_day else Expect.SUM if has_sum else Expect.DATE
    return Expect.DIGITS if len(find_digits(text, language)) >= 3 else Expect.FREE


def models(
    language: Language,
    vocabulary: Iterable[str],
    facts: Sequence[tuple[Expect, Sentence]],
    scripts: Iterable[Sentence],
    spoken_in_tests: frozenset[Sentence],
) -> dict[Expect, NGrams]:
    """Estimate a model of each kind of answer.

    Args:
        language: of the answers.
        vocabulary: that they may use.
        facts: with their kind.
        scripts: without what tests speak.
        spoken_in_tests: never learned from.
    """
    known = frozenset(vocabulary)
    by_kind: dict[Expect, list[Sentence]] = {}
    for line in scripts:
        by_kind.setdefault(expected(" ".join(line), language), []).append(line)
    found = {}
    for expect, intents in _INTENTS.items():
        kinds = _VALUES.get(expect, frozenset())
        lines: Mapping[str, list[Sentence]] = {
            "facts": [line for kind, line in facts if kind in kinds],
            "scripts": [line for kind in sorted(kinds) for line in by_kind.get(kind, ())],
            "examples": [
                texts.folded(line) for line in texts.untested(texts.examples(language, intents), spoken_in_tests)
            ],
            "short": list(_short(expect, language)),
        }
        words = sorted({word for part in lines.values() for line in part for word in line} & known)
        sources = [Source(lines[name], weight) for name, weight in WEIGHTS.items() if lines[name]]
        found[expect] = estimate(words, sources, ORDER)
    return found


def _short(expect: Expect, language: Language) -> Iterator[Sentence]:
    yield from (texts.folded(texts.sentence(phrase)) for phrase in phrases(expect, language))
