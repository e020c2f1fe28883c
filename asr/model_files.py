"""One model's files on this machine: where they are, whether all are there, and whether they are still the same.

Trust is on first use: nobody publishes checksums for all of these models, so the first load records them in
``models.lock.json`` in the models folder, and a later load of changed files is refused.
"""

import hashlib
import json
import logging
import os
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from asr.sherpa_files import networks
from engine.errors import ConfigurationError

LOCK_NAME = "models.lock.json"
_PACKAGE_FOLDERS = ("model", "data")
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
"""Of Whisper, as converters wrote it at different times; CTranslate2 takes either."""

_log = logging.getLogger(__name__)


class Kind(StrEnum):
    """What loads the model."""

    VOSK = "vosk"
    WHISPER = "whisper"
    PIPER = "piper"
    BUILT_IN = "built-in"
    SHERPA = "sherpa"


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the catalogue, or one that somebody put into the models folder.

    Args:
        name: also of its folder.
        kind: what loads it.
        languages: ISO 639-1 codes; empty where unknown.
        licence: SPDX, or words where there is no such name.
        size_mb: as the vendor states it.
        urls: one ZIP archive, or each file; empty where only a package has it.
        package: that ships the model, or empty.
        note: what else to know.
    """

    name: str
    kind: Kind
    languages: tuple[str, ...]
    licence: str = "unknown"
    size_mb: int = 0
    urls: tuple[str, ...] = ()
    package: str = ""
    note: str = ""

    @property
    def is_archive(self) -> bool:
        """Whether it comes as one ZIP archive."""
        return len(self.urls) == 1 and self.urls[0].endswith(".zip")

    @property
    def file_names(self) -> tuple[str, ...]:
        """Names of what is fetched."""
        return tuple(PurePosixPath(urlsplit(url).path).name for url in self.urls)

    def is_whole(self, folder: Path) -> bool:
        """Whether a folder holds all that is needed to load the model."""
        if self.kind is Kind.VOSK:
            return any((folder / name).is_file() for name in ("am/final.mdl", "final.mdl"))
        if self.kind is Kind.WHISPER:
            # A bigger model needs its preprocessor_config.json too, which the names of what is fetched tell.
            named = {"model.bin", "tokenizer.json", "config.json", *self.file_names}.difference(_VOCABULARIES)
            return all((folder / name).is_file() for name in named) and any(
                (folder / name).is_file() for name in _VOCABULARIES
            )
        if self.kind is Kind.BUILT_IN:
            return all((folder / name).is_file() for name in ("network.onnx", "decoding.toml"))
        if self.kind is Kind.SHERPA:
            return bool(networks(folder))
        return all((folder / name).is_file() for name in (f"{self.name}.onnx", f"{self.name}.onnx.json"))

    def find(self, models_dir: Path) -> Path | None:
        """Return the folder with the model, the models folder before packages; None where it is not here."""
        folders = [models_dir / self.name, *self._package_folders()]
        return next((folder for folder in folders if self.is_whole(folder)), None)

    def _package_folders(self) -> list[Path]:
        spec = find_spec(self.package) if self.package else None
        if spec is None or spec.origin is None:
            return []
        return [Path(spec.origin).parent / name for name in _PACKAGE_FOLDERS]


def check_unchanged(name: str, folder: Path, models_dir: Path) -> None:
    """Compare a model's files with those that were loaded first, or record them if this is the first time.

    A model inside an installed package is left out: pip has checked it. Reading 1 GB takes about a second.

    Raises:
        ConfigurationError: a file changed, vanished or was added; the message names it and the mend.
    """
    if not folder.resolve().is_relative_to(models_dir.resolve()):
        return
    known = read_lock(models_dir)
    found = _digests(folder)
    if name not in known:
        _write_lock(models_dir, {**known, name: found})
        return
    changed = sorted(file for file in {*known[name], *found} if known[name].get(file) != found.get(file))
    if changed:
        raise ConfigurationError(
            f"{folder / changed[0]}: not the file that was loaded first (checksum in {models_dir / LOCK_NAME}); "
            f"if you replaced the model on purpose, run: voicebot models get {name} --trust"
        )


def version_of(folder: Path) -> str:
    """Return a short text that changes with any of a model's files; reading 1 GB takes about a second."""
    return hashlib.sha256(json.dumps(_digests(folder), sort_keys=True).encode()).hexdigest()[:12]


def forget(name: str, models_dir: Path) -> None:
    """Drop what is recorded of a model, so that its next load is the first again."""
    known = read_lock(models_dir)
    if known.pop(name, None) is not None:
        _write_lock(models_dir, known)


def read_lock(models_dir: Path) -> dict[str, dict[str, str]]:
    """Return the recorded checksums: SHA-256 in hexadecimal by model and file.

    Raises:
        ConfigurationError: the file is damaged.
    """
    path = models_dir / LOCK_NAME
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): {str(file): str(digest) for file, digest in files.items()} for name, files in known.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise ConfigurationError(
            f"{path}: damaged ({error}); delete it if you trust the models that are there now"
        ) from error


def _write_lock(models_dir: Path, known: dict[str, dict[str, str]]) -> None:
    path = models_dir / LOCK_NAME
    draft = path.with_name(f"{LOCK_NAME}.{os.getpid()}")
    try:
        draft.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        # A folder of models may be read-only on purpose; then its owner guards it.
        _log.warning("%s: checksums cannot be recorded: %s", path, error)


def _digests(folder: Path) -> dict[str, str]:
    digests = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".part":
            with path.open("rb") as file:
                digests[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests
