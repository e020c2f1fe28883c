"""A wheel of this checkout and a virtual environment that holds it, made once for all tests of packaging."""

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_NOT_SOURCE = shutil.ignore_patterns(".*", "build", "dist", "var", "*.egg-info", "__pycache__")
_BESIDE = frozenset({"tests", "benchmarks"})
"""Folders beside the packages; scenarios have tests of their own, which ship."""


@dataclass(frozen=True, slots=True)
class Installed:
    """The product as installed from a wheel, outside the source tree."""

    wheel: Path
    prefix: Path
    work: Path

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in an empty directory, with an empty home."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("VOICEBOT_", "PYTHON"))}
        return subprocess.run(
            [str(self.prefix / "bin" / command[0]), *command[1:]],
            cwd=self.work,
            env=clean | {"HOME": str(self.work), "XDG_DATA_HOME": str(self.work / "data")} | environment,
            capture_output=True,
            text=True,
            timeout=100,
        )


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not installed: apt-get install {package}, or make setup-test")
    return found


def _unpackaged(folder: str, names: list[str]) -> set[str]:
    """Return what of a folder is no source of the packages."""
    return _NOT_SOURCE(folder, names) | (_BESIDE if Path(folder) == ROOT else frozenset())


@pytest.fixture
def baresip() -> str:
    """The softphone."""
    return _program("baresip", "baresip")


@pytest.fixture
def sipp() -> str:
    """The SIP tester."""
    return _program("sipp", "sip-tester")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build a wheel from a copy of the sources and install it; its dependencies are those installed here."""
    base = tmp_path_factory.mktemp("packaging")
    shutil.copytree(ROOT, base / "source", ignore=_unpackaged)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", str(base / "dist"), "."],
        cwd=base / "source",
        check=True,
        capture_output=True,
    )
    (wheel,) = (base / "dist").iterdir()
    prefix = base / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(prefix)], check=True)
    subprocess.run(
        [*pip, "--python", str(prefix / "bin" / "python"), "install", "--no-deps", "--no-index", str(wheel)],
        check=True,
        capture_output=True,
    )
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    # A path file adds the dependencies, behind the wheel and without our own editable install's path file.
    path_file = prefix / "lib" / version / "site-packages" / "dependencies.pth"
    path_file.write_text(sysconfig.get_path("platlib") + "\n")
    (base / "work").mkdir()
    return Installed(wheel, prefix, base / "work")
