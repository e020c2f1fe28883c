"""Scenarios made audible without a call, by a real voice."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from config import cli
from engine.audio import read_wav

DESK = (Path(__file__).parents[2] / "unit" / "dialogs" / "trials" / "desk.yaml").read_text("utf-8")
ONE = """
- name: rates it
  steps: [{says: "are you a robot?", to: hello}, {silence: true}, {says: four, to: noted}]
"""

pytestmark = [pytest.mark.models, pytest.mark.usefixtures("kept_apart")]


@pytest.fixture
def kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep rendered prompts out of the user's folder."""
    monkeypatch.setenv("VOICEBOT_PATHS__PROMPTS_DIR", str(tmp_path / "prompts"))


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    (folder / "tests").mkdir(parents=True)
    (folder / "scenario.yaml").write_text(DESK, "utf-8")
    (folder / "tests" / "one.yaml").write_text(ONE, "utf-8")
    return folder


def run(*arguments: object) -> str:
    done = CliRunner().invoke(cli.cli, ["scenario", "run", *map(str, arguments), "--audio"])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_test_is_heard_as_a_call_of_two_who_take_turns(desk: Path, tmp_path: Path) -> None:
    said = run(desk, "--test", "rates", "-o", tmp_path / "call.wav")
    assert "bot left, debtor right" in said
    samples, rate = read_wav(tmp_path / "call.wav")
    loud = np.abs(samples[: len(samples) // 160 * 160].reshape(-1, 160, 2)).max(axis=1) > 200
    bot, debtor = loud[:, 0], loud[:, 1]
    assert rate == 8000
    assert not (bot & debtor).any()
    # Each speaks, the debtor twice, and five seconds of silence lie between.
    begins = np.flatnonzero(np.diff(debtor.astype(int)) == 1)
    assert bot.sum() * 0.02 > 5
    assert (begins[-1] - begins[0]) * 0.02 > 5
    spoken = np.flatnonzero(bot | debtor)
    assert np.diff(spoken).max() * 0.02 > 5


def test_every_prompt_is_heard_with_example_values(desk: Path, tmp_path: Path) -> None:
    assert "7 texts of desk in en" in run(desk, "--prompts", tmp_path / "heard")
    found = {path.stem: read_wav(path)[0] for path in (tmp_path / "heard" / "en").iterdir()}
    assert set(found) == {"notice", "how", "pardon", "sorry", "told", "noted", "bye"}
    assert len(found["told"]) > len(found["noted"])
    assert all(np.abs(samples).max() > 1000 for samples in found.values())
