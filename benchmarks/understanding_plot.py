"""The picture of the understanding benchmark: which intents are taken for which, and what a confidence is worth."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure


def draw(
    counts: npt.NDArray[np.int64], labels: Sequence[str], bins: Sequence[Mapping[str, float]], target: Path
) -> None:
    """Draw the confusion matrix, each row in shares, and the reliability diagram.

    Args:
        counts: annotated x understood.
        labels: of rows and columns.
        bins: turns, mean confidence (`claimed`) and share right (`right`) by tenth of confidence.
        target: PNG file.
    """
    mpl.rcParams["font.size"] = 8
    figure = Figure(figsize=(19, 12), layout="constrained")
    matrix, reliability = figure.subplots(1, 2, width_ratios=(2.2, 1))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    matrix.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    matrix.set_xticks(range(len(labels)), labels, rotation=90)
    matrix.set_yticks(range(len(labels)), labels)
    matrix.set(xlabel="understood", ylabel="said", title="Percent of each intent's turns")
    for row, column in np.argwhere(shares >= 0.01):
        dark = shares[row, column] > 0.5
        percent = f"{100 * shares[row, column]:.0f}"
        matrix.text(column, row, percent, ha="center", va="center", size=6, color="white" if dark else "black")
    reliability.plot((0, 1), (0, 1), color="grey", linewidth=1, label="calibrated")
    claimed, right = [row["claimed"] for row in bins], [row["right"] for row in bins]
    reliability.plot(claimed, right, marker="o", label="understood turns")
    for row in bins:
        at = (row["claimed"], row["right"])
        reliability.annotate(f"{row['turns']:.0f}", at, xytext=(4, -10), textcoords="offset points")
    reliability.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="confidence", ylabel="right", title="Reliability")
    reliability.legend()
    figure.savefig(target, dpi=110)
