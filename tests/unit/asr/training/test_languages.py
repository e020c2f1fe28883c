"""Recordings of several languages are put together of the utterances that there are."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from asr.builtin.features import HOP_SAMPLES
from asr.training import cache
from asr.training.corpora import Split, Utterance
from asr.training.languages import UTTERANCES, Said, recordings, utterances
from engine.errors import ConfigurationError
from engine.speech import Language


def test_fewer_utterances_than_wanted_are_told(tmp_path: Path) -> None:
    told = [Utterance("kk-synth", "a", "kk", "иә", Split.KAZAKH, 10 * at, 10, 800 * at) for at in range(3)]
    lines = (json.dumps(asdict(one)) for one in told)
    (tmp_path / cache.UTTERANCES_FILE).write_text("\n".join(lines))
    np.save(tmp_path / cache.AUDIO_FILE, np.arange(30 * HOP_SAMPLES, dtype=np.int16))
    heard = utterances(tmp_path, Language.KAZAKH, 3, np.random.default_rng(0))
    assert sorted(int(one.audio[0]) for one in heard) == [0, 800, 1600]
    with pytest.raises(ConfigurationError, match="has 3 utterances of tests in kk, not 4"):
        utterances(tmp_path, Language.KAZAKH, 4, np.random.default_rng(0))


@pytest.mark.parametrize("kind", ["ru", "kk", "mixed"])
def test_as_many_utterances_of_a_language_as_the_recordings_hold_are_enough(kind: str) -> None:
    sound = np.zeros(80, np.int16)
    pool = {
        language: [Said("да", sound, language)] * 5 * UTTERANCES for language in (Language.RUSSIAN, Language.KAZAKH)
    }
    made = list(recordings(pool, kind, 5))
    assert [len(one) for one in made] == [UTTERANCES] * 5
    assert {said.language for one in made for said in one} == (set(pool) if kind == "mixed" else {Language(kind)})
