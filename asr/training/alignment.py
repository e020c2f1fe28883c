"""Find where people's training utterances can be cut, so that batches can put their words together anew.

The people of the corpus read few sentences again and again. Cut at word boundaries and joined to others of the same
speaker, their words make sentences that nobody read; cut where a plosive closes the mouth, they make words that nobody
knows. A trained network aligns each text with its utterance; a cut is the quietest frame near the space between two
words, or near a plosive's beginning where it is a dip.

Run: python -m asr.training.alignment --cache /tmp/asr-cache [--weights asr/training/weights.npz] --delay-s 0.16
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from asr.builtin.alignment import peaks
from asr.builtin.features import Floats
from asr.training import batches, cache, weights
from asr.training.batches import Batch
from asr.training.command import count, positive, run
from asr.training.corpora import ALPHABETS, VOXFORGE, Split
from asr.training.delay import STEP_S
from asr.training.network import Network
from asr.training.splicing import Cut, Passage

_AT_ONCE = 32
_REACH_FRAMES = 5

_PLOSIVES = frozenset("пткбдгцч")
_CLOSES_BEFORE_S = 0.05
"""From a plosive's closure to its burst, by which the network knows it."""

_DIP, _AROUND_FRAMES = 1.5, 8
"""So much quieter, in nats, than the loudest frame on either side is a closure."""


def main() -> None:
    """Write the cache's list of cuts: a line an utterance, its first frame, and letters before and frame of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"))
    parser.add_argument("--weights", type=Path, default=weights.WEIGHTS)
    parser.add_argument("--delay-s", type=positive, required=True, help="from sound to letter, as delay.py measures it")
    parser.add_argument("--worst", type=float, default=-1.5, help="mean log-probability of letters that leaves whole")
    parser.add_argument("--threads", type=count, default=1)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    network, *_ = weights.load(chosen.weights)
    frames = cache.frames(chosen.cache)
    utterances = [one for one in cache.utterances(chosen.cache, Split.TRAIN) if one.corpus == VOXFORGE]
    utterances.sort(key=lambda one: one.frames)
    doubted = 0
    target = chosen.cache / cache.BOUNDARIES_FILE
    part = target.with_name(f"{target.name}.part")
    with part.open("w") as file:
        for begin in range(0, len(utterances), _AT_ONCE):
            some = utterances[begin : begin + _AT_ONCE]
            spoken = [frames[one.first_frame :][: one.frames].astype(np.float32) for one in some]
            batch = batches.together(spoken, [Passage.whole(one) for one in some], None)
            for one, said, letters, rows in zip(some, spoken, batch.letters, _heard(network, batch), strict=True):
                (come,) = peaks(rows, [letters.tolist()])
                if np.mean([score for _, score in come]) < chosen.worst:
                    doubted += 1
                else:
                    # The delay counts from the end of a step, when its letters are out.
                    sounds_s = [STEP_S * (step + 1) - chosen.delay_s for step, _ in come]
                    file.write(json.dumps([one.first_frame, cuts(one.text, said, sounds_s)]) + "\n")
    part.replace(target)
    print(f"{len(utterances)} utterances, {doubted} of them doubted and left whole")  # noqa: T201


def cuts(text: str, frames: Floats, sounds_s: Sequence[float]) -> list[Cut]:
    """Return where an utterance can be cut, in order, its ends left out.

    Args:
        text: of it.
        frames: of it, shape (n, BANDS).
        sounds_s: when each letter of the text sounds.
    """
    found: list[Cut] = []
    for place, (letter, sound_s) in enumerate(zip(text, sounds_s, strict=True)):
        if letter == " ":
            found.append((place + 1, _quietest(frames, round(100 * sound_s))))
        elif (
            letter in _PLOSIVES
            and text[max(0, place - 1)].isalpha()
            and place
            and text[place + 1 : place + 2].isalpha()
        ):
            closure = _quietest(frames, round(100 * (sound_s - _CLOSES_BEFORE_S)))
            if _is_dip(frames, closure):
                found.append((place, closure))
    return found


def _is_dip(frames: Floats, at: int) -> bool:
    levels = frames.mean(axis=1)
    before, behind = levels[max(0, at - _AROUND_FRAMES) : at], levels[at + 1 : at + 1 + _AROUND_FRAMES]
    return bool(len(before) and len(behind) and min(before.max(), behind.max()) - levels[at] > _DIP)


def _heard(network: Network, batch: Batch) -> list[Floats]:
    network.eval()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        heads = network(torch.from_numpy(batch.frames), torch.zeros(len(batch.frames), network.state_size))
    by_language = dict(zip(ALPHABETS, heads, strict=False))
    return [by_language[language][row, : batch.steps[row]].numpy() for row, language in enumerate(batch.languages)]


def _quietest(frames: Floats, about: int) -> int:
    """Return the quietest frame near another one."""
    begin = int(np.clip(about - _REACH_FRAMES, 0, len(frames) - 1))
    end = min(max(about + _REACH_FRAMES, begin) + 1, len(frames))
    return begin + int(frames[begin:end].mean(axis=1).argmin())


if __name__ == "__main__":
    run(main)
