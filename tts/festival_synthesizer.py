"""Festival as a voice: the Russian speaker of Debian's ``festvox-ru``, joined from recordings of a person."""

import hashlib
import os
import re
import selectors
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.audio import read_wav
from engine.errors import AudioError, ModelMissing, SynthesisError
from engine.speech import Language
from tts.conditioning import Waveform
from tts.programs import FESTIVAL_VOICES, find_program
from tts.pronunciation import Pronunciation
from tts.speakable import sentences, stress_before
from tts.telephone_voice import TelephoneVoice

DEFAULT_VOICE = "msu_ru_nsh_clunits"
TIMEOUT_S = 20.0

_MEND = "install it with `apt-get install festival festvox-ru`"
_KNOWN = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюяabcdefghijklmnopqrstuvwxyz0123456789 -'?!.,;+")
"""What the voice's letter rules read (its README); they stop at anything else."""
_MARK_INSIDE_WORD = re.compile(r"(?<=\w)[?!.,;](?=\w)")
"""They stop at this as well."""


class FestivalSynthesizer(TelephoneVoice):
    """One ``festival --pipe`` process, kept for the life of the voice and started anew when it fails.

    Loading the voice takes 0.4 s, or 2 s from a cold disk; a sentence then 0.05..0.3 s. The text reaches Festival as a
    Scheme string that holds letters, digits and plain punctuation only, so that nothing in it can end the string.

    Args:
        language: Russian is the only language with a voice.
        voice: name of an installed Festival voice.
        pronunciation: respellings.
        program: name or path of the program.

    Raises:
        ModelMissing: the program or the voice is not installed.
    """

    def __init__(
        self,
        language: Language = Language.RUSSIAN,
        voice: str = DEFAULT_VOICE,
        *,
        pronunciation: Pronunciation | None = None,
        program: str = "festival",
    ) -> None:
        path = find_program(program)
        folder = voice_folder(voice)
        if path is None or folder is None:
            missing = f"the program {program}" if path is None else f"the voice under {FESTIVAL_VOICES[-1]}"
            raise ModelMissing(f"festival:{voice} needs {missing}: {_MEND}")
        self._path, self._voice = path, voice
        self._one_at_a_time = threading.Lock()
        try:
            self._process: _Festival | None = _Festival(path, voice)
        except SynthesisError as error:
            raise ModelMissing(f"festival:{voice} does not start ({error}); {_MEND}") from error
        identity = f"festival;voice={voice};model={_digest(folder)}"
        super().__init__(f"festival:{voice}", language, identity, pronunciation or Pronunciation())

    def close(self) -> None:
        """End the process; a later text starts it again."""
        with self._one_at_a_time:
            self._stop()

    def _speak(self, text: str) -> tuple[Sequence[Waveform], int]:
        known = "".join(char if char.lower() in _KNOWN else " " for char in stress_before(text, "+"))
        plain = _MARK_INSIDE_WORD.sub(" ", known)
        parts = sentences(plain)
        if not parts:
            raise SynthesisError(f"{self.name}: the text holds no letter that this voice reads")
        with self._one_at_a_time, tempfile.TemporaryDirectory(prefix="voicebot-") as folder:
            try:
                if self._process is None:
                    self._process = _Festival(self._path, self._voice)
                spoken = [self._process.speak(part, Path(folder) / f"{index}.wav") for index, part in enumerate(parts)]
            except (SynthesisError, AudioError, OSError) as error:
                self._stop()
                raise SynthesisError(f"{self.name}: {error}") from error
        return [samples for samples, _ in spoken], spoken[0][1]

    def _stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None


class _Festival:
    """The process and its dialogue: an expression in, ``well N`` out if it was evaluated, ``done N`` either way."""

    def __init__(self, path: str, voice: str) -> None:
        self._count = 0
        self._process = subprocess.Popen(
            [path, "--pipe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        try:
            self._evaluate(f"(voice_{voice})")
        except SynthesisError:
            self.stop()
            raise

    def speak(self, text: str, file: Path) -> tuple[Waveform, int]:
        """Speak one sentence through a file that is gone afterwards."""
        self._evaluate(f'(utt.save.wave (utt.synth (Utterance Text "{text}")) "{file}" (quote riff))')
        samples, sample_rate_hz = read_wav(file)
        file.unlink()
        return np.divide(samples[:, 0], 32768, dtype=np.float32), sample_rate_hz

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _evaluate(self, expression: str) -> None:
        assert self._process.stdin is not None
        self._count += 1
        attempt = f'(begin {expression} (format t "well {self._count}\\n"))\n'
        end = f'(begin (format t "done {self._count}\\n") (fflush nil))\n'
        try:
            self._process.stdin.write((attempt + end).encode())
        except OSError as error:
            raise SynthesisError(f"festival ended with code {self._process.poll()}") from error
        if f"well {self._count}\n".encode() not in self._until(f"done {self._count}\n".encode()):
            raise SynthesisError("festival stumbled over the text")

    def _until(self, marker: bytes) -> bytes:
        assert self._process.stdout is not None
        seen, deadline_s = b"", time.monotonic() + TIMEOUT_S
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while marker not in seen:
                if not selector.select(deadline_s - time.monotonic()):
                    raise SynthesisError(f"festival did not finish within {TIMEOUT_S:.0f} s")
                new = os.read(self._process.stdout.fileno(), 4096)
                if not new:
                    raise SynthesisError(f"festival ended with code {self._process.wait()}")
                seen += new
        return seen


def voice_folder(voice: str) -> Path | None:
    """Return the folder of an installed voice."""
    if not voice.replace("_", "").isalnum():
        return None
    return next((folder for voices in FESTIVAL_VOICES for folder in voices.glob(f"*/{voice}")), None)


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.glob("fest*/**/*.scm")) + sorted(folder.glob("festival/clunits/*.catalogue")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
