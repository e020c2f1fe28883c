"""How often Russian is told from Kazakh: calls of three utterances of tests, heard as a call would hear them.

Run: python -m asr.training.languages --cache /tmp/asr-cache [--model asr/builtin/model] [--calls 100]
"""

import argparse
from pathlib import Path

import numpy as np

from asr.builtin.recognizer import BuiltInRecognizer
from asr.training import cache
from asr.training.corpora import Split
from engine.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples
from engine.speech import Expect, Language, Talker, Transcript

TURNS = 3
SPOKEN = {Language.RUSSIAN: (Split.TEXTS, Split.VOICE), Language.KAZAKH: (Split.KAZAKH,)}
_SAMPLES_A_FRAME = SAMPLE_RATE_HZ // 100


def utterances(folder: Path, language: Language, count: int, rng: np.random.Generator) -> list[Samples]:
    """Return so many utterances of tests that have audio."""
    audio = cache.audio(folder)
    told = [
        one for split in SPOKEN[language] for one in cache.utterances(folder, split) if one.first_sample is not None
    ]
    chosen = [told[index] for index in rng.permutation(len(told))[:count]]
    first = [one.first_sample or 0 for one in chosen]
    return [np.array(audio[at : at + one.frames * _SAMPLES_A_FRAME]) for at, one in zip(first, chosen, strict=True)]


def heard(recognizer: BuiltInRecognizer, said: Samples, talker: Talker) -> Transcript:
    """Hear one utterance as a call brings it."""
    stream = recognizer.open(Expect.FREE, (), talker)
    try:
        for at in range(0, len(said), FRAME_SAMPLES):
            stream.accept(said[at : at + FRAME_SAMPLES])
        return stream.result()
    finally:
        stream.close()


def main() -> None:
    """Print, for each language spoken and each language of the dialog, how often each turn was told right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"))
    parser.add_argument("--model", type=Path, default=Path(__file__).parents[1] / "builtin" / "model")
    parser.add_argument("--calls", type=int, default=100, help="of each kind")
    chosen = parser.parse_args()
    print("| Spoken | Dialog | turn 1 | turn 2 | turn 3 |")  # noqa: T201
    for spoken in SPOKEN:
        said = utterances(chosen.cache, spoken, chosen.calls * TURNS, np.random.default_rng(0))
        for home in SPOKEN:
            recognizer = BuiltInRecognizer(chosen.model, home, beside=tuple(SPOKEN))
            right = np.zeros(TURNS)
            calls = len(said) // TURNS
            for call in range(calls):
                talker = Talker()
                for turn in range(TURNS):
                    right[turn] += heard(recognizer, said[call * TURNS + turn], talker).language is spoken
            print(f"| {spoken} | {home} | {' | '.join(f'{share:.3f}' for share in right / calls)} |")  # noqa: T201


if __name__ == "__main__":
    main()
