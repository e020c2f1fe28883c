"""Numbers and names out of contacts, written and spoken."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.redaction import Kind, redact
from benchmarks.redaction_set import MarkedConversation, Split, load
from engine.speech import Language, Word
from engine.spoken.scanning import listed

AT = datetime(2026, 11, 18, 10, tzinfo=UTC)
ROLES = {"a": Role.AGENT, "b": Role.BOT, "c": Role.CLIENT}


def heard(*lines: str, language: Language | None = Language.RUSSIAN, medium: Medium = Medium.CALL) -> Conversation:
    """Make a contact of lines such as "c: да"."""
    utterances, now_s = [], 0.0
    for line in lines:
        role, _, text = line.partition(": ")
        words = tuple(Word(word, now_s + 0.4 * at, now_s + 0.4 * at + 0.4, 1.0) for at, word in enumerate(text.split()))
        utterances.append(Utterance(ROLES[role], words, now_s, now_s + 0.4 * len(words), language))
        now_s += 0.4 * len(words) + 0.5
    return Conversation("c-1", medium, AT, now_s, tuple(utterances))


def texts(conversation: Conversation, *people: str) -> list[str]:
    return [one.text for one in redact(conversation, people).conversation.utterances]


def test_a_card_dictated_over_four_turns_goes_whole() -> None:
    said = heard(
        "a: номер карты", "c: четыре ноль ноль ноль", "a: да", "c: ноль ноль пять два", "a: ноль ноль пять два",
        "c: шестьдесят восемнадцать", "a: так", "c: пятнадцать девяносто это всё", "a: оплатите двадцать тысяч",
    )  # fmt: skip
    redacted = redact(said)
    assert [span.utterance for span in redacted.spans] == [1, 3, 4, 5, 7]
    assert {span.kind for span in redacted.spans} == {Kind.CARD}
    assert redacted.conversation.utterances[7].text == "[card] [card] это всё"
    assert redacted.conversation.utterances[8] == said.utterances[8]


@pytest.mark.parametrize(
    "line",
    [
        "c: заплачу двадцать пять тысяч двадцать пятого декабря в восемнадцать тридцать",
        "c: двенадцать пятьсот двенадцать пятьсот и ещё двенадцать пятьсот",
        "c: долг один миллион двести тридцать четыре тысячи пятьсот шестьдесят семь тенге",
        "c: тридцать шесть месяцев двадцать четыре и девять десятых процента",
    ],
)
def test_sums_days_and_times_stay(line: str) -> None:
    assert redact(heard(line)).spans == ()


def test_a_misheard_digit_goes_with_its_number() -> None:
    said = heard("c: карта четыре ноль ноль ноль жесть пять девять семь девять семь один один четыре")
    assert texts(said) == ["карта " + " ".join(["[card]"] * 13)]


def test_times_and_confidences_of_words_stay() -> None:
    said = heard("c: иин семь шесть ноль девять ноль пять один восемь восемь ноль восемь два спасибо")
    redacted = redact(said)
    before, after = said.utterances[0].words, redacted.conversation.utterances[0].words
    assert [(one.start_s, one.end_s, one.confidence) for one in before] == [
        (one.start_s, one.end_s, one.confidence) for one in after
    ]
    assert redacted.spans[0].start_s == pytest.approx(0.4)
    assert redacted.spans[0].end_s == pytest.approx(13 * 0.4)


def test_a_span_reaches_over_what_was_not_understood_to_the_words_around_it() -> None:
    """But not over a long pause, and not into another speaker's words."""

    def words(*texts: tuple[str, float]) -> tuple[Word, ...]:
        return tuple(Word(text, at_s, at_s + 0.4, 1.0) for text, at_s in texts)

    said = (
        Utterance(Role.CLIENT, words(("card", 1.0), ("4000000830166130", 3.0)), 1.0, 3.4),
        Utterance(Role.AGENT, words(("yes", 4.0)), 4.0, 4.4),
        Utterance(Role.CLIENT, words(("friday", 6.0)), 6.0, 6.4),
        Utterance(Role.CLIENT, words(("card", 30.0), ("4000000830166130", 36.0)), 30.0, 37.5),
    )
    spans = redact(Conversation("c-1", Medium.CALL, AT, 40.0, said)).spans
    assert [(span.start_s, span.end_s) for span in spans] == [(1.4, 6.0), (36.0, 37.5)]


def test_speech_that_was_not_understood_between_two_parts_is_muted() -> None:
    said = heard("a: номер карты", "c: четыре ноль ноль ноль", "c: ", "a: да", "c: ноль ноль пять два шестьдесят семь")
    spans = redact(said).spans
    assert [(span.utterance, span.first, span.stop) for span in spans] == [(1, 0, 4), (2, 0, 0), (4, 0, 6)]


def test_written_forms_go() -> None:
    said = heard(
        "c: Карта 4000 0018 6091 3904 счёт KZ839995055613044516 почта a@example.com до 05.12.2026 12 500 тенге",
        medium=Medium.CHAT,
    )
    assert texts(said) == ["Карта [card] [card] [card] [card] счёт [iban] почта [email] до 05.12.2026 12 500 тенге"]


def test_a_known_name_goes_in_every_form_and_with_a_slip() -> None:
    said = heard("a: алекса образцова можно", "c: нет тут никаких обрасцовых банк образец")
    assert texts(said, "Алекс Образцов") == ["[name] [name] можно", "нет тут никаких [name] банк образец"]


def test_a_name_whose_vowel_goes_is_known_in_its_cases() -> None:
    """«Лев», «Любовь»: what the dictionary declines, not endings alone; each is a common word by itself."""
    said = heard("c: льву передам а у любви муж дома")
    assert texts(said, "Лев Образцов", "Любовь Образцова") == ["[name] передам а у [name] муж дома"]
    assert texts(said) == ["льву передам а у любви муж дома"]


def test_what_the_bot_called_the_client_is_a_name_in_all_of_the_contact() -> None:
    """Its words are known beyond doubt; by themselves the client's forms are none of the dictionary's."""
    said = heard("b: Это Павел Образцов верно", "c: обрасцова нет я его сосед")
    assert texts(said) == ["Это [name] [name] верно", "[name] нет я его сосед"]
    assert texts(heard("c: обрасцова нет я его сосед")) == ["обрасцова нет я его сосед"]


def test_words_that_only_look_like_names_stay() -> None:
    assert redact(heard("c: надежды мало роман читаю в марте заплачу на абая в каспи")).spans == ()


def every(split: Split) -> Iterator[MarkedConversation]:
    for language in Language:
        yield from load(language, split)


def test_the_development_half_stays_as_good_as_it_is() -> None:
    meant, found, right = 0, 0, 0
    for one in every(Split.DEVELOPMENT):
        marked = {(mark.utterance, place) for mark in one.marks for place in range(mark.first, mark.stop)}
        spans = redact(one.conversation, one.people).spans
        taken = {(span.utterance, place) for span in spans for place in range(span.first, span.stop)}
        meant, found, right = meant + len(marked), found + len(taken), right + len(marked & taken)
    assert right / meant >= 0.99
    assert right / found >= 0.99


WORDS = st.sampled_from(
    listed(
        "пять ноль двадцать сто тысяч тенге карта иин номер да алия меня зовут 4000 0018 KZ83 05.12 oh double seven "
        "жүз он и потом плюс"
    )
)


@example(["номер пять пять пять пять пять пять пять пять пять 4000", "сто алия пять пять"], Language.RUSSIAN)
@example(["тысяч пять пять двадцать пять пять ноль", "жүз", "ноль", "жүз алия пять пять пять"], Language.RUSSIAN)
@given(st.lists(st.lists(WORDS, max_size=12).map(" ".join), max_size=6), st.sampled_from([*Language, None]))
def test_whatever_is_said_only_words_change(lines: list[str], language: Language | None) -> None:
    said = heard(*(f"{'ac'[at % 2]}: {line}" for at, line in enumerate(lines)), language=language)
    redacted = redact(said)
    places = [(span.utterance, place) for span in redacted.spans for place in range(span.first, span.stop)]
    assert len(places) == len(set(places))
    for index, (old, new) in enumerate(zip(said.utterances, redacted.conversation.utterances, strict=True)):
        for place, (before, after) in enumerate(zip(old.words, new.words, strict=True)):
            assert (before == after) == ((index, place) not in places)
