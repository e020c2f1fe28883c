"""Letters and words wrong on each test set, read greedily: the best letter of each step, no language model.

Run: python -m asr.training.evaluate --cache /tmp/asr-cache [--weights asr/training/weights.npz] [--show 5]
"""

import argparse
from pathlib import Path

import torch

from asr.builtin.network import greedy
from asr.training import batches, weights
from asr.training.command import run
from asr.training.corpora import ALPHABETS, TESTS, Split
from asr.training.errors import Errors
from asr.training.network import Network

_FRAMES_IN_BATCH = 20_000


def main() -> None:
    """Print a table of all test sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"))
    parser.add_argument("--weights", type=Path, default=weights.WEIGHTS)
    parser.add_argument("--show", type=int, default=0, help="utterances to print of each set")
    chosen = parser.parse_args()
    network, minutes, steps = weights.load(chosen.weights)
    print(f"{chosen.weights}: {minutes:.0f} minutes, {steps} steps")  # noqa: T201
    for split in TESTS:
        errors = greedy_errors(network, chosen.cache, split, show=chosen.show)
        print(f"| {split} | {errors.words} words | CER {errors.cer:.3f} | WER {errors.wer:.3f} |")  # noqa: T201


def greedy_errors(network: Network, cache: Path, split: Split, *, most: int | None = None, show: int = 0) -> Errors:
    """Return what a network gets wrong of a split, or of a fixed sample of it."""
    errors = Errors()
    for batch, utterances in batches.for_tests(cache, split, _FRAMES_IN_BATCH, most):
        for one, heard in zip(utterances, read(network, batch), strict=True):
            errors.add(one.text, heard)
            if show > 0:
                print(f"  {one.text}\n  → {heard}")  # noqa: T201
                show -= 1
    return errors


def read(network: Network, batch: batches.Batch) -> list[str]:
    """Return the greedy reading of each utterance."""
    network.eval()
    frames = torch.from_numpy(batch.frames)
    with torch.inference_mode():
        *heads, _ = network(frames, torch.zeros(len(frames), network.state_size))
    by_language = dict(zip(ALPHABETS, heads, strict=True))
    return [
        greedy(by_language[language][row, : batch.steps[row]].numpy(), ALPHABETS[language])
        for row, language in enumerate(batch.languages)
    ]


if __name__ == "__main__":
    run(main)
