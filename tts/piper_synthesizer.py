"""Piper: neural voices from a model file, by far the most natural of what runs on a CPU."""

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from piper import PiperConfig, PiperVoice, SynthesisConfig

from engine.errors import ModelMissing, SynthesisError
from engine.speech import Language
from tts.conditioning import Waveform
from tts.pronunciation import Pronunciation
from tts.telephone_voice import TelephoneVoice

# Piper writes every text that it speaks to its debug log; ours hold names and debts.
logging.getLogger("piper").setLevel(logging.INFO)


class PiperSynthesizer(TelephoneVoice):
    """A Piper voice on onnxruntime. Several threads may speak at once over the one loaded model.

    Args:
        language: that the voice speaks.
        model: the ``.onnx`` file; its ``.onnx.json`` lies beside it.
        speaker: index in a voice of many speakers.
        length_scale: above 1 is slower; None is the voice's own.
        threads: cores that one text may use; 1 leaves the others to the calls.
        pronunciation: respellings.

    Raises:
        ModelMissing: a file is missing, or is not a Piper voice.
    """

    def __init__(
        self,
        language: Language,
        model: Path,
        *,
        speaker: int | None = None,
        length_scale: float | None = None,
        threads: int = 1,
        pronunciation: Pronunciation | None = None,
    ) -> None:
        self._voice = _load(model, threads)
        self._settings = SynthesisConfig(speaker_id=speaker, length_scale=length_scale)
        speakers = self._voice.config.num_speakers
        if speaker is not None and not 0 <= speaker < max(speakers, 1):
            raise ModelMissing(f"{model}: there is no speaker {speaker}; the voice has 0..{speakers - 1}")
        identity = f"piper;voice={model.stem};model={_digest(model)};speaker={speaker};length={length_scale}"
        super().__init__(f"piper:{model.stem}", language, identity, pronunciation or Pronunciation())

    def _speak(self, text: str) -> tuple[Sequence[Waveform], int]:
        try:
            chunks = [chunk.audio_float_array for chunk in self._voice.synthesize(text, self._settings)]
        except Exception as error:  # ONNX Runtime's errors share no base of their own
            raise SynthesisError(f"{self.name}: {type(error).__name__} while speaking") from error
        return [np.asarray(chunk, np.float32) for chunk in chunks], self._voice.config.sample_rate


def _load(model: Path, threads: int) -> PiperVoice:
    settings_file = model.with_name(f"{model.name}.json")
    for file in (model, settings_file):
        if not file.is_file():
            raise ModelMissing(
                f"{file} is missing: a Piper voice is two files, NAME.onnx and NAME.onnx.json, in one folder; "
                "`voicebot models get` fetches both, or put them there by hand"
            )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads would burn the cores that the calls need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        config = PiperConfig.from_dict(json.loads(settings_file.read_text("utf-8")))
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ModelMissing(f"{settings_file} is not a Piper voice's ({error}); fetch both files anew") from error
    except Exception as error:  # as above
        raise ModelMissing(f"{model} cannot be loaded ({error}); fetch both files anew") from error
    return PiperVoice(session=session, config=config)


def _digest(model: Path) -> str:
    with model.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(model.with_name(f"{model.name}.json").read_bytes())
    return digest.hexdigest()[:16]
