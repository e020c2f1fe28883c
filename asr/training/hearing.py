"""What the network and a search make of the test sets, and what of it a dialog would take."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from asr.builtin.beam import BeamSearch, Search
from asr.builtin.hypotheses import Floats, Ints
from asr.builtin.model import Model, Tongue
from asr.builtin.network import greedy
from asr.builtin.readings import Said, evidence
from asr.training import batches
from asr.training.corpora import Split, Utterance
from asr.training.errors import Errors
from asr.training.language_model.answers import expected
from asr.training.telephone import CLEAN
from engine.accounts import Currency
from engine.speech import Expect, Language
from engine.spoken import find_amounts, find_dates

_FRAMES_IN_BATCH = 20_000
_ROWS = 64
_RIVALS = 8
_TODAY = date(2026, 11, 22)

VALUES = frozenset({Expect.SUM, Expect.DATE, Expect.PROMISE})
"""Expected where somebody says a sum or a day."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the network makes of an utterance of a test.

    Args:
        utterance: of the test.
        language: of it.
        greedy: the best letter of each step.
        log_probs: of symbols, by the language of the head, each of shape (steps, symbols).
        expect: what a dialog would expect.
    """

    utterance: Utterance
    language: Language
    greedy: str
    log_probs: dict[Language, Floats]
    expect: Expect

    @property
    def text(self) -> str:
        """What was said."""
        return self.utterance.text

    @property
    def split(self) -> Split:
        """The test's."""
        return self.utterance.split


def listen(model: Model, cache: Path, split: Split, most: int | None, line: str = CLEAN) -> list[Heard]:
    """Run the network over a split, or a fixed sample of it, as it comes over a line of `telephone.LINES`.

    Raises:
        ValueError: the line is not clean, and the split has no audio.
    """
    found = []
    for batch, utterances in batches.for_tests(cache, split, _FRAMES_IN_BATCH, most, line):
        outputs, _ = model.network.advance(batch.frames, model.network.initial(len(batch.frames)))
        for row, (one, steps) in enumerate(zip(utterances, batch.steps.tolist(), strict=True)):
            language = Language(one.language)
            plain = greedy(outputs[language][row, :steps], model.network.description.alphabets[language])
            symbols = {
                name: tongue.alphabet.posteriors(outputs[name][row, :steps]) for name, tongue in model.tongues.items()
            }
            found.append(Heard(one, language, plain, symbols, expected(one.text, language)))
    return found


def facts(text: str, language: Language) -> tuple[object, ...]:
    """Return the sums and days that the dialog would take from a text."""
    sums = [amount.amount for amount in find_amounts(text, language, Currency.TENGE) if amount.explicit]
    days = [day.day for day in find_dates(text, language, _TODAY) if day.explicit]
    return tuple(sums), tuple(days)


Readings = list[Said]
"""What the paths of an utterance say, best path first."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a search makes of a set.

    Args:
        errors: letters and words wrong.
        facts_right: share of utterances with a sum or a day whose sums and days are all right; None without any.
        readings: of each utterance.
    """

    errors: Errors
    facts_right: float | None
    readings: list[Readings]

    @classmethod
    def of(cls, heard: Sequence[Heard], readings: list[Readings]) -> "Result":
        """Compare readings with what was said."""
        errors, right = Errors(), []
        for one, found in zip(heard, readings, strict=True):
            text = found[0].text
            errors.add(one.text, text)
            if one.expect in VALUES:
                right.append(facts(text, one.language) == facts(one.text, one.language))
        return cls(errors, sum(right) / len(right) if right else None, readings)


def search(tongue: Tongue, heard: Sequence[Heard], how: Search, *, biased: bool) -> Result:
    """Search utterances of one language, or what a foreign head makes of them."""
    readings = []
    for at in range(0, len(heard), _ROWS):
        part = heard[at : at + _ROWS]
        symbols = [one.log_probs[tongue.language] for one in part]
        beam = BeamSearch(tongue.model, how, len(part))
        for row, one in enumerate(part):
            steering = tongue.steering(one.expect if biased else Expect.FREE)
            beam.begin(row, steering.bias, steering.answers)
        for _ in stepped(beam, symbols):
            pass
        readings += [evidence(beam.paths(row, _RIVALS), symbols[row], tongue.alphabet) for row in range(len(part))]
    return Result.of(heard, readings)


def stepped(beam: BeamSearch, symbols: Sequence[Floats]) -> Iterator[tuple[int, Ints]]:
    """Search utterances side by side; after each step yield its number and the rows that it advanced."""
    for step in range(max(map(len, symbols))):
        rows = np.array([row for row, frames in enumerate(symbols) if len(frames) > step])
        beam.advance(rows, np.stack([symbols[row][step : step + 1] for row in rows]))
        yield step, rows


def free_and_expected(tongue: Tongue, heard: Sequence[Heard]) -> tuple[Result, Result]:
    """Search without and with what a dialog would expect; once where it would expect nothing."""
    free = search(tongue, heard, tongue.search, biased=False)
    readings = list(free.readings)
    if places := [place for place, one in enumerate(heard) if tongue.steering(one.expect).expects]:
        again = search(tongue, [heard[place] for place in places], tongue.search, biased=True)
        for place, found in zip(places, again.readings, strict=True):
            readings[place] = found
    return free, Result.of(heard, readings)
