"""Every mistake is shown in its place, with the mend."""

from collections.abc import Callable

import pytest

from analytics.conversation import Conversation, Role
from analytics.expressions import ExpressionError, Match, parse

Talk = Callable[..., Conversation]
Asked = Callable[..., Match]


@pytest.mark.parametrize(
    ("text", "column", "mend"),
    [
        ("", 1, "empty"),
        ("client: оплачу завтра", 16, '"оплачу завтра" for a phrase'),
        ("деньги and завтра", 8, "written AND"),
        ("деньги или завтра", 8, "written OR"),
        ("деньги WITHIN завтра", 8, "written IN"),
        ("деньги AMD завтра", 8, "written AND"),
        ("деньги NOT завтра", 8, "AND NOT"),
        ("(а OR б", 1, "not closed"),
        ("а OR б)", 7, "closes nothing"),
        ("«денег нет", 1, "quotes are not closed"),
        ('"—"', 1, "no word"),
        ("а NEAR б", 3, "NEAR/5"),
        ("а NEAR/5% б", 8, "NEAR/2.5s"),
        ("а NEAR/5000 б", 8, "1000 words"),
        ("а NEAR/-5 б", 8, "negative"),
        ("а NEAR/ б", 9, "NEAR/5 for words"),
        ("а IN/5 б", 5, "no distance"),
        ("а NOT THEN б", 7, "NOT BEFORE"),
        ("(а AND б) NEAR/5 в", 2, "relate words"),
        ("а NEAR/5 talk > 1", 10, "relate words"),
        ("а IN FIRST", 11, "FIRST 30s"),
        ("а IN FIRST 30", 12, "30s or 30m"),
        ("а IN 30s", 9, "10s..60s"),
        ("а IN 30s..10s", 6, "earlier second first"),
        ("а IN -30s..0s", 6, "LAST 30s"),
        ("а IN FIRST 90000s", 12, "86400s"),
        ("а IN PAUSE 3s", 6, "AFTER/2s"),
        ("PAUSE", 6, "PAUSE 2s"),
        ("PAUSE 0s", 7, "longer than nothing"),
        ("client: PAUSE 3s", 9, "nobody's own"),
        ("PAUSE 3s SURE 0.5", 1, "about words"),
        ("debtor: да", 1, "agent, bank, bot, client"),
        ("clent: да", 1, "`client`"),
        ("client: (да AND bot: нет)", 17, "nobody is both"),
        ("client: talk > 1", 9, "joined by AND"),
        ("да SURE 2", 9, "at most 1"),
        ("да SURE 0.5 SURE 0.7", 13, "once"),
        ("talk > слова", 8, "`talk`"),
        ("talk > 1..2", 9, "talk = 1..1"),
        ("talk = 2..1", 8, "lesser number first"),
        ("@segment > hard", 12, "only numbers"),
        ("@segment =", 11, "value is missing"),
        ("@ = hard", 1, "name is missing"),
        ("bank: $", 7, "name is missing"),
        ("bank: $greting", 7, "`greeting`"),
        ("$nobody_pays NEAR/5 да", 1, "relate words"),
        ("*", 1, "плат*"),
        ("а*", 1, "two letters"),
        ('"да *"', 1, "leave it out"),
        ("=плат*", 1, "leave one"),
        ("30s", 1, "in quotes"),
        ("а & б", 3, "AND, OR and NOT"),
        ("а, б", 2, "join by AND"),
        ("[а]", 1, "round brackets"),
        ("AND а", 1, "before AND"),
        ("а AND", 6, "missing at the end"),
        ("()", 2, "before this bracket"),
        ("FIRST 30s", 1, "behind IN"),
        ("(" * 50 + "а", 41, "nested"),
        ("NOT " * 50 + "а", 161, "nested"),
        ("client: " * 50 + "а", 321, "nested"),
        ("аа" + " NEAR/1 аа" * 50, 1, "chain"),
        (" OR ".join(["аа"] * 1001), 6001, "1000 parts"),
        ('"' + "да " * 30 + '"', 1, "20 are the most"),
        ("а" * 20_001, 20_001, "20000 are the most"),
    ],
)
def test_a_mistake_shows_its_place_and_mend(text: str, column: int, mend: str) -> None:
    """In one line, with the expression and a caret under it."""
    named = {"greeting": parse("привет"), "nobody_pays": parse("NOT оплачу")}
    with pytest.raises(ExpressionError) as caught:
        parse(text, named=named)

    assert mend in caught.value.problem
    assert caught.value.column == column


def test_the_caret_stands_under_the_place_of_its_line() -> None:
    """Packs have expressions of several lines."""
    with pytest.raises(ExpressionError) as caught:
        parse("деньги OR\n\tclient: нет завтра")

    assert str(caught.value).splitlines() == [
        'line 2, column 14: nothing joins these two; write "нет завтра" for a phrase, or AND or OR between them',
        "  \tclient: нет завтра",
        "  \t            ^^^^^^",
    ]


def test_an_unknown_measure_lists_the_nearest(asked: Asked, talk: Talk) -> None:
    """Both when an expression is read with names, and when it is asked."""
    names = {"talk_ratio": 0.4, "talk_time": 3.0, "overtalk": 1.0}
    with pytest.raises(ExpressionError, match=r"column 8: .*`talk_ratoi`; did you mean `talk_ratio`"):
        parse("да AND talk_ratoi > 0.5", names)
    with pytest.raises(ExpressionError, match=r"column 8: .*did you mean `talk_ratio`"):
        asked("да AND talk_ratoi > 0.5", talk(f"{Role.CLIENT} 1 да"), **names)
