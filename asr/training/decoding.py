"""Measure the search on the test sets, and choose how to search: weights of the models, rewards, confidences.

Run: python -m asr.training.decoding --cache /tmp/asr-cache [--model asr/builtin/model] [--tune]

What is chosen is chosen on unseen texts of known voices (`TEXTS`, `PEOPLE_NEW_TEXTS`, `KAZAKH`), half of them; the
other sets are for the report alone. Expected kinds are those that the dialog would expect: a text with a sum and a day
answers a question for a promise, and so on; what no question asks for is expected to be anything.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from asr.builtin.beam import BeamSearch, Search
from asr.builtin.hypotheses import Floats
from asr.builtin.model import DECODING, Model, Tongue
from asr.builtin.network import greedy
from asr.builtin.readings import Calibration, Evidence, evidence
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

TUNED_ON = {Language.RUSSIAN: (Split.TEXTS, Split.PEOPLE_NEW_TEXTS), Language.KAZAKH: (Split.KAZAKH,)}


@dataclass(frozen=True, slots=True)
class Heard:
    """What the network makes of an utterance of a test: log-probabilities of symbols, shape (steps, symbols)."""

    text: str
    language: Language
    greedy: str
    log_probs: Floats
    expect: Expect


def listen(model: Model, cache: Path, split: Split, most: int | None) -> list[Heard]:
    """Run the network over a split, or a fixed sample of it."""
    found = []
    for batch, texts in batches.for_tests(cache, split, _FRAMES_IN_BATCH, most):
        outputs, _ = model.network.advance(batch.frames, model.network.initial(len(batch.frames)))
        for row, (text, name) in enumerate(zip(texts, batch.languages, strict=True)):
            language = Language(name)
            letters = outputs[name][row, : batch.steps[row]]
            alphabet = model.tongues[language].alphabet
            plain = greedy(letters, model.network.description.alphabets[name])
            found.append(Heard(text, language, plain, alphabet.posteriors(letters), expected(text, language)))
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
    """Search utterances of one language."""
    errors, readings = Errors(), []
    right = asked = 0
    for part in _parts(heard):
        beam = BeamSearch(tongue.model, how, len(part))
        for row, one in enumerate(part):
            beam.begin(row, tongue.bias(one.expect, ()) if biased else None)
        longest = max(len(one.log_probs) for one in part)
        for step in range(longest):
            rows = np.array([row for row, one in enumerate(part) if len(one.log_probs) > step])
            beam.advance(rows, np.stack([part[row].log_probs[step : step + 1] for row in rows]))
        for row, one in enumerate(part):
            words = evidence(beam.paths(row, _RIVALS), one.log_probs, tongue.alphabet)
            text = " ".join(word.text for word in words[0])
            errors.add(one.text, text)
            readings.append(words)
            if one.expect in (Expect.SUM, Expect.DATE, Expect.PROMISE):
                asked += 1
                right += facts(text, one.language) == facts(one.text, one.language)
    return Result(errors, right / asked if asked else None, readings)


def _parts(heard: Sequence[Heard]) -> Iterator[Sequence[Heard]]:
    for at in range(0, len(heard), _ROWS):
        yield heard[at : at + _ROWS]


def tune(tongue: Tongue, heard: Sequence[Heard]) -> tuple[Search, float, Calibration]:
    """Choose the weights with the fewest words wrong, then the reward with the most facts right, then confidences."""
    how, best = tongue.search, 1e9
    for weight, bonus, unknown in product((0.4, 0.6, 0.8, 1.0), (0.0, 0.8, 1.6), (-4.0, -1.0)):
        tried = replace(how, weight=weight, bonus=bonus, unknown=unknown)
        errors = search(tongue, heard, tried, biased=False).errors
        print(f"  weight {weight} bonus {bonus} unknown {unknown}: CER {errors.cer:.3f} WER {errors.wer:.3f}")  # noqa: T201
        if errors.wer < best:
            how, best = tried, errors.wer
    reward, most = 0.0, -1.0
    for tried_reward in (0.0, 0.2, 0.4, 0.7, 1.0):
        parts = (tongue.alphabet, tongue.model, how, tongue.calibration, tongue.weighing)
        biased = Tongue(tongue.language, *parts, tried_reward)
        result = search(biased, heard, how, biased=True)
        share = result.facts_right or 0.0
        print(f"  reward {tried_reward}: facts {share:.3f} WER {result.errors.wer:.3f}")  # noqa: T201
        if share - result.errors.wer / 10 > most:
            reward, most = tried_reward, share - result.errors.wer / 10
    return how, reward, calibrate(heard, search(tongue, heard, how, biased=False), tongue.calibration)


def calibrate(heard: Sequence[Heard], result: Result, before: Calibration) -> Calibration:
    """Fit confidences: how often a word with this evidence is one of the words that were said."""
    measures, right = [], []
    for one, readings in zip(heard, result.readings, strict=True):
        said = one.text.replace("ё", "е").split()
        for word in readings[0]:
            share = min(max(word.share, 0.001), 0.999)
            measures.append((word.sound, float(np.log(share / (1 - share)))))
            right.append(word.text in said)
    fit = LogisticRegression().fit(np.array(measures), np.array(right))
    sound, share = fit.coef_[0].tolist()
    return replace(before, offset=float(fit.intercept_[0]), sound=float(sound), share=float(share))


def main() -> None:
    """Print a table of all test sets, after choosing how to search if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"))
    parser.add_argument("--model", type=Path, default=Path(__file__).parents[1] / "builtin" / "model")
    parser.add_argument("--most", type=int, default=300, help="utterances of a set")
    parser.add_argument("--tune", action="store_true", help="choose how to search, and write it to the model")
    chosen = parser.parse_args()
    model = Model.load(chosen.model)
    if chosen.tune:
        tables = []
        for language, tongue in model.tongues.items():
            heard = [
                one for split in TUNED_ON[language] for one in listen(model, chosen.cache, split, chosen.most)[::2]
            ]
            print(f"{language}: {len(heard)} utterances to choose by")  # noqa: T201
            tables.append(_table(language, *tune(tongue, heard)))
        (chosen.model / DECODING).write_text(_HEAD + "\n".join(tables), encoding="utf-8")
        model = Model.load(chosen.model)
    print("| Set | Words | greedy CER | WER | search CER | WER | expected CER | WER | facts, not expected | expected |")  # noqa: T201
    for split in Split:
        if split is not Split.TRAIN:
            print(_row(model, split, listen(model, chosen.cache, split, chosen.most)))  # noqa: T201


def _row(model: Model, split: Split, heard: Sequence[Heard]) -> str:
    plain = Errors()
    for one in heard:
        plain.add(one.text, one.greedy)
    tongue = model.tongues[heard[0].language]
    free, biased = (search(tongue, heard, tongue.search, biased=biased) for biased in (False, True))
    cells = [f"{errors.cer:.3f} | {errors.wer:.3f}" for errors in (plain, free.errors, biased.errors)]
    shares = ["–" if share is None else f"{share:.3f}" for share in (free.facts_right, biased.facts_right)]
    return f"| {split} | {plain.words} | {' | '.join([*cells, *shares])} |"


_HEAD = "# How to search and how sure to be, by language: chosen by `python -m asr.training.decoding --tune`.\n\n"


def _table(language: Language, how: Search, reward: float, calibration: Calibration) -> str:
    return (
        f"[{language}]\nreward_per_letter = {reward}\n\n[{language}.search]\nweight = {how.weight}\n"
        f"bonus = {how.bonus}\nunknown = {how.unknown}\n\n[{language}.calibration]\noffset = {calibration.offset:.3f}\n"
        f"sound = {calibration.sound:.3f}\nshare = {calibration.share:.3f}\nfloor = {calibration.floor}\n"
    )


if __name__ == "__main__":
    main()
