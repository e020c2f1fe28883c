"""Chooses how the recogniser searches and how sure it is: ``python -m asr.training.decoding --tune`` writes it down.

Everything is chosen on unseen texts of known voices, half of them: first the weights with the fewest words wrong, then
the reward with the most facts right, then confidences, at last what tells the languages apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from sklearn.linear_model import LogisticRegression

from asr.builtin.beam import Search
from asr.builtin.choosing import Weighing, clarity
from asr.builtin.model import Tongue
from asr.builtin.readings import Calibration
from asr.training.corpora import Split
from asr.training.hearing import Heard, Result, search
from engine.speech import Language

SETS = {Language.RUSSIAN: (Split.TEXTS, Split.PEOPLE_NEW_TEXTS), Language.KAZAKH: (Split.KAZAKH,)}

_WEIGHTS = (0.4, 0.55, 0.7)
_BONUSES = (0.0, 0.5, 1.0)
_UNKNOWNS = (-2.0, 0.0)
_REWARDS = (0.0, 0.4, 0.7, 1.0)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is written down of a language."""

    search: Search
    reward_per_letter: float
    calibration: Calibration
    weighing: Weighing

    def table(self, language: Language) -> str:
        """Return the language's part of ``decoding.toml``."""
        parts = {
            f"{language}": {"reward_per_letter": self.reward_per_letter},
            f"{language}.search": {name: getattr(self.search, name) for name in ("weight", "bonus", "unknown")},
            f"{language}.calibration": {name: getattr(self.calibration, name) for name in Calibration.__slots__},
            f"{language}.weighing": {name: getattr(self.weighing, name) for name in Weighing.__slots__},
        }
        lines = []
        for name, values in parts.items():
            lines += [f"[{name}]", *(f"{key} = {round(value, 3)}" for key, value in values.items()), ""]
        return "\n".join(lines)


def tune(tongues: Mapping[Language, Tongue], heard: Mapping[Language, Sequence[Heard]]) -> dict[Language, Chosen]:
    """Choose everything for all languages.

    Args:
        tongues: with what was chosen before.
        heard: utterances to choose by.
    """
    found = {}
    for language, tongue in tongues.items():
        print(f"{language}: {len(heard[language])} utterances to choose by")  # noqa: T201
        how, reward, calibration = choose(tongue, heard[language])
        found[language] = Chosen(how, reward, calibration, tongue.weighing)
    return weighed(tongues, heard, found)


def weighed(
    tongues: Mapping[Language, Tongue], heard: Mapping[Language, Sequence[Heard]], chosen: Mapping[Language, Chosen]
) -> dict[Language, Chosen]:
    """Fit what tells two languages apart: by how much surer and clearer each one's own utterances are."""
    first, second = tongues
    measures, spoken = [], []
    for language in (first, second):
        both = [_measures(tongues[one], heard[language], chosen[one]) for one in (first, second)]
        measures.append(both[1] - both[0])
        spoken += [language is second] * len(heard[language])
    fit = LogisticRegression(class_weight="balanced").fit(np.concatenate(measures), np.array(spoken))
    confidence, clear = np.maximum(fit.coef_[0], 0.0).tolist()
    print(f"languages told apart: {fit.score(np.concatenate(measures), np.array(spoken)):.3f}")  # noqa: T201
    offsets = {first: 0.0, second: float(fit.intercept_[0])}
    return {one: replace(chosen[one], weighing=Weighing(offsets[one], confidence, clear)) for one in (first, second)}


def _measures(tongue: Tongue, heard: Sequence[Heard], chosen: Chosen) -> "np.typing.NDArray[np.float64]":
    """Return confidence and clarity of each utterance in a tongue, shape (utterances, 2)."""
    readings = search(tongue, heard, chosen.search, biased=False).readings
    found = []
    for one, paths in zip(heard, readings, strict=True):
        words = [chosen.calibration.confidence(word.sound, word.share) for word in paths[0].words]
        found.append((sum(words) / max(1, len(words)), clarity(one.log_probs[tongue.language])))
    return np.array(found)


def choose(tongue: Tongue, heard: Sequence[Heard]) -> tuple[Search, float, Calibration]:
    """Choose the weights with the fewest words wrong, then the reward with the most facts right, then confidences.

    Each set counts the same, however long its utterances: callers' short answers matter as much as what people read.
    """
    how, best = tongue.search, 1e9
    for weight, bonus, unknown in product(_WEIGHTS, _BONUSES, _UNKNOWNS):
        tried = replace(how, weight=weight, bonus=bonus, unknown=unknown)
        rates = [search(tongue, one, tried, biased=False).errors.wer for one in _by_set(heard)]
        print(f"  weight {weight} bonus {bonus} unknown {unknown}: WER {[round(rate, 3) for rate in rates]}")  # noqa: T201
        if sum(rates) < best:
            how, best = tried, sum(rates)
    reward, most = 0.0, -1.0
    for tried_reward in _REWARDS:
        parts = (tongue.alphabet, tongue.model, how, tongue.calibration, tongue.weighing)
        result = search(Tongue(tongue.language, *parts, tried_reward), heard, how, biased=True)
        share = result.facts_right or 0.0
        print(f"  reward {tried_reward}: facts {share:.3f} WER {result.errors.wer:.3f}")  # noqa: T201
        if share - result.errors.wer >= most:  # where it does not matter here, it may for a name
            reward, most = tried_reward, share - result.errors.wer
    return how, reward, calibrate(heard, search(tongue, heard, how, biased=False), tongue.calibration)


def _by_set(heard: Sequence[Heard]) -> list[list[Heard]]:
    return [[one for one in heard if one.split is split] for split in dict.fromkeys(one.split for one in heard)]


def calibrate(heard: Sequence[Heard], result: Result, before: Calibration) -> Calibration:
    """Fit confidences: how often a word with this evidence is one of the words that were said."""
    measures, right = [], []
    for one, readings in zip(heard, result.readings, strict=True):
        said = one.text.replace("ё", "е").split()
        for word in readings[0].words:
            share = min(max(word.share, 0.001), 0.999)
            measures.append((word.sound, float(np.log(share / (1 - share)))))
            right.append(word.text in said)
    fit = LogisticRegression().fit(np.array(measures), np.array(right))
    sound, share = fit.coef_[0].tolist()
    return replace(before, offset=float(fit.intercept_[0]), sound=float(sound), share=float(share))
