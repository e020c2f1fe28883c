"""Train the network for a number of minutes, from the beginning or from the weights of an earlier run.

The learning rate rises and falls once over the time given (one-cycle by the clock), so that a run ends at its best
whatever else the machine does. Weights are written every few minutes, and a line of figures with them.

Run, with as many processes as there are cores, each with its own batches; their gradients are averaged:

    python -m torch.distributed.run --standalone --nproc-per-node 2 -m asr.training.train \\
        --out /tmp/asr-run --minutes 60 [--resume WEIGHTS]
"""

import argparse
import copy
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from asr.training import batches, cache, weights
from asr.training.augmentation import Noise
from asr.training.batches import Batch
from asr.training.command import count, positive, run, share
from asr.training.corpora import ALPHABETS, Split
from asr.training.errors import Errors
from asr.training.evaluate import greedy_errors
from asr.training.network import LAYERS, Network, Shape

_USUAL = Shape()
_WATCHED = (Split.PEOPLE, Split.PEOPLE_NEW_TEXTS, Split.VOICE, Split.KAZAKH)


class Drawn(IterableDataset[Batch]):
    """Batches that a process beside the training draws."""

    def __init__(self, cache: Path, frames: int, seed: int, spoilt: float, noise: Noise) -> None:
        self._arguments = (cache, frames, seed, spoilt, noise)

    def __iter__(self) -> Iterator[Batch]:
        return batches.training(*self._arguments)


def main() -> None:
    """Train, and leave weights.npz and curve.jsonl in the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"))
    parser.add_argument("--out", type=Path, required=True, help="folder for weights.npz and curve.jsonl")
    parser.add_argument("--minutes", type=positive, required=True)
    parser.add_argument(
        "--cycle",
        type=share,
        nargs=2,
        default=(0.0, 1.0),
        metavar=("FROM", "TO"),
        help="shares of the rise and fall of the learning rate that this run covers: 0 0.4, then 0.4 1",
    )
    parser.add_argument("--resume", type=Path, help="weights of an earlier run")
    parser.add_argument("--grow", type=count, default=0, metavar="LAYERS", help="to add to the network of --resume")
    parser.add_argument("--layers", type=layers, default=_USUAL.layers, help="kinds of layers; without --resume")
    parser.add_argument("--width", type=count, default=_USUAL.width)
    parser.add_argument("--dropout", type=share, default=_USUAL.dropout, help="share of values dropped, now and later")
    parser.add_argument("--peak", type=positive, default=2e-3, help="highest learning rate")
    parser.add_argument("--batch-s", type=positive, default=40.0, help="seconds of speech in a batch of one process")
    parser.add_argument("--spoilt", type=share, default=1.0, help="share of utterances with noise and bad lines")
    parser.add_argument(
        "--noise",
        type=float,
        nargs=3,
        default=astuple(Noise()),
        metavar=("SHARE", "LEAST", "MOST"),
        help="share of those with noise, and how far it lies below speech, nats",
    )
    parser.add_argument("--checkpoint-minutes", type=positive, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    cut, read = cache.cuttable(chosen.cache)
    torch.set_num_threads(1)  # processes gain more by a second core than threads that wait for each other every layer
    torch.manual_seed(chosen.seed)
    process, processes = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    if processes > 1:
        distributed.init_process_group("gloo")
    chosen.out.mkdir(parents=True, exist_ok=True)
    before_minutes, before_steps, rise = 0.0, 0, 0.1
    if chosen.resume:
        network, before_minutes, before_steps = weights.load(chosen.resume)
        network = network.grown(chosen.grow) if chosen.grow else network
        network.set_dropout(chosen.dropout)
        rise = 0.03
    else:
        network = Network(Shape(width=chosen.width, layers=chosen.layers, dropout=chosen.dropout))
    if not process:
        print(f"{cut} of {read} people's utterances can be cut")  # noqa: T201
        if not cut:
            print("warning: sentences will be learnt by heart; run asr.training.alignment first", file=sys.stderr)  # noqa: T201
        print(f"{sum(weight.numel() for weight in network.parameters()) / 1e6:.2f} M weights")  # noqa: T201
    seed = 1000 * (chosen.seed + before_steps) + process
    drawn = DataLoader(
        Drawn(chosen.cache, max(1, int(chosen.batch_s * 100)), seed, chosen.spoilt, Noise(*chosen.noise)),
        batch_size=None, num_workers=1, prefetch_factor=4,
    )  # fmt: skip
    optimizer = torch.optim.AdamW(network.parameters(), lr=chosen.peak, betas=(0.9, 0.98), weight_decay=0.02)
    begin_s = last_s = time.monotonic()
    losses: list[float] = []
    passed = Passed(network)
    for step, batch in enumerate(drawn, before_steps + 1):
        optimizer.zero_grad(set_to_none=True)
        loss = batch_loss(network, batch)
        loss.backward()
        done = (time.monotonic() - begin_s) / (60 * chosen.minutes)
        if processes > 1:
            done = average(network, done)
        first, last = chosen.cycle
        for group in optimizer.param_groups:
            group["lr"] = chosen.peak * one_cycle(first + (last - first) * done, rise)
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimizer.step()
        losses.append(loss.item())
        if not process:  # the weights of all are the same
            passed.add(network)
        if not process and (done >= 1 or time.monotonic() - last_s > 60 * chosen.checkpoint_minutes):
            minutes = before_minutes + (time.monotonic() - begin_s) / 60
            weights.save(network, chosen.out / "weights.npz", minutes=minutes, steps=step)
            weights.save(passed.mean(), chosen.out / f"passed-{step:06}.npz", minutes=minutes, steps=step)
            passed = Passed(network)
            figures = {split: greedy_errors(network, chosen.cache, split, most=40) for split in _WATCHED}
            report(chosen.out / "curve.jsonl", minutes, step, float(np.mean(losses)), figures)
            losses.clear()
            last_s = time.monotonic()
        if done >= 1:
            return


def layers(kinds: str) -> str:
    """Read kinds of layers from an option.

    Raises:
        argparse.ArgumentTypeError: there is none, or no such kind.
    """
    if kinds and set(kinds) <= set(LAYERS):
        return kinds
    raise argparse.ArgumentTypeError(f"{kinds!r} holds other letters than {' and '.join(LAYERS)}, or none")


class Passed:
    """The mean of the weights that a training passes through: nearer to the best than where it is at any time.

    Source: stochastic weight averaging, arXiv:1803.05407.
    """

    def __init__(self, network: Network) -> None:
        self._mean, self._steps = copy.deepcopy(network), 0

    def add(self, network: Network) -> None:
        """Count the weights as they are after a step."""
        self._steps += 1
        with torch.no_grad():
            for mean, weight in zip(self._mean.parameters(), network.parameters(), strict=True):
                mean.lerp_(weight, 1 / self._steps)

    def mean(self) -> Network:
        """Return the mean over the steps added; before the first, what it was made of."""
        return self._mean


def average(network: Network, done: float) -> float:
    """Average the gradients of all processes in place, and the share of the time that each has behind it."""
    gradients: list[Tensor] = []
    for weight in network.parameters():
        if weight.grad is None:  # a head whose language is not in this process's batch
            weight.grad = torch.zeros_like(weight)
        gradients.append(weight.grad)
    flat = torch.cat([torch.tensor([done]), *(gradient.flatten() for gradient in gradients)])
    distributed.all_reduce(flat)
    flat /= distributed.get_world_size()
    at = 1
    for gradient in gradients:
        gradient.copy_(flat[at : at + gradient.numel()].view_as(gradient))
        at += gradient.numel()
    return float(flat[0])


def batch_loss(network: Network, batch: Batch) -> Tensor:
    """Return the CTC loss of a batch for each letter, all languages together."""
    network.train()
    frames = torch.from_numpy(batch.frames)
    with torch.autocast("cpu", torch.bfloat16):
        steps, _ = network.trunk(frames, torch.zeros(len(frames), network.state_size))
    total = torch.zeros(())
    for language in ALPHABETS:
        rows = [row for row, spoken in enumerate(batch.languages) if spoken == language]
        if rows:
            letters = [torch.from_numpy(batch.letters[row]) for row in rows]
            log_probabilities = network.read(steps[rows].float(), language)
            total = total + functional.ctc_loss(
                log_probabilities.transpose(0, 1), torch.cat(letters), torch.from_numpy(batch.steps[rows]),
                torch.tensor([len(one) for one in letters]), reduction="sum", zero_infinity=True,
            )  # fmt: skip
    return total / sum(len(one) for one in batch.letters)


def one_cycle(done: float, rise: float) -> float:
    """Return the share of the peak learning rate at a share of the time: up until `rise`, then down to nothing."""
    if done < rise:
        return 0.04 + 0.96 * done / rise
    return max(0.003, 0.5 * (1 + float(np.cos(np.pi * min(1.0, (done - rise) / (1 - rise))))))


def report(path: Path, minutes: float, step: int, loss: float, figures: dict[Split, Errors]) -> None:
    """Append a line of the learning curve to a file and print it."""
    line = {"minutes": round(minutes, 2), "step": step, "loss": round(loss, 4)}
    for split, errors in figures.items():
        line |= {f"{split} CER": round(errors.cer, 4), f"{split} WER": round(errors.wer, 4)}
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    run(main)
