"""Letters and words wrong of the exported network, fed as the product feeds it, on clean and spoilt telephone lines.

Sets without audio (people as features) are read clean alone. Greedy: no language model.

Run: python -m asr.training.measure --cache /tmp/asr-cache [--network asr/builtin/network.onnx] [--sets asterisk voice]
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from asr.builtin.features import BANDS, FLOOR, HOP_SAMPLES, Floats, FrontEnd
from asr.builtin.network import AcousticNetwork, greedy
from asr.training import cache
from asr.training.corpora import Split, Utterance
from asr.training.errors import Errors
from asr.training.telephone import through_a_law, with_lost_packets, with_noise
from engine.audio import Samples

NETWORK = Path(__file__).parents[1] / "builtin" / "model" / "network.onnx"

_CHUNK_FRAMES = 32
_CHANNELS = 48
_RNG = np.random.default_rng(7)

LINES: dict[str, Callable[[Samples], Samples]] = {
    "clean": lambda audio: audio,
    "noise 20 dB": lambda audio: with_noise(audio, 20, _RNG),
    "noise 10 dB": lambda audio: with_noise(audio, 10, _RNG),
    "noise 5 dB": lambda audio: with_noise(audio, 5, _RNG),
    "A-law, 1 % lost": lambda audio: with_lost_packets(through_a_law(audio), 0.01, _RNG),
    "A-law, 3 % lost": lambda audio: with_lost_packets(through_a_law(audio), 0.03, _RNG),
}


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
        heard = utterances[0].first_sample is not None
        cells = [
            errors_over(network, chosen.cache, utterances, LINES[name]) if heard or name == "clean" else None
            for name in chosen.lines
        ]
        shown = " | ".join(f"{cell.cer:.3f} / {cell.wer:.3f}" if cell else "–" for cell in cells)
        print(f"| {split} | {shown} |", flush=True)  # noqa: T201


def errors_over(
    network: AcousticNetwork, folder: Path, utterances: list[Utterance], line: Callable[[Samples], Samples]
) -> Errors:
    """Return what the network gets wrong of utterances that come over a line."""
    audio, frames = cache.audio(folder), cache.frames(folder)
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
            pieces = [np.array(audio[one.first_sample :][: one.frames * HOP_SAMPLES]) for one in part]
            chunks = _chunks_of_audio(network, [line(piece) for piece in pieces], count)
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
