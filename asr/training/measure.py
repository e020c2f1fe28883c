"""Letters and words wrong of the exported network, fed as the product feeds it, on clean and spoilt telephone lines.

Sets without audio (people as features) are read clean alone. Greedy: no language model.

Run: python -m asr.training.measure --cache /tmp/asr-cache [--network asr/builtin/network.onnx] [--sets asterisk voice]
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from asr.builtin.features import BANDS, FLOOR, HOP_SAMPLES, Floats, FrontEnd
from asr.builtin.network import AcousticNetwork, greedy
from asr.training import cache
from asr.training.corpora import Split, Utterance
from asr.training.errors import Errors
from asr.training.telephone import LINES
from engine.audio import Samples

NETWORK = Path(__file__).parents[1] / "builtin" / "model" / "network.onnx"

_CHUNK_FRAMES = 32
_CHANNELS = 48


def main() -> None:
    """Print a table: a row a set, a column a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"))
    parser.add_argument("--network", type=Path, default=NETWORK)
    parser.add_argument("--sets", nargs="+", type=Split, default=[split for split in Split if split is not Split.TRAIN])
    parser.add_argument("--lines", nargs="+", choices=LINES, default=list(LINES))
    chosen = parser.parse_args()
    network = AcousticNetwork(chosen.network)
    print(f"| CER / WER | {' | '.join(chosen.lines)} |")  # noqa: T201
    for split in chosen.sets:
        utterances = sorted(cache.utterances(chosen.cache, split), key=lambda one: one.frames)
        able = cache.lines_of(chosen.cache, split, chosen.lines)
        cells = [
            errors_over(network, chosen.cache, utterances, name) if name in able else None for name in chosen.lines
        ]
        shown = " | ".join(f"{cell.cer:.3f} / {cell.wer:.3f}" if cell else "–" for cell in cells)
        print(f"| {split} | {shown} |", flush=True)  # noqa: T201


def errors_over(network: AcousticNetwork, folder: Path, utterances: list[Utterance], line: str) -> Errors:
    """Return what the network gets wrong of utterances that come over a line."""
    frames = cache.frames(folder)
    errors = Errors()
    for begin in range(0, len(utterances), _CHANNELS):
        part = utterances[begin : begin + _CHANNELS]
        longest = part[-1].frames + network.description.tail_frames
        count = -(-longest // _CHUNK_FRAMES) * _CHUNK_FRAMES
        if part[0].first_sample is None:
            chunks = _chunks_of_frames(
                network, [frames[one.first_frame :][: one.frames].astype(np.float32) for one in part], count
            )
        else:
            chunks = _chunks_of_audio(network, [cache.audio_over(folder, one, line) for one in part], count)
        state, steps = network.initial(len(part)), []
        for chunk in chunks:
            letters, state = network.advance(chunk, state, (part[0].language,))
            steps.append(letters[part[0].language])
        rows = np.concatenate(steps, axis=1)
        for one, row in zip(part, rows, strict=True):
            last = -(-(one.frames + network.description.tail_frames) // 4)
            errors.add(one.text, greedy(row[:last], network.description.alphabets[one.language]))
    return errors


def _chunks_of_audio(network: AcousticNetwork, pieces: list[Samples], count: int) -> Iterator[Floats]:
    samples = np.zeros((len(pieces), count * HOP_SAMPLES), np.int16)
    for row, piece in zip(samples, pieces, strict=True):
        row[: len(piece)] = piece
    front_end = FrontEnd(network.description.normalisation)
    state = front_end.initial(len(pieces))
    for chunk in np.split(samples, count // _CHUNK_FRAMES, axis=1):
        frames, state = front_end.advance(chunk, state)
        yield frames


def _chunks_of_frames(network: AcousticNetwork, pieces: list[Floats], count: int) -> Iterator[Floats]:
    bands = np.full((len(pieces), count, BANDS), FLOOR, np.float32)
    for row, piece in zip(bands, pieces, strict=True):
        row[: len(piece)] = piece
    front_end = FrontEnd(network.description.normalisation)
    normalised, _ = front_end.normalise(bands, front_end.initial(len(pieces)))
    yield from np.split(normalised, count // _CHUNK_FRAMES, axis=1)


if __name__ == "__main__":
    main()
