"""Where the letters of texts lie: the likeliest CTC alignment of each, for several texts at once.

The search adds alignments up and so knows no single one; times and letters' own probabilities need one.
"""

from collections.abc import Sequence

import numpy as np

from asr.builtin.alphabet import BLANK
from asr.builtin.hypotheses import NEVER, Floats, Ints


def peaks(log_probs: Floats, texts: Sequence[Sequence[int]]) -> list[list[tuple[int, float]]]:
    """Return for each symbol of each text the frame in which it is likeliest, and its log-probability there.

    Args:
        log_probs: of symbols, float32, shape (frames, symbols).
        texts: in symbols; each short enough for the frames.
    """
    longest = max((len(text) for text in texts), default=0)
    if longest == 0:
        return [[] for _ in texts]
    # States of CTC: blanks around and between symbols; between two that differ the blank may be skipped.
    states = np.full((len(texts), 2 * longest + 1), BLANK, np.int64)
    for row, text in enumerate(texts):
        states[row, 1 : 2 * len(text) : 2] = text
    skips = np.zeros(states.shape, bool)
    skips[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    path = _likeliest(log_probs, states, skips, np.array([2 * len(text) for text in texts]))
    found = []
    for row, text in enumerate(texts):
        symbols = []
        for place, symbol in enumerate(text):
            at = np.flatnonzero(path[:, row] == 2 * place + 1)
            best = int(at[log_probs[at, symbol].argmax()]) if len(at) else len(log_probs) - 1
            symbols.append((best, float(log_probs[best, symbol])))
        found.append(symbols)
    return found


def _likeliest(log_probs: Floats, states: Ints, skips: "np.typing.NDArray[np.bool_]", ends: Ints) -> Ints:
    """Return the state of each row in each frame, shape (frames, rows)."""
    frames, rows = len(log_probs), np.arange(len(states))
    score = np.full(states.shape, NEVER)
    score[:, 0] = 0.0
    steps = np.zeros((frames, *states.shape), np.int8)
    for frame in range(frames):
        moves = np.full((3, *states.shape), 2 * NEVER)
        moves[0] = score
        moves[1, :, 1:] = score[:, :-1]
        moves[2, :, 2:] = np.where(skips[:, 2:], score[:, :-2], 2 * NEVER)
        if frame == 0:
            moves[2] = 2 * NEVER
        steps[frame] = moves.argmax(axis=0)
        score = moves.max(axis=0) + log_probs[frame][states]
    last = np.where(score[rows, ends] >= score[rows, np.maximum(ends - 1, 0)], ends, np.maximum(ends - 1, 0))
    path = np.zeros((frames, len(states)), np.int64)
    for frame in range(frames - 1, -1, -1):
        path[frame] = last
        last = last - steps[frame, rows, last]
    return path
