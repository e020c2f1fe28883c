"""The report as PDF, to be printed and filed."""

import re
from io import BytesIO
from itertools import groupby
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
    for kind, group in groupby(blocks_of(report, say), key=type):
        blocks = list(group)
        if kind is Figure and len(blocks) > 1:
            _pairs(page, [block for block in blocks if isinstance(block, Figure)])
            continue
        for block in blocks:
            _write(page, block)
    return bytes(page.output())


def _write(page: _Page, block: Block) -> None:
    match block:
        case Heading():
            page.keep_together(60 if block.level == 2 else 45)
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
        case Figure():
            height_mm = _FIGURE_MM * block.height_in / _FIGURE_WIDTH_IN
            page.keep_together(height_mm)
            page.image(BytesIO(png(block.draw, block.height_in)), w=_FIGURE_MM, h=height_mm, alt_text=block.text)
            page.ln(2)


def _pairs(page: _Page, blocks: list[Figure]) -> None:
    """Write figures of one height, two beside each other."""
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
    longest = [max(len(cell) for cell in column) for column in columns]
    longest_word = [max(len(word) for cell in column for word in re.split("[ -]", cell)) for column in columns]
    widths = [max(word + 2, min(30, whole)) for word, whole in zip(longest_word, longest, strict=True)]
    page.set_draw_color(*_LINE)
    page.set_font(_FONT, "", 7.5)
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
    with page.table(**options) as table:
        for row in (block.header, *block.rows):
            table.row(row)
    page.ln(2)
