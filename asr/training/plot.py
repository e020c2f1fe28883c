"""Draw the learning curve of one run, or of several that resumed each other.

Run: python -m asr.training.plot asr/training/curve.jsonl --out asr/training/curve.png
"""

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from asr.training.command import reading, run
from engine.errors import ConfigurationError


def main() -> None:
    """Draw the loss, and letters wrong of each watched set, over minutes of training."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("curves", type=Path, nargs="+", help="curve.jsonl of each run, in order")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("curve.png"))
    chosen = parser.parse_args()
    lines = [line for path in chosen.curves for line in learnt(path)]
    mpl.rcParams["font.size"] = 8
    figure = Figure(figsize=(8, 4), layout="constrained")
    loss, errors = figure.subplots(1, 2)
    minutes = [line["minutes"] for line in lines]
    loss.plot(minutes, [line["loss"] for line in lines], marker=".")
    loss.set(xlabel="minutes", ylabel="training loss, nats a letter", ylim=(0, None))
    for name in (name for name in lines[-1] if name.endswith(" CER")):
        at = [line["minutes"] for line in lines if name in line]
        errors.plot(at, [line[name] for line in lines if name in line], marker=".", label=name)
    errors.set(xlabel="minutes", ylabel="letters wrong, greedy", ylim=(0, 1))
    errors.legend()
    figure.savefig(chosen.out, dpi=110)


def learnt(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a run's curve.

    Raises:
        ConfigurationError: there is no such file, or it is empty or damaged.
    """
    with reading(path, "give a curve.jsonl that asr.training.train wrote"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
    if not lines:
        raise ConfigurationError(f"{path} is empty: asr.training.train writes a line every few minutes")
    return lines


if __name__ == "__main__":
    run(main)
