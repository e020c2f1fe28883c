"""Written contacts of other systems."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analytics.conversation import Conversation, Medium, Role
from analytics.intake.messages import COLUMNS, contacts_from, contacts_of, read_contacts
from analytics.intake.values import Reading
from engine.errors import IntakeError
from engine.speech import Language

ALMATY = Reading(zone=ZoneInfo("Asia/Almaty"))
CHAT = (
    "contact_id;sent_at;role;text;agent;language\n"
    "c1;23.11.2026 10:05;клиент;Оплачу, наверное, завтра;;ru\n"
    "c1;2026-11-23T05:00:00Z;оператор;Когда оплатите?;op7;ru\n"
)


def test_rows_become_a_conversation_in_the_order_of_time() -> None:
    """Roles by their words, times by their zone or the file's, words at their message's time."""
    (talk,) = contacts_of(CHAT, ALMATY).conversations
    assert (talk.contact_id, talk.medium, talk.duration_s) == ("c1", Medium.CHAT, 300.0)
    assert talk.started_at == datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert [one.role for one in talk.utterances] == [Role.AGENT, Role.CLIENT]
    assert [word.text for word in talk.utterances[1].words] == ["Оплачу", "наверное", "завтра"]
    assert {word.start_s for word in talk.utterances[1].words} == {300.0}
    assert talk.utterances[1].language is Language.RUSSIAN
    assert talk.attributes == {"agent": "op7"}


def test_a_clients_name_is_told_to_redaction_and_no_attribute() -> None:
    found = contacts_of(
        "contact_id;sent_at;role;text;client_name\n"
        "c1;2026-11-23T05:00:00Z;client;Да;Alex Sample\n"
        "c1;2026-11-23T05:01:00Z;client;Да;Alex Sample\n"
        "c2;2026-11-23T05:01:00Z;client;Да;\n",
        ALMATY,
    )
    assert found.people == {"c1": ("Alex Sample",)}
    assert [dict(one.attributes) for one in found.conversations] == [{}, {}]


@pytest.mark.parametrize("delimiter", [",", "\t", "|"])
def test_any_delimiter_and_quotes_are_read(delimiter: str) -> None:
    """A text with the delimiter, quotes and a line's end in quotes is one text."""
    row = delimiter.join(["c1", "2026-11-23T05:00:00Z", "bot", f'"one{delimiter} ""two""\nthree"'])
    (talk,) = contacts_of(
        delimiter.join(["contact_id", "sent_at", "role", "text"]) + "\n" + row, Reading()
    ).conversations
    assert talk.utterances[0].text == "one two three"


@pytest.mark.parametrize(
    ("text", "encoding", "notice"),
    [
        (CHAT, "utf-8-sig", ""),
        (CHAT, "utf-16", ""),
        (CHAT, "cp1251", "read as Windows-1251"),
        (CHAT.replace("завтра", "ертең"), "kz1048", "read as KZ-1048"),
    ],
)
def test_the_encoding_is_found_out_and_told(text: str, encoding: str, notice: str, tmp_path: Path) -> None:
    """Kazakh letters survive in the encoding that old Windows has for them."""
    path = tmp_path / "chat.csv"
    path.write_bytes(text.encode(encoding))
    found = read_contacts(path, ALMATY)
    assert found.conversations == contacts_of(text, ALMATY).conversations
    assert [one.startswith(f"{path}: {notice}") for one in found.notices] == ([True] if notice else [])


def test_json_comes_as_an_array_as_lines_and_by_contact() -> None:
    """The same contact in three forms; times in seconds since 1970 too."""
    rows = [
        {"contact_id": 7, "medium": "sms", "sent_at": 1795410000, "role": "bot", "text": "Pay today"},
        {"contact_id": 7, "medium": "sms", "sent_at": 1795410060000, "role": "debtor", "text": "5000 on Friday"},
    ]
    whole = {
        "contact_id": 7,
        "medium": "sms",
        "messages": [{k: row[k] for k in ("sent_at", "role", "text")} for row in rows],
    }
    forms = [json.dumps(rows, indent=1), "\n".join(map(json.dumps, rows)), json.dumps(whole)]
    first, second, third = (contacts_of(form, Reading()).conversations for form in forms)
    assert first == second == third
    assert [one.text for one in first[0].utterances] == ["Pay today", "5000 on Friday"]
    assert first[0].duration_s == 60


def test_other_names_of_columns_and_roles_are_mapped() -> None:
    """As a system of the bank's own has them."""
    reading = Reading(
        zone=timezone(timedelta(hours=5)),
        medium=Medium.SMS,
        roles={"лк": Role.CLIENT},
        columns={"Номер": "contact_id", "Дата": "sent_at", "Кто": "role", "Сообщение": "text"},
    )
    row = '{"Номер": "1", "messages": [{"Дата": "2026-11-23 10:00", "Кто": "ЛК", "Сообщение": "да"}]}'
    for text in ("Номер,Дата,Кто,Сообщение\n1,2026-11-23 10:00,ЛК,да\n", row):
        (talk,) = contacts_of(text, reading).conversations
        assert (talk.medium, talk.utterances[0].role) == (Medium.SMS, Role.CLIENT)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("c2;2026-11-23;bot;x", r"line 4, column 2 \(sent_at\): no time"),
        ("c2;2026-11-23T25:00:00Z;bot;x", r"line 4, column 2 \(sent_at\): no time"),
        ("c2;1026-11-23T05:00:00Z;bot;x", r"column 2 \(sent_at\): the year 1026"),
        ("c2;2026-11-23T05:00:00Z;Alex Sample;x", r"column 3 \(role\): an unknown role; write bot"),
        ("c2;2026-11-23T05:00:00Z;bot;", r"column 4 \(text\): is missing"),
        (";2026-11-23T05:00:00Z;bot;x", r"column 1 \(contact_id\): is missing"),
        ("c2;2026-11-23T05:00:00Z;bot;a;b;c;d", "7 columns under a header of 6"),
        ('c2;2026-11-23T05:00:00Z;bot;"open', "close its quotes"),
        ("c2;2026-11-23T05:00:00Z;bot;x;;de", r"column 6 \(language\): write one of ru, kk, en"),
    ],
)
def test_a_bad_row_is_told_and_the_rest_goes_on(row: str, problem: str) -> None:
    """With line, column and mend, and without the row's own words."""
    found = contacts_of(f"{CHAT}{row}\n", ALMATY)
    assert [one.contact_id for one in found.conversations] == ["c1"]
    (fault,) = found.faults
    with pytest.raises(IntakeError, match=problem):
        raise IntakeError(fault.problem)
    assert "Alex" not in fault.problem


def test_a_contact_with_one_bad_row_is_set_aside_whole() -> None:
    """Half a talk would be measured wrongly."""
    found = contacts_of(CHAT + "c1;yesterday;bot;x\n", ALMATY)
    assert found.conversations == ()
    assert [one.contact_id for one in found.faults] == ["c1"]


def test_a_time_needs_a_zone() -> None:
    """Of the message or of the file."""
    (fault,) = contacts_of(CHAT, Reading()).faults
    assert "line 2, column 2 (sent_at): a time without a zone" in fault.problem


@pytest.mark.parametrize(
    ("text", "kept", "problem"),
    [
        (
            '[{"contact_id": 1, "sent_at": 1795410000, "role": "bot", "text": "a"},\n {"contact_id"',
            1,
            "line 2: column 15",
        ),
        (
            '{"contact_id": \n{"contact_id": 1, "sent_at": 1795410000, "role": "bot", "text": "a"}',
            1,
            "line 1: breaks at line 2, column 69",
        ),
        ("[1]", 0, "line 1: is no object"),
        ("[" * 100_000, 0, "line 1: column 2: nested too deep"),
        ('[{"contact_id": NaN}]', 0, "line 1: column 2"),
        ('[{"contact_id": 1, "messages": []}]', 0, "key messages: give an array"),
        (r'[{"contact_id": 1, "sent_at": 1795410000, "role": "bot", "text": "\ud800"}]', 0, "half a character"),
    ],
)
def test_broken_json_is_told_with_its_place(text: str, kept: int, problem: str) -> None:
    """What stands before the break is kept."""
    found = contacts_of(text, Reading())
    assert len(found.conversations) == kept
    assert problem in found.faults[0].problem


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "line 1: names none of the columns agent, campaign"),
        ("contact_id,text\n1,Добрый День".encode("koi8-r"), "line 2: neither UTF-8 nor Windows-1251"),
        (b"contact_id,text\n\0", "line 2: holds a zero byte"),
    ],
)
def test_a_file_that_is_no_export_is_refused(content: bytes, problem: str, tmp_path: Path) -> None:
    """With its name."""
    path = tmp_path / "chat.csv"
    path.write_bytes(content)
    with pytest.raises(IntakeError, match=rf"chat\.csv: {problem}"):
        read_contacts(path, ALMATY)
    with pytest.raises(IntakeError, match=r"gone\.csv: cannot be read"):
        read_contacts(tmp_path / "gone.csv", ALMATY)


HEADER = ",".join(sorted(COLUMNS)).encode() + b"\n"


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(), st.binary().map(lambda rest: HEADER + rest), st.text().map(str.encode)))
@example(b"\xff\xfe\x00")
@example(b'contact_id,text\r1,"\r\n"\r')
@example(b"contact_id,contact_id\n1,2")
@example(b"{\n}{")
def test_any_bytes_are_contacts_or_a_clear_error(content: bytes) -> None:
    """And never another exception."""
    try:
        found = contacts_from(content, ALMATY)
    except IntakeError:
        return
    assert all(isinstance(one, Conversation) for one in found.conversations)
    assert all(fault.problem for fault in found.faults)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)
_ROWS = st.dictionaries(st.sampled_from([*sorted(COLUMNS), "messages"]), _VALUES)


@settings(max_examples=60, deadline=None)
@given(st.lists(_ROWS | _VALUES, max_size=4))
def test_any_json_is_contacts_or_told(rows: list[object]) -> None:
    """Every row is used or stands among the faults."""
    found = contacts_of(json.dumps(rows), ALMATY)
    assert len(found.conversations) + len(found.faults) > 0 or not rows
