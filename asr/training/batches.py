"""Batches of like length, mixed of people and synthetic voices, spliced and augmented anew each time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from asr.builtin.features import BANDS, FLOOR, Floats, FrontEnd, Normalisation
from asr.builtin.network import STEP_FRAMES
from asr.training import augmentation, cache
from asr.training.corpora import ALPHABETS, VOXFORGE, Split, Utterance, audio_frames
from asr.training.splicing import Passage, Splicer
from asr.training.telephone import CLEAN
from engine.errors import ConfigurationError

TAIL_FRAMES = 32
"""Frames of quiet after an utterance within which all its letters must come: 320 ms."""

SHARES = {VOXFORGE: 0.48, "ru-synth": 0.26, "kk-synth": 0.1, "ru-packaged": 0.12, "kk-packaged": 0.04}
"""Of the time in a batch. People matter most; what a cache lacks leaves its share to the others."""

NORMALISATION = Normalisation(
    mean=(13.3, 13.3, 13.2, 13.0, 12.5, 12.3, 12.2, 12.1, 12.1, 12.1, 12.1, 12.2, 12.3, 12.2, 11.8)
)
"""Of speech at the level of a telephone line, between the corpora's own means and a flatter handset."""

_BLOCK_FRAMES = 8  # that the network takes whole numbers of
_POOL_BATCHES = 24
_BATCHES_TOGETHER = 6  # normalised in one pass, which costs as much for one


@dataclass(frozen=True, slots=True)
class Batch:
    """Utterances side by side.

    Args:
        frames: normalised, float32, shape (utterances, frames, BANDS).
        steps: of each utterance that may hold letters, int64, shape (utterances,).
        letters: their indices from 1, one array an utterance.
        languages: of the utterances.
    """

    frames: Floats
    steps: npt.NDArray[np.int64]
    letters: list[npt.NDArray[np.int64]]
    languages: list[str]

    def of(self, rows: Sequence[int]) -> "Batch":
        """Return some of the utterances, in frames no longer than they need."""
        steps = self.steps[rows]
        longest = -(-int(steps.max()) * STEP_FRAMES // _BLOCK_FRAMES) * _BLOCK_FRAMES
        letters, languages = [self.letters[row] for row in rows], [self.languages[row] for row in rows]
        return Batch(self.frames[rows, :longest], steps, letters, languages)


def training(
    folder: Path, frames_in_batch: int, seed: int, spoilt: float, noise: augmentation.Noise
) -> Iterator[Batch]:
    """Yield batches for ever, with a share of utterances spoilt by place, line and noise.

    Raises:
        ConfigurationError: the cache is missing or damaged, or has nothing to train on.
    """
    rng = np.random.default_rng(seed)
    frames = cache.frames(folder)
    pools: dict[str, list[Utterance]] = {corpus: [] for corpus in SHARES}
    for utterance in cache.utterances(folder, Split.TRAIN):
        if 20 < utterance.frames < 1500:
            pools[utterance.corpus].append(utterance)
    splicer = Splicer([one for pool in pools.values() for one in pool], cache.boundaries(folder))
    draws = {corpus: _for_ever(pool, rng) for corpus, pool in pools.items() if pool}
    if not draws:
        raise ConfigurationError(f"{folder} has nothing to train on; give a cache that asr.training.cache wrote")
    present = sum(SHARES[corpus] for corpus in draws)
    while True:
        chosen: list[Passage] = []
        for corpus, draw in draws.items():
            wanted = SHARES[corpus] / present * frames_in_batch * _POOL_BATCHES
            while wanted > 0:
                chosen.append(splicer.passage(next(draw), rng))
                wanted -= chosen[-1].frames
        pieces = [augmentation.augmented(one.spoken(frames), rng, spoilt, noise) for one in chosen]
        order = sorted(range(len(chosen)), key=lambda row: len(pieces[row]) * rng.uniform(0.95, 1.05))
        drawn: list[Batch] = []
        for rows in _cut(order, [len(piece) for piece in pieces], _BATCHES_TOGETHER * frames_in_batch):
            large = together([pieces[row] for row in rows], [chosen[row] for row in rows], rng)
            lengths = (large.steps * STEP_FRAMES).tolist()
            drawn += [large.of(part) for part in _cut(range(len(rows)), lengths, frames_in_batch)]
        for index in rng.permutation(len(drawn)):
            yield drawn[index]


def for_tests(
    folder: Path, split: Split, frames_in_batch: int, most: int | None = None, line: str = CLEAN
) -> Iterator[tuple[Batch, list[Utterance]]]:
    """Yield the utterances of a split, or a fixed sample of it, as they come over a line.

    Raises:
        ValueError: the line is not clean, and the split has no audio.
    """
    frames = cache.frames(folder)
    chosen = sample(folder, split, most)
    chosen.sort(key=lambda one: one.frames)
    for rows in _cut(range(len(chosen)), [one.frames for one in chosen], frames_in_batch):
        part = [chosen[row] for row in rows]
        passages = [Passage.whole(one) for one in part]
        if line == CLEAN:
            spoken = [one.spoken(frames) for one in passages]
        else:
            spoken = [audio_frames(cache.audio_over(folder, one, line)) for one in part]
        yield together(spoken, passages, None), part


def sample(folder: Path, split: Split, most: int | None) -> list[Utterance]:
    """Return the utterances of a split, or as many of them, the same each time."""
    found = list(cache.utterances(folder, split))
    if not most or len(found) <= most:
        return found
    return [found[index] for index in np.random.default_rng(0).permutation(len(found))[:most]]


def together(pieces: Sequence[Floats], passages: Sequence[Passage], rng: Generator | None) -> Batch:
    """Normalise passages, each followed by quiet, as the front end would; lines vary if there is a generator."""
    longest = -(-max(len(piece) for piece in pieces) // _BLOCK_FRAMES) * _BLOCK_FRAMES + TAIL_FRAMES
    bands = np.full((len(pieces), longest, BANDS), FLOOR, np.float32)
    for row, piece in zip(bands, pieces, strict=True):
        row[: len(piece)] = piece
        if rng:  # the quiet behind it is the line's, not the padding's
            level = float(np.quantile(piece.mean(axis=1), 0.03))
            row[len(piece) :] = augmentation.quiet(longest - len(piece), level, rng) if rng.random() < 0.7 else FLOOR
    np.maximum(bands, FLOOR, out=bands)
    front_end = FrontEnd(NORMALISATION)
    state = front_end.initial(len(pieces))
    if rng:
        state = _met_before(front_end, state, bands, rng)
    return Batch(
        frames=front_end.normalise(bands, state)[0],
        steps=np.array([-(-len(piece) // STEP_FRAMES) + TAIL_FRAMES // STEP_FRAMES for piece in pieces]),
        letters=[np.array([1 + ALPHABETS[one.language].index(letter) for letter in one.text]) for one in passages],
        languages=[one.language for one in passages],
    )


def _met_before(front_end: FrontEnd, state: Floats, bands: Floats, rng: Generator) -> Floats:
    """Let half of the channels know their mean more or less, as in later turns of a call."""
    state = state.copy()
    rows = np.flatnonzero(rng.random(len(bands)) < 0.5)
    _, state[rows] = front_end.normalise(bands[rows], state[rows])
    return front_end.carried(state)


def _cut(rows: Sequence[int], lengths: Sequence[int], frames_in_batch: int) -> Iterator[list[int]]:
    """Cut rows in order of length into batches of about that many frames, padding included."""
    part: list[int] = []
    for row in rows:
        if part and (len(part) + 1) * (lengths[row] + TAIL_FRAMES) > frames_in_batch:
            yield part
            part = []
        part.append(row)
    if part:
        yield part


def _for_ever(pool: list[Utterance], rng: Generator) -> Iterator[Utterance]:
    while True:
        for index in rng.permutation(len(pool)):
            yield pool[index]
