"""The report as a document: headings, paragraphs, tables and figures, for a browser and for paper alike."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from analytics.insights import figures
from analytics.insights.figures import Drawing
from analytics.insights.observed import DECIDED
from analytics.insights.practice import Example, Outcome, Practice, Rules
from analytics.insights.reasons import Reason
from analytics.insights.report import Period, Report
from analytics.insights.totals import PromiseTotals
from analytics.insights.wording import Wording
from analytics.payments.values import Standing
from engine.accounts import Currency

_MOST_PRACTICES = 8
_MOST_REASONS = 12
_DRAWN_REASONS = 5


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a part."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; a note is set smaller."""

    text: str
    note: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that the reader looks for first.

    Args:
        label: what it is.
        value: as it is written.
        beside: what to compare it with.
    """

    label: str
    value: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    """The numbers of the week."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header.

    Args:
        header: of the columns.
        rows: of texts.
        words: number of columns, from the left, that hold words; the others hold numbers.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure.

    Args:
        draw: draws it.
        height_in: of it, in inches.
        text: what it shows, for whoever does not see it.
    """

    draw: Drawing = field(compare=False)
    height_in: float
    text: str


Block: TypeAlias = Heading | Paragraph | Tiles | Table | Figure


def title_of(report: Report, say: Wording) -> tuple[str, str]:
    """Return title and subtitle."""
    week = report.period.week
    days = {"first": _day(week.monday), "last": _day(week.sunday)}
    return say("title", week=week), say("subtitle", **days)


def blocks_of(report: Report, say: Wording) -> Iterator[Block]:
    """Yield the report, part by part."""
    yield Paragraph(say("made", day=_day(report.period.today), people=report.period.least_people), note=True)
    yield _tiles(report, say)
    yield from _contacts(report, say)
    yield from _promises(report, say)
    yield from _practices(report, say)
    yield from _reasons(report, say)
    yield from _measures(report, say)
    yield Heading(say("aside"))
    yield Paragraph(say("aside_note", count=say.number(report.aside)) if report.aside else say("aside_none"))


def _tiles(report: Report, say: Wording) -> Tiles:
    week = report.period.week
    now, before = report.totals.contacts[week], report.totals.contacts.get(week.before(1))
    rows = report.totals.promises.values()
    kept, decided = sum(one.ended.get(Standing.KEPT, 0) for one in rows), sum(one.decided for one in rows)
    earlier = {
        "contacts": say("week_before", value=say.number(before.whole)) if before and before.whole else "",
        "reached": say("week_before", value=say.number(before.reached)) if before and before.whole else "",
    }
    tiles = [
        Tile(say("contacts"), say.number(now.whole), earlier["contacts"]),
        Tile(say("reached"), say.number(now.reached), earlier["reached"]),
        Tile(f"{say('promises')}: {say('made_short')}", *_made(report, say)),
    ]
    if decided:
        tiles.append(
            Tile(
                f"{say('promises')}: {say('kept')}",
                say.percent(kept / decided),
                f"{say.number(kept)} / {say.number(decided)}",
            )
        )
    return Tiles(tuple(tiles))


def _made(report: Report, say: Wording) -> tuple[str, str]:
    """Return how many promises were made, and of whom the number says nothing; a dash where all are of few people."""
    totals = report.totals
    made = say.number(sum(one.made for one in totals.promises.values()))
    if not totals.left_out:
        return made, ""
    return made if totals.promises else "–", say("few_left_out", people=report.period.least_people)


def _contacts(report: Report, say: Wording) -> Iterator[Block]:
    yield Heading(say("contacts"))
    now = report.totals.contacts[report.period.week]
    if not now.whole:
        yield Paragraph(say("no_contacts"))
    yield Figure(figures.contacts(report, say), 2.7, say("contacts"))
    if now.untold:
        yield Paragraph(say("untold", count=say.number(now.untold)), note=True)


def _promises(report: Report, say: Wording) -> Iterator[Block]:
    yield Heading(say("promises"))
    period = report.period
    if period.paid_until is None:
        yield Paragraph(say("no_payments"))
    else:
        yield Paragraph(say("promises_note", grace=period.grace_days, until=_day(period.paid_until)), note=True)
    if not report.totals.promises:
        return
    kinds = (Standing.KEPT, Standing.PARTLY, Standing.BROKEN, Standing.OPEN, Standing.REPLACED)
    header = (say("segment"), say("made_short"), *(say(one) for one in kinds), say("kept_share"))
    rows = []
    for key, row in report.totals.promises.items():
        share = say.percent(row.ended.get(Standing.KEPT, 0) / row.decided) if row.decided else "–"
        ended = (_ended(row, one, period, say) for one in kinds)
        rows.append((figures.row_name(key, say), say.number(row.made), *ended, share))
    if any(sum(row.ended.values()) for row in report.totals.promises.values()):
        yield Figure(figures.promises(report, say), 0.9 + 0.36 * len(report.totals.promises), say("promises"))
    yield Table(header, tuple(rows))
    for currency in Currency:
        if any(row.promised.get(currency) for row in report.totals.promises.values()):
            yield Heading(say("sums"), 3)
            yield Figure(figures.sums(report, say, currency), 0.9 + 0.42 * len(report.totals.promises), say("sums"))
            yield Table(
                (say("segment"), say("promised"), say("paid"), say("paid_share")), tuple(_sums(report, say, currency))
            )


def _ended(row: PromiseTotals, standing: Standing, period: Period, say: Wording) -> str:
    """Return how many promises ended so; without payments nobody can tell what was paid."""
    if period.paid_until is None and standing in DECIDED:
        return "–"
    return say.number(row.ended.get(standing, 0))


def _sums(report: Report, say: Wording, currency: Currency) -> Iterator[tuple[str, ...]]:
    for key, row in report.totals.promises.items():
        if promised := row.promised.get(currency, 0):
            yield (figures.row_name(key, say), *_sum_cells(row, promised, currency, say))


def _sum_cells(row: PromiseTotals, promised: int, currency: Currency, say: Wording) -> tuple[str, ...]:
    paid = row.paid.get(currency, 0)
    return say.number(promised / 100), f"{say.number(paid / 100)} {currency}", say.percent(paid / promised)


def _practices(report: Report, say: Wording) -> Iterator[Block]:
    yield Heading(say("practices"))
    rate = say.percent(Rules().false_discoveries)
    yield Paragraph(say("practices_note", fdr=rate, weeks=report.period.weeks), note=True)
    if report.sampled < report.of:
        sampled, whole = say.number(report.sampled), say.number(report.of)
        yield Paragraph(say("sampled", sampled=sampled, whole=whole), note=True)
    for outcome in Outcome:
        yield Heading(figures.outcome_name(outcome, say), 3)
        shown = report.practices[outcome][:_MOST_PRACTICES]
        if not shown:
            yield Paragraph(say("none_found"))
            continue
        shown = tuple(sorted(shown, key=lambda one: -one.difference.value))
        yield Figure(figures.forest(shown, report, say), 0.7 + 0.3 * len(shown), figures.outcome_name(outcome, say))
        header = (say("feature"), say("difference"), say("odds"), say("people"), say("examples"))
        yield Table(header, tuple(_practice(one, report.criteria, say) for one in shown))


def _practice(one: Practice, criteria: figures.Criteria, say: Wording) -> tuple[str, ...]:
    difference, odds = one.difference, one.odds_ratio
    ends = [_signed(100 * end, say) for end in (difference.value, difference.low, difference.high)]
    ratio = [say.number(end, 1) if end < 100 else "≫" for end in (odds.value, odds.low, odds.high) if end == end]
    return (
        figures.feature_name(one, criteria, say),
        _with_ends(ends),
        _with_ends(ratio) if len(ratio) == 3 else "–",
        f"{say.number(one.people_with)} / {say.number(one.people_without)}",
        _examples(one.examples),
    )


def _reasons(report: Report, say: Wording) -> Iterator[Block]:
    yield Heading(say("reasons"))
    if not report.reasons:
        yield Paragraph(say("no_reasons"))
        return
    yield Paragraph(say("reasons_note", weeks=report.period.weeks), note=True)
    drawn = report.reasons[:_DRAWN_REASONS]
    yield Figure(figures.reasons(drawn, report, say), 2.7 + 0.17 * len(drawn), say("reasons"))
    segments = sorted({name for one in report.reasons for name in one.segments})
    names = [say.named("segment", name) if name else say("no_segment") for name in segments]
    header = (say("reason"), say("share"), *names, say("trend"), say("examples"))
    yield Table(header, tuple(_reason(one, segments, say) for one in report.reasons[:_MOST_REASONS]))


def _reason(one: Reason, segments: list[str], say: Wording) -> tuple[str, ...]:
    shares = (say.percent(one.segments[name].share.value) if name in one.segments else "–" for name in segments)
    trend = "–"
    if one.trend is not None:
        ends = [_signed(100 * end, say) for end in (one.trend.value, one.trend.low, one.trend.high)]
        trend = _with_ends(ends)
    name = f"{one.known.name} ({one.known.language})"
    return (name, say.percent(one.whole.share.value), *shares, trend, _examples(one.examples[:2]))


def _measures(report: Report, say: Wording) -> Iterator[Block]:
    if report.measures:
        yield Heading(say("measures"))
        yield Paragraph(say("measures_note"), note=True)
    for name in report.measures:
        yield Figure(figures.measure(report, say, name), 1.9, figures.measure_name(name, say))


def _with_ends(texts: list[str]) -> str:
    """Return an estimate with its interval, which no line's end may part."""
    value, low, high = texts
    return f"{value} ({low}…{high})".replace(" ", "\N{NO-BREAK SPACE}")


def _examples(examples: tuple[Example, ...]) -> str:
    return "; ".join(f"{one.contact_id}\N{NO-BREAK SPACE}{_clock(one.start_s)}".strip() for one in examples)


def _clock(second: float | None) -> str:
    return "" if second is None else f"{int(second // 60)}:{int(second % 60):02d}"


def _signed(value: float, say: Wording) -> str:
    rounded = round(value)
    return f"+{say.number(rounded)}" if rounded > 0 else say.number(rounded)


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"
