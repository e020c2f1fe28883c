"""The environment that Rasa lives in: a CPython 3.10 of its own with pinned packages, apart from the product's.

Nothing in here is imported by Rasa, and nothing of Rasa by the product: they meet over HTTP, and in files.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

from engine.errors import RasaError

PYTHON: Final = "3.10"
"""Rasa 3.6 runs on no newer one."""

LEAST_FREE_MB: Final = 4000
"""The environment takes 2.8 GB, and pip holds what it unpacks besides."""

_STAMP: Final = "installed.sha256"
_LOG: Final = "setup.log"
_LAST_LINES: Final = 15

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an installation is: a package's name, its number, and how many there are."""

    package: str
    number: int
    of: int


@cache
def requirements() -> str:
    """Return the lock file."""
    return (files("dialogs.rasa") / "requirements.txt").read_text("utf-8")


def pinned() -> Mapping[str, str]:
    """Return the version of every package in the lock file."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", requirements(), re.MULTILINE))


def find_python(named: Path | None = None) -> Path:
    """Return a CPython 3.10: the one that is named, the one on PATH, or one of pyenv's or uv's.

    Raises:
        RasaError: there is none; the message says how to get one.
    """
    looked: list[str] = []
    for candidate in [str(named)] if named else _candidates():
        path = shutil.which(candidate)
        if path is not None and _version(path) == PYTHON:
            return Path(path)
        looked.append(candidate)
    what = "is no CPython" if named else "were looked at: none is a CPython"
    raise RasaError(
        f"{', '.join(looked)} {what} {PYTHON}, which Rasa 3.6 needs. Get one by `apt-get install python3.10-venv` "
        "where the system has it (Ubuntu 22.04), `pyenv install 3.10` or `uv python install 3.10`, and name it: "
        "--python FILE"
    )


def _candidates() -> Iterator[str]:
    yield f"python{PYTHON}"
    home = Path.home()
    roots = (
        (Path(os.environ.get("PYENV_ROOT") or home / ".pyenv") / "versions", f"{PYTHON}.*"),
        (Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share") / "uv" / "python", f"cpython-{PYTHON}.*"),
    )
    for root, pattern in roots:
        yield from (str(folder / "bin" / f"python{PYTHON}") for folder in sorted(root.glob(pattern), reverse=True))


def _version(python: str) -> str | None:
    """Return an interpreter's ``3.10``, or None for what does not run: a pyenv shim of a version that is not chosen."""
    code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


@dataclass(frozen=True, slots=True)
class Environment:
    """Rasa's folder: ``venv``, ``models`` and the home that it believes in.

    Args:
        folder: of all of it.
    """

    folder: Path

    @property
    def python(self) -> Path:
        """The isolated interpreter."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def command(self) -> list[str]:
        """That interpreter with its options: it sees nothing of the user's own Python, and tells no old warnings."""
        return [str(self.python), "-I", "-u", "-X", "utf8", "-W", "ignore"]

    @property
    def models(self) -> Path:
        """Where trained models are kept."""
        return self.folder / "models"

    @property
    def complete(self) -> bool:
        """Whether it holds what the lock file says, as far as the last set-up knows."""
        stamp = self.folder / "venv" / _STAMP
        return self.python.exists() and stamp.exists() and stamp.read_text("ascii").strip() == _lock_hash()

    def variables(self) -> dict[str, str]:
        """Return all the environment variables that Rasa is given: none of the product's, so none of its secrets."""
        kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")
        return {name: os.environ[name] for name in kept if name in os.environ} | {
            "HOME": str(self.folder / "home"),
            "RASA_TELEMETRY_ENABLED": "false",
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES", "-1"),
        }

    def set_up(self, python: Path | None, report: Report, progress: Callable[[Progress], None]) -> None:
        """Make the environment, or bring it to the lock file's state; may be interrupted and repeated at any time.

        Args:
            python: a CPython 3.10; None looks for one.
            report: is told of each step.
            progress: is told of each package.

        Raises:
            RasaError: something is missing or failed; the message says what and the mend.
        """
        if self.complete:
            report(f"complete already: {self.folder / 'venv'}")
            return
        if sys.platform != "linux" or platform.machine() != "x86_64":
            raise RasaError(f"the pinned packages are for x86-64 Linux, not {sys.platform} on {platform.machine()}")
        base = find_python(python)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.folder / "home").mkdir(exist_ok=True)
        free_mb = shutil.disk_usage(self.folder).free // 10**6
        if free_mb < LEAST_FREE_MB and not self.python.exists():
            raise RasaError(f"{self.folder}: {free_mb} MB are free, and {LEAST_FREE_MB} are needed; make room")
        if not self.python.exists() or _version(str(self.python)) != PYTHON:
            report(f"making an environment with {base}")
            self._run([str(base), "-I", "-m", "venv", "--clear", str(self.folder / "venv")], "making the environment")
        report(f"installing {len(pinned())} pinned packages, about 2.8 GB")
        self._install(progress)
        self._run([*self.command, "-c", "import rasa.core.agent"], "importing Rasa")
        (self.folder / "venv" / _STAMP).write_text(_lock_hash() + "\n", "ascii")
        report(f"Rasa {pinned()['rasa']} is installed")

    def _install(self, progress: Callable[[Progress], None]) -> None:
        lock = self.folder / "requirements.txt"
        lock.write_text(requirements(), "utf-8")
        total, number = len(pinned()), 0
        command = [*self.command, "-m", "pip", "install", "--require-hashes", "--no-deps", "--progress-bar=off"]
        pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.endswith("_proxy")}
        with (
            open(self.folder / _LOG, "w", encoding="utf-8") as log,
            subprocess.Popen(
                [*command, "-r", str(lock)],
                env=self.variables() | {"HOME": str(Path.home())} | pip,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            ) as process,
        ):
            assert process.stdout is not None
            for line in process.stdout:
                log.write(line)
                if found := re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line):
                    number += 1
                    progress(Progress(found[1], number, total))
        self._judge(process.returncode, "installing the packages", "repeat the command: what is done is kept")

    def _run(self, command: list[str], what: str) -> None:
        with open(self.folder / _LOG, "a", encoding="utf-8") as log:
            done = subprocess.run(
                command, env=self.variables(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        self._judge(done.returncode, what, "delete the folder and repeat the command")

    def _judge(self, code: int, what: str, mend: str) -> None:
        if code == 0:
            return
        path = self.folder / _LOG
        last = path.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:]
        raise RasaError("\n".join((f"{what} failed ({code}); {mend}. The end of {path}:", *last)))


def _lock_hash() -> str:
    return sha256(requirements().encode()).hexdigest()
