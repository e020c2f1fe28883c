"""The report as one HTML file that needs nothing else: no network, no script, no font."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analytics.insights.blocks import Block, Figure, Heading, blocks_of, title_of
from analytics.insights.figures import svg
from analytics.insights.report import Report
from analytics.insights.wording import Wording


@dataclass(frozen=True, slots=True)
class _Group:
    kind: str
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class _Part:
    boxed: bool
    groups: list[_Group]


def html_of(report: Report, say: Wording) -> str:
    """Return the report as HTML."""
    environment = Environment(
        loader=PackageLoader("analytics.insights"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    title, subtitle = title_of(report, say)
    return environment.get_template("report.html").render(
        language=say.language.value,
        title=title,
        subtitle=subtitle,
        parts=list(_parts(blocks_of(report, say))),
        svg=_svg,
    )


def _svg(block: Figure) -> Markup:
    return Markup(svg(block.draw, block.height_in))  # drawn by us, and matplotlib escapes its texts


def _parts(blocks: Iterable[Block]) -> Iterable[_Part]:
    """Yield the blocks by part, each beginning with its heading, and neighbours of one kind together."""
    part: list[Block] = []
    boxed = False
    for block in blocks:
        if isinstance(block, Heading) and block.level == 2:
            yield _Part(boxed, _groups(part))
            part, boxed = [], True
        part.append(block)
    yield _Part(boxed, _groups(part))


def _groups(blocks: list[Block]) -> list[_Group]:
    return [_Group(kind, list(group)) for kind, group in groupby(blocks, key=lambda one: type(one).__name__)]
