"""A recording whose card number was muted by what a recogniser heard: nobody hears it any more, the rest is there."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.redaction import Kind, mute, redact
from asr.silero_detector import SileroDetector
from asr.transcription import transcribe
from asr.whisper_recognizer import WhisperRecognizer
from engine.audio import Samples, write_wav
from engine.speech import Language

pytestmark = pytest.mark.models


def test_a_spoken_card_number_is_not_heard_any_more(
    tmp_path: Path, whisper_english: WhisperRecognizer, say: Callable[[str], Samples]
) -> None:
    sound = np.concatenate(
        [
            say(
                "My card number is, four zero zero zero, zero zero eight three, zero one six six, one three zero nine."
            ),
            say("I will pay everything on Friday."),
        ]
    )
    before = heard(tmp_path / "before.wav", sound, whisper_english)
    found = redact(before)
    assert {span.kind for span in found.spans} == {Kind.CARD}, before.utterances
    after = heard(tmp_path / "after.wav", mute(sound, found.spans), whisper_english)
    assert redact(after).spans == ()
    text = " ".join(one.text for one in after.utterances).lower()
    assert not re.search(r"\d{2}|zero|eight", text)
    assert "friday" in text


def heard(path: Path, sound: Samples, recogniser: WhisperRecognizer) -> Conversation:
    write_wav(path, sound)
    transcript = transcribe(path, recogniser, SileroDetector())
    said = tuple(
        Utterance(Role.CLIENT, one.hypotheses[0].words, one.start_s, one.end_s, Language.ENGLISH)
        for channel in transcript.channels
        for one in channel.utterances
        if one.hypotheses
    )
    return Conversation("c-1", Medium.CALL, datetime(2026, 11, 18, tzinfo=UTC), transcript.duration_s, said)
