"""Vosk's JSON results become readings, and segments become utterances."""

import json

import pytest

from asr.vosk_results import is_segment, join_segments, partial_text, segment_readings, utterance
from engine.errors import RecognitionError
from engine.speech import Hypothesis, Language


def words(*texts: str, conf: float | None = 0.8) -> list[dict[str, object]]:
    extra = {} if conf is None else {"conf": conf}
    return [{"word": text, "start": float(i), "end": i + 0.5, **extra} for i, text in enumerate(texts)]


def test_a_plain_result_has_word_times_and_their_mean_confidence() -> None:
    """Without alternatives each word keeps its own confidence, and the reading has the mean."""
    body = {"text": "пятого числа", "result": [*words("пятого", conf=0.5), *words("числа", conf=1.0)]}
    (reading,) = segment_readings(json.dumps(body), offset_s=2.0)
    assert reading.text == "пятого числа"
    assert reading.confidence == pytest.approx(0.75)
    assert [(word.start_s, word.end_s) for word in reading.words] == [(2.0, 2.5), (2.0, 2.5)]


def test_alternatives_share_out_their_likelihood() -> None:
    """Log-likelihoods become shares of one, best first, and equal texts are one reading."""
    body = {
        "alternatives": [
            {"text": "да", "confidence": 100.0, "result": words("да", conf=None)},
            {"text": "два", "confidence": 100.0, "result": words("два", conf=None)},
            {"text": "два", "confidence": 100.0, "result": words("два", conf=None)},
        ]
    }
    readings = segment_readings(json.dumps(body))
    assert [(reading.text, round(reading.confidence, 3)) for reading in readings] == [("два", 0.667), ("да", 0.333)]
    assert readings[0].words[0].confidence == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "body",
    [
        {"text": ""},
        {"text": "[unk]", "result": words("[unk]")},
        {"alternatives": [{"text": "", "confidence": 1.0}]},
        {"alternatives": [{"text": "<unk> [noise]", "confidence": 9.0}]},
    ],
)
def test_silence_and_noise_are_no_reading(body: dict[str, object]) -> None:
    """An empty result, and marks for noise or the unknown, mean that nothing was heard."""
    assert segment_readings(json.dumps(body)) == ()


@pytest.mark.parametrize("message", ["", "no json", "[]", '"text"', '{"alternatives": [{"text": "да"}]}', "{}"])
def test_what_is_not_a_result_is_an_error_that_shows_it(message: str) -> None:
    """A server that answers something else is told apart from one that heard nothing."""
    with pytest.raises(RecognitionError, match="not a result in Vosk's form"):
        segment_readings(message)


def test_a_partial_result_is_not_a_segment() -> None:
    """Partial and final messages are told apart by their form, and the partial loses its marks for noise."""
    assert not is_segment('{"partial" : "да [unk] хорошо"}')
    assert partial_text('{"partial" : "да [unk] хорошо"}') == "да хорошо"
    assert is_segment('{"text" : "да"}')


def test_a_segment_in_which_the_word_partial_is_said_is_one() -> None:
    """It is the form that tells, not what was said."""
    said = json.dumps({"text": "a partial payment", "result": words("a", "partial", "payment")})
    assert is_segment(said)
    assert segment_readings(said)[0].text == "a partial payment"


@pytest.mark.parametrize("message", ["", "no json", "[]", '"partial"', "[" * 100_000])
def test_what_has_not_even_the_form_of_a_message_is_an_error(message: str) -> None:
    for read in (is_segment, partial_text, segment_readings):
        with pytest.raises(RecognitionError, match="not a result in Vosk's form"):
            read(message)


def test_joined_segments_come_best_first_and_within_the_limit() -> None:
    """All combinations are weighed by their share, and only the best are kept."""
    first = (Hypothesis("я заплачу", 0.9, share=0.9), Hypothesis("я плачу", 0.1, share=0.1))
    second = (Hypothesis("пятого", 0.6, share=0.6), Hypothesis("пятое", 0.4, share=0.4))
    joined = join_segments([first, (), second], limit=3)
    assert [reading.text for reading in joined] == ["я заплачу пятого", "я заплачу пятое", "я плачу пятого"]
    assert joined[0].confidence == pytest.approx((0.9 * 2 + 0.6) / 3)
    assert [reading.share for reading in joined] == [pytest.approx(each) for each in (0.54, 0.36, 0.06)]


def test_an_utterance_spans_its_words_or_all_of_its_audio() -> None:
    """The transcript begins and ends with its words; where nothing was heard it spans what was listened to."""
    spoken = segment_readings(json.dumps({"text": "да нет", "result": words("да", "нет")}))
    heard = utterance([spoken], 1, 9.0, Language.RUSSIAN)
    assert (heard.start_s, heard.end_s, heard.text) == (0.0, 1.5, "да нет")
    silent = utterance([()], 1, 9.0, Language.RUSSIAN)
    assert (silent.start_s, silent.end_s, silent.text) == (0.0, 9.0, "")
