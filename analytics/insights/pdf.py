"""The report as PDF, to be printed and filed."""

from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from fpdf import FPDF
from fpdf.enums import TableCellFillMode
from fpdf.fonts import FontFace

from analytics.insights.blocks import Block, Figure, Heading, Paragraph, Table, Tiles, blocks_of, title_of
from analytics.insights.figures import png
from analytics.insights.report import Report
from analytics.insights.wording import Wording

_FONT: Final = "DejaVu"  # comes with matplotlib, and has the letters of all three languages
_INK: Final = (31, 39, 51)
_SOFT: Final = (91, 102, 117)
_LINE: Final = (225, 229, 235)
_MARGIN_MM: Final = 15
_FIGURE_MM: Final = 122
_WIDEST_MM: Final = 60
_SMALL_FIGURE_MM: Final = 86
"""Of figures that stand side by side."""
_MM_PER_INCH: Final = 25.4
_FIGURE_WIDTH_IN: Final = 4.9


class _Page(FPDF):
    """A4 with the page's number at its foot."""

    def __init__(self, title: str, language: str) -> None:
        super().__init__(format="A4")
        fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
        self.add_font(_FONT, "", fonts / "DejaVuSans.ttf")
        self.add_font(_FONT, "B", fonts / "DejaVuSans-Bold.ttf")
        self.set_margins(_MARGIN_MM, _MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=_MARGIN_MM + 3)
        self.set_title(title)
        self.set_lang(language)

    def footer(self) -> None:
        self.set_y(-_MARGIN_MM)
        self.write_line(f"{self.title}  ·  {self.page_no()} / {{nb}}", 7.5, _SOFT)

    def write_line(self, text: str, size_pt: float, colour: tuple[int, int, int] = _INK, style: str = "") -> None:
        self.set_font(_FONT, style, size_pt)
        self.set_text_color(*colour)
        self.multi_cell(0, size_pt * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")

    def keep_together(self, height_mm: float) -> None:
        if self.will_page_break(height_mm):
            self.add_page()


def pdf_of(report: Report, say: Wording) -> bytes:
    """Return the report as PDF."""
    title, subtitle = title_of(report, say)
    page = _Page(f"{title}. {subtitle}", say.language.value)
    page.add_page()
    page.write_line(title, 20, style="B")
    page.write_line(subtitle, 11, _SOFT)
    page.ln(2)
    blocks = list(blocks_of(report, say))
    for at, block in enumerate(blocks):
        if isinstance(block, Heading):
            page.keep_together(_height_mm(blocks[at:]))
        if not isinstance(block, Figure):
            _write(page, block)
        elif not at or not isinstance(blocks[at - 1], Figure):
            _figures(page, _run_of_figures(blocks[at:]))
    return bytes(page.output())


def _write(page: _Page, block: Block) -> None:
    match block:
        case Heading():
            page.ln(5 if block.level == 2 else 3)
            page.write_line(block.text, 14 if block.level == 2 else 11, style="B")
            page.ln(1)
        case Paragraph():
            page.write_line(block.text, 8 if block.note else 9.5, _SOFT if block.note else _INK)
            page.ln(1.5)
        case Tiles():
            _tiles(page, block)
        case Table():
            _table(page, block)


def _run_of_figures(blocks: list[Block]) -> list[Figure]:
    found: list[Figure] = []
    for block in blocks:
        if not isinstance(block, Figure):
            break
        found.append(block)
    return found


def _height_mm(blocks: list[Block]) -> float:
    """Return how much belongs under a heading at least: up to its first figure, or a table's first rows."""
    height_mm = 0.0
    for block in blocks:
        if isinstance(block, Figure):
            return height_mm + _FIGURE_MM * block.height_in / _FIGURE_WIDTH_IN
        if isinstance(block, Table):
            return height_mm + 25
        height_mm += 14
    return height_mm


def _figures(page: _Page, blocks: list[Figure]) -> None:
    """Write a figure by itself, or several of one height two by two."""
    if len(blocks) == 1:
        height_mm = _FIGURE_MM * blocks[0].height_in / _FIGURE_WIDTH_IN
        page.keep_together(height_mm)
        content = BytesIO(png(blocks[0].draw, blocks[0].height_in))
        page.image(content, w=_FIGURE_MM, h=height_mm, alt_text=blocks[0].text)
        page.ln(2)
        return
    for at in range(0, len(blocks), 2):
        pair = blocks[at : at + 2]
        height_mm = _SMALL_FIGURE_MM * max(block.height_in for block in pair) / _FIGURE_WIDTH_IN
        page.keep_together(height_mm)
        top = page.get_y()
        for number, block in enumerate(pair):
            content, left = BytesIO(png(block.draw, block.height_in)), page.l_margin + number * (_SMALL_FIGURE_MM + 6)
            page.image(content, x=left, y=top, w=_SMALL_FIGURE_MM, alt_text=block.text)
        page.set_xy(page.l_margin, top + height_mm + 2)


def _tiles(page: _Page, block: Tiles) -> None:
    width_mm = page.epw / len(block.tiles)
    top = page.get_y() + 2
    for number, tile in enumerate(block.tiles):
        rows = ((tile.label, 7.5, _SOFT, ""), (tile.value, 17, _INK, "B"), (tile.beside, 7.5, _SOFT, ""))
        y_mm = top
        for text, size_pt, colour, style in rows:
            page.set_xy(page.l_margin + number * width_mm, y_mm)
            page.set_font(_FONT, style, size_pt)
            page.set_text_color(*colour)
            page.cell(width_mm, size_pt * 0.5, text)
            y_mm += size_pt * 0.5
    page.set_xy(page.l_margin, top + 18)


def _table(page: _Page, block: Table) -> None:
    columns = list(zip(block.header, *block.rows, strict=True))
    page.set_draw_color(*_LINE)
    page.set_font(_FONT, "", 7.5)
    widths = _widths_mm(page, columns)
    page.set_text_color(*_INK)
    heads = FontFace(emphasis="", color=_SOFT)
    options: Any = {
        "borders_layout": "HORIZONTAL_LINES",
        "cell_fill_mode": TableCellFillMode.NONE,
        "col_widths": widths,
        "headings_style": heads,
        "line_height": 4,
        "padding": (0.8, 1),
        "text_align": ["LEFT" if at < block.words else "RIGHT" for at in range(len(widths))],
    }
    height_mm = sum(_row_mm(page, row, widths) for row in (block.header, *block.rows))
    if height_mm < page.eph:
        page.keep_together(height_mm)  # else it goes on under its header on the next page
    with page.table(**options) as table:
        for row in (block.header, *block.rows):
            table.row(row)
    page.ln(2)


def _row_mm(page: _Page, row: tuple[str, ...], widths_mm: list[float]) -> float:
    """Return how high a row becomes, or a little more."""
    lines = (ceil(page.get_string_width(cell) / (width_mm - 3)) for cell, width_mm in zip(row, widths_mm, strict=True))
    return 4 * max(1, *lines) + 1.6


def _widths_mm(page: _Page, columns: list[tuple[str, ...]]) -> list[float]:
    """Return widths in which no word breaks; what is left goes to columns whose cells want a line for themselves."""
    least = [max(page.get_string_width(word) for cell in column for word in cell.split(" ")) + 4 for column in columns]
    wanted = [max(page.get_string_width(cell) for cell in column) + 4 for column in columns]
    left_mm = max(0.0, page.epw - sum(least))
    more = [min(_WIDEST_MM, one) - few if one > few else 0.0 for one, few in zip(wanted, least, strict=True)]
    more = [max(0.1, one) for one in more]
    return [few + left_mm * one / sum(more) for few, one in zip(least, more, strict=True)]
