"""The held-out set itself: enough of every intent, told apart, and unknown to whoever is measured by it."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.understanding import load
from dialogs.documents import Document, read_document
from dialogs.understanding.intents import Intent
from dialogs.understanding.lessons import load_lessons
from engine.folding import fold
from engine.speech import Expect, Language

FOLDER = Path(__file__).parents[2] / "data" / "understanding" / "heldout"
FIELDS = {"text", "intent", "after", "also", "or", "mixed", "asr"}
AFTER = {"right_party", "ask_for_person", "read_back", *Expect}
RANK = {intent: place for place, intent in enumerate(Intent)}


@pytest.fixture(scope="module")
def documents() -> dict[Language, Document]:
    """Each language's file."""
    return {language: read_document(FOLDER / f"{language}.yaml") for language in Language}


def _cases(document: Document) -> list[tuple[str, dict[str, Any]]]:
    """Return every utterance with its place; messages name the place alone, so that a failure gives no words away."""
    assert isinstance(document.data, list)
    name = Path(document.label).name
    return [(f"{name}:{document.marks[(n,)].line}", case) for n, case in enumerate(document.data)]


@pytest.mark.parametrize("language", list(Language))
def test_enough_of_every_intent(documents: dict[Language, Document], language: Language) -> None:
    """At least 20 utterances an intent, and 60 that mean nothing to a collection call."""
    counts = Counter(case["intent"] for _, case in _cases(documents[language]))

    assert set(counts) == set(Intent)
    assert {intent: n for intent, n in counts.items() if n < (60 if intent == Intent.NOT_UNDERSTOOD else 20)} == {}


@pytest.mark.parametrize("language", list(Language))
def test_labels_are_known_and_in_order(documents: dict[Language, Document], language: Language) -> None:
    """Fields, intents and questions exist; the first intent is the one that the rules' order puts first."""
    wrong = []
    for place, case in _cases(documents[language]):
        intent, also, either = case["intent"], case.get("also", []), case.get("or", [])
        right = (
            set(case) <= FIELDS
            and case["after"] in AFTER
            and {intent, *also, *either} <= set(Intent)
            and intent not in {*also, *either}
            and all(RANK[intent] < RANK[other] for other in also)
            and all(case.get(flag, True) is True for flag in ("mixed", "asr"))
            and 1 <= len(fold(case["text"]).split()) <= 20
        )
        if not right:
            wrong.append(place)

    assert wrong == []


@pytest.mark.parametrize("language", list(Language))
def test_as_varied_as_calls_are(documents: dict[Language, Document], language: Language) -> None:
    """Recognition errors, several intents in a turn, mixed languages and Whisper's writing have their share."""
    cases = [case for _, case in _cases(documents[language])]
    share = {field: sum(field in case for case in cases) / len(cases) for field in ("asr", "also", "mixed")}
    written = sum(case["text"][:1].isupper() for case in cases) / len(cases)

    assert 0.2 <= share["asr"] <= 0.3
    assert 0.08 <= share["also"] <= 0.13
    assert share["mixed"] >= {Language.RUSSIAN: 0.04, Language.KAZAKH: 0.2, Language.ENGLISH: 0.0}[language]
    assert 0.4 <= written <= 0.6 if language is Language.ENGLISH else written == 0.0


def test_nothing_stands_twice(documents: dict[Language, Document]) -> None:
    """Not even in another spelling, with words split otherwise, or in another language."""
    first: dict[str, str] = {}
    twice = [
        (place, earlier)
        for document in documents.values()
        for place, case in _cases(document)
        if (earlier := first.setdefault(_joined(case["text"]), place)) != place
    ]

    assert twice == []


def test_nothing_was_taught(documents: dict[Language, Document]) -> None:
    """No utterance stands among the examples or in the development set: reword it here, or drop it there."""
    lessons, _ = load_lessons()
    examples = (line for lesson in lessons.values() for lines in lesson.examples.values() for line in lines)
    development = (utterance.text for utterance in load(FOLDER.parent / "development"))
    seen = {_joined(line) for line in (*examples, *development)}
    known = [
        place for document in documents.values() for place, case in _cases(document) if _joined(case["text"]) in seen
    ]

    assert known == []


def _joined(text: str) -> str:
    return fold(text).replace(" ", "")
