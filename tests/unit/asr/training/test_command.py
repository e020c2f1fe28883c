"""Options that cannot be and files that are not there are told in a line, without a traceback."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from asr.training import decoding
from asr.training.command import count, positive, share

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        (count, {"1": 1, "64": 64}, ("0", "-1", "1.5", "many")),
        (positive, {"0.5": 0.5, "110": 110.0}, ("0", "-1", "nan", "inf", "long")),
        (share, {"0": 0.0, "1": 1.0, "0.92": 0.92}, ("-0.1", "1.1", "nan", "half")),
    ],
)
def test_numbers_of_options_are_what_they_stand_for(
    kind: Callable[[str], float], taken: dict[str, float], refused: tuple[str, ...]
) -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--number", type=kind)
    assert {text: parser.parse_args([f"--number={text}"]).number for text in taken} == taken
    for text in refused:
        with pytest.raises(argparse.ArgumentError, match=text):
            parser.parse_args([f"--number={text}"])


def test_a_curve_of_nothing_is_one_line_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "curve.jsonl").touch()
    for name, told in (("curve.jsonl", "is empty"), ("other.jsonl", "No such file")):
        command = [
            sys.executable,
            "-m",
            "asr.training.plot",
            str(tmp_path / name),
            "--out",
            str(tmp_path / "curve.png"),
        ]
        ended = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
        assert ended.returncode == 1
        assert len(ended.stderr.splitlines()) == 1
        assert f"{name}" in ended.stderr
        assert told in ended.stderr
    assert not (tmp_path / "curve.png").exists()


def test_the_search_is_not_measured_on_what_was_trained_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["decoding", "--sets", "voice", "train"])
    with pytest.raises(SystemExit):
        decoding.main()
    assert "invalid choice" in capsys.readouterr().err
