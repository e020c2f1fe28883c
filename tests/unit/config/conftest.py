"""Fixtures of the roof's tests: nobody's settings but the test's own."""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in an empty working directory and home, without settings in the environment."""
    for name in [name for name in os.environ if name.startswith(("VOICEBOT_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write a settings file where it is found, and return its path."""

    def write(text: str) -> Path:
        path = tmp_path / "work" / "voicebot.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """Put the root logger back after a test that configures it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
