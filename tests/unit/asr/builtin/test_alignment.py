"""The likeliest alignment against the best of all alignments."""

from itertools import product

import numpy as np
import pytest

from asr.builtin.alignment import peaks

SYMBOLS = 4


def best_alignment(log_probs: np.ndarray, text: tuple[int, ...]) -> tuple[int, ...]:
    def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(one for at, one in enumerate(path) if one and (at == 0 or path[at - 1] != one))

    fitting = [path for path in product(range(SYMBOLS), repeat=len(log_probs)) if collapsed(path) == text]
    return max(fitting, key=lambda path: sum(log_probs[at, one] for at, one in enumerate(path)))


@pytest.mark.parametrize("seed", range(5))
def test_peaks_are_those_of_the_best_of_all_alignments(seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(6, SYMBOLS)) * 2
    log_probs = (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))).astype(np.float32)
    texts = [(1, 2), (2,), (3, 3), (), (1, 2, 3)]
    for text, found in zip(texts, peaks(log_probs, texts), strict=True):
        path = best_alignment(log_probs, text)
        at = -1
        for symbol, (frame, log_prob) in zip(text, found, strict=True):
            assert frame > at
            at = frame
            assert path[frame] == symbol
            assert log_prob == pytest.approx(log_probs[frame, symbol])
