"""Put two trained networks together, weight by weight their mean; better than both where one is trained from the other.

Run: python -m asr.training.averaging asr/training/weights.npz /tmp/asr-run/weights.npz --out asr/training/weights.npz
"""

import argparse
from pathlib import Path

import torch

from asr.training import weights


def main() -> None:
    """Write the mean; minutes and steps are those of the network that was trained longer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs=2, type=Path, help="files of weights")
    parser.add_argument("--out", type=Path, default=weights.WEIGHTS)
    chosen = parser.parse_args()
    (first, *_), (second, *_) = loaded = [weights.load(path) for path in chosen.networks]
    if first.shape != second.shape:
        parser.error(f"{chosen.networks[0]} and {chosen.networks[1]} are networks of different shapes")
    with torch.no_grad():
        for one, other in zip(first.parameters(), second.parameters(), strict=True):
            one.lerp_(other, 0.5)
    weights.save(
        first, chosen.out, minutes=max(minutes for _, minutes, _ in loaded), steps=max(steps for *_, steps in loaded)
    )


if __name__ == "__main__":
    main()
