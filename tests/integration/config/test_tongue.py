"""The language of the demo, by what this machine hears and says."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from config.demo.tongue import choose_language
from config.settings import Settings
from engine.speech import Language

pytestmark = [pytest.mark.models, pytest.mark.timeout(300)]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that programs are found in."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def chosen(wished: Language | None, models_dir: Path) -> tuple[Language, str]:
    console = Console(file=io.StringIO(), width=1000)
    language = choose_language(Settings(paths={"models_dir": models_dir}), wished, console)  # type: ignore[arg-type]
    assert isinstance(console.file, io.StringIO)
    return language, console.file.getvalue()


def test_without_a_russian_voice_the_call_is_in_english(programs: Path, tmp_path: Path) -> None:
    """And the mend is told."""
    language, told = chosen(None, tmp_path)
    assert language is Language.ENGLISH
    assert "No voice for Russian is installed" in told
    assert "apt-get install festival festvox-ru" in told


def test_a_voice_that_is_not_understood_is_only_taken_at_will(programs: Path, tmp_path: Path) -> None:
    """The recogniser in the box makes nothing of espeak-ng; who wants the language gets it, and is warned."""
    (programs / "espeak-ng").touch(0o755)
    language, told = chosen(None, tmp_path)
    assert language is Language.ENGLISH
    assert (
        "built-in:voicebot-ru-kk does not understand the Russian voice that is here: apt-get install festival" in told
    )
    language, told = chosen(Language.RUSSIAN, tmp_path)
    assert language is Language.RUSSIAN
    assert "Expect to be misunderstood" in told
    assert "Russian is understood by built-in:voicebot-ru-kk; it comes with the product" in told
