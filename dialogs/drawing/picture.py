"""The picture's content in Graphviz's language: one box a state, one arrow for each way between two.

What holds in every question (``anytime``) would draw an arrow from everywhere to everywhere: it stands in a table, with
the endings that nothing else leads to.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import Final

from dialogs.schema import SPECIAL_TARGETS, PromptSpec, RouteSpec, ScenarioSpec, StateSpec, TransitionSpec
from engine.speech import Language

_WIDTH: Final = 38
"""Characters of a prompt's line in a box."""
_LINES: Final = 4
"""Lines of a prompt; the rest is an ellipsis."""
_LABEL: Final = 24
"""Characters of an arrow's line."""
_BREAK: Final = "<br align='left'/>"
_COLUMNS: Final = 4
"""Of the table of what holds in every question."""

_QUESTION: Final = "#dbeafe"
_SWITCH: Final = "#f3f4f6"
_ACTION: Final = "#ede9fe"
_ENDING: Final = "#dcfce7"
_TRANSFER: Final = "#fef3c7"
_NEUTRAL_ENDING: Final = "#e5e7eb"
_HIGHLIGHT: Final = "#dc2626"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is shown.

    Args:
        language: of the prompts.
        anytime: show the table of what holds in every question.
        here: a state to mark, such as that of a live conversation.
        walked: ways to mark, from state to state.
    """

    language: Language
    anytime: bool = True
    here: str | None = None
    walked: frozenset[tuple[str, str]] = frozenset()


def dot_source(spec: ScenarioSpec, wish: Wish) -> str:
    """Return the picture of a scenario in Graphviz's language."""
    arrows = _arrows(spec)
    drawn = {spec.start, spec.start_inbound or spec.start} | {name for begin, end, _ in arrows for name in (begin, end)}
    lines = [
        f"digraph {_quoted(spec.name)} {{",
        '  graph [rankdir=TB, nodesep=0.3, ranksep=0.55, splines=true, fontname="Helvetica", fontsize=10, pad=0.3, '
        'bgcolor="white", labelloc=b, labeljust=l];',
        '  node [shape=plain, fontname="Helvetica", fontsize=10];',
        '  edge [fontname="Helvetica", fontsize=8, color="#4b5563", fontcolor="#374151", arrowsize=0.7];',
        '  "start!" [shape=circle, style=filled, fillcolor="#111827", label="", width=0.22, tooltip="start"];',
        f'  "start!" -> {_quoted(spec.start)};',
    ]
    if spec.start_inbound not in (None, spec.start):
        assert spec.start_inbound is not None
        lines.append(f'  "start!" -> {_quoted(spec.start_inbound)} [label="a call to us", style=dashed];')
    shown = {name: state for name, state in spec.states.items() if name in drawn or not wish.anytime}
    lines += [_state(spec, name, state, wish) for name, state in shown.items()]
    if wish.anytime:
        lines.append(f"  label=<{_anytime_table(spec, spec.states.keys() - drawn, wish)}>;")
    lines += [_arrow(*way, labels, marked=way[:2] in wish.walked) for way, labels in arrows.items()]
    return "\n".join([*lines, "}"])


def _state(spec: ScenarioSpec, name: str, state: StateSpec, wish: Wish) -> str:
    colour, kind = _kind(spec, state)
    title = f'<b>{escape(name)}</b>  <font color="#6b7280" point-size="8">{escape(kind)}</font>'
    rows = [f'<tr><td align="left">{title}</td></tr>']
    spoken = [(name, "") for name in state.say] + ([(state.ask, "?")] if state.ask else [])
    rows += [_prompt_row(spec.prompts, name, wish.language, mark) for name, mark in spoken]
    frame = f'border="3" color="{_HIGHLIGHT}"' if wish.here == name else 'border="1" color="#9ca3af"'
    table = (
        f'<table {frame} cellborder="0" cellspacing="0" cellpadding="5" bgcolor="{colour}" style="rounded">'
        + "".join(rows)
        + "</table>"
    )
    return f"  {_quoted(name)} [label=<{table}>, id={_quoted('state-' + name)}, tooltip={_quoted(f'{name}: {kind}')}];"


def _kind(spec: ScenarioSpec, state: StateSpec) -> tuple[str, str]:
    if state.ask:
        return _QUESTION, f"asks: {state.expect}"
    if state.do:
        return _ACTION, f"does: {state.do}"
    if state.end is None:
        return _SWITCH, "decides"
    if state.transfer:
        return _TRANSFER, f"to a person, ends: {state.end}"
    told = all(name in spec.prompts and spec.prompts[name].neutral for name in state.say)
    return (_NEUTRAL_ENDING if told else _ENDING), f"ends: {state.end}"


def _prompt_row(prompts: Mapping[str, PromptSpec], name: str, language: Language, mark: str) -> str:
    shown = _BREAK.join(map(escape, _prompt_lines(prompts, name, language)))
    sign = f'<font color="#2563eb"><b>{mark} </b></font>' if mark else ""
    return f'<tr><td align="left" balign="left">{sign}{shown}</td></tr>'


def _prompt_lines(prompts: Mapping[str, PromptSpec], name: str, language: Language) -> list[str]:
    """Return a prompt's first text in lines, or its name where there is none."""
    text = prompts[name].text(language) if name in prompts else None
    lines = wrap(text or f"({name})", _WIDTH)
    return [*lines[: _LINES - 1], lines[_LINES - 1] + " …"] if len(lines) > _LINES else lines


def _anytime_table(spec: ScenarioSpec, alone: Collection[str], wish: Wish) -> str:
    """Return the table of what holds in every question: what was said, and where it leads.

    Args:
        spec: of the scenario.
        alone: states that only the table leads to, which therefore tell in it what they say.
        wish: what is shown.
    """
    limits = (
        ("silence", spec.limits.silence),
        ("not understood", spec.limits.not_understood),
        ("answers in all", spec.limits.turns),
    )
    ways = [(_label(one.on, one), one.say, one.to) for one in spec.anytime]
    ways += [(f"{what}, {limit.times + 1} times", (), limit.to) for what, limit in limits]
    told: set[str] = set()
    cells = []
    for said, prompts, target in ways:
        words = list(prompts)
        colour = _SWITCH
        if target in spec.states:
            colour, _ = _kind(spec, spec.states[target])
            words += [] if target in told or target not in alone else spec.states[target].say
            told.add(target)
        spoken = [line for name in words for line in _prompt_lines(spec.prompts, name, wish.language)]
        lines = [f"<b>{escape(target)}</b>", *map(escape, spoken)]
        frame = f'border="2" color="{_HIGHLIGHT}"' if target == wish.here else ""
        cells.append(
            f'<td align="left" balign="left" valign="top">{_BREAK.join(map(escape, wrap(said, _LABEL)))}</td>'
            f'<td align="left" balign="left" valign="top" bgcolor="{colour}" {frame}>{_BREAK.join(lines)}</td>'
        )
    height = -(-len(cells) // _COLUMNS)
    rows = ["<tr>" + "".join(cells[row::height]) + "</tr>" for row in range(height)]
    title = f'<tr><td align="left" colspan="{2 * _COLUMNS}"><b>in every question, after its own answers</b></td></tr>'
    return (
        '<table border="1" color="#9ca3af" cellborder="0" cellspacing="2" cellpadding="3" bgcolor="#fff7ed">'
        + title
        + "".join(rows)
        + "</table>"
    )


def _arrows(spec: ScenarioSpec) -> Mapping[tuple[str, str, str], list[str]]:
    """Return what stands at each arrow, by where it begins, where it ends, and how it is drawn."""
    arrows: dict[tuple[str, str, str], list[str]] = {}

    def add(begin: str, end: str, label: str, style: str = "solid") -> None:
        if end not in SPECIAL_TARGETS:
            arrows.setdefault((begin, end, style), []).append(label)

    for name, state in spec.states.items():
        for transition in state.on:
            add(name, transition.to, _label(transition.on, transition))
        for route in state.route:
            add(name, route.to, _label((), route) or ("" if len(state.route) == 1 else "else"))
        if state.failed:
            add(name, state.failed, "failed", "dashed")
        if state.absent and state.absent.to:
            add(name, state.absent.to, "nobody there", "dashed")
        for what, limit in (("silence", state.limits.silence), ("not understood", state.limits.not_understood)):
            if limit:
                add(name, limit.to, f"{what}, {limit.times + 1} times", "dashed")
    return arrows


def _arrow(begin: str, end: str, style: str, labels: Iterable[str], *, marked: bool) -> str:
    lines = [line for text in dict.fromkeys(labels) for line in wrap(text, _LABEL)]
    label = "\\n".join(map(_escaped, lines))
    colour = f', color="{_HIGHLIGHT}", penwidth=2' if marked else ""
    return f'  {_quoted(begin)} -> {_quoted(end)} [label="{label}", style={style}{colour}];'


def _label(on: Iterable[str], way: TransitionSpec | RouteSpec) -> str:
    parts = [", ".join(on)]
    if way.when:
        parts.append("if " + " and ".join(map(str, way.when)))
    if way.times:
        parts.append(f"at most {way.times}×")
    return " ".join(filter(None, parts))


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
