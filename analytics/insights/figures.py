"""The report's figures; small, since they are read on telephones."""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analytics.insights.observed import Caller
from analytics.insights.practice import FeatureKind, Outcome, Practice
from analytics.insights.reasons import Reason
from analytics.insights.report import Report
from analytics.insights.wording import Wording
from analytics.payments.values import Standing
from engine.accounts import Currency
from engine.speech import Language

GOOD: Final = "#1b7f5c"
BAD: Final = "#c2410c"
MILD: Final = "#e0a526"
BLUE: Final = "#2563a8"
GREY: Final = "#b8c0cc"
_INK: Final = "#1f2733"
_LINES: Final = (BLUE, BAD, GOOD, MILD, "#7c4d9e")
_STYLE: Final[Any] = {  # matplotlib types its keys as one long Literal
    **{"font.family": "DejaVu Sans", "font.size": 9.5, "svg.fonttype": "path", "svg.hashsalt": "report"},
    **{"axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": GREY, "axes.labelcolor": _INK},
    **{"xtick.color": _INK, "ytick.color": _INK, "text.color": _INK, "legend.frameon": False},
    **{"grid.color": "#e8ebf0", "axes.axisbelow": True, "axes.titlesize": 9.5},
}
_WIDTH_IN: Final = 4.9
_DOTS_PER_INCH: Final = 220
_LONGEST: Final = 34

Drawing = Callable[[Figure], None]
Criteria = Mapping[str, Mapping[Language, str]]
"""What those of scorecards ask, as `Report.criteria`."""


def svg(draw: Drawing, height_in: float) -> str:
    """Return a figure as an SVG element, its letters as outlines, so that it needs no font."""
    text = StringIO()
    with mpl.rc_context(_STYLE):
        figure = Figure((_WIDTH_IN, height_in), layout="constrained")
        draw(figure)
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(text, metadata={"Date": None, "Creator": None})
    return text.getvalue()[text.getvalue().index("<svg") :]


def png(draw: Drawing, height_in: float) -> bytes:
    """Return a figure as a PNG that is fit for print."""
    content = BytesIO()
    with mpl.rc_context(_STYLE):
        figure = Figure((_WIDTH_IN, height_in), layout="constrained", dpi=_DOTS_PER_INCH)
        draw(figure)
        canvas: Any = FigureCanvasAgg(figure)
        canvas.print_png(content)
    return content.getvalue()


def contacts(report: Report, say: Wording) -> Drawing:
    """Return the figure of contacts and right-party contacts by week and caller."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.grid(axis="y")
        weeks = report.period.all_weeks
        for shift, caller, colour in ((-0.2, Caller.BOT, BLUE), (0.2, Caller.PERSON, MILD)):
            at = [number + shift for number in range(len(weeks))]
            whole = [report.totals.contacts[week].contacts.get(caller, 0) for week in weeks]
            reached = [report.totals.contacts[week].right_party.get(caller, 0) for week in weeks]
            name = say.named("caller", caller)
            axes.bar(at, whole, 0.36, color=colour, alpha=0.3, label=f"{name}: {say('contacts').lower()}")
            axes.bar(at, reached, 0.36, color=colour, label=f"{name}: {say('reached_short')}")
        _weeks(axes, report, range(len(weeks)))
        axes.set_ylabel(say("contacts_axis"))
        _thousands(axes.yaxis, say)
        _legend(axes)

    return draw


def promises(report: Report, say: Wording) -> Drawing:
    """Return the figure of what became of promises, by segment and caller."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        rows = list(report.totals.promises)[::-1]
        names = [row_name(key, say) for key in rows]
        left = [0] * len(rows)
        kinds = ((Standing.KEPT, GOOD), (Standing.PARTLY, MILD), (Standing.BROKEN, BAD), (Standing.OPEN, GREY))
        for standing, colour in kinds:
            widths = [report.totals.promises[key].ended.get(standing, 0) for key in rows]
            bars = axes.barh(names, widths, left=left, color=colour, label=say(standing), height=0.62)
            most = max(sum(report.totals.promises[key].ended.values()) for key in rows)
            labels = [say.number(width) if width > 0.06 * most else "" for width in widths]
            axes.bar_label(bars, labels, label_type="center", color="white" if colour != GREY else _INK, fontsize=8.5)
            left = [one + width for one, width in zip(left, widths, strict=True)]
        _thousands(axes.xaxis, say)
        axes.set_xlabel(say("promises_axis"), loc="right")
        _legend(axes)

    return draw


def sums(report: Report, say: Wording, currency: Currency) -> Drawing:
    """Return the figure of what was promised and what came, by segment and caller, in millions."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        rows = [key for key in list(report.totals.promises)[::-1] if report.totals.promises[key].promised.get(currency)]
        for shift, name, colour in ((0.2, "promised", GREY), (-0.2, "paid", GOOD)):
            values = [getattr(report.totals.promises[key], name).get(currency, 0) / 1e8 for key in rows]
            bars = axes.barh([at + shift for at in range(len(rows))], values, 0.36, color=colour, label=say(name))
            axes.bar_label(bars, [say.number(value, 2) for value in values], padding=3, fontsize=8.5)
        axes.set_yticks(range(len(rows)), [row_name(key, say) for key in rows])
        axes.set_xlabel(say("million", currency=currency), loc="right")
        axes.margins(x=0.14)
        _legend(axes)

    return draw


def measure(report: Report, say: Wording, name: str) -> Drawing:
    """Return the figure of one measure by week with its spread."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.grid(axis="y")
        weeks = report.period.all_weeks
        found = report.measures[name]
        at = [number for number, week in enumerate(weeks) if week in found]
        rows = [found[weeks[number]] for number in at]
        axes.fill_between(
            at, [one.low for one in rows], [one.high for one in rows], color=BLUE, alpha=0.16, linewidth=0
        )
        axes.plot(at, [one.middle for one in rows], color=BLUE, marker="o", markersize=4)
        _weeks(axes, report, range(len(weeks)))
        axes.set_title(measure_name(name, say), loc="left")
        axes.margins(x=0.04)
        axes.set_ylim(bottom=0)

    return draw


def forest(practices: Sequence[Practice], report: Report, say: Wording) -> Drawing:
    """Return the figure of differences with their intervals."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvline(0, color=_INK, linewidth=0.8)
        for at, one in enumerate(reversed(practices)):
            colour = GOOD if one.good else BAD
            low, middle, high = (100 * end for end in (one.difference.low, one.difference.value, one.difference.high))
            axes.plot([low, high], [at, at], color=colour, linewidth=2, solid_capstyle="round")
            axes.plot([middle], [at], color=colour, marker="s", markersize=6)
        names = [_short(feature_name(one, report.criteria, say)) for one in reversed(practices)]
        axes.set_yticks(range(len(practices)), names)
        axes.set_ylim(-0.7, len(practices) - 0.3)
        axes.set_xlabel(say("points"), loc="right")
        axes.margins(x=0.08)

    return draw


def reasons(found: Sequence[Reason], report: Report, say: Wording) -> Drawing:
    """Return the figure of the commonest reasons by week."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.grid(axis="y")
        weeks = report.period.all_weeks
        for one, colour in zip(found, _LINES, strict=False):
            at = [number for number, week in enumerate(weeks) if week in one.weeks]
            rows = [one.weeks[weeks[number]].share for number in at]
            low, middle, high = ([100 * getattr(row, end) for row in rows] for end in ("low", "value", "high"))
            axes.plot(at, middle, color=colour, marker="o", markersize=4, label=one.known.name)
            axes.fill_between(at, low, high, color=colour, alpha=0.1, linewidth=0)
        _weeks(axes, report, range(len(weeks)))
        axes.set_ylabel(say("share_axis"))
        axes.set_ylim(bottom=0)
        _legend(axes, 1)

    return draw


def row_name(key: tuple[str, Caller] | None, say: Wording) -> str:
    """Return the name of a row of promises."""
    if key is None:
        return say("others")
    return f"{say.named('segment', key[0]) if key[0] else say('no_segment')}, {say.named('caller', key[1])}"


def feature_name(practice: Practice, criteria: Criteria, say: Wording) -> str:
    """Return a feature in words: who, and what."""
    feature = practice.feature
    if feature.above is not None:
        value = say.number(feature.above, 0 if feature.above == int(feature.above) else 2)
        return say("above", name=measure_name(feature.name, say), value=value)
    if feature.kind is FeatureKind.PHRASE:
        return f"{say.named('side', feature.side)}: «{feature.name}»"
    kind, _, name = feature.name.partition(":")
    told = criterion_name(name, criteria, say) if kind == "criterion" else say.named(kind, name)
    return f"{say.named('side', feature.side)}: {told}"


def criterion_name(name: str, criteria: Criteria, say: Wording) -> str:
    """Return a criterion, named ``card/criterion``, in words; one that no card has any more is itself."""
    card, _, criterion = name.partition("/")
    says = criteria.get(name)
    sentence = criterion if says is None else says[say.language].removesuffix(".")
    return say("criterion", says=sentence, card=say.named("card", card))


def measure_name(name: str, say: Wording) -> str:
    """Return a measure in words; where it is one side's, the side is told before what both have."""
    side, _, what = name.partition("_")
    if say.names("measure", name) or not say.names("sided", what):
        return say.named("measure", name)
    return f"{say.named('side', side)}: {say.named('sided', what)}"


def outcome_name(outcome: Outcome, say: Wording) -> str:
    """Return an outcome in words."""
    return say.named("outcome", outcome)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _thousands(axis: Axis, say: Wording) -> None:
    """Write whole numbers as the language does, and no more of them than fit beside each other."""
    axis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: say.number(value)))


def _weeks(axes: Axes, report: Report, at: range) -> None:
    axes.set_xticks(list(at), [f"{week.monday:%d.%m}" for week in report.period.all_weeks])


def _legend(axes: Axes, columns: int = 2) -> None:
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, fontsize=8.5, borderaxespad=0.2)
