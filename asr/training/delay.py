"""Measure how long after its sound a letter comes: first and last letters against the first and last sound.

The texts of synthetic test utterances are aligned with what the network heard. The sound of an utterance is where its
level is near its peak. The mean of both ends is what the network's description gives as its delay.

Run: python -m asr.training.delay --cache /tmp/asr-cache
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from asr.builtin.alignment import peaks
from asr.builtin.features import Floats
from asr.training import batches, cache, weights
from asr.training.command import run
from asr.training.corpora import ALPHABETS, Split
from asr.training.splicing import Passage

_BELOW_PEAK = 5.0
STEP_S = 0.04
"""Of a letter; it is out at the end of its step."""

_FRAME_S = 0.01


def main() -> None:
    """Print the delay's quantiles at the beginning, at the end and over both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"))
    parser.add_argument("--weights", type=Path, default=weights.WEIGHTS)
    chosen = parser.parse_args()
    network, *_ = weights.load(chosen.weights)
    network.eval()
    utterances = [one for one in cache.utterances(chosen.cache, Split.TEXTS) if 60 < one.frames < 300][:200]
    frames = cache.frames(chosen.cache)
    early, late = [], []
    for utterance in utterances:
        spoken = frames[utterance.first_frame : utterance.first_frame + utterance.frames].astype(np.float32)
        batch = batches.together([spoken], [Passage.whole(utterance)], None)
        with torch.inference_mode():
            heads = network(torch.from_numpy(batch.frames), torch.zeros(1, network.state_size))
        heard = heads[list(ALPHABETS).index(utterance.language)][0].numpy()
        (come,) = peaks(heard, [batch.letters[0].tolist()])
        first_s, last_s = sounding_s(spoken)
        early.append((come[0][0] + 1) * STEP_S - first_s)
        late.append((come[-1][0] + 1) * STEP_S - last_s)
    for name, delays in (("first letter", early), ("last letter", late), ("both", early + late)):
        shown = ", ".join(f"{quantile:.0%} {np.quantile(delays, quantile):.3f} s" for quantile in (0.05, 0.5, 0.95))
        print(f"{name}: mean {np.mean(delays):.3f} s; {shown}; {len(early)} utterances")  # noqa: T201


def sounding_s(frames: Floats) -> tuple[float, float]:
    """Return when the sound of an utterance begins and ends."""
    levels = frames.mean(axis=1)
    loud = np.flatnonzero(levels > np.quantile(levels, 0.97) - _BELOW_PEAK)
    return float(loud[0]) * _FRAME_S, float(loud[-1] + 1) * _FRAME_S


if __name__ == "__main__":
    run(main)
