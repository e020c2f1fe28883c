"""Words wrong, speed, and time from the end of audio to the final words, for every recogniser on this machine.

Human telephone speech with known words: Debian's asterisk-core-sounds-en and -ru, each with its -wav package. The audio
is given as a stream in frames of 20 ms, as fast as it is taken. Numbers are compared in words.

Run: python -m benchmarks.recognition [--sample 120] [--models DIR] (needs the Debian packages named above)
"""

import argparse
import gzip
import random
import time
from pathlib import Path

import numpy as np

from asr.catalogue import list_models, load_recognizer
from asr.model_files import Kind
from asr.recordings import read_recording
from benchmarks.word_errors import errors, percentile, save, spelled
from engine.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples, silence
from engine.ports import Recognizer
from engine.speech import Expect

SETS = {"en": "en_US_f_Allison", "ru": "ru_RU_f_IvrvoiceRU"}
SOUNDS = Path("/usr/share/asterisk/sounds")
TEXTS = "/usr/share/doc/asterisk-core-sounds-{0}/core-sounds-{0}.txt.gz"


def main() -> None:
    """Measure every recogniser of a language that has sounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=120, help="prompts a language")
    parser.add_argument("--models", type=Path, default=Path.home() / ".local/share/voicebot/models")
    chosen = parser.parse_args()
    figures = {}
    for language in SETS:
        prompts = load(language, chosen.sample)
        for listing in list_models(chosen.models):
            model = listing.model
            if prompts and listing.folder and model.kind is not Kind.PIPER and language in model.languages:
                recognizer = load_recognizer(language, (model.name,), chosen.models)
                figures[f"{language} {recognizer.name}"] = measure(recognizer, language, prompts)
    save("recognition", "benchmarks.recognition", {"sounds": "asterisk-core-sounds", "recognisers": figures})


def load(language: str, sample: int) -> list[tuple[str, Samples]]:
    """Return a sample of prompts with a pause behind each, as a caller's answer has.

    Single words and prompts whose text describes a sound, in brackets, are left out.
    """
    path = Path(TEXTS.format(language))
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        pairs = [line.partition(":") for line in file if ":" in line and not line.startswith(";")]
    texts = {
        name.strip(): text.strip() for name, _, text in pairs if len(text.split()) > 1 and not set(text) & set("[(<")
    }
    folder = SOUNDS / SETS[language]
    names = sorted(name for name in texts if (folder / f"{name}.wav").is_file())
    chosen = random.Random(1).sample(names, min(sample, len(names)))
    pause = silence(0.3)
    return [
        (texts[name], np.concatenate([read_recording(folder / f"{name}.wav")[:, 0], pause])) for name in sorted(chosen)
    ]


def measure(recognizer: Recognizer, language: str, prompts: list[tuple[str, Samples]]) -> dict[str, float]:
    """Read all prompts as streams."""
    wrong = words = unheard = 0
    final_s: list[float] = []
    began_s, used_s = time.perf_counter(), time.process_time()
    for text, audio in prompts:
        stream = recognizer.open(Expect.FREE)
        for begin in range(0, len(audio), FRAME_SAMPLES):
            stream.accept(audio[begin : begin + FRAME_SAMPLES])
        end_s = time.perf_counter()
        heard = stream.result().text
        final_s.append(time.perf_counter() - end_s)
        stream.close()
        expected = spelled(text, language)
        wrong += errors(expected, spelled(heard, language))
        words += len(expected)
        unheard += not heard
    audio_s = sum(len(audio) for _, audio in prompts) / SAMPLE_RATE_HZ
    return {
        "prompts": len(prompts),
        "audio_s": round(audio_s, 1),
        "words": words,
        "word_error_rate": round(wrong / words, 4),
        "not_heard": unheard,
        "real_time_factor": round((time.perf_counter() - began_s) / audio_s, 4),
        "core_seconds_per_second": round((time.process_time() - used_s) / audio_s, 4),
        "end_of_audio_to_final_s_p50": percentile(final_s, 0.5),
        "end_of_audio_to_final_s_p95": percentile(final_s, 0.95),
    }


if __name__ == "__main__":
    main()
