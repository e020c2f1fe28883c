"""Classifiers kept on disk, so that a process waits a moment and not seconds for what another has already learned.

In ``$XDG_CACHE_HOME/voicebot/understanding``, a file for every different set of examples. The files may be deleted at
any time; one that is damaged or cannot be written costs the training and nothing else.
"""

import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.metadata import version
from inspect import getsource
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from dialogs.understanding import classifier, grams, sounds
from dialogs.understanding.classifier import Classifier, View, train

KEPT: Final = 8
"""Files; the least lately used go first."""


def classifier_of(examples: Mapping[str, Sequence[str]]) -> Classifier:
    """Return the classifier that these examples teach, from disk where it is there.

    Args:
        examples: texts by label, folded; every label with at least one.
    """
    path = folder() / f"{_digest(examples)}.npz"
    try:
        found = _read(path)
        os.utime(path)
        return found
    except (OSError, EOFError, BadZipFile, ValueError, KeyError):
        trained = train(examples)
        _keep(trained, path)
        return trained


def folder() -> Path:
    """Return where the files lie."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "voicebot" / "understanding"


def _digest(examples: Mapping[str, Sequence[str]]) -> str:
    """Return a hash of the examples and of all that makes a classifier of them."""
    digest = sha256(version("scikit-learn").encode())
    for module in (classifier, grams, sounds):
        digest.update(getsource(module).encode())
    for label in sorted(examples):
        digest.update(repr((label, list(examples[label]))).encode())
    return digest.hexdigest()


def _read(path: Path) -> Classifier:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
        labels = str(kept["labels"]).split("\n")
        views = [
            View(
                {text: row for row, text in enumerate(str(kept[f"texts{n}"]).split("\n"))},
                kept[f"rarity{n}"],
                kept[f"weights{n}"],
            )
            for n in range(len(grams.VIEWS))
        ]
        return Classifier(labels, views, kept["bias"])


def _keep(trained: Classifier, path: Path) -> None:
    arrays: dict[str, Any] = {"labels": np.array("\n".join(trained.labels)), "bias": trained.bias}
    for n, view in enumerate(trained.views):
        texts = sorted(view.rows, key=view.rows.__getitem__)
        arrays |= {f"texts{n}": np.array("\n".join(texts)), f"rarity{n}": view.rarity, f"weights{n}": view.weights}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
            np.savez(part, **arrays)
        os.replace(part.name, path)
        kept = sorted(path.parent.glob("*.npz"), key=lambda file: file.stat().st_mtime, reverse=True)
        for old in kept[KEPT:]:
            old.unlink(missing_ok=True)
    except OSError:  # a read-only or full disk: the next process trains again
        return
