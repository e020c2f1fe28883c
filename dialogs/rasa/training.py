"""Our examples as Rasa's training data, and the model that is trained on them.

One model for all languages, as the built-in classifier is, since callers mix them within a sentence. There are no
entities: sums, days and times stay with `engine.spoken`. Texts are folded (`engine.folding`), in
training as in a call.
"""

import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import yaml

from dialogs.rasa.environment import Environment
from engine.errors import RasaError

EPOCHS: Final = 10
"""On 2 000 examples unseen words gained nothing after 20; on today's 11 600 these are more steps than those."""

_FORMAT: Final = "3.1"
_KEPT: Final = 2
"""Models: the one that serves, and the one before it."""
_EPOCH: Final = re.compile(r"Epochs: +\d+%\|[^|]*\| (\d+)/(\d+)")
_LAST_LINES: Final = 15


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What Rasa is trained on.

    Args:
        examples: folded texts by label (`dialogs.understanding.understanding.Understanding.examples`).
        epochs: of the classifier's training.
    """

    examples: Mapping[str, Sequence[str]]
    epochs: int = EPOCHS

    def files(self) -> Mapping[str, str]:
        """Return Rasa's files, text by name: the same examples give the same text."""
        return {"nlu.yml": _dump(self._nlu()), "config.yml": _dump(self._config()), "domain.yml": _dump(self._domain())}

    @property
    def name(self) -> str:
        """The name of the model that comes of it, by its content."""
        digest = sha256("\0".join(self.files().values()).encode())
        return f"collection-{digest.hexdigest()[:12]}"

    def _nlu(self) -> Mapping[str, Any]:
        return {
            "version": _FORMAT,
            "nlu": [
                {"intent": label, "examples": "".join(f"- {_plain(text)}\n" for text in dict.fromkeys(texts))}
                for label, texts in sorted(self.examples.items())
            ],
        }

    def _domain(self) -> Mapping[str, Any]:
        return {"version": _FORMAT, "intents": sorted(self.examples)}

    def _config(self) -> Mapping[str, Any]:
        return {
            "recipe": "default.v1",
            "assistant_id": "collection-voicebot",
            "language": "xx",
            "pipeline": [
                {"name": "WhitespaceTokenizer"},
                {"name": "CountVectorsFeaturizer"},
                {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
                {
                    "name": "DIETClassifier",
                    "epochs": self.epochs,
                    "entity_recognition": False,
                    "constrain_similarities": True,
                    "ranking_length": 0,  # all labels: the open question weighs them
                    "random_seed": 1,
                },
            ],
            "policies": [],
        }


def newest_model(environment: Environment) -> Path | None:
    """Return the model that was trained last."""
    return max(environment.models.glob("collection-*.tar.gz"), key=lambda path: path.stat().st_mtime, default=None)


def train(environment: Environment, data: TrainingData, progress: Callable[[int, int], None]) -> Path:
    """Train a model and return its file; older ones but one are deleted.

    Args:
        environment: that Rasa is installed in.
        data: what it learns.
        progress: is told of each epoch: its number, and how many there are.

    Raises:
        RasaError: Rasa is not installed, or its training failed.
    """
    if not environment.complete:
        raise RasaError(f"{environment.folder}: Rasa is not installed, or incompletely: voicebot rasa setup")
    environment.models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="train-", dir=environment.folder) as folder:
        for name, text in data.files().items():
            (Path(folder) / name).write_text(text, "utf-8")
        _run_training(environment, Path(folder), data.name, progress)
        model = environment.models / f"{data.name}.tar.gz"
        (Path(folder) / model.name).replace(model)
    models = sorted(environment.models.glob("collection-*.tar.gz"), key=lambda path: path.stat().st_mtime)
    for old in models[:-_KEPT]:
        old.unlink()
    return model


def _run_training(environment: Environment, folder: Path, name: str, progress: Callable[[int, int], None]) -> None:
    command = [*environment.command, "-m", "rasa", "train", "nlu", "--config", "config.yml"]
    options = ["--nlu", "nlu.yml", "--domain", "domain.yml", "--out", ".", "--fixed-model-name", name]
    lines: list[str] = []
    with subprocess.Popen(
        [*command, *options],
        cwd=folder,
        env=environment.variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,  # with universal newlines, so that a progress bar's returns part lines too
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if found := _EPOCH.search(line):
                progress(int(found[1]), int(found[2]))
            else:
                lines = [*lines[1 - _LAST_LINES :], line.rstrip()]
    if process.returncode != 0 or not (folder / f"{name}.tar.gz").is_file():
        raise RasaError("\n".join((f"Rasa's training failed ({process.returncode}); it said last:", *lines)))


def _plain(text: str) -> str:
    """Return a text without the characters that mark entities in Rasa's format."""
    return " ".join(re.sub(r"[\[\](){}\"]", " ", text).split())


def _dump(data: Mapping[str, Any]) -> str:
    return yaml.dump(data, Dumper=_Literal, allow_unicode=True, sort_keys=False, width=1000)


class _Literal(yaml.SafeDumper):
    """Writes texts of several lines as they are, as Rasa's own files do."""


_Literal.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)
