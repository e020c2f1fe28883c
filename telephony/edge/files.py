"""Putting the edge's files in their place: never over somebody else's, whole or not at all."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from engine.errors import SettingsError, TelephonyError
from telephony.edge.kamailio import CONFIGURATION, MARK

_MODE = 0o644
"""Kamailio's own user reads them, and there is no secret in them: keys are named by their path."""
_CHECK_TIMEOUT_S = 30.0


class Change(StrEnum):
    """What writing does, or would do, to a file."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "the same"


def changes(files: Mapping[str, str], folder: Path, *, force: bool = False) -> Mapping[str, Change]:
    """Return what writing would do to each file.

    Args:
        files: text by name.
        folder: where they go.
        force: take over files that were written by somebody else.

    Raises:
        SettingsError: a file there is not one of ours, and not to be taken over.
    """
    found = {}
    for name, text in files.items():
        path = folder / name
        if not path.exists():
            found[name] = Change.NEW
            continue
        there = path.read_text("utf-8", errors="replace")
        if MARK not in there and not force:
            raise SettingsError(f"{path} was not written by this command; move it away, or say --force to replace it")
        found[name] = Change.SAME if there == text else Change.CHANGED
    return found


def write(files: Mapping[str, str], folder: Path, *, force: bool = False) -> Mapping[str, Change]:
    """Write what has changed, and return what was done; each file is replaced in one step.

    Raises:
        SettingsError: see `changes`; nothing was written then.
    """
    done = changes(files, folder, force=force)
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    try:
        for name in (name for name, change in done.items() if change is not Change.SAME):
            descriptor, part = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
            parts.append((Path(part), folder / name))
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(files[name])
                os.fchmod(descriptor, _MODE)
        for draft, path in parts:
            draft.replace(path)
    finally:
        for draft, _ in parts:
            draft.unlink(missing_ok=True)
    return done


def kamailio_program() -> str | None:
    """Return the path of Kamailio, None where it is not installed."""
    return shutil.which("kamailio", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def check(files: Mapping[str, str]) -> str | None:
    """Let Kamailio itself read the configuration and return its last word, None where it is not installed.

    Raises:
        TelephonyError: it found a fault; the message holds its words.
    """
    program = kamailio_program()
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="edge-") as folder:
        path = Path(folder, CONFIGURATION)
        path.write_text(files[CONFIGURATION], encoding="utf-8")
        try:
            checked = subprocess.run(
                [program, "-c", "-f", str(path)],
                capture_output=True,
                text=True,
                timeout=_CHECK_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise TelephonyError(f"{program} -c could not be run: {error}") from error
    words = (checked.stderr.strip() or checked.stdout.strip()).splitlines() or [""]
    if checked.returncode:
        raise TelephonyError("Kamailio does not take the configuration:\n" + "\n".join(words))
    return words[-1]
