"""`voicebot spoken`: what sums, days and times an answer holds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click

from config.parameters import Zone
from engine.accounts import Currency
from engine.speech import Language

if TYPE_CHECKING:
    from engine.spoken import AmountReading, DateReading, NumberReading, Reason, ShareReading, TimeReading

_LONGEST: Final = 2000
"""Characters; a turn on the phone is far shorter."""
_DOUBTS: Final = {
    "thousands_left_out": "thousands may be left out",
    "word_or_number": "its last word is also a number",
    "today_or_next": "today is such a day too",
    "which_week": "next week's, or the coming one",
    "past_or_ahead": "the last one, or the next",
    "day_of_span": "either day of the two",
    "weekday_disagrees": "weekday and date do not agree",
    "payday_or_later": "the payday, or the day after",
    "morning_or_evening": "morning or evening is not said",
}
"""What `Reason` means, for people."""
_YEARS: Final = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the speaker leaves standing, each thing with its readings, likeliest first."""

    text: str
    sums: "Sequence[Sequence[AmountReading]]"
    dates: "Sequence[Sequence[DateReading]]"
    times: "Sequence[Sequence[TimeReading]]"
    shares: "Sequence[Sequence[ShareReading]]"
    numbers: "Sequence[Sequence[NumberReading]]"


@click.command()
@click.argument("text")
@click.option("-l", "--language", type=click.Choice([code.value for code in Language]), default="ru", show_default=True)
@click.option("--date", "day", metavar="YYYY-MM-DD", help="Day of the call; by default today in --time-zone.")
@click.option("--time-zone", "zone", type=Zone(), default="Asia/Almaty", show_default=True, help="The debtor's.")
@click.option("--payday", type=click.IntRange(1, 31), metavar="1..31", help="Day of the month the income comes.")
@click.option(
    "--currency",
    type=click.Choice([code.value for code in Currency]),
    default="KZT",
    show_default=True,
    help="Of the account, for sums said without one.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for another program.")
def spoken(
    text: str, language: str, day: str | None, zone: ZoneInfo, payday: int | None, currency: str, as_json: bool
) -> None:
    """Tell what sums, days, times and shares TEXT holds, as a recogniser wrote it down.

    What the speaker took back is left out. Where words have several readings, the likeliest comes first and the reason
    is told. «После зарплаты» is a day only with --payday.

    \b
    Examples:
      voicebot spoken "пятнадцать пятьсот, в пятницу, нет, в субботу"
      voicebot spoken "айлықтан кейін жиырма бес мың" --language kk --payday 10
      voicebot spoken "fifteen hundred in a fortnight" -l en --date 2026-11-20 --json
    """
    if not text.strip():
        raise click.UsageError('There is nothing to read. Give a text, such as: voicebot spoken "в пятницу"')
    if len(text) > _LONGEST:
        raise click.UsageError(f"The text has {len(text)} characters; give one turn of a call, at most {_LONGEST}.")
    today = datetime.now(zone).date() if day is None else _day(day)
    heard = _read(text, Language(language), today, payday, Currency(currency))
    if as_json:
        click.echo(json.dumps(_document(heard), ensure_ascii=False, indent=2))
    else:
        _show(heard, today)


def _day(written: str) -> date:
    try:
        day = datetime.strptime(written, "%Y-%m-%d").date()
    except ValueError:
        day = date.min
    if day.year not in _YEARS:
        raise click.BadParameter(f"{written!r} is no day of this century; write it as 2026-11-20.", param_hint="--date")
    return day


def _read(text: str, language: Language, today: date, payday: int | None, currency: Currency) -> Heard:
    from engine.spoken import find_amounts, find_dates, find_numbers, find_shares, find_times, standing

    sums = standing(find_amounts(text, language, currency))
    dates = standing(find_dates(text, language, today, payday))
    times = standing(find_times(text, language))
    taken = [(said[0].start, said[0].end) for said in sums if said[0].explicit]
    taken += [(said[0].start, said[0].end) for said in dates] + [(said[0].start, said[0].end) for said in times]
    numbers = [
        said
        for said in standing(find_numbers(text, language))
        if not any(said[0].start < end and start < said[0].end for start, end in taken)
    ]
    return Heard(text, sums, dates, times, standing(find_shares(text, language)), numbers)


def _document(heard: Heard) -> dict[str, object]:
    """Return what is printed as JSON; ambiguities stand apart, so that sums and dates keep one plain form."""
    return {
        "sums": [
            {
                "minor_units": readings[0].amount.minor,
                "currency": str(readings[0].amount.currency),
                "text": _cut(heard, readings[0]),
            }
            for readings in heard.sums
        ],
        "dates": [
            {
                "date": str(readings[0].day),
                "alternatives": [str(reading.day) for reading in readings[1:]],
                "text": _cut(heard, readings[0]),
            }
            for readings in heard.dates
        ],
        "times": [
            {
                "time": f"{readings[0].time:%H:%M}",
                "alternatives": [f"{reading.time:%H:%M}" for reading in readings[1:]],
                "text": _cut(heard, readings[0]),
            }
            for readings in heard.times
        ],
        "shares": [
            {
                "numerator": readings[0].numerator,
                "denominator": readings[0].denominator,
                "text": _cut(heard, readings[0]),
            }
            for readings in heard.shares
        ],
        "numbers": [
            {"value": readings[0].value, "percent": readings[0].percent, "text": _cut(heard, readings[0])}
            for readings in heard.numbers
        ],
        "ambiguities": [
            {"kind": kind, "text": words, "readings": values, "reason": str(reason)}
            for kind, words, values, reason in _rows(heard)
            if reason is not None
        ],
    }


def _cut(heard: Heard, reading: "AmountReading | DateReading | TimeReading | ShareReading | NumberReading") -> str:
    return heard.text[reading.start : reading.end]


def _rows(heard: Heard) -> "list[tuple[str, str, list[str], Reason | None]]":
    """Return for each thing its kind, words, readings and the reason for several."""
    return [
        *(("sum", _cut(heard, all_[0]), [str(one.amount) for one in all_], all_[0].reason) for all_ in heard.sums),
        *(("date", _cut(heard, all_[0]), [str(one.day) for one in all_], all_[0].reason) for all_ in heard.dates),
        *(
            ("time", _cut(heard, all_[0]), [f"{one.time:%H:%M}" for one in all_], all_[0].reason)
            for all_ in heard.times
        ),
        *(("share", _cut(heard, one), [f"{one.numerator}/{one.denominator}"], None) for (one,) in heard.shares),
    ]


def _show(heard: Heard, today: date) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    rows = _rows(heard)
    if not rows:
        numbers = ", ".join(str(each[0].value) for each in heard.numbers)
        click.echo("No sum, day, time or share." + (f" Plain numbers: {numbers}." if numbers else ""))
        return
    table = Table(box=None, pad_edge=False, caption=f"Counted from {today:%A}, {today}", caption_justify="left")
    for heading in ("What", "Words", "Read as", "Or", "Why in doubt"):
        table.add_column(heading, overflow="fold")
    for kind, words, values, reason in rows:
        doubt = _DOUBTS[reason] if reason is not None else ""
        table.add_row(kind, escape(words), f"[green]{values[0]}[/]", ", ".join(values[1:]), doubt)
    Console().print(table)
