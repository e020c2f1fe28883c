"""Models on sherpa-onnx by their folder, each loaded once in a process, and the recogniser that fits each."""

import threading
from pathlib import Path

from asr.sherpa_loading import load
from asr.sherpa_recognizer import SherpaRecognizer, StreamingModel
from asr.sherpa_utterances import SherpaUtteranceRecognizer, UtteranceModel
from engine.errors import ModelMissing
from engine.speech import Language

_models: dict[Path, tuple[StreamingModel | UtteranceModel, Language | None]] = {}
_models_lock = threading.Lock()


def load_sherpa(
    path: Path, language: Language | str, *, name: str | None = None, partial_s: float | None = None
) -> SherpaRecognizer | SherpaUtteranceRecognizer:
    """Load a recogniser, which is streaming where its model is.

    Args:
        path: folder of the model, as `asr.sherpa_loading.load` takes it.
        language: what it shall understand.
        name: for people and records; by default the folder's name.
        partial_s: seconds of new audio after which a model that reads whole utterances reads anew; None: never.

    Raises:
        ModelMissing: there is no such model in the folder, it cannot be loaded, or it understands another language.
    """
    model, only = _model(path.resolve())
    if only not in (None, language):
        raise ModelMissing(f"{path}: understands {only}, not {language}")
    if isinstance(model, StreamingModel):
        return SherpaRecognizer(model, language, name or path.name)
    return SherpaUtteranceRecognizer(model, language, name or path.name, partial_s)


def _model(folder: Path) -> tuple[StreamingModel | UtteranceModel, Language | None]:
    with _models_lock:
        if folder not in _models:
            loaded = load(folder)
            kind = StreamingModel if loaded.form.is_streaming else UtteranceModel
            _models[folder] = kind(loaded.recognizer), loaded.language
        return _models[folder]
