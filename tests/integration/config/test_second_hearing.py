"""The second hearing of a recording whose language nobody tells: Russian or Kazakh, stretch by stretch."""

import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from analytics.conversation import AUTO
from asr.catalogue import IN_THE_BOX, catalogue
from config.analysis.listening import SettingsListeners
from config.settings import Settings
from engine.audio import silence
from engine.speech import Language
from tts.voices import load_voice

pytestmark = pytest.mark.models

SAID = (
    (Language.RUSSIAN, "Я заплачу двадцать тысяч тенге пятого декабря."),
    (Language.RUSSIAN, "Перезвоните мне завтра, сейчас я на работе."),
    (Language.KAZAKH, "Мен жиырма мың теңгені бесінші желтоқсанда төлеймін."),
    (Language.KAZAKH, "Қазір уақытым жоқ, ертең хабарласыңыз."),
)


def test_languages_are_found_out_and_each_is_read_by_its_recogniser(tmp_path: Path) -> None:
    """Where another model is preferred for Kazakh, it reads what was found to be Kazakh, and a new version tells so."""
    box = next(model for model in catalogue() if model.name == IN_THE_BOX).find(tmp_path)
    assert box is not None
    shutil.copytree(box, tmp_path / "own-kk")
    parts = [silence(1.0)]
    for language, text in SAID:
        with closing(load_voice(f"espeak:{language}", language, tmp_path)) as voice:
            parts += [voice.synthesize(text).samples, silence(1.2)]
    usual = Settings(paths={"data_dir": tmp_path})  # type: ignore[arg-type]
    own = usual.model_copy(
        update={"analytics": usual.analytics.model_validate({"prefer": {"kk": [f"built-in:{tmp_path}/own-kk"]}})}
    )
    listeners = SettingsListeners(own)
    assert listeners.version(AUTO).startswith(SettingsListeners(usual).version(AUTO) + ", built-in:own-kk ")

    heard = listeners.listener(AUTO)(np.concatenate(parts))

    assert len(heard.spans) >= len(SAID)
    languages = [one.language for one in heard.transcripts]
    assert languages == sorted(languages, reverse=True)
    assert set(languages) == {Language.RUSSIAN, Language.KAZAKH}
    starts_s = [one.start_s for one in heard.transcripts]
    assert starts_s == sorted(starts_s)
