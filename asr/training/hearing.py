"""What the network and a search make of the test sets, and what of it a dialog would take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from asr.builtin.beam import BeamSearch, Search
from asr.builtin.hypotheses import Floats
from asr.builtin.model import Model, Tongue
from asr.builtin.network import greedy
from asr.builtin.readings import Evidence, evidence
from asr.training import batches
from asr.training.corpora import Split
from asr.training.errors import Errors
from engine.accounts import Currency
from engine.speech import Expect, Language
from engine.spoken import find_amounts, find_dates, find_digits

_FRAMES_IN_BATCH = 20_000
_ROWS = 64
_RIVALS = 8
_TODAY = date(2026, 11, 22)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the network makes of an utterance of a test.

    Args:
        split: of the test.
        text: that was said.
        language: of it.
        greedy: the best letter of each step.
        log_probs: of symbols, by the language of the head, each of shape (steps, symbols).
        expect: what a dialog would expect.
    """

    split: Split
    text: str
    language: Language
    greedy: str
    log_probs: dict[Language, Floats]
    expect: Expect


def listen(model: Model, cache: Path, split: Split, most: int | None) -> list[Heard]:
    """Run the network over a split, or a fixed sample of it."""
    found = []
    for batch, texts in batches.for_tests(cache, split, _FRAMES_IN_BATCH, most):
        outputs, _ = model.network.advance(batch.frames, model.network.initial(len(batch.frames)))
        for row, (text, name) in enumerate(zip(texts, batch.languages, strict=True)):
            language = Language(name)
            steps = batch.steps[row]
            plain = greedy(outputs[name][row, :steps], model.network.description.alphabets[name])
            symbols = {
                one: tongue.alphabet.posteriors(outputs[one][row, :steps]) for one, tongue in model.tongues.items()
            }
            found.append(Heard(split, text, language, plain, symbols, expected(text, language)))
    return found


def expected(text: str, language: Language) -> Expect:
    """Return what a dialog would expect where somebody answers this."""
    has_sum = any(amount.explicit for amount in find_amounts(text, language, Currency.TENGE))
    has_day = any(day.explicit for day in find_dates(text, language, _TODAY))
    if has_sum or has_day:
        return Expect.PROMISE if has_sum and has_day else Expect.SUM if has_sum else Expect.DATE
    return Expect.DIGITS if len(find_digits(text, language)) >= 3 else Expect.FREE


def facts(text: str, language: Language) -> tuple[object, ...]:
    """Return the sums and days that the dialog would take from a text."""
    sums = [amount.amount for amount in find_amounts(text, language, Currency.TENGE) if amount.explicit]
    days = [day.day for day in find_dates(text, language, _TODAY) if day.explicit]
    return tuple(sums), tuple(days)


@dataclass(frozen=True, slots=True)
class Result:
    """What a search makes of a set.

    Args:
        errors: letters and words wrong.
        facts_right: share of utterances with a sum or a day whose sums and days are all right; None without any.
        readings: the words of the paths of each utterance, best path first.
    """

    errors: Errors
    facts_right: float | None
    readings: list[list[list[Evidence]]]


def search(tongue: Tongue, heard: Sequence[Heard], how: Search, *, biased: bool) -> Result:
    """Search utterances of one language, or what a foreign head makes of them."""
    errors, readings = Errors(), []
    right = asked = 0
    for at in range(0, len(heard), _ROWS):
        part = heard[at : at + _ROWS]
        symbols = [one.log_probs[tongue.language] for one in part]
        beam = BeamSearch(tongue.model, how, len(part))
        for row, one in enumerate(part):
            beam.begin(row, tongue.bias(one.expect, ()) if biased else None)
        for step in range(max(map(len, symbols))):
            rows = np.array([row for row, frames in enumerate(symbols) if len(frames) > step])
            beam.advance(rows, np.stack([symbols[row][step : step + 1] for row in rows]))
        for row, one in enumerate(part):
            words = evidence(beam.paths(row, _RIVALS), symbols[row], tongue.alphabet)
            text = " ".join(word.text for word in words[0])
            errors.add(one.text, text)
            readings.append(words)
            if one.expect in (Expect.SUM, Expect.DATE, Expect.PROMISE):
                asked += 1
                right += facts(text, one.language) == facts(one.text, one.language)
    return Result(errors, right / asked if asked else None, readings)
