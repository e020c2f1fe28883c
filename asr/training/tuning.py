"""Chooses how the recogniser searches and how sure it is: ``python -m asr.training.decoding --tune`` writes it down.

Everything is chosen on unseen texts of known voices, on half of them (`chosen_by`): first the weights with the fewest
words wrong, then what is expected with the most facts right, then confidences, the floor of what counts as heard, at
last what tells the languages apart.
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
from asr.training.errors import Errors
from asr.training.hearing import Heard, Result, facts, search
from engine.speech import Expect, Language

SETS = {Language.RUSSIAN: (Split.TEXTS, Split.PEOPLE_NEW_TEXTS), Language.KAZAKH: (Split.KAZAKH,)}
CALLERS = frozenset({Split.TEXTS, Split.KAZAKH})

_WORDS_FROM = 150
"""Utterances of a set by which weights are chosen: enough to tell them apart, and few enough to wait for."""

_GRID = {"weight": (0.4, 0.55, 0.7, 0.85, 1.0), "bonus": (-0.5, 0.0, 0.5, 1.0, 1.5), "unknown": (-6.0, -4.0, -2.0, 0.0)}
_ROUNDS = 2
_SHARES = (0.0, 0.5, 0.8)
_REWARDS = (0.0, 0.4, 0.7, 1.0)
"""At most 1: names among the hints are rewarded alike, and more would hear them in anything."""

_FLOORS = np.arange(0.0, 0.62, 0.02)
_WRONG = 2.0
"""What a wrong reading that is believed costs, in questions that are asked again."""

_USABLE = 0.5
"""Share of words wrong up to which a reading with the right facts is still understood."""


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
    callers = [one for one in heard if one.split in CALLERS]
    expecting = tongue.expecting(reward, share)
    floor = _floor(callers, search(expecting, callers, how, biased=True), calibration)
    return Chosen(how, reward, share, replace(calibration, floor=floor), tongue.weighing)


def _weights(tongue: Tongue, heard: Sequence[Heard]) -> Search:
    """Choose the weights with the fewest words wrong, one after the other, from those chosen before.

    Each set counts the same, however long its utterances: callers' short answers matter as much as what people read.
    """
    tried: dict[Search, float] = {}

    def wrong(how: Search) -> float:
        if how not in tried:
            rates = [search(tongue, one, how, biased=False).errors.wer for one in _by_set(heard)]
            tried[how] = sum(rates)
            print(f"  weight {how.weight} bonus {how.bonus} unknown {how.unknown}: WER {np.round(rates, 3)}")  # noqa: T201
        return tried[how]

    how = tongue.search
    for _ in range(_ROUNDS):
        for name, values in _GRID.items():
            how = min((_with(how, name, value) for value in values), key=wrong)
    return how


def _with(how: Search, name: str, value: float) -> Search:
    return Search(**{one.name: getattr(how, one.name) for one in fields(how)} | {name: value})


def _expecting(tongue: Tongue, valued: Sequence[Heard], how: Search) -> tuple[float, float]:
    """Choose the answers' share and the phrases' reward with the most facts right, then with the fewest words wrong."""
    best, most = (0.0, 0.0), (-1.0, 0.0)
    for share, reward in product(_SHARES, _REWARDS):
        result = search(tongue.expecting(reward, share), valued, how, biased=True)
        found = (result.facts_right or 0.0, -result.errors.wer)
        print(f"  share {share} reward {reward}: facts {found[0]:.3f} WER {-found[1]:.3f}")  # noqa: T201
        if found > most:
            best, most = (share, reward), found
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


def _floor(heard: Sequence[Heard], result: Result, calibration: Calibration) -> float:
    """Choose the floor that costs callers least: a question again, or the price of a wrong reading that is believed."""
    sure = np.array([_confidence(paths[0].words, calibration) for paths in result.readings])
    usable = np.array([_usable(one, paths[0].text) for one, paths in zip(heard, result.readings, strict=True)])
    costs = [float((sure < floor).sum() + _WRONG * (~usable & (sure >= floor)).sum()) for floor in _FLOORS]
    floor = float(_FLOORS[int(np.argmin(costs))])
    lost = float((usable & (sure < floor)).sum() / max(1, usable.sum()))
    kept = float((~usable & (sure >= floor)).sum() / max(1, (~usable).sum()))
    print(f"  floor {floor:.2f}: rejects {lost:.3f} of usable readings, believes {kept:.3f} of the others")  # noqa: T201
    return floor


def _usable(said: Heard, text: str) -> bool:
    errors = Errors()
    errors.add(said.text, text)
    return errors.wer <= _USABLE and facts(text, said.language) == facts(said.text, said.language)


def _confidence(words: Sequence[Evidence], calibration: Calibration) -> float:
    return sum(calibration.confidence(word.sound, word.share) for word in words) / max(1, len(words))


def _by_set(heard: Sequence[Heard]) -> list[list[Heard]]:
    return [[one for one in heard if one.split is split] for split in dict.fromkeys(one.split for one in heard)]


def _few(heard: Sequence[Heard]) -> list[Heard]:
    """Return so many utterances of each set that all lengths are among them."""
    return [one for part in _by_set(heard) for one in part[:: -(-len(part) // _WORDS_FROM)]]
