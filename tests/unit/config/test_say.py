"""The command that speaks a text."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from config.commands.say import say
from config.settings import Settings
from engine.audio import read_wav


@pytest.mark.models
def test_a_text_is_spoken_into_a_file(tmp_path: Path) -> None:
    """The file is telephone audio, and the voice that spoke is named."""
    out = tmp_path / "hello.wav"
    result = CliRunner().invoke(say, ["Привет", "--voice", "espeak:ru", "--out", str(out)], obj=Settings())
    assert result.exit_code == 0, result.output
    samples, rate = read_wav(out)
    assert rate == 8000
    assert len(samples) > 2000
    assert "espeak:ru" in result.output


def test_the_list_names_voices_of_every_language() -> None:
    """Each language has a line, whether its voices are here or not."""
    result = CliRunner().invoke(say, ["--list"], obj=Settings())
    assert result.exit_code == 0, result.output
    for name in ("espeak:ru", "espeak:kk", "espeak:en", "festival:msu_ru_nsh_clunits"):
        assert name in result.output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "What shall it say?"),
        (["да", "-l", "xx"], "'xx' is not one of"),
        (["да", "-o", "/no/x.wav"], "no folder /no"),
    ],
)
def test_what_is_missing_is_asked_for(arguments: list[str], complaint: str) -> None:
    """A wrong call explains itself and does nothing."""
    result = CliRunner().invoke(say, arguments, obj=Settings())
    assert result.exit_code == 2
    assert complaint in result.output
