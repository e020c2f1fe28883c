"""The tone of words in three languages."""

from importlib.resources import files
from pathlib import Path

import pytest

from analytics.conversation import Role
from analytics.measures import measure, tone_over_time
from analytics.measures.phrases import read_phrases, shipped_phrases
from engine.errors import ConfigurationError

from .talking import contact, said


def tone(text: str) -> float:
    (found,) = tone_over_time(contact(said(Role.CLIENT, 1.0, text)))
    return found.value


@pytest.mark.parametrize(
    "text",
    [
        "спасибо вы мне очень помогли",
        "всё отлично меня устраивает",
        "ничего страшного",
        "нет проблем договорились",
        "рақмет сізге бәрі дұрыс",
        "маған ұнайды өте жақсы",
        "thank you so much that was very helpful",
        "not bad at all",
        "это не ужасно",
        "не плохо",
        "это не проблема",
    ],
)
def test_good(text: str) -> None:
    assert tone(text) > 0.1


@pytest.mark.parametrize(
    "text",
    [
        "это просто безобразие",
        "вы мошенники",
        "я недоволен",
        "мне это не нравится",
        "никогда не был доволен",
        "ничего не понимаю",
        "жақсы емес",
        "маған ұнамайды",
        "сіздер алаяқсыз",
        "this is not good",
        "it is not a very good service",
        "you keep harassing me",
        "i am fed up",
        "не давите на меня",
        "that is not my problem",
    ],
)
def test_bad(text: str) -> None:
    assert tone(text) < -0.1


@pytest.mark.parametrize(
    "text",
    [
        "добрый день это банк",
        "оплачу завтра сорок пять тысяч",
        "добровольно",
        "мерзімі өткен қарыз",
        "kind of",
        "вас беспокоит банк",
        "sorry to trouble you",
    ],
)
def test_neutral(text: str) -> None:
    assert tone(text) == 0


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ("плохо", "очень плохо"),
        ("немного плохо", "плохо"),
        ("жаман", "өте жаман"),
        ("a bit rude", "rude"),
        ("rude", "extremely rude"),
        ("не ужасно", "ужасно"),
        ("не очень хорошо", "хорошо"),
    ],
)
def test_neighbours_strengthen_and_weaken(weaker: str, stronger: str) -> None:
    assert abs(tone(weaker)) < abs(tone(stronger))


def test_a_denial_ends_with_the_clause() -> None:
    """Before «но», and at the next word of tone."""
    (found,) = tone_over_time(contact(said(Role.CLIENT, 1.0, "не знаю но спасибо жақсы емес")))

    assert [(one.text, one.value) for one in found.evidence] == [
        *[("не знаю", -0.5), ("спасибо", 1.0)],
        ("жақсы емес", pytest.approx(-0.3)),
    ]


def test_tone_over_the_contact() -> None:
    """Each figure shows its words and their seconds; both ends are compared."""
    found = measure(
        contact(
            said(Role.CLIENT, 1.0, "это ужасно"),
            said(Role.CLIENT, 5.0, "понимаю о чём речь"),
            said(Role.AGENT, 7.0, "мы вам поможем"),
            said(Role.CLIENT, 9.0, "большое спасибо"),
        )
    )

    start, end, change = (found[f"client_sentiment_{name}"].value for name in ("start", "end", "change"))
    assert start is not None
    assert end is not None
    assert start < 0 < end
    assert change == pytest.approx(end - start)
    assert [(one.text, one.start_s) for one in found["client_sentiment"].evidence] == [
        ("ужасно", 1.4),
        ("большое спасибо", 9.0),
    ]
    assert found["bank_sentiment_start"].value is None


def test_doubtful_words_have_no_tone() -> None:
    """What was hardly recognised says nothing."""
    found = measure(contact(said(Role.CLIENT, 1.0, "ужасно", confidence=0.1)))

    assert found["client_sentiment"].value is None


def test_what_ships_is_several_hundred_entries_a_language() -> None:
    """And no Kazakh entry, its letters folded, colours a Russian word otherwise than Russian does."""
    book = shipped_phrases()
    entries = [phrase for phrase in book.phrases if phrase.kind == "sentiment"]
    counts = {language: sum(one.language == language for one in entries) for language in ("ru", "kk", "en")}
    assert min(counts.values()) > 200
    whole = {tuple(part for part, _ in one.parts): one for one in entries if one.language == "ru"}
    for one in entries:
        if one.language == "kk":
            for parts, russian in whole.items():
                tokens = [part for part, _ in one.parts]
                if len(parts) == len(tokens) and all(
                    ours == theirs or (stem and theirs.startswith(ours))
                    for (ours, stem), theirs in zip(one.parts, parts, strict=True)
                ):
                    assert one.weight * russian.weight > 0, (one, russian)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("sentiment:\n  ru:\n    2: [добр*]\n    1: [ добр*]\n", r":4:10: `добр\*` stands twice"),
        ("sentiments:\n  ru:\n    2: [добр*]\n", r":3:9: unknown list `sentiments`"),
        ("sentiment:\n  de:\n    2: [gut]\n", r":3:9: unknown language `de`"),
        ("sentiment:\n  ru:\n    much: [добр*]\n", r":3:5: `much` is no weight"),
        ("sentiment:\n  ru:\n    .nan: [добр*]\n", r":3:5: `.nan` is no weight"),
        ("sentiment:\n  ru: добр\n", r":2:7: a list of phrases"),
        ("sentiment:\n  ru: [д*]\n", r":2:8: the stem `д\*` is too short"),
        ("sentiment:\n  ru: ['*добр']\n", r":2:8: `\*добр` is no phrase"),
        ("sentiment:\n  ru: [\n", r":3:1: not YAML"),
        ("", r":1:1: keys with values"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=f"own.yaml{problem}"):
        read_phrases([path])


def test_kazakh_lists_wait_for_review() -> None:
    folder = files("analytics.measures") / "data"
    for name in ("phrases.yaml", "sentiment_kk.yaml"):
        assert "\nreview: kk\n" in (folder / name).read_text("utf-8")
