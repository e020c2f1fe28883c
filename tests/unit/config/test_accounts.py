"""The accounts file: what is read, what is refused, and that no message shows a debtor's data."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.accounts import read_accounts
from engine.accounts import Currency, Money, Segment
from engine.errors import SettingsError
from engine.speech import Language

ROW: dict[str, Any] = {
    "account_id": "A-17",
    "phone": "77010000017",
    "full_name": "Alex Sample",
    "given_name": "Alex",
    "language": "en",
    "creditor": "Example Bank",
    "product": {"en": "consumer loan"},
    "debt": "45123.50",
    "least_promise": "5000",
    "days_past_due": 12,
    "due_date": "2026-11-10",
}
YAML = """\
- account_id: A-17
  phone: "77010000017"
  full_name: Alex Sample
  given_name: Alex
  language: en
  creditor: Example Bank
  product: {en: consumer loan}
  debt: "45123.50"
  least_promise: "5000"
  days_past_due: 12
  due_date: 2026-11-10
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write rows as JSON, or a text as YAML."""

    def write(content: Any, name: str = "") -> Path:
        path = tmp_path / (name or ("accounts.yaml" if isinstance(content, str) else "accounts.json"))
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path

    return write


def refusal(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        read_accounts(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert not any(personal in message for personal in ("Sample", "Alex", "77010000017", "45123.5"))
    return message.replace(str(path), path.name)


@pytest.mark.parametrize("content", [[ROW], YAML])
def test_an_account_is_read_from_json_and_yaml(write: Write, content: Any) -> None:
    """Amounts become exact minor units; what is left out has the documented default."""
    book = read_accounts(write(content))
    account = book.by_id["A-17"]
    assert account.debt == Money(4_512_350, Currency.TENGE)
    assert account.least_promise == Money(500_000, Currency.TENGE)
    assert (account.due_date, account.days_past_due, account.latest_promise_days) == (date(2026, 11, 10), 12, 14)
    assert (account.debtor.full_name, account.debtor.time_zone) == ("Alex Sample", "Asia/Almaty")
    assert (account.debtor.language, account.segment) == (Language.ENGLISH, Segment.SOFT)
    assert account.product == {Language.ENGLISH: "consumer loan"}


@pytest.mark.parametrize("number", ["77010000017", "+7 (701) 000-00-17", "8 701 000 00 17", "87010000017"])
def test_a_caller_is_found_in_any_way_of_writing_the_number(write: Write, number: str) -> None:
    """With the plus or with the trunk prefix 8."""
    assert [one.account_id for one in read_accounts(write([ROW])).of_caller(number)] == ["A-17"]


@pytest.mark.parametrize("number", ["", "voicebot", "7701000001", "770100000170", "anonymous"])
def test_another_number_finds_nobody(write: Write, number: str) -> None:
    """A prefix of a number, or no number, is nobody's."""
    assert read_accounts(write([ROW])).of_caller(number) == ()


def test_one_number_may_have_several_accounts(write: Write) -> None:
    """All of them are returned, in the file's order."""
    book = read_accounts(write([ROW, ROW | {"account_id": "A-18"}]))
    assert [one.account_id for one in book.of_caller("77010000017")] == ["A-17", "A-18"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"debt": 45000.5}, 'debt: write amounts in quotes, such as "45000.50": a binary fraction is not exact'),
        ({"debt": "-1"}, "debt: input should be greater than or equal to 0"),
        ({"debt": "1.005"}, "debt: decimal input should have no more than 2 decimal places"),
        ({"debt": "NaN"}, "debt: input should be a finite number"),
        ({"least_promise": "much"}, "least_promise: input should be a valid decimal"),
        ({"phone": 77010000017}, 'phone: write it in quotes, such as "77010000001"'),
        ({"phone": "+77010000017"}, "phone: write 7 to 15 digits with the country code and nothing else"),
        ({"phone": "٧٧٠١٠٠٠٠٠١٧"}, "phone: write 7 to 15 digits"),
        ({"account_id": 17}, "account_id: write it in quotes"),
        ({"account_id": ""}, "account_id: string should have at least 1 character"),
        ({"time_zone": "Almaty"}, "time_zone: there is no time zone 'Almaty'; write it as Asia/Almaty"),
        ({"time_zone": "../../etc/passwd"}, "time_zone: there is no time zone"),
        ({"language": "fr"}, "language: input should be 'ru', 'kk' or 'en'"),
        ({"due_date": "10.11.2026"}, "due_date: input should be a valid date"),
        ({"product": {"fr": "prêt"}}, "product.fr.[key]: input should be"),
        ({"currency": "USD"}, "currency: input should be 'KZT' or 'RUB'"),
        ({"latest_promise_days": 900}, "latest_promise_days: input should be less than or equal to 365"),
        ({"debtt": "1"}, "debtt: there is no such key; known are account_id, phone, "),
    ],
)
def test_a_wrong_value_is_named_by_row_and_key(write: Write, change: dict[str, Any], reason: str) -> None:
    """The message says which, and the mend."""
    assert refusal(write([ROW | {"account_id": "A-1"}, ROW | change])).startswith(f"accounts.json: account 2: {reason}")


def test_a_missing_key_is_named(write: Write) -> None:
    """So is the row that lacks it."""
    row = {key: value for key, value in ROW.items() if key != "creditor"}
    assert refusal(write([row])) == "accounts.json: account 1: creditor: is missing"


def test_rows_of_yaml_are_named_by_their_line(write: Write) -> None:
    """The line on which the row begins."""
    wrong = YAML.replace("A-17", "A-18").replace('"5000"', "50.5")
    assert refusal(write(YAML + wrong)).startswith("accounts.yaml, line 12: account 2: least_promise: write amounts")
    assert refusal(write(YAML + YAML)) == (
        "accounts.yaml, line 12: account 2: account_id: is used twice; it must be unique"
    )


def test_a_file_full_of_faults_shows_the_first_twenty(write: Write) -> None:
    """And says how many there are beyond."""
    lines = refusal(write([ROW | {"debt": "?"}] * 30)).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "accounts.json: and 10 more"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "write a list of accounts"),
        ("account_id: A-17\nfull_name: Alex Sample\n", "write a list of accounts"),
        ("- full_name: Alex Sample\n  given_name: [Alex\n", ", line 3: cannot be read as YAML: expected ',' or ']'"),
        ("- full_name: Alex Sample\n\tphone: 1\n", ", line 2: cannot be read as YAML: "),
        ("- due_date: 2026-13-45\n", ", line 1: cannot be read as YAML: a value that is no date or number"),
        ("- &a [Sample]\n- *a\n", ", line 2: cannot be read as YAML: aliases are not allowed here"),
        ("- !!python/object:os.system Alex\n", ", line 1: cannot be read as YAML: could not determine a constructor"),
        ("- Alex Sample\n", ", line 1: account 1: input should be a valid dictionary"),
        ("- \x07\n", ": cannot be read as YAML: it holds characters that no text has"),
        ("[" * 5000, ": lists within lists without end; write a list of accounts"),
    ],
)
def test_what_is_no_list_of_accounts_is_refused(write: Write, text: str, reason: str) -> None:
    """The message names the line and quotes nothing of it."""
    assert reason in refusal(write(text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"full_name": "Alex Sample"},\n oops', "accounts.json, line 2: not valid JSON: Expecting value"),
        ("[" * 100_000, "accounts.json: lists within lists without end"),
    ],
)
def test_broken_json_is_refused(write: Write, text: str, reason: str) -> None:
    """The same for JSON."""
    assert refusal(write(text, "accounts.json")).startswith(reason)


def test_bytes_that_are_no_utf8_are_refused(tmp_path: Path) -> None:
    """An export in another encoding says what to do."""
    path = tmp_path / "accounts.yaml"
    path.write_bytes("- full_name: Иван\n".encode("cp1251"))
    assert refusal(path) == "accounts.yaml: cannot be read: save it as UTF-8 (byte 14 is not)"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The system's reason is passed on."""
    assert refusal(tmp_path / "none.yaml") == "none.yaml: cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("name", "megabytes", "mend"),
    [("accounts.yaml", 5, "write JSON, into a file .json"), ("accounts.json", 65, "give one day's accounts")],
)
def test_a_huge_file_is_refused_unread(tmp_path: Path, name: str, megabytes: int, mend: str) -> None:
    """By its size, before it takes minutes and memory; a file with a hole costs this test nothing."""
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(megabytes * 2**20)
    assert refusal(path).endswith(mend)


def test_what_scenarios_decide_by_is_read(write: Write) -> None:
    """Earlier promises and contacts, the payday, and facts of the bank's own as texts."""
    more = {
        "product_code": "consumer_loan",
        "broken_promises": 2,
        "earlier_contacts": 5,
        "payday": 25,
        "promised": "5000.50",
        "promised_due": "2026-11-21",
        "facts": {"contract_end": "1234", "instalments": 3},
    }
    account = read_accounts(write([ROW | more])).by_id["A-17"]

    assert (account.product_code, account.broken_promises, account.earlier_contacts) == ("consumer_loan", 2, 5)
    assert (account.payday, account.promised, account.promised_due) == (25, Money(500_050), date(2026, 11, 21))
    assert account.facts == {"contract_end": "1234", "instalments": "3"}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"payday": 32}, "payday: input should be less than or equal to 31"),
        ({"promised": "5000"}, "`promised` and `promised_due` go together: the sum of the open promise, and its day"),
        ({"broken_promises": -1}, "broken_promises: input should be greater than or equal to 0"),
        ({"product_code": "Consumer loan"}, "product_code: string should match pattern"),
        ({"facts": {"rate": 12.5}}, 'facts.rate: write it in quotes, such as "12.5"'),
        ({"facts": {"Rate": "12"}}, "facts.Rate.[key]: string should match pattern"),
    ],
)
def test_a_wrong_one_of_these_is_named(write: Write, more: dict[str, Any], message: str) -> None:
    """As every other key is."""
    assert f"account 1: {message}" in refusal(write([ROW | more]))
