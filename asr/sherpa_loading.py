"""Loads a model into sherpa-onnx, which ends the process where a model's files are not what it expects.

So another process tries it first: ``python -m asr.sherpa_loading FOLDER`` prints the model's form and the language that
it tells of itself, or why it is none.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import sherpa_onnx

from asr.sherpa_files import TOKENS, WANTED, networks
from engine.errors import ModelMissing
from engine.speech import Language

WHOLE_RATE_HZ = 16000
"""Of what models take that read whole utterances."""

_PACKAGES = str(Path(__file__).resolve().parents[1])
_LONGEST_REASON = 200
_LANGUAGES = {"Russian": Language.RUSSIAN, "Kazakh": Language.KAZAKH, "English": Language.ENGLISH}
"""As models' metadata call them."""


class Form(StrEnum):
    """How a model's files are to be loaded."""

    T_ONE = "t-one"
    ZIPFORMER = "zipformer"
    TRANSDUCER = "transducer"
    NEMO_CTC = "nemo-ctc"
    NEMO_TRANSDUCER = "nemo-transducer"

    @property
    def is_streaming(self) -> bool:
        """Whether it reads while somebody speaks, instead of whole utterances."""
        return self not in (Form.NEMO_CTC, Form.NEMO_TRANSDUCER)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in sherpa-onnx.

    Args:
        form: of the model.
        language: the only one that it understands; None where it does not tell.
        recognizer: ``OnlineRecognizer`` where the form is streaming, else ``OfflineRecognizer``.
    """

    form: Form
    language: Language | None
    recognizer: Any


def load(folder: Path) -> Loaded:
    """Load a model.

    Args:
        folder: ``tokens.txt`` with a single network (T-one, Zipformer CTC, GigaAM's or another NeMo CTC), or with an
            encoder, a decoder and a joiner.

    Raises:
        ModelMissing: there is no such model in the folder, or it cannot be loaded; the message says why.
    """
    if not networks(folder):
        raise ModelMissing(f"{folder}: no sherpa-onnx model here ({WANTED})")
    form, language = _tried(folder)
    return Loaded(form, language, _loaded(folder, form))


def _tried(folder: Path) -> tuple[Form, Language | None]:
    packages = os.pathsep.join(filter(None, (_PACKAGES, os.environ.get("PYTHONPATH"))))
    trial = subprocess.run(
        [sys.executable, "-P", "-m", "asr.sherpa_loading", str(folder)],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONPATH": packages, "PYTHONUTF8": "1"},
    )
    if trial.returncode == 0:
        form, _, language = trial.stdout.decode().strip().partition(" ")
        return Form(form), Language(language) if language else None
    told = trial.stderr.decode(errors="replace").strip().splitlines() or [f"it ended with code {trial.returncode}"]
    reason = "".join(filter(str.isprintable, told[-1]))[:_LONGEST_REASON]
    raise ModelMissing(f"{folder}: sherpa-onnx cannot load this model ({reason}); put the model's own files there")


def _told(network: Path) -> dict[str, str]:
    """Return the metadata of a network."""
    import onnxruntime  # tens of megabytes that the trial alone needs

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    return dict(session.get_modelmeta().custom_metadata_map)


def _form(paths: Sequence[Path], about: dict[str, str]) -> Form:
    # Streaming models of NeMo's tell their window too.
    is_nemo = "normalize_type" in about and "window_size" not in about
    if len(paths) > 1:
        return Form.NEMO_TRANSDUCER if is_nemo else Form.TRANSDUCER
    if is_nemo:
        return Form.NEMO_CTC
    if "frame_length_ms" in about:
        return Form.T_ONE
    if about.get("model_type") == "zipformer2":
        return Form.ZIPFORMER
    raise ModelMissing(f"{paths[0].name} is neither T-one, a streaming Zipformer nor a NeMo CTC, as its metadata tell")


def _loaded(folder: Path, form: Form) -> Any:
    common = {"tokens": str(folder / TOKENS), "num_threads": 1}
    paths = [str(path) for path in networks(folder)]
    parts = dict(zip(("encoder", "decoder", "joiner"), paths, strict=False))
    match form:
        case Form.T_ONE:
            return sherpa_onnx.OnlineRecognizer.from_t_one_ctc(model=paths[0], **common)
        case Form.ZIPFORMER:
            return sherpa_onnx.OnlineRecognizer.from_zipformer2_ctc(model=paths[0], **common)
        case Form.TRANSDUCER:
            return sherpa_onnx.OnlineRecognizer.from_transducer(
                **parts, decoding_method="modified_beam_search", **common
            )
        case Form.NEMO_CTC:
            return sherpa_onnx.OfflineRecognizer.from_nemo_ctc(model=paths[0], sample_rate=WHOLE_RATE_HZ, **common)
        case Form.NEMO_TRANSDUCER:
            return sherpa_onnx.OfflineRecognizer.from_transducer(
                **parts, model_type="nemo_transducer", sample_rate=WHOLE_RATE_HZ, **common
            )


def _check_tokens(path: Path, vocabulary: int) -> None:
    """Refuse tokens of a smaller model, which would be found out when one that lacks is read."""
    listed = len(path.read_text(encoding="utf-8").splitlines())
    if listed < vocabulary:
        raise ModelMissing(f"{path.name} lists {listed} tokens where the network tells {vocabulary}")


def _decode_noise(recognizer: Any) -> None:
    """Read a second, since parts that do not fit are found no earlier."""
    stream = recognizer.create_stream()
    stream.accept_waveform(WHOLE_RATE_HZ, np.random.default_rng(0).normal(0, 0.01, WHOLE_RATE_HZ).astype(np.float32))
    recognizer.decode_streams([stream])


def _try(folder: Path) -> None:
    try:
        paths = networks(folder)
        about = _told(paths[0])
        form = _form(paths, about)
        recognizer = _loaded(folder, form)
        if not form.is_streaming:
            _check_tokens(folder / TOKENS, int(about["vocab_size"]))
            _decode_noise(recognizer)
    except Exception as error:  # neither library has a base for its errors
        sys.exit(str(error))
    print(form, _LANGUAGES.get(about.get("language", ""), ""))  # noqa: T201


if __name__ == "__main__":
    _try(Path(sys.argv[1]))
