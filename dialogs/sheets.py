"""All texts of a scenario as a spreadsheet, for lawyers and translators, and back.

A sheet that comes back is compared with what was exported, kept on a second page, and with what stands in the files:
only what was changed in the sheet is taken, and a text that was meanwhile changed in the files too is a conflict. Every
cell is text, so that no spreadsheet takes one for a formula, and a formula that comes back is refused.
"""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from dialogs.checks.wordings import facts_in
from dialogs.editing import TextPlace
from dialogs.facts import Declared
from dialogs.prompts import Template, TemplateError
from dialogs.scenario import Scenario
from dialogs.schema import PromptSpec, ScenarioSpec
from dialogs.uses import said_in
from engine.errors import ScenarioError
from engine.speech import Language

MAX_SHEET_BYTES: Final = 8 * 2**20
"""Of a file that is taken back; ours of a large scenario has 40 KiB."""

MAX_UNPACKED_BYTES: Final = 64 * 2**20

_TEXTS: Final = "texts"
_EXPORTED: Final = "as exported"
_FIXED: Final = ("prompt", "tone", "variant", "said in", "anyone may hear", "facts")
_WIDTHS: Final = (24, 12, 8, 28, 10, 26)
_TEXT_WIDTH: Final = 60
_NOTE: Final = "note"
_MAX_ROWS: Final = 5000
_HEAD = PatternFill("solid", start_color="1F2937")
_WAITING = PatternFill("solid", start_color="FEF3C7")
_NEUTRAL = PatternFill("solid", start_color="E5E7EB")


@dataclass(frozen=True, slots=True)
class Change:
    """A text that was changed in a sheet.

    Args:
        place: of the text.
        before: what stands in the files; None where there is none yet.
        after: what the sheet wants.
        problem: why it cannot be taken; None where it can.
    """

    place: TextPlace
    before: str | None
    after: str
    problem: str | None = None


def export_sheet(scenario: Scenario) -> bytes:
    """Return a scenario's texts as an XLSX file."""
    spec = scenario.spec
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = _TEXTS
    _head(sheet, spec)
    places = said_in(spec)
    for name, prompt in spec.prompts.items():
        for tone, variant in _keys(prompt, spec.languages):
            row = [name, tone, str(variant + 1), ", ".join(places.get(name, ())), "yes" if prompt.neutral else ""]
            row.append(", ".join(sorted(_facts(prompt, spec.languages))))
            texts = [_text(prompt, language, tone, variant) for language in spec.languages]
            _append(sheet, [*row, *texts, ""])
            _colour(sheet, prompt, spec.languages)
    exported = book.create_sheet(_EXPORTED)
    exported.sheet_state = "hidden"
    _append(exported, [scenario.name, scenario.content_hash])
    for values in list(sheet.iter_rows(min_row=1, values_only=True)):
        _append(exported, ["" if value is None else str(value) for value in values])
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def read_changes(scenario: Scenario, content: bytes) -> Sequence[Change]:
    """Return what was changed in a sheet since it was exported.

    Args:
        scenario: as it stands in the files now.
        content: of the XLSX file.

    Raises:
        ScenarioError: the file is none of ours, or holds formulas; the message names the cell.
    """
    book = _open(content)
    if _TEXTS not in book.sheetnames or _EXPORTED not in book.sheetnames:
        raise ScenarioError(f"the sheet has no pages `{_TEXTS}` and `{_EXPORTED}`; export it anew and move the texts")
    origin = [str(value) for value in next(book[_EXPORTED].iter_rows(max_row=1, values_only=True), ()) if value]
    if not origin or origin[0] != scenario.name:
        of = origin[0] if origin else "nothing"
        raise ScenarioError(f"the sheet is of {of}, not of {scenario.name}; take it into that scenario")
    before = dict(_texts(book[_EXPORTED], first_row=2))
    after = dict(_texts(book[_TEXTS], first_row=1))
    changed = {place: text for place, text in after.items() if text and text != before.get(place, "")}
    return [_change(scenario, place, before.get(place), text) for place, text in sorted(changed.items())]


def _change(scenario: Scenario, place: TextPlace, exported: str | None, text: str) -> Change:
    prompt = scenario.spec.prompts.get(place.prompt)
    if prompt is None:
        return Change(place, None, text, "there is no such prompt any more; write its texts into the file")
    now = _text(prompt, place.language, place.tone, place.variant) or None
    if now == text:
        return Change(place, now, text)
    if (exported or None) != now:
        return Change(place, now, text, "was changed in the files since the export; decide between the two there")
    try:
        template = Template.parse(text, Declared.of(scenario.spec).facts)
    except TemplateError as error:
        return Change(place, now, text, str(error))
    missing = sorted(_facts(prompt, (place.language,)) - template.facts) if now else []
    if missing:
        return Change(place, now, text, f"{{{missing[0]}}} is no longer told; keep the fact, or change the file itself")
    return Change(place, now, text)


def _open(content: bytes) -> Workbook:
    if len(content) > MAX_SHEET_BYTES:
        raise ScenarioError(f"the sheet is larger than {MAX_SHEET_BYTES >> 20} MiB; export it anew")
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MAX_UNPACKED_BYTES:
                raise ScenarioError("the sheet unpacks to more than any of ours; export it anew")
        return load_workbook(BytesIO(content), keep_links=False)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise ScenarioError(f"this is no XLSX file ({type(error).__name__}); save it as .xlsx") from None


def _texts(sheet: Worksheet, first_row: int) -> Iterator[tuple[TextPlace, str]]:
    """Yield place and text of every cell with a text; the row `first_row` has the headings."""
    rows = sheet.iter_rows(min_row=first_row, max_row=_MAX_ROWS)
    head = [str(cell.value or "") for cell in next(rows, ())]
    for needed in ("prompt", "tone", "variant"):
        if needed not in head:
            raise ScenarioError(f"the sheet has no column `{needed}`; leave the headings as they were exported")
    columns = {head.index(language): language for language in Language if language in head}
    for row in rows:
        cells = {heading: row[head.index(heading)] for heading in ("prompt", "tone", "variant")}
        name = _value(cells["prompt"])
        if not name:
            continue
        variant = _value(cells["variant"]) or "1"
        if not variant.isascii() or not variant.isdecimal() or not 1 <= int(variant) <= 8:
            raise ScenarioError(f"cell {cells['variant'].coordinate}: write the variant's number, 1 to 8")
        for index, language in columns.items():
            text = _value(row[index])
            if text:
                yield TextPlace(name, language, _value(cells["tone"]), int(variant) - 1), text


def _value(cell: Any) -> str:
    if cell.data_type == "f":
        raise ScenarioError(f"cell {cell.coordinate}: a formula; write the text itself")
    return "" if cell.value is None else str(cell.value).strip()


def _head(sheet: Worksheet, spec: ScenarioSpec) -> None:
    _append(sheet, [*_FIXED, *spec.languages, _NOTE])
    sheet.freeze_panes = "B2"
    widths = (*_WIDTHS, *(_TEXT_WIDTH for _ in spec.languages), 30)
    for index, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), _HEAD
    sheet["E1"].comment = Comment("Heard by anyone who picks up: not a word that tells of a debt.", "voicebot")
    sheet["F1"].comment = Comment("Stand in the texts in braces; keep them, with a case after a colon.", "voicebot")


def _append(sheet: Worksheet, values: Iterable[str]) -> None:
    """Add a row of texts; one that begins like a formula stays a text, in every spreadsheet."""
    row = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for column, value in enumerate(values, 1):
        cell: Cell = sheet.cell(row, column)
        cell.value = str(value)
        cell.data_type = "s"
        cell.style = "Normal"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.quotePrefix = True


def _colour(sheet: Worksheet, prompt: PromptSpec, languages: Sequence[Language]) -> None:
    row = sheet[sheet.max_row]
    if prompt.neutral:
        row[0].fill = _NEUTRAL
    for index, language in enumerate(languages, len(_FIXED)):
        if language in prompt.review:
            row[index].fill = _WAITING
            row[-1].value = "the coloured text waits for a native speaker's check"


def _keys(prompt: PromptSpec, languages: Sequence[Language]) -> list[tuple[str, int]]:
    """Return tone and number of every variant in any language, in the order of the file."""
    found: dict[tuple[str, int], None] = {}
    for language in languages:
        for tone, texts in (prompt.wordings(language) or {}).items():
            found |= {(tone, index): None for index in range(len(texts))}
    return list(found)


def _text(prompt: PromptSpec, language: Language, tone: str, variant: int) -> str:
    texts = (prompt.wordings(language) or {}).get(tone, ())
    return texts[variant] if variant < len(texts) else ""


def _facts(prompt: PromptSpec, languages: Sequence[Language]) -> frozenset[str]:
    texts = [text for language in languages for each in (prompt.wordings(language) or {}).values() for text in each]
    return frozenset(name for text in texts for name in facts_in(text))
