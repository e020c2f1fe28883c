"""Put two trained networks together, weight by weight their mean; better than both where one is trained from the other.

Layers that the second one has grown stay as they are: the first one has nothing there to put beside them.

Run: python -m asr.training.averaging asr/training/weights.npz /tmp/asr-run/weights.npz --out asr/training/weights.npz
"""

import argparse
from pathlib import Path

import torch

from asr.training import weights


def main() -> None:
    """Write the mean; minutes and steps are those of the network that was trained longer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs=2, type=Path, help="files of weights, the earlier one first")
    parser.add_argument("--out", type=Path, default=weights.WEIGHTS)
    chosen = parser.parse_args()
    (first, *_), (second, minutes, steps) = (weights.load(path) for path in chosen.networks)
    begin, end = first.shape, second.shape
    if (begin.stem, begin.width, begin.layers) != (end.stem, end.width, end.layers[: len(begin.layers)]):
        parser.error(f"{chosen.networks[1]} has not grown out of a network like {chosen.networks[0]}")
    before = dict(first.named_parameters())
    with torch.no_grad():
        for name, weight in second.named_parameters():
            if name in before:
                weight.lerp_(before[name], 0.5)
    weights.save(second, chosen.out, minutes=minutes, steps=steps)


if __name__ == "__main__":
    main()
