"""The set-up script where it must not do anything."""

import os
import subprocess
from pathlib import Path


def setup(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(root / "config" / "setup" / "setup.sh"), *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_an_unknown_purpose_is_wrong_usage(root: Path) -> None:
    """Without a purpose that it knows, set-up says its usage and changes nothing."""
    done = setup(root, "everything")
    assert (done.returncode, done.stderr) == (2, "usage: config/setup/setup.sh demo|test|full, or native [OPTION…]\n")


def test_a_folder_that_is_no_virtual_environment_is_left_alone(root: Path, tmp_path: Path) -> None:
    """VENV may name any folder by mistake: what lies in it stays."""
    (tmp_path / "letters").write_text("mine")
    done = setup(root, "demo", VENV=str(tmp_path))
    assert done.returncode == 1
    assert "is no virtual environment; name another place" in done.stderr
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("letters", "mine")]


def test_make_lists_its_targets(root: Path) -> None:
    """`make` alone is help and runs nothing."""
    done = subprocess.run(["make"], cwd=root, capture_output=True, text=True, timeout=60, check=True)
    targets = [line.split()[1] for line in done.stdout.splitlines()]
    assert targets == (
        ["help", "setup", "setup-test", "setup-full", "native", "demo", "lint", "test", "test-full", "doctor", "clean"]
    )
