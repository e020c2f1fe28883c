"""How often Russian is told from Kazakh: calls of three utterances of tests, heard as a call would hear them.

With --recordings N also recordings of ten utterances, as a second hearing reads them: in one language, and of speakers
who change it before three utterances in ten. Words wrong where the language was found out stand beside those where it
was told (--switch tries what is set against a change).

Run: python -m asr.training.languages --cache /tmp/asr-cache [--model asr/builtin/model] [--calls 100] [--recordings 20]
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from asr.builtin import choosing
from asr.builtin.recognizer import BuiltInRecognizer
from asr.silero_detector import SileroDetector
from asr.spans import Span, find_speech
from asr.training import cache
from asr.training.command import count, run
from asr.training.corpora import Split
from asr.training.errors import Errors
from engine.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples, silence
from engine.errors import ConfigurationError
from engine.speech import Expect, Language, Talker, Transcript

TURNS = 3
SPOKEN = {Language.RUSSIAN: (Split.TEXTS, Split.VOICE), Language.KAZAKH: (Split.KAZAKH,)}
UTTERANCES = 10
CHANGES = 0.3
PAUSE_S = 1.2
_SAMPLES_A_FRAME = SAMPLE_RATE_HZ // 100


@dataclass(frozen=True, slots=True)
class Said:
    """An utterance of a test."""

    text: str
    audio: Samples
    language: Language


def utterances(folder: Path, language: Language, wanted: int, rng: np.random.Generator) -> list[Said]:
    """Return so many utterances of tests that have audio.

    Raises:
        ConfigurationError: there are fewer.
    """
    audio = cache.audio(folder)
    told = [
        one for split in SPOKEN[language] for one in cache.utterances(folder, split) if one.first_sample is not None
    ]
    if wanted > len(told):
        raise ConfigurationError(
            f"{folder} has {len(told)} utterances of tests in {language}, not {wanted}: take fewer"
        )
    chosen = [told[index] for index in rng.permutation(len(told))[:wanted]]
    first = [one.first_sample or 0 for one in chosen]
    return [
        Said(one.text, np.array(audio[at : at + one.frames * _SAMPLES_A_FRAME]), language)
        for at, one in zip(first, chosen, strict=True)
    ]


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
    parser.add_argument("--calls", type=count, default=100, help="of each kind")
    parser.add_argument("--recordings", type=count, default=0, help="of each kind")
    parser.add_argument("--switch", type=float, default=choosing.SWITCH, help="log-odds against a change of language")
    chosen = parser.parse_args()
    rng = np.random.default_rng(1)
    pool = {spoken: utterances(chosen.cache, spoken, UTTERANCES * chosen.recordings, rng) for spoken in SPOKEN}
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
                    audio = said[call * TURNS + turn].audio
                    right[turn] += heard(recognizer, audio, talker).language is spoken
            print(f"| {spoken} | {home} | {' | '.join(f'{share:.3f}' for share in right / calls)} |")  # noqa: T201
    if chosen.recordings:
        choosing.SWITCH = chosen.switch
        tell_recordings(pool, chosen.model, chosen.recordings)


def recordings(pool: Mapping[Language, Sequence[Said]], kind: str, wanted: int) -> Iterator[list[Said]]:
    """Yield so many recordings in a language, or mixed ones; none takes more than `UTTERANCES` of a language."""
    rng = np.random.default_rng(0)
    left = {language: iter(said) for language, said in pool.items()}
    for number in range(wanted):
        spoken = [*pool][number % len(pool)] if kind == "mixed" else Language(kind)
        recording: list[Said] = []
        for _ in range(UTTERANCES):
            if kind == "mixed" and recording and rng.random() < CHANGES:
                [spoken] = set(pool) - {spoken}
            recording.append(next(left[spoken]))
        yield recording


def tell_recordings(pool: Mapping[Language, Sequence[Said]], model: Path, wanted: int) -> None:
    """Print how often languages were found out, and what that costs in words."""
    listener = BuiltInRecognizer(model, Language.RUSSIAN, beside=tuple(SPOKEN))
    told = {spoken: BuiltInRecognizer(model, spoken) for spoken in SPOKEN}
    print("| Recordings | utterances | language right | words wrong | where it is told |")  # noqa: T201
    for kind in (*SPOKEN, "mixed"):
        right, number, found, known = 0, 0, Errors(), Errors()
        for said in recordings(pool, kind, wanted):
            pause = silence(PAUSE_S)
            whole = np.concatenate([part for one in said for part in (pause, one.audio)] + [pause])
            read = list(listener.read_stretches(whole, find_speech(whole, SileroDetector())))
            end_s = 0.0
            for one in said:
                span = Span(end_s + PAUSE_S / 2, end_s + 1.5 * PAUSE_S + len(one.audio) / SAMPLE_RATE_HZ)
                end_s += PAUSE_S + len(one.audio) / SAMPLE_RATE_HZ
                mine = [heard for at, heard in read if span.start_s <= (at.start_s + at.end_s) / 2 < span.end_s]
                right += bool(mine) and all(heard.language is one.language for heard in mine)
                found.add(one.text, " ".join(heard.text for heard in mine))
                alone = told[one.language].read_recording(one.audio, [Span(0.0, len(one.audio) / SAMPLE_RATE_HZ)])
                known.add(one.text, " ".join(heard.text for heard in alone))
            number += len(said)
        print(f"| {kind} | {number} | {right / number:.3f} | {found.wer:.3f} | {known.wer:.3f} |")  # noqa: T201


if __name__ == "__main__":
    run(main)
