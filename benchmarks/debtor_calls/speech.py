"""The debtors' voices: synthesised lines, and recorded answers of voices that the recogniser never heard."""

import asyncio
import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asr.recordings import read_recording
from asr.training.corpora import TEST_VOICE, is_held_out
from benchmarks.debtor_calls.line import levelled
from benchmarks.debtor_calls.stories import NOW, Story, Tongue
from config.demo.cast import account
from dialogs.scenario import Scenario
from dialogs.understanding.intents import Intent
from engine.audio import SAMPLE_RATE_HZ, Samples, write_wav
from engine.calls import Disposition
from engine.errors import SettingsError
from engine.speech import Hypothesis, Language, Transcript
from tts.telephone_voice import TelephoneVoice
from tts.voices import load_voice


class Voices:
    """Speaks lines into files, each once.

    Args:
        folder: for the files.
        models_dir: where voices may lie.
    """

    def __init__(self, folder: Path, models_dir: Path) -> None:
        self._folder, self._models_dir = folder, models_dir
        self._voices: dict[str, TelephoneVoice] = {}
        self._files: dict[tuple[str, str], Path] = {}
        self._one_at_a_time = asyncio.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def load(self, voice: str, language: Language) -> None:
        """Make a voice ready.

        Raises:
            ModelMissing: it is not installed; the message says how it is.
        """
        if voice not in self._voices:
            self._voices[voice] = load_voice(voice, language, self._models_dir)

    def keep(self, voice: str, text: str, samples: Samples) -> None:
        """Take a recording for what a voice says."""
        path = self._folder / f"{len(self._files)}.wav"
        write_wav(path, levelled(samples))
        self._files[voice, text] = path

    def can_say(self, voice: str, text: str) -> bool:
        """Whether a voice can say a text: one that is recorded has only what was recorded."""
        return voice in self._voices or (voice, text) in self._files

    async def speak(self, voice: str, text: str) -> Path:
        """Return a file with a text, mono at 8 kHz.

        Raises:
            SynthesisError: the voice failed.
        """
        async with self._one_at_a_time:
            if (voice, text) not in self._files:
                clip = await asyncio.to_thread(self._voices[voice].synthesize, text)
                self.keep(voice, text, clip.samples)
        return self._files[voice, text]

    def close(self) -> None:
        """End what voices keep running."""
        for voice in self._voices.values():
            voice.close()


@dataclass(frozen=True, slots=True)
class Corpus:
    """Where recorded answers of a language are: a folder beside the others, and one voice of it or all."""

    folder: str
    voice: str | None


CORPORA: Mapping[Language, Corpus] = {
    Language.RUSSIAN: Corpus("ru-synth", TEST_VOICE),
    Language.KAZAKH: Corpus("kk-synth", None),
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded utterance.

    Args:
        voice: that says it.
        text: lower case, without marks.
        samples: int16, shape (n,), 8 kHz.
    """

    voice: str
    text: str
    samples: Samples


class Answers:
    """Recorded answers to the question after the debt, whose texts no training knew and whose meaning is clear.

    Args:
        speech: folder with the corpora.
        language: of the answers; one of `CORPORA`.
        scenario: in which they are understood.

    Raises:
        SettingsError: there is no such corpus.
    """

    def __init__(self, speech: Path, language: Language, scenario: Scenario) -> None:
        corpus = CORPORA[language]
        self._folder, self._language = speech / corpus.folder, language
        try:
            manifest = (self._folder / "manifest.jsonl").read_text("utf-8")
        except OSError as error:
            raise SettingsError(f"--speech: {self._folder} holds no corpus: {error.strerror}") from error
        rows = [json.loads(line) for line in manifest.splitlines()]
        self._rows = [row for row in rows if corpus.voice in (None, row["voice"])]
        dialog = scenario.open(account(language, "", NOW), now=NOW, language=language)
        dialog.begin()
        dialog.reply(self._typed(_IDENTIFIES[language]))
        self._understand = lambda text: dialog.understand(self._typed(text))

    def draw(self, most: int, seed: int) -> list[Recorded]:
        """Return so many answers at most; from few files, since each is decoded whole."""
        by_shard: dict[str, list[dict[str, Any]]] = {}
        for row in self._rows:
            if is_held_out(row["text"]) and self._is_answer(row["text"]):
                by_shard.setdefault(row["shard"], []).append(row)
        found: list[Recorded] = []
        for shard in random.Random(seed).sample(sorted(by_shard), len(by_shard)):
            if len(found) >= most:
                break
            found += self._cut(shard, by_shard[shard])
        return found[:most]

    def identifying(self) -> list[Recorded]:
        """Return how each voice says that it is the debtor; no such words of any voice that lacks them."""
        first = {row["voice"]: row for row in self._rows if row["text"] == _IDENTIFIES[self._language]}
        return [one for row in first.values() for one in self._cut(row["shard"], [row])]

    def story(self, tongue: Tongue, answer: Recorded, number: int) -> Story:
        """Return the story of someone who confirms their name and gives the answer."""
        says = {**tongue.everyone, "right_party": (_IDENTIFIES[self._language],), ANSWERED: (answer.text,)}
        return Story(f"answer {number}", self._language, answer.voice, Disposition.HUNG_UP, None, None, says)

    def _is_answer(self, text: str) -> bool:
        """Whether it is none of the general sentences among the debtors'."""
        understood = self._understand(text)
        return understood.intent != Intent.NOT_UNDERSTOOD and understood.confidence >= _CLEAR

    def _cut(self, shard: str, rows: Iterable[dict[str, Any]]) -> Iterable[Recorded]:
        audio = read_recording(self._folder / shard)[:, 0]
        for row in rows:
            begin, end = (round(row[key] * SAMPLE_RATE_HZ) for key in ("start_s", "end_s"))
            yield Recorded(row["voice"], row["text"], audio[begin:end])

    def _typed(self, text: str) -> Transcript:
        return Transcript((Hypothesis(text, 1.0),), 0.0, 0.0, self._language)


ANSWERED = "debt"
"""The question that recorded answers are given to."""

_CLEAR = 0.8

_IDENTIFIES = {Language.RUSSIAN: "да это я", Language.KAZAKH: "иә менмін"}
