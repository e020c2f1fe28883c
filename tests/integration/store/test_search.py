"""Search finds the same on SQLite and PostgreSQL: what a look at every contact by the expression finds."""

import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text, update

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.expressions import ExpressionError, Heard, Verdict, match_expression, parse
from analytics.expressions.events import Stretch
from analytics.expressions.tree import EventKind
from analytics.search import Indexed, Query, count, put, rebuild, remove, search
from analytics.search.documents import document_of, pack, unpack
from analytics.search.schema import documents
from analytics.store import AnalyticsDatabase
from engine.errors import SettingsError, StoreError
from engine.sealing import Keyring
from engine.speech import Language, Word

KEYS = Keyring([bytes(32)])
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(params=[None, KEYS], ids=["in-clear", "veiled"])
def index(location: str | Path, request: pytest.FixtureRequest) -> Iterator[Connection]:
    """An empty index, in a transaction that ends with the test."""
    with AnalyticsDatabase(location, request.param) as database, database.writing() as connection:
        yield connection


def contact(
    name: str,
    *lines: str,
    at: datetime = NOON,
    medium: Medium = Medium.CALL,
    language: Language | None = None,
    **attributes: str,
) -> Conversation:
    """A contact of lines such as ``client 12 денег нет~0.2``: who, from which second, words with their confidence."""
    utterances = []
    for line in lines:
        role, second, *said = line.split()
        start_s = float(second)
        words = []
        for number, written in enumerate(said):
            spelling, _, confidence = written.partition("~")
            begin_s = start_s + number * 0.5
            words.append(Word(spelling, begin_s, begin_s + 0.4, float(confidence or 1)))
        end_s = words[-1].end_s if words else start_s + 3
        utterances.append(Utterance(Role(role), tuple(words), start_s, end_s, language))
    return Conversation(name, medium, at, 60.0, tuple(utterances), attributes)


def names(connection: Connection, expression: str, **where: object) -> list[str]:
    page = search(connection, Query(parse(expression), **where), limit=100)  # type: ignore[arg-type]
    return [one.conversation.contact_id for one in page.found]


def test_newest_are_found_first_a_page_at_a_time(index: Connection) -> None:
    """Contacts are put in as they come; their order is that of their starts."""
    for hour in (3, 1, 4, 0, 2):
        put(index, Indexed(contact(f"c{hour}", "client 5 оплачу завтра", at=NOON + timedelta(hours=hour))))
    query = Query(parse("client: оплатить"))

    first = search(index, query, limit=2)
    second = search(index, query, limit=2, after=first.following)
    last = search(index, query, limit=2, after=second.following)

    pages = [[one.conversation.contact_id for one in page.found] for page in (first, second, last)]
    assert pages == [["c4", "c3"], ["c2", "c1"], ["c0"]]
    assert last.following is None


def test_what_lies_behind_the_newest_is_found_by_its_words(index: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL reads the newest one after another, and finds the rest by their words: none twice, none never."""
    monkeypatch.setattr("analytics.search.postgresql._NEWEST", 3)
    for hour in range(12):
        said = "банкротство" if hour in (0, 1, 4, 8, 9, 11) else "оплачу"
        put(index, Indexed(contact(f"c{hour}", f"client 5 {said} завтра", at=NOON + timedelta(hours=hour))))

    assert names(index, "client: банкротство") == ["c11", "c9", "c8", "c4", "c1", "c0"]
    assert names(index, "client: банкротство", until=NOON + timedelta(hours=9)) == ["c8", "c4", "c1", "c0"]
    query, after, found = Query(parse("client: банкротство")), None, []
    for _ in range(3):
        page = search(index, query, limit=2, after=after)
        found += [one.conversation.contact_id for one in page.found]
        after = page.following
    assert found == ["c11", "c9", "c8", "c4", "c1", "c0"]


def test_a_page_that_is_none_is_refused(index: Connection) -> None:
    with pytest.raises(SettingsError, match="is no page"):
        search(index, Query(parse("да")), after="no page")


def test_many_contacts_of_one_second_are_all_found(index: Connection) -> None:
    """Exports that know the day alone; batches end in the middle of the second."""
    for number in range(70):
        put(index, Indexed(contact(f"c{number}", "client 1 да")))

    assert names(index, "да") == [f"c{number}" for number in reversed(range(70))]


def test_what_is_put_in_again_is_replaced(index: Connection) -> None:
    put(index, Indexed(contact("c1", "client 1 денег нет")))
    put(index, Indexed(contact("c1", "client 1 оплачу", at=NOON + timedelta(days=1))))

    assert (names(index, "деньги"), names(index, "оплатить")) == ([], ["c1"])
    assert names(index, "оплатить", until=NOON + timedelta(hours=1)) == []


def test_what_is_removed_leaves_nothing(index: Connection) -> None:
    """Not even its words, which are the client's own."""
    put(index, Indexed(contact("c1", "client 1 секретное слово", "bot 3 qwertyuiop")))

    assert remove(index, "c1")
    assert not remove(index, "c1")
    assert names(index, "@medium") == []
    for table in ("search_contacts", "search_documents"):
        assert index.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
    if index.dialect.name == "sqlite":
        index.exec_driver_sql("INSERT INTO search_words(search_words) VALUES ('optimize')")
        blocks = index.exec_driver_sql("SELECT block FROM search_words_data").scalars()
        assert not [block for block in blocks if b"qwertyuiop" in block]


def test_contacts_are_narrowed_down(index: Connection) -> None:
    put(index, Indexed(contact("call", "client 1 да", language=Language.KAZAKH)))
    put(index, Indexed(contact("chat", "client 1 да", at=NOON + timedelta(days=1), medium=Medium.CHAT)))

    assert names(index, "да", media=frozenset({Medium.CHAT})) == ["chat"]
    assert names(index, "да", languages=frozenset({Language.KAZAKH})) == ["call"]
    assert names(index, "да", since=NOON + timedelta(hours=1)) == ["chat"]
    assert names(index, "да", until=NOON + timedelta(hours=1)) == ["call"]
    assert names(index, "@medium = chat", since=NOON) == ["chat"]


def test_measures_and_attributes_spare_reading_contacts(index: Connection) -> None:
    """They are compared by the database, before any contact is unpacked."""
    for number in range(40):
        hard = contact(f"c{number}", "client 1 да", segment="Hard" if number % 10 == 0 else "soft", days=f"{number}.0")
        put(index, Indexed(hard, {"talk_ratio": number / 40}))
    for expression, found in (
        ("@segment = hard AND client: да", 4),
        ("@segment = H* AND да", 4),
        ("@days >= 36", 4),
        ("@days = 7", 1),
        ("talk_ratio > 0.5", 19),
        ("talk_ratio = 0.1..0.2 AND да", 5),
        ("да AND (@days = 7 OR talk_ratio = 0.3)", 2),
    ):
        page = search(index, Query(parse(expression)), limit=100)
        assert (len(page.found), page.looked_at - len(page.found) <= 1) == (found, True), expression
    assert len(names(index, "@segment != hard")) == 36
    assert len(names(index, "NOT @days < 30")) == 10


def test_words_spare_reading_contacts(index: Connection) -> None:
    """Who said it and what stood beside it count in the index, so that few contacts are read in vain."""
    apart = "bot 1 денег у вас сейчас просто совсем опять никаких больше уже действительно вовсе никак нет"
    for number in range(30):
        put(index, Indexed(contact(f"c{number}", apart, "client 20 да")))
    put(index, Indexed(contact("phrase", "client 1 денег нет")))

    for expression in ('"денег нет"', "client: деньги", "client: (деньги NEAR/1 нет)"):
        page = search(index, Query(parse(expression)))
        assert ([one.conversation.contact_id for one in page.found], page.looked_at) == (["phrase"], 1), expression


def test_what_was_not_heard_is_counted_apart(index: Connection) -> None:
    put(index, Indexed(contact("clear", "client 1 оплачу")))
    put(index, Indexed(contact("weak", "client 1 оплачу~0.1")))
    put(index, Indexed(contact("unmeasured", "client 1 оплачу"), {"calm": None}))
    put(index, Indexed(contact("calm", "client 1 оплачу"), {"calm": 0.0}))

    total = count(index, Query(parse("client: оплатить")))
    assert (total.found, total.not_heard, total.looked_at) == (3, 1, 4)


def test_events_from_the_sound_are_kept(index: Connection) -> None:
    pause = {EventKind.PAUSE: (Stretch(20.0, 26.0),), EventKind.INTERRUPTION: (Stretch(1.0, 1.0, Role.BOT),)}
    put(index, Indexed(contact("c1", "client 1 да", "bot 40 нет"), {}, pause))

    assert names(index, "PAUSE 5s AND bot: INTERRUPTION") == ["c1"]
    assert names(index, "PAUSE 10s") == []


@pytest.mark.parametrize("word", ["толстыймногосложный" * 40, "балаларындағыларындағыдан", "50%", "don't", "a_b"])
def test_odd_words_are_found(index: Connection, word: str) -> None:
    put(index, Indexed(contact("c1", f"client 1 {word} да")))

    assert names(index, f'"{word} да"' if len(word) < 100 else "да") == ["c1"]


def test_words_close_together_are_found_in_the_longest_contacts(index: Connection) -> None:
    """PostgreSQL keeps 255 places of a word, and 16383 words."""
    lines = [f"client {number} {'да ' * 10}" for number in range(0, 2000)]
    put(index, Indexed(contact("long", *lines, "client 3000 да конечно оплачу")))

    assert names(index, 'client: ("да конечно" AND (оплатить NEAR/3 конечно))') == ["long"]


def test_expressions_as_large_as_they_may_be_are_asked(index: Connection) -> None:
    put(index, Indexed(contact("c1", "client 1 да нет оплачу")))
    wide = " OR ".join(f"слово{number}" for number in range(900)) + " OR оплатить"
    deep = "да"
    for _ in range(18):
        deep = f"({deep} AND (нет OR оплатить))"

    assert names(index, wide) == ["c1"]
    assert names(index, deep) == ["c1"]


def test_an_index_by_other_dictionaries_is_made_anew(index: Connection) -> None:
    put(index, Indexed(contact("c1", "client 1 оплачу")))
    index.execute(text("UPDATE search_made_by SET keys = 'rules-0'"))

    for refused in (lambda: names(index, "оплатить"), lambda: put(index, Indexed(contact("c2")))):
        with pytest.raises(StoreError, match=r"made by rules-0.*--rebuild"):
            refused()
    told: list[tuple[int, int]] = []
    assert rebuild(index, lambda done, all_: told.append((done, all_))) == 1
    assert (names(index, "оплатить"), told) == (["c1"], [(1, 1)])


def test_an_index_of_the_first_layout_is_made_anew(index: Connection) -> None:
    """Its documents kept no keys of their words."""
    put(index, Indexed(contact("c1", "client 1 оплачу", agent="a-1"), {"talk_ratio": 0.4}))
    utterances = [
        ["client", 1.0, 1.4, "ru", ["денег", "нет"], [1.0, 1.5], [1.4, 1.9], [1.0, 0.9]],
        ["bot", 5.0, 5.4, None, ["хорошо"], [5.0], [5.4], [1.0]],
    ]
    pause = {"PAUSE": [[20.0, 26.0, None]]}
    first = ["c1", "call", NOON.isoformat(), 60.0, {"agent": "a-1"}, {"talk_ratio": 0.4}, pause, utterances]
    index.execute(update(documents).values(document=zlib.compress(json.dumps(first).encode())))
    index.execute(text("UPDATE search_made_by SET keys = 'layout-1 rules-1'"))

    with pytest.raises(StoreError, match=r"made by layout-1.*--rebuild"):
        names(index, "деньги")
    assert rebuild(index) == 1
    assert names(index, 'client: "денег нет" AND talk_ratio = 0.4 AND @agent = a-1 AND PAUSE 5s') == ["c1"]
    assert names(index, "оплатить") == []


@pytest.mark.parametrize(
    "one",
    [
        contact("c1", "client 1.1 да~0.3 нет", "bot 7 ақша", language=Language.KAZAKH, agent="a-1"),
        contact("c1", "client 1.000000001 что-то~0.8730123 —", "agent 1.2 да~0.87301234", "client 9 нет"),
        contact("c1", "client 1", medium=Medium.CHAT),
    ],
)
def test_what_is_unpacked_is_what_was_packed(one: Conversation) -> None:
    """Its words with their keys, so that what is kept is matched as what was said."""
    indexed = Indexed(one, {"talk": 0.1 + 0.2, "calm": None}, {EventKind.PAUSE: (Stretch(1.0, 2.0),)})
    kept = unpack(pack(document_of(indexed)))
    fresh = Heard(one)

    assert kept.indexed == indexed
    assert (kept.heard.keys, kept.heard.texts, kept.heard.roles) == (fresh.keys, fresh.texts, fresh.roles)
    assert [type(word.confidence) for said in kept.columns.conversation().utterances for word in said.words] == [
        float
    ] * len(kept.columns.confidences)


WORDS = ("да", "денег", "деньги", "нет", "оплачу", "плачу", "төлеймін", "төлемеймін", "ақша", "paid", "платежи~0.2")
lines = st.lists(
    st.builds(
        lambda role, pause, said: (role, pause, " ".join(said)),
        st.sampled_from(Role),
        st.integers(0, 8),
        st.lists(st.sampled_from(WORDS), max_size=6),
    ),
    max_size=4,
)
WRITTEN = (
    *("да", "деньги", "=денег", "оплатить", "платить", "төлеу", "ақша", "pay", "плат*", "*ег", '"денег нет"'),
    *('"да * нет"', '"плат* да"', '"нет *ег оплачу"', "«ақша да нет»", "PAUSE 2s", "INTERRUPTION"),
)
LYING = ("NEAR/3", "THEN/2", "BEFORE/4", "AFTER/1", "NEAR/2s", "NOT NEAR/3")


def _bracketed(parts: tuple[str, ...]) -> str:
    return f"({' '.join(parts)})"


def _places(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, st.sampled_from(LYING), inner).map(_bracketed)
    return st.one_of(
        pair,
        st.tuples(st.sampled_from(("client:", "bot:", "bank:")), pair).map(_bracketed),
        st.tuples(inner, st.sampled_from(("IN FIRST 6s", "IN LAST 50s", "SURE 0.5"))).map(_bracketed),
        st.tuples(inner, st.just("OR"), inner).map(_bracketed),
    )


conditions = st.sampled_from(("@segment = hard", "@days > 5", "talk > 0.5", "@segment != soft", "@medium = chat"))
asked = st.recursive(
    st.recursive(st.sampled_from(WRITTEN), _places, max_leaves=4) | conditions,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(("AND", "OR")), inner).map(_bracketed),
        st.tuples(st.just("NOT"), inner).map(_bracketed),
    ),
    max_leaves=4,
)
corpora = st.lists(
    st.tuples(
        lines,
        st.sampled_from((Medium.CALL, Medium.CHAT)),
        st.sampled_from((None, Language.KAZAKH)),
        st.sampled_from(("hard", "SOFT", "hardly")),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=5,
)


@given(corpora, st.lists(asked, min_size=1, max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_search_finds_what_a_look_at_every_contact_finds(
    index: Connection, corpus: list[Any], expressions: list[str]
) -> None:
    everything = []
    with index.begin_nested() as savepoint:
        for number, (rows, medium, language, segment, days) in enumerate(corpus):
            second = 0
            written = []
            for role, pause, said in rows:
                second += pause
                written.append(f"{role} {second} {said}")
            one = contact(f"c{number}", *written, medium=medium, language=language, segment=segment, days=str(days))
            everything.append(Indexed(one, {"talk": days / 10}))
            put(index, everything[-1])
        for expression in map(parse, _readable(expressions)):
            wanted = {
                one.conversation.contact_id
                for one in everything
                if match_expression(expression, Heard(one.conversation), one.measures).verdict is Verdict.YES
            }
            page = search(index, Query(expression), limit=100)
            assert {one.conversation.contact_id for one in page.found} == wanted, expression.text
        savepoint.rollback()


def _readable(expressions: list[str]) -> list[str]:
    """Return the expressions that are none of those that could never hold."""
    readable = []
    for expression in expressions:
        try:
            parse(expression)
        except ExpressionError:
            continue
        readable.append(expression)
    return readable
