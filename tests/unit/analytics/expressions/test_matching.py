"""What expressions find: places, order, time, events, conditions, and what was not heard."""

from collections.abc import Callable

import pytest

from analytics.conversation import Conversation, Medium, Role
from analytics.expressions import Heard, Hearing, Match, Verdict, explain, match_expression, parse
from analytics.expressions.events import Stretch
from analytics.expressions.tree import EventKind

Talk = Callable[..., Conversation]
Asked = Callable[..., Match]


@pytest.fixture(scope="module")
def call(talk: Talk) -> Conversation:
    return talk(
        "bot 0 здравствуйте это банк пример",  # until 1.9
        "client 3 да слушаю вас",  # until 4.4
        "bot 5 у вас долг сорок тысяч тенге",  # until 7.9
        "client 12 денег нет но завтра я оплачу",  # until 14.9
        "client 15 наверное",
        "agent 15.2 подождите вы когда именно оплатите",  # until 17.6
        "client 20 завтра",
        "bot 57 до свидания",  # until 57.9
        segment="hard",
        days="31",
    )


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("деньги", [12.0]),
        ("client: оплатить", [14.5]),
        ("bank: оплатить", [17.2]),
        ("bot: оплатить", []),
        ("client: (долг OR завтра)", [13.5, 20.0]),
        ('"денег нет"', [12.0]),
        ('"деньги * но"', [12.0]),
        ('"нет денег"', []),
        ('"слушаю вас у"', []),
        ('"оплачу наверное"', [14.5]),
        ('"наверное завтра"', []),
        ("client: (завтра NEAR/1 оплатить)", [13.5, 14.5, 20.0]),
        ("client: (завтра NEAR/0 оплатить)", []),
        ("завтра NEAR/0 оплатить", [17.2, 20.0]),
        ("нет NEAR/0 деньги", [12.0, 12.5]),
        ("да NEAR/1 пример", [1.5, 3.0]),
        ("да NEAR/1s пример", []),
        ("да NEAR/1.2s пример", [1.5, 3.0]),
        ("завтра NEAR/100 завтра", [13.5, 20.0]),
        ("слушать NEAR/5 слушать", []),
        ("bot: долг THEN client: оплатить", [6.0, 14.5]),
        ("client: оплатить THEN bot: долг", []),
        ("здравствуйте THEN/5 да THEN/5 долг", [0.0, 3.0, 6.0]),
        ("долг AFTER да", [3.0, 6.0]),
        ("долг BEFORE/20 завтра", [6.0, 13.5]),
        ("долг BEFORE/3s завтра", []),
        ("долг NOT AFTER да", []),
        ("долг NOT BEFORE да", [6.0]),
        ("client: (завтра NOT NEAR/2s оплатить)", [20.0]),
        ("нет NOT IN «денег нет»", []),
        ("завтра NOT IN «завтра я»", [20.0]),
        ("завтра IN «но завтра я»", [13.0, 13.5]),
        ("завтра IN FIRST 15s", [13.5]),
        ("завтра IN LAST 45s", [20.0]),
        ("завтра IN 14s..25s", [20.0]),
        ("завтра IN -50s..-45s", [13.5]),
        ("завтра NOT IN 10s..15s", [20.0]),
        ("завтра IN 10s..-45s", [13.5]),
        ("деньги AFTER/1s PAUSE 3s", [7.9, 12.0]),
        ("тенге BEFORE/0 PAUSE 4s", [7.5, 7.9]),
        ("да AFTER/0 PAUSE 3s", []),
        ("PAUSE 30s", [20.4]),
        ("PAUSE 40s", []),
        ("PAUSE 3s THEN/0 до", [20.4, 57.0]),
        ("OVERTALK 0.1s", [15.2]),
        ("OVERTALK 1s", []),
        ("подождите IN OVERTALK 0.1s", [15.2, 15.2]),
        ("client: наверное NEAR/0 OVERTALK 0.1s", [15.0, 15.2]),
        ("agent: INTERRUPTION", [15.2]),
        ("client: INTERRUPTION", []),
        ("INTERRUPTION BEFORE/1s подождите", [15.2, 15.2]),
        ("(долг OR PAUSE 30s) AFTER слушать", [3.5, 6.0, 20.4]),
    ],
)
def test_places(asked: Asked, call: Conversation, expression: str, seconds: list[float]) -> None:
    """Hits are in the order of time: the places themselves and what they rest on."""
    match_ = asked(expression, call)

    assert [hit.start_s for hit in match_.hits] == pytest.approx(seconds)
    assert match_.verdict is (Verdict.YES if seconds else Verdict.NO)


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("деньги AND завтра", Verdict.YES),
        ("деньги AND суд", Verdict.NO),
        ("деньги OR суд", Verdict.YES),
        ("NOT суд", Verdict.YES),
        ("NOT деньги", Verdict.NO),
        ("client: (деньги AND NOT оплатить)", Verdict.NO),
        ("bot: (долг AND NOT оплатить)", Verdict.YES),
        ("talk_ratio > 0.6", Verdict.YES),
        ("talk_ratio > 70%", Verdict.NO),
        ("talk_ratio = 0.6..0.7", Verdict.YES),
        ("talk_ratio != 0.65", Verdict.NO),
        ("sentiment < -0.2", Verdict.YES),
        ("missing > 1", Verdict.NOT_HEARD),
        ("missing > 1 AND суд", Verdict.NO),
        ("missing > 1 OR деньги", Verdict.YES),
        ("NOT missing > 1", Verdict.NOT_HEARD),
        ("@segment = HARD", Verdict.YES),
        ("@segment = h*", Verdict.YES),
        ("@segment != hard", Verdict.NO),
        ("@segment", Verdict.YES),
        ("@campaign", Verdict.NO),
        ("@campaign = a", Verdict.NO),
        ("@campaign != a", Verdict.YES),
        ("@days > 30", Verdict.YES),
        ("@days = 31.0", Verdict.YES),
        ("@segment > 30", Verdict.NO),
        ("@medium = call", Verdict.YES),
    ],
)
def test_conditions(asked: Asked, talk: Talk, call: Conversation, expression: str, verdict: Verdict) -> None:
    """Joined by three-valued logic."""
    assert asked(expression, call, talk_ratio=0.65, sentiment=-0.5, missing=None).verdict is verdict


@pytest.fixture
def weak(talk: Talk) -> Conversation:
    return talk("bot 0 назовите дату оплаты", "client 5 я~0.9 заплачу~0.2 завтра~0.9 вечером~0.9", "bot 9 спасибо")


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("заплатить", Verdict.NOT_HEARD),
        ("NOT заплатить", Verdict.NOT_HEARD),
        ("заплатить SURE 0.1", Verdict.YES),
        ("завтра SURE 0.95", Verdict.NOT_HEARD),
        ('"я заплачу завтра"', Verdict.NOT_HEARD),
        ('"я * завтра"', Verdict.YES),
        ("завтра NEAR/0 заплатить", Verdict.NOT_HEARD),
        ("завтра NOT NEAR/0 заплатить", Verdict.NOT_HEARD),
        ("завтра AND заплатить", Verdict.NOT_HEARD),
        ("суд AND заплатить", Verdict.NO),
        ("завтра OR заплатить", Verdict.YES),
        ("client: суд", Verdict.NO),
        ("agent: заплатить", Verdict.NO),
    ],
)
def test_a_word_that_was_hardly_heard_decides_nothing(
    asked: Asked, weak: Conversation, expression: str, verdict: Verdict
) -> None:
    """It neither is there nor is missing."""
    assert asked(expression, weak).verdict is verdict


def test_nothing_is_said_to_be_missing_where_too_much_was_not_understood(asked: Asked, talk: Talk) -> None:
    """Nor is it a no for a side that was heard well, or a stretch."""
    conversation = talk("agent 0 здравствуйте", "agent 4", "client 8 да хорошо", "agent 50 до свидания")

    missing = asked("agent: представиться IN FIRST 20s", conversation)

    assert missing.verdict is Verdict.NOT_HEARD
    assert missing.gaps[0].unheard == pytest.approx(3 / 3.4)
    assert "88% of what was said by agent from 0:00.0 to 0:20.0 was not heard" in explain(missing)
    assert asked("NOT agent: представиться IN FIRST 20s", conversation).verdict is Verdict.NOT_HEARD
    assert asked("agent: представиться IN LAST 20s", conversation).verdict is Verdict.NO
    assert asked("client: представиться", conversation).verdict is Verdict.NO
    assert asked("agent: представиться", conversation, Hearing(most_unheard=0.9)).verdict is Verdict.NO


def test_messages_have_words_without_overtalk(asked: Asked, talk: Talk) -> None:
    """A phrase does not reach from one message into the next."""
    conversation = talk("client 0 оплачу", "client 0.1 завтра", "agent 0.2 хорошо", medium=Medium.CHAT)

    assert asked('"оплачу завтра"', conversation).verdict is Verdict.NO
    assert asked("оплачу THEN/0 завтра", conversation).verdict is Verdict.YES
    assert asked("OVERTALK 0.1s OR INTERRUPTION", conversation).verdict is Verdict.NO


def test_events_that_the_sound_tells_stand_for_those_of_the_utterances(call: Conversation) -> None:
    """Whoever measured the channels knows pauses better."""
    heard = Heard(call, {EventKind.PAUSE: (Stretch(30.0, 50.0),)})

    match_ = match_expression(parse("до AFTER/8s PAUSE 15s"), heard)

    assert [hit.start_s for hit in match_.hits] == [30.0, 57.0]


def test_a_result_explains_itself(asked: Asked, call: Conversation) -> None:
    """Which words, of whom, at which second, and which part of the expression found them."""
    text = "client: «денег нет» AND talk_ratio > 0.5 AND agent: INTERRUPTION"
    match_ = asked(text, call, talk_ratio=0.65)

    assert explain(match_).splitlines() == [
        "yes",
        "  0:12.0 client: «денег нет»",
        "  0:15.2 INTERRUPTION by agent",
        "  talk_ratio is 0.65; wanted: talk_ratio > 0.5",
    ]
    assert text[match_.hits[0].at.start : match_.hits[0].at.end] == "«денег нет»"
    assert match_.hits[0].role is Role.CLIENT
    assert match_.hits[0].end_s == pytest.approx(12.9)


def test_speech_over_a_phrase_does_not_part_it(asked: Asked, talk: Talk) -> None:
    """A phrase is of one speaker, whatever the other says meanwhile, and its neighbour by any count."""
    conversation = talk("client 1 я завтра оплачу", "bot 1.2 хорошо", "bot 1.7 спасибо")

    assert asked('"я завтра оплачу"', conversation).verdict is Verdict.YES
    assert asked("я NEAR/0 завтра", conversation).verdict is Verdict.YES
    assert asked('client: "я завтра" NEAR/0 bot: хорошо', conversation).verdict is Verdict.YES


@pytest.mark.parametrize(
    "expression",
    [
        " THEN ".join(["*да*"] * 39),
        "*да*" + " NEAR/1000 *да*" * 38,
        "(" * 15 + "*да*" + " NEAR/1000 *да*) NOT BEFORE/1000s *да*" * 15,
    ],
)
def test_nothing_multiplies(asked: Asked, talk: Talk, expression: str) -> None:
    """Whoever made pairs of five hundred places, and pairs of these, would not come to an end."""
    conversation = talk(*(f"{'client' if turn % 2 else 'bot'} {turn * 10} {'да ' * 10}" for turn in range(50)))

    assert len(asked(expression, conversation).hits) <= 500
