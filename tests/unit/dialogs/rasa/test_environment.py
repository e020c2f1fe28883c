"""Rasa's environment: what it is made with, and what is said where that is missing."""

import re
import stat
from pathlib import Path

import pytest

from dialogs.rasa import environment
from dialogs.rasa.environment import Environment, Progress, find_python, pinned, requirements
from engine.errors import RasaError


def program(folder: Path, name: str, *lines: str) -> Path:
    """Write an executable script."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any Python of 3.10: an empty home, and nothing but a shell's tools on PATH."""
    for name in ("PYENV_ROOT", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def test_every_package_is_pinned_by_version_and_checksum() -> None:
    """What comes from the network is what was tried; Rasa itself is the last 3.6."""
    lines = [line for line in requirements().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==\S+ --hash=sha256:[0-9a-f]{64}", line) for line in lines)
    assert len(pinned()) == len(lines) > 100
    assert pinned()["rasa"].startswith("3.6.")


def test_the_path_goes_before_pyenv_and_a_shim_that_does_not_run_is_passed_over(bare: Path) -> None:
    """Its shims stand on PATH for versions that are not chosen."""
    own = program(bare / ".pyenv/versions/3.10.13/bin", "python3.10", "echo 3.10")
    assert find_python() == own
    shim = program(bare / "bin", "python3.10", "exit 127")
    assert find_python() == own
    shim.write_text("#!/bin/sh\necho 3.10\n")
    assert find_python() == shim


def test_no_python_or_a_wrong_one_is_said_with_the_mend(bare: Path) -> None:
    """By the name that was given, or by all that were looked at."""
    newer = program(bare / "bin", "python3.12", "echo 3.12")
    with pytest.raises(RasaError, match=r"python3\.10 .*pyenv install 3\.10"):
        find_python()
    with pytest.raises(RasaError, match=r"python3\.12 is no CPython 3\.10.*--python FILE"):
        find_python(newer)


def test_rasa_is_given_no_secret_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor our home, and it reports to nobody."""
    monkeypatch.setenv("VOICEBOT_STORE__PASSWORD", "secret")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    variables = Environment(tmp_path).variables()
    assert "secret" not in variables.values()
    assert not any(name.startswith(("VOICEBOT", "PYTHON")) for name in variables)
    assert (variables["HOME"], variables["RASA_TELEMETRY_ENABLED"]) == (str(tmp_path / "home"), "false")


def test_a_full_disk_is_said_before_anything_is_fetched(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three gigabytes are no small thing."""
    python = program(bare / "bin", "python3.10", "echo 3.10")
    monkeypatch.setattr(environment, "LEAST_FREE_MB", 10**12)
    with pytest.raises(RasaError, match="make room"):
        Environment(tmp_path / "rasa").set_up(python, print, print)


def test_a_failure_shows_the_end_of_its_log_and_leaves_nothing_that_looks_complete(bare: Path, tmp_path: Path) -> None:
    """The environment's own pip fails here; progress was told until then."""
    venv = tmp_path / "rasa/venv"
    made = f"mkdir -p {venv}/bin && cp $0 {venv}/bin/python"
    pip = "echo Collecting absl-py==1.4.0; echo no space left; exit 1"
    script = f'PATH=/bin:/usr/bin; case "$*" in *venv*--clear*) {made};; *install*) {pip};; *) echo 3.10;; esac'
    python = program(bare / "bin", "python3.10", script)
    rasa, steps = Environment(tmp_path / "rasa"), list[Progress]()
    with pytest.raises(RasaError, match=r"(?s)installing the packages failed \(1\).*no space left"):
        rasa.set_up(python, lambda step: None, steps.append)
    assert [(one.package, one.number) for one in steps] == [("absl-py", 1)]
    assert not rasa.complete
