"""Which language each utterance of a recording is in."""

from asr.builtin.choosing import SWITCH, choose_all
from engine.speech import Language

RU, KK = Language.RUSSIAN, Language.KAZAKH


def test_neighbours_decide_what_is_in_doubt_and_nothing_else() -> None:
    """A short word goes with those around it; one that is clear stands against them."""
    doubtful, clear = {RU: 0.0, KK: SWITCH}, {RU: 0.0, KK: 3 * SWITCH}
    russian = {RU: 5.0, KK: 0.0}

    assert choose_all([russian, doubtful, russian]) == [RU, RU, RU]
    assert choose_all([russian, clear, russian]) == [RU, KK, RU]
    assert choose_all([russian, doubtful, doubtful]) == [RU, KK, KK]
    assert choose_all([{RU: 1.0, KK: 0.0}, {RU: 0.0, KK: 9.0}]) == [RU, KK]
    assert choose_all([]) == []
