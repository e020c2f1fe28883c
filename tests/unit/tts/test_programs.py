"""Where the programs that speak are looked for."""

import sys
from pathlib import Path

import pytest

from tts.programs import find_program


def test_what_set_up_unpacked_goes_before_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its voices lie beside it; where nothing was unpacked, PATH tells."""
    for folder in ("environment/bin", "system"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "speak").touch(0o755)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    monkeypatch.setenv("PATH", str(tmp_path / "system"))
    assert find_program("speak") == str(tmp_path / "environment" / "bin" / "speak")
    (tmp_path / "environment" / "bin" / "speak").unlink()
    assert find_program("speak") == str(tmp_path / "system" / "speak")
    assert find_program("whisper-to-nobody") is None
