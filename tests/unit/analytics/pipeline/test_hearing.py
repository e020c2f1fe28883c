"""From what was read on each channel to utterances in order."""

from analytics.conversation import Role
from analytics.pipeline.hearing import Channel, spread, utterances
from analytics.response import Span
from engine.speech import Hypothesis, Language, Transcript, Word


def said(*words: tuple[str, float, float]) -> Transcript:
    """One reading of a channel's words."""
    row = tuple(Word(text, start_s, end_s, 0.9) for text, start_s, end_s in words)
    text = " ".join(word.text for word in row)
    return Transcript((Hypothesis(text, 0.9, row),), row[0].start_s, row[-1].end_s, Language.RUSSIAN)


def heard(bank: Channel, client: Channel, duration_s: float = 60.0) -> list[tuple[str, str, float, float]]:
    found = utterances({Role.AGENT: bank, Role.CLIENT: client}, duration_s)
    return [(one.role.value, one.text, one.start_s, one.end_s) for one in found]


def test_words_are_parted_by_long_pauses_and_by_answers() -> None:
    """A reading of many seconds is as many utterances as there were turns; a short pause of one's own parts nothing."""
    bank = said(("оплатите", 1.0, 1.5), ("сегодня", 1.9, 2.4), ("хорошо", 3.0, 3.4), ("жду", 4.5, 5.0))
    client = said(("да", 2.6, 2.8))
    assert heard(Channel((), (bank,)), Channel((), (client,))) == [
        ("agent", "оплатите сегодня", 1.0, 2.4),
        ("client", "да", 2.6, 2.8),
        ("agent", "хорошо", 3.0, 3.4),
        ("agent", "жду", 4.5, 5.0),
    ]


def test_speech_without_words_is_an_utterance_too() -> None:
    """So that nobody takes it for silence; nothing lies beyond the recording's end."""
    client = Channel((Span(0.5, 1.2), Span(4.0, 6.5), Span(8.0, 9.4)), (said(("алло", 4.2, 4.9)),))
    assert heard(Channel((), ()), client, 9.0) == [
        ("client", "", 0.5, 1.2),
        ("client", "алло", 4.2, 4.9),
        ("client", "", 8.0, 9.0),
    ]


def test_words_without_times_share_out_their_utterance() -> None:
    """By their letters; a recogniser that gives none is used all the same."""
    words = (Word("да", 10.0, 12.0, 0.5), Word("хорошенько", 12.0, 22.0, 0.5))
    assert spread("да хорошенько", 10.0, 22.0, 0.5) == words
    plain = Transcript((Hypothesis("да конечно", 0.5),), 10.0, 20.0, Language.RUSSIAN)
    assert heard(Channel((), ()), Channel((), (plain,))) == [("client", "да конечно", 10.0, 20.0)]
    assert heard(Channel((), ()), Channel((), (Transcript((), 0.0, 1.0, Language.RUSSIAN),))) == []
