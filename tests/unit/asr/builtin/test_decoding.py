"""decoding.toml: what it says is taken, what it leaves out is usual, and what is misspelt or no number is named."""

from pathlib import Path

import pytest

from asr.builtin import decoding
from asr.builtin.beam import Search
from asr.builtin.readings import Calibration
from engine.errors import ModelMissing

LANGUAGES = ("ru", "kk")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "decoding.toml"


def test_what_is_said_is_taken_and_the_rest_is_usual(path: Path) -> None:
    path.write_text("[ru]\nanswers_share = 0\n[ru.search]\nhypotheses = 8\nweight = 1\n[kk.calibration]\nfloor = 0.2\n")
    found = decoding.read(path, LANGUAGES)
    assert found["ru"] == decoding.Decoding(search=Search(hypotheses=8, weight=1.0))
    assert found["kk"] == decoding.Decoding(calibration=Calibration(floor=0.2))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[ru]\nreward_per_leter = 0.4", r"\[ru\] has no reward_per_leter; it has reward_per_letter, "),
        ("[ru.serch]\nweight = 1.0", r"\[ru\] has no serch; "),
        ("[ru.search]\nbeam = 3", r"\[ru\.search\] has no beam; it has hypotheses, "),
        ("[rus]\nanswers_share = 0.5", r"\[rus\]: .* it has ru, kk"),
        ("ru = 3", r"\[ru\] must be a table, not 3"),
        ("[kk]\nsearch = 3", r"\[kk\.search\] must be a table, not 3"),
        ('[ru.search]\nweight = "0.7"', r"\[ru\.search\] weight must be a number, not '0\.7'"),
        ("[ru.search]\nweight = nan", "weight must be a number, not nan"),
        ("[ru.calibration]\nsound = true", r"\[ru\.calibration\] sound must be a number, not True"),
        ("[ru.search]\nhypotheses = 0", "hypotheses must be a whole number of at least 1, not 0"),
        ("[ru.search]\nletters = 8.0", r"letters must be a whole number of at least 1, not 8\.0"),
        ("[ru]\nanswers_share = 1", "answers_share must be at least 0 and below 1, not 1"),
        ("[ru\n", r"line 1, column 4"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(path: Path, text: str, told: str) -> None:
    path.write_text(text)
    with pytest.raises(ModelMissing, match=rf"decoding\.toml: .*{told}.*; put that right"):
        decoding.read(path, LANGUAGES)


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"decoding\.toml: no such file"):
        decoding.read(path, LANGUAGES)
