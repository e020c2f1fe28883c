"""Whose language is unknown: the recogniser in the box listens for Russian and Kazakh, as the settings are."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.demo_debtor import Speaking, hear, reached
from config.demo.cast import DEBTOR_VOICE, debtors, spoken_lines
from config.demo.stage import Stage
from config.settings import Settings
from config.wiring import find_recognizers
from engine.speech import Language, Talker
from tts.voices import load_voice

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.mark.models
@pytest.mark.timeout(300)
@pytest.mark.parametrize("called_in", [Language.RUSSIAN, Language.KAZAKH])
def test_a_russian_is_understood_in_whichever_language_the_bot_begins(called_in: Language, tmp_path: Path) -> None:
    """Nothing is set: the scenario has both languages, and the promise is the one that was made."""
    stage = Stage(called_in, NOW)
    ears = find_recognizers(Settings(paths={"models_dir": tmp_path}), stage.scenario.languages)  # type: ignore[arg-type]
    voice = load_voice(DEBTOR_VOICE[Language.RUSSIAN], Language.RUSSIAN, tmp_path)
    speaking, talker = Speaking(voice, 1.0), Talker()
    dialog = stage.open_dialog(stage.request("sip:debtor@127.0.0.1"))
    move, languages = dialog.begin(), []
    for said in spoken_lines(debtors()["pays"], Language.RUSSIAN, NOW):
        assert move.question is not None
        heard = hear(ears[move.language], move.question, talker, speaking.say(said))
        languages.append(heard.language)
        move = dialog.reply(heard)
    voice.close()
    assert languages == [Language.RUSSIAN] * 3
    assert reached(debtors()["pays"], move.ending, NOW)
