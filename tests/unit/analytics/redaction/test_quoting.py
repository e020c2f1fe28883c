"""Quotes in the documents of every step, as they leave the protected original."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.intake.words import words_of
from analytics.pipeline.orders import Order
from analytics.pipeline.running import Pipeline, Stored
from analytics.pipeline.showing import shown
from analytics.pipeline.usual import Judging, usual_steps
from analytics.redaction import redact
from analytics.redaction.quoting import redacted_document
from engine.law import Creditor, Jurisdiction
from engine.speech import Language, Word

AT = datetime(2026, 11, 18, 10, tzinfo=UTC)
JUDGING = Judging(Jurisdiction.KAZAKHSTAN, Creditor.BANK, ZoneInfo("Asia/Almaty"))
WRITTEN = (
    (Role.AGENT, "Алекс Образцов, оплатите 20000 тенге, иначе приедем к вам домой и всем расскажем"),
    (Role.CLIENT, "Оплачу 20000 тенге 25 ноября, если Образцовой дадут зарплату"),
    (Role.CLIENT, "Карта 4000 0018 6091 3904"),
    (Role.CLIENT, "Повторите, пожалуйста, не надо угрожать Образцову, это ужасно"),
)


def chat() -> Stored:
    """Have a chat go through all steps that look at words."""
    known = tuple(
        Utterance(role, words_of(text, 60.0 * at), 60.0 * at, 60.0 * at, Language.RUSSIAN)
        for at, (role, text) in enumerate(WRITTEN)
    )
    order = Order("c-1", Medium.CHAT, AT, "ru", known=known, duration_s=120.0, people=("Алекс Образцов",))
    pipeline = Pipeline(None, None, usual_steps(JUDGING))  # type: ignore[arg-type]  # nothing has to be heard
    return pipeline.run(order)[1]


def text_of(found: Stored) -> str:
    documents = {step: made.document for step, made in found.results.items()}
    return json.dumps([found.transcript.document, documents], ensure_ascii=False).lower()


def test_no_step_quotes_a_name_or_a_number() -> None:
    """Whatever the steps quote; sums and days stay, and so does the original."""
    found = chat()
    assert "образцов" in json.dumps(found.results["promises"].document, ensure_ascii=False).lower()
    for secret in ("образцов", "алекс", "4000", "6091"):
        assert secret in text_of(found)
        assert secret not in text_of(shown(found))
    for kept in ("20000 тенге", "25 ноября", "дадут зарплату", "приедем"):
        assert kept in text_of(shown(found))
    assert shown(found).conversation.utterances[2].text == "Карта [card] [card] [card] [card]"


def test_a_contact_that_was_never_redacted_is_when_it_is_shown() -> None:
    found = chat()
    bare = Stored(found.conversation, found.transcript, {"promises": found.results["promises"]})
    assert "зарплату" in text_of(shown(bare))
    assert "6091" in text_of(bare)
    assert "6091" not in text_of(shown(bare))


def test_a_quote_is_taken_by_its_seconds() -> None:
    """The same digit in a sum stays; words that the matcher parted go by what they are."""
    texts = [
        "иин",
        "пять",
        "пять",
        "ноль",
        "один",
        "два",
        "три",
        "четыре",
        "ноль",
        "ноль",
        "один",
        "два",
        "три",
        "заплачу",
        "пять",
        "тысяч",
    ]
    words = tuple(Word(text, 1.0 * at, 1.0 * at + 0.9, 1.0) for at, text in enumerate(texts))
    said = (Utterance(Role.CLIENT, words, 0.0, 16.0, Language.RUSSIAN),)
    conversation = Conversation("c-1", Medium.CALL, AT, 16.0, said)
    spans = redact(conversation).spans
    quotes = [
        {"text": "пять тысяч", "start_s": 14.0, "end_s": 15.9},
        {"text": "иин пять пять", "start_s": 0.0, "end_s": 2.9},
        {"text": "ноль-один", "start_s": 3.0, "end_s": 4.9},
    ]
    document = [{"evidence": {"quotes": quotes, "facts": [{"name": "talk_ratio", "value": 0.5}]}, "due": "2026-11-05"}]
    (made,) = redacted_document(document, conversation, spans)
    assert [one["text"] for one in made["evidence"]["quotes"]] == ["пять тысяч", "иин [iin] [iin]", "[iin]-[iin]"]
    assert (made["due"], made["evidence"]["facts"]) == ("2026-11-05", [{"name": "talk_ratio", "value": 0.5}])


def test_a_place_without_words_is_quoted_as_it_is() -> None:
    """Such as silence, beside an utterance from which something was taken."""
    found = chat()
    spans = redact(found.conversation, people=("Алекс Образцов",)).spans
    nothing = [{"text": "", "start_s": 30.0, "end_s": 60.0}]
    assert redacted_document(nothing, found.conversation, spans) == nothing
