"""Loads a streaming model into sherpa-onnx, which ends the process where a model's files are not what it expects.

So another process tries it first: ``python -m asr.sherpa_loading FOLDER`` prints the model's form, or why it is none.
"""

import os
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Any

import sherpa_onnx

from engine.errors import ModelMissing

_PACKAGES = str(Path(__file__).resolve().parents[1])
_LONGEST_REASON = 200


class Form(StrEnum):
    """How a model's files are to be loaded."""

    T_ONE = "t-one"
    ZIPFORMER = "zipformer"
    TRANSDUCER = "transducer"


def load(folder: Path) -> Any:
    """Return a sherpa-onnx recogniser.

    Args:
        folder: ``tokens.txt`` with ``model.onnx`` (T-one, Zipformer CTC), or with an encoder, a decoder and a joiner.

    Raises:
        ModelMissing: there is no such model in the folder, or it cannot be loaded; the message says why.
    """
    if not (folder / "tokens.txt").is_file() or not ((folder / "model.onnx").is_file() or all(_parts(folder))):
        wanted = "tokens.txt and model.onnx, or an encoder, a decoder and a joiner"
        raise ModelMissing(f"{folder}: no streaming sherpa-onnx model here ({wanted})")
    return _loaded(folder, _tried(folder))


def _tried(folder: Path) -> Form:
    packages = os.pathsep.join(filter(None, (_PACKAGES, os.environ.get("PYTHONPATH"))))
    trial = subprocess.run(
        [sys.executable, "-P", "-m", "asr.sherpa_loading", str(folder)],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONPATH": packages, "PYTHONUTF8": "1"},
    )
    if trial.returncode == 0:
        return Form(trial.stdout.decode().strip())
    told = trial.stderr.decode(errors="replace").strip().splitlines() or [f"it ended with code {trial.returncode}"]
    reason = "".join(filter(str.isprintable, told[-1]))[:_LONGEST_REASON]
    raise ModelMissing(f"{folder}: sherpa-onnx cannot load this model ({reason}); put the model's own files there")


def _form(folder: Path) -> Form:
    import onnxruntime  # tens of megabytes that the trial alone needs

    single = folder / "model.onnx"
    if not single.is_file():
        return Form.TRANSDUCER
    session = onnxruntime.InferenceSession(str(single), providers=["CPUExecutionProvider"])
    about = session.get_modelmeta().custom_metadata_map
    if "frame_length_ms" in about:
        return Form.T_ONE
    if about.get("model_type") == "zipformer2":
        return Form.ZIPFORMER
    raise ModelMissing("model.onnx is neither T-one nor a streaming Zipformer, as far as its metadata tell")


def _loaded(folder: Path, form: Form) -> Any:
    common = {"tokens": str(folder / "tokens.txt"), "num_threads": 1}
    if form is Form.TRANSDUCER:
        encoder, decoder, joiner = map(str, _parts(folder))
        return sherpa_onnx.OnlineRecognizer.from_transducer(
            encoder=encoder, decoder=decoder, joiner=joiner, decoding_method="modified_beam_search", **common
        )
    model = str(folder / "model.onnx")
    if form is Form.T_ONE:
        return sherpa_onnx.OnlineRecognizer.from_t_one_ctc(model=model, **common)
    return sherpa_onnx.OnlineRecognizer.from_zipformer2_ctc(model=model, **common)


def _parts(folder: Path) -> list[Path | None]:
    return [next(iter(sorted(folder.glob(f"{part}*.onnx"))), None) for part in ("encoder", "decoder", "joiner")]


def _try(folder: Path) -> None:
    try:
        form = _form(folder)
        _loaded(folder, form)
    except Exception as error:  # neither library has a base for its errors
        sys.exit(str(error))
    print(form)  # noqa: T201


if __name__ == "__main__":
    _try(Path(sys.argv[1]))
