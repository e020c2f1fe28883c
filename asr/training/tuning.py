"""Chooses how the recogniser searches and how sure it is: ``python -m asr.training.decoding --tune`` writes it down.

Everything is chosen on unseen texts of known voices, on half of them (`chosen_by`): first the weights with the fewest
words and letters wrong, then what is expected with the most facts right and the fewest words wrong, then confidences,
at last what tells the languages apart. The floor below which nothing counts as heard is left as it is: the dialog
judges what is doubtful by the question.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product

import numpy as np
from sklearn.linear_model import LogisticRegression

from asr.builtin.beam import Search
from asr.builtin.choosing import Weighing, clarity
from asr.builtin.model import Tongue
from asr.builtin.readings import Calibration, Evidence
from asr.training.corpora import Split
from asr.training.hearing import Heard, Result, search
from asr.training.telephone import CLEAN
from engine.speech import Expect, Language

SETS = {Language.RUSSIAN: (Split.TEXTS, Split.PEOPLE_NEW_TEXTS), Language.KAZAKH: (Split.KAZAKH,)}

LINES = (CLEAN, "20dB")
"""Over which those with audio are heard: chosen on a clean line alone, a search swallows what noise makes doubtful."""

_WORDS_FROM = 240
"""Utterances of a set by which weights are chosen: enough to tell them apart, and few enough to wait for."""

_GRID = {
    "blank": (0.0, 0.5, 1.0, 1.5, 2.0, 2.5),
    "common": (0.0, 0.1, 0.2, 0.3),
    "weight": (0.4, 0.55, 0.7, 0.85, 1.0),
    "bonus": (-0.5, 0.0, 0.5, 1.0, 1.5),
    "unknown": (-6.0, -4.0, -2.0, 0.0),
}
_TOGETHER = (("blank",), ("common",), ("weight", "bonus"), ("unknown",))
"""What is chosen at once: a heavier language model loses words, which the bonus gives back."""

_FEWEST = 0.001
"""Share of words or letters wrong below which no search is better than another."""

_ROUNDS = 2
_SHARES = (0.0, 0.5, 0.8)
_REWARDS = (0.0, 0.4, 0.7, 1.0)
"""At most 1: names among the hints are rewarded alike, and more would hear them in anything."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is written down of a language."""

    search: Search
    reward_per_letter: float
    answers_share: float
    calibration: Calibration
    weighing: Weighing

    def table(self, language: Language) -> str:
        """Return the language's part of ``decoding.toml``."""
        parts = {
            f"{language}": {"reward_per_letter": self.reward_per_letter, "answers_share": self.answers_share},
            f"{language}.search": {name: getattr(self.search, name) for name in _GRID},
            f"{language}.calibration": {name: getattr(self.calibration, name) for name in Calibration.__slots__},
            f"{language}.weighing": {name: getattr(self.weighing, name) for name in Weighing.__slots__},
        }
        lines = []
        for name, values in parts.items():
            lines += [f"[{name}]", *(f"{key} = {round(value, 3)}" for key, value in values.items()), ""]
        return "\n".join(lines)


def chosen_by(heard: Heard) -> bool:
    """Whether an utterance is one to choose by: half of the texts of `SETS`; the others measure what was chosen."""
    drawn = hashlib.sha256(b"choose " + heard.text.encode()).digest()[0] % 2 == 0
    return drawn and heard.split in SETS[heard.language]


def tune(tongues: Mapping[Language, Tongue], heard: Mapping[Language, Sequence[Heard]]) -> dict[Language, Chosen]:
    """Choose everything for all languages.

    Args:
        tongues: with what was chosen before.
        heard: utterances to choose by.
    """
    found = {}
    for language, tongue in tongues.items():
        print(f"{language}: {len(heard[language])} utterances to choose by")  # noqa: T201
        found[language] = choose(tongue, heard[language])
    return weighed(tongues, {one: _few(heard[one]) for one in tongues}, found)


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
    return np.array(
        [
            (_confidence(paths[0].words, chosen.calibration), clarity(one.log_probs[tongue.language]))
            for one, paths in zip(heard, readings, strict=True)
        ]
    )


def choose(tongue: Tongue, heard: Sequence[Heard]) -> Chosen:
    """Choose all that concerns one language by itself."""
    few = _few(heard)
    how = _weights(tongue, few)
    valued = [one for one in heard if one.expect is not Expect.FREE]
    share, reward = _expecting(tongue, valued, how)
    calibration = calibrate(few, search(tongue, few, how, biased=False), tongue.calibration)
    return Chosen(how, reward, share, calibration, tongue.weighing)


def _weights(tongue: Tongue, heard: Sequence[Heard]) -> Search:
    """Choose the weights with the fewest words and letters wrong, by turns, from those chosen before.

    Each set counts the same, however long its utterances and however much of it is wrong (hence the logarithms):
    callers' short answers matter as much as what people read.
    """
    tried: dict[Search, float] = {}

    def wrong(how: Search) -> float:
        if how not in tried:
            errors = [search(tongue, one, how, biased=False).errors for one in _by_set(heard)]
            words, letters = [one.wer for one in errors], [one.cer for one in errors]
            tried[how] = float(np.log(np.maximum([*words, *letters], _FEWEST)).sum())
            chosen = ", ".join(f"{name} {getattr(how, name)}" for name in _GRID)
            print(f"  {chosen}: WER {np.round(words, 3)} CER {np.round(letters, 3)}")  # noqa: T201
        return tried[how]

    how = tongue.search
    for _ in range(_ROUNDS):
        for names in _TOGETHER:
            values = product(*(_GRID[name] for name in names))
            how = min((_with(how, dict(zip(names, some, strict=True))) for some in values), key=wrong)
    return how


def _with(how: Search, values: Mapping[str, float]) -> Search:
    return Search(**{one.name: getattr(how, one.name) for one in fields(how)} | dict(values))


def _expecting(tongue: Tongue, valued: Sequence[Heard], how: Search) -> tuple[float, float]:
    """Choose the answers' share and the phrases' reward by facts right less words wrong: facts alone are too few."""
    best, most = (0.0, 0.0), -float("inf")
    for share, reward in product(_SHARES, _REWARDS):
        result = search(tongue.expecting(reward, share), valued, how, biased=True)
        right, wrong = result.facts_right or 0.0, result.errors.wer
        print(f"  share {share} reward {reward}: facts {right:.3f} WER {wrong:.3f}")  # noqa: T201
        if right - wrong > most:
            best, most = (share, reward), right - wrong
    return best


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


def _confidence(words: Sequence[Evidence], calibration: Calibration) -> float:
    return sum(calibration.confidence(word.sound, word.share) for word in words) / max(1, len(words))


def _by_set(heard: Sequence[Heard]) -> list[list[Heard]]:
    return [[one for one in heard if one.split is split] for split in dict.fromkeys(one.split for one in heard)]


def _few(heard: Sequence[Heard]) -> list[Heard]:
    """Return so many utterances of each set that all lengths are among them."""
    return [one for part in _by_set(heard) for one in part[:: -(-len(part) // _WORDS_FROM)]]
