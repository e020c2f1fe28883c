"""espeak-ng as a voice: small, in every language we need, robotic."""

import re
import subprocess
from collections.abc import Sequence

import numpy as np

from engine.errors import ModelMissing, SynthesisError
from engine.speech import Language
from tts.conditioning import Waveform
from tts.programs import find_program
from tts.pronunciation import Pronunciation
from tts.speakable import without_stress
from tts.telephone_voice import TelephoneVoice

WORDS_A_MINUTE = 150
"""Slower than espeak's own 175, which is hard to follow over a telephone."""
PITCH = 45
"""0..99, espeak's own 50."""
TIMEOUT_S = 20.0

_MEND = "install it with `apt-get install espeak-ng`"
_VOICE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*(\+[A-Za-z0-9]+)?")
_HEADER_BYTES = 44


class EspeakSynthesizer(TelephoneVoice):
    """The ``espeak-ng`` program, one process a text.

    A process costs 15 ms and keeps a crash of the engine out of ours. The text goes by standard input: never through
    a shell, never for an option, never in the process list where it would show a debtor's name.

    Args:
        language: to speak.
        voice: espeak's name, such as ``ru`` or ``ru+f2``; None is the language's own.
        words_a_minute: speed, 80..450.
        pitch: 0..99.
        pronunciation: respellings.
        program: name or path of the program.

    Raises:
        ModelMissing: the program or the voice is not installed.
    """

    def __init__(
        self,
        language: Language,
        voice: str | None = None,
        *,
        words_a_minute: int = WORDS_A_MINUTE,
        pitch: int = PITCH,
        pronunciation: Pronunciation | None = None,
        program: str = "espeak-ng",
    ) -> None:
        voice = voice or language.value
        if not _VOICE.fullmatch(voice):
            raise ModelMissing(f"espeak:{voice}: no such voice; see `espeak-ng --voices`, write for instance espeak:ru")
        if not 80 <= words_a_minute <= 450 or not 0 <= pitch <= 99:
            raise ValueError(f"words a minute {words_a_minute} must lie in 80..450 and pitch {pitch} in 0..99")
        path = find_program(program)
        if path is None:
            raise ModelMissing(f"espeak:{voice} needs the program {program}: {_MEND}")
        self._command = [path, "-v", voice, "-s", str(words_a_minute), "-p", str(pitch), "-z", "-b", "1"]
        if (problem := _run([path, "-v", voice, "-q", "--stdin"], b"a")[1]) is not None:
            raise ModelMissing(f"espeak:{voice} cannot be used ({problem}): {_MEND}, and see `espeak-ng --voices`")
        version = _run([path, "--version"], b"")[0].decode(errors="replace").split("Data at")[0].strip()
        identity = f"{version};voice={voice};rate={words_a_minute};pitch={pitch}"
        super().__init__(f"espeak:{voice}", language, identity, pronunciation or Pronunciation())

    def _speak(self, text: str) -> tuple[Sequence[Waveform], int]:
        output, problem = _run([*self._command, "--stdin", "--stdout"], without_stress(text).encode())
        if problem is not None:
            raise SynthesisError(f"{self.name}: {problem}")
        if len(output) <= _HEADER_BYTES or not output.startswith(b"RIFF"):
            raise SynthesisError(f"{self.name}: espeak-ng returned no audio")
        # The header's lengths are dummies in a stream: 44 bytes, then 16-bit samples to the end.
        sample_rate_hz = int.from_bytes(output[24:28], "little")
        samples = np.frombuffer(output, "<i2", offset=_HEADER_BYTES, count=(len(output) - _HEADER_BYTES) // 2)
        return [np.divide(samples, 32768, dtype=np.float32)], sample_rate_hz


def _run(command: list[str], text: bytes) -> tuple[bytes, str | None]:
    """Run espeak-ng; return its output, and what went wrong if anything."""
    try:
        done = subprocess.run(command, input=text, capture_output=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return b"", f"espeak-ng did not finish within {TIMEOUT_S:.0f} s"
    except OSError as error:
        return b"", f"espeak-ng cannot be run ({error})"
    if done.returncode:
        complaint = done.stderr.decode(errors="replace").strip().splitlines()
        return b"", f"espeak-ng failed with code {done.returncode}: {complaint[-1] if complaint else 'no message'}"
    return done.stdout, None
