"""Put trained networks together, weight by weight their mean: better than each of them where they have a common past.

Layers that a later one has grown stay as they are: an earlier one has nothing there to put beside them.

Run: python -m asr.training.averaging asr/training/weights.npz /tmp/asr-run/weights.npz --out asr/training/weights.npz
"""

import argparse
from pathlib import Path

import torch

from asr.training import weights
from asr.training.command import run


def main() -> None:
    """Write the mean; minutes and steps are those of the last network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="+", type=Path, help="files of weights, the earliest one first")
    parser.add_argument("--out", type=Path, default=weights.WEIGHTS)
    chosen = parser.parse_args()
    *others, (last, minutes, steps) = [weights.load(path) for path in chosen.networks]
    for path, (other, *_) in zip(chosen.networks, others, strict=False):
        begin, end = other.shape, last.shape
        if (begin.stem, begin.width, begin.layers) != (end.stem, end.width, end.layers[: len(begin.layers)]):
            parser.error(f"{chosen.networks[-1]} has not grown out of a network like {path}")
    named = [dict(network.named_parameters()) for network, *_ in others]
    with torch.no_grad():
        for name, weight in last.named_parameters():
            same = [weight, *(weights_of[name] for weights_of in named if name in weights_of)]
            weight.copy_(torch.stack(same).mean(0))
    weights.save(last, chosen.out, minutes=minutes, steps=steps)
    print(f"{chosen.out}: the mean of {len(chosen.networks)} networks, {minutes:.0f} minutes, {steps} steps")  # noqa: T201


if __name__ == "__main__":
    run(main)
