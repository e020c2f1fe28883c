"""The command that reads sums and days out of an answer."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from config.cli import cli
from config.commands.spoken import _DOUBTS
from engine.spoken import Reason

_FRIDAY = ("--date", "2026-11-20")


def _read(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(cli, ["spoken", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.output)
    return document


def test_json_holds_what_stands_in_the_end() -> None:
    """Sums and dates have one plain form; what was taken back is gone, and doubts stand apart with their reason."""
    heard = _read("две с половиной в пятницу, нет, в субботу к шести, а тридцать процентов потом", *_FRIDAY)
    assert heard["sums"] == [{"minor_units": 250_000, "currency": "KZT", "text": "две с половиной"}]
    assert heard["dates"] == [{"date": "2026-11-21", "alternatives": [], "text": "субботу"}]
    assert heard["times"] == [{"time": "18:00", "alternatives": ["06:00"], "text": "шести"}]
    assert heard["shares"] == [{"numerator": 3, "denominator": 10, "text": "тридцать процентов"}]
    assert heard["ambiguities"] == [
        {
            "kind": "sum",
            "text": "две с половиной",
            "readings": ["2 500 KZT", "2.50 KZT"],
            "reason": "thousands_left_out",
        },
        {"kind": "time", "text": "шести", "readings": ["18:00", "06:00"], "reason": "morning_or_evening"},
    ]


def test_alternatives_of_a_day_are_kept() -> None:
    """«В пятницу» on a Friday is the next one, or today."""
    assert _read("в пятницу", *_FRIDAY)["dates"] == [
        {"date": "2026-11-27", "alternatives": ["2026-11-20"], "text": "пятницу"}
    ]


def test_language_payday_and_currency_are_heeded() -> None:
    """The payday makes a day of "after payday", and a sum without a currency is the account's."""
    heard = _read("fifteen hundred after payday", "-l", "en", "--payday", "10", "--currency", "RUB", *_FRIDAY)
    assert heard["sums"] == [{"minor_units": 150_000, "currency": "RUB", "text": "fifteen hundred"}]
    assert heard["dates"][0]["date"] == "2026-12-10"
    assert _read("fifteen hundred after payday", "-l", "en", *_FRIDAY)["dates"] == []
    assert _read("тоғыз балл", "-l", "kk", *_FRIDAY)["numbers"] == [{"value": 9, "percent": False, "text": "тоғыз"}]


def test_table_tells_the_reason() -> None:
    """People read a table; today without --date is counted in the debtor's time zone."""
    result = CliRunner().invoke(cli, ["spoken", "в пятницу", *_FRIDAY])
    assert "2026-11-27" in result.output
    assert "today is such a day too" in result.output
    assert "Friday, 2026-11-20" in result.output
    assert (
        "No sum, day, time or share."
        in CliRunner().invoke(cli, ["spoken", "алло", "--time-zone", "Europe/Moscow"]).output
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["  "], "nothing to read"),
        (["да " * 1000], "3000 characters"),
        (["да", "--date", "20.11.2026"], "'20.11.2026' is no day"),
        (["да", "--date", "9999-12-31"], "no day of this century"),
        (["да", "--payday", "32"], "32 is not in the range"),
        (["да", "--time-zone", "Asia/Nowhere"], "'Asia/Nowhere' is no time zone"),
        (["да", "--language", "xx"], "'xx' is not one of"),
        (["да", "--currency", "USD"], "'USD' is not one of"),
        ([], "Missing argument 'TEXT'"),
    ],
)
def test_bad_input_is_explained(arguments: list[str], complaint: str) -> None:
    """A wrong call names what is wrong and how to write it."""
    result = CliRunner().invoke(cli, ["spoken", *arguments])
    assert result.exit_code == 2
    assert complaint in result.output


@pytest.mark.parametrize("text", ["через 99999999999 дней", "[red]5[/red] тенге", "5\u0000 тенге", "💸 5 000 ₸"])
def test_odd_texts_are_read(text: str) -> None:
    """No text makes it fail."""
    result = CliRunner().invoke(cli, ["spoken", text, *_FRIDAY])
    assert result.exit_code == 0, result.output


def test_every_doubt_has_words() -> None:
    """No reason is left without an explanation."""
    assert set(_DOUBTS) == set(Reason)
