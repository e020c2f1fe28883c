"""Texts as a spreadsheet and back: what a translator changed is taken, and nothing else is touched."""

import shutil
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook, load_workbook

from config.cli import cli
from dialogs.editing import TextPlace, prompt_texts, replace_texts
from dialogs.loader import load_scenario
from dialogs.sheets import export_sheet, read_changes
from dialogs.taking import take_texts
from engine.errors import ScenarioError
from engine.speech import Language

FILE = """# kept
prompts:
  plain: {ru: "Раз", en: 'One'}   # kept too
  block:
    neutral: true
    ru: "Два"  # and this
    en: Two
  many:
    ru: ["А", "Б"]
    en:
      - First
      - Second
  toned:
    en: {kind: "Please", firm: ["Pay", "Now"]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped scenario."""
    shipped = Path(str(files("dialogs") / "scenarios"))
    shutil.copytree(shipped, tmp_path / "scenarios")
    return tmp_path / "scenarios" / "soft_collection"


def sheet_with(content: bytes, **cells: str) -> bytes:
    """Return a sheet with some cells of its first page changed."""
    book = load_workbook(BytesIO(content))
    for cell, value in cells.items():
        book["texts"][cell] = value
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


@cache
def cell_of(content: bytes, prompt: str, column: str) -> str:
    """Return the address of a prompt's first text."""
    sheet = load_workbook(BytesIO(content))["texts"]
    head = [cell.value for cell in sheet[1]]
    row = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == prompt)
    return str(row[head.index(column)].coordinate)


@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        (TextPlace("plain", Language.ENGLISH), "'One'", '"It\'s \\"new\\""'),
        (TextPlace("block", Language.ENGLISH), "en: Two", 'en: "It\'s \\"new\\""'),
        (TextPlace("many", Language.RUSSIAN, variant=1), '"Б"', '"It\'s \\"new\\""'),
        (TextPlace("many", Language.ENGLISH, variant=1), "- Second", '- "It\'s \\"new\\""'),
        (TextPlace("toned", Language.ENGLISH, "firm", 0), '"Pay"', '"It\'s \\"new\\""'),
        (TextPlace("plain", Language.KAZAKH), '"Раз"', '"Раз", kk: "It\'s \\"new\\""'),
        (TextPlace("block", Language.KAZAKH), '    ru: "Два"', '    kk: "It\'s \\"new\\""\n    ru: "Два"'),
        (TextPlace("plain", Language.ENGLISH, variant=1), "'One'", '[\'One\', "It\'s \\"new\\""]'),
        (TextPlace("many", Language.ENGLISH, variant=2), "- Second", '- Second\n      - "It\'s \\"new\\""'),
        (TextPlace("toned", Language.ENGLISH, "firm", 2), '"Now"', '"Now", "It\'s \\"new\\""'),
    ],
)
def test_a_text_is_replaced_where_it_stands(place: TextPlace, old: str, new: str) -> None:
    """Not a character beside it changes, whatever way it is written."""
    content = replace_texts("a.yaml", FILE, {place: 'It\'s "new"'})

    assert content == FILE.replace(old, new, 1)
    assert prompt_texts("a.yaml", content) == prompt_texts("a.yaml", FILE) | {place: 'It\'s "new"'}


def test_a_place_that_does_not_exist_is_named() -> None:
    """A prompt, a tone or a variant after a gap."""
    for place in (
        TextPlace("none", Language.ENGLISH),
        TextPlace("plain", Language.ENGLISH, "firm"),
        TextPlace("plain", Language.ENGLISH, variant=2),
    ):
        with pytest.raises(ScenarioError, match=place.prompt):
            replace_texts("a.yaml", FILE, {place: "x"})


def test_what_a_translator_changed_is_taken(folder: Path) -> None:
    """Through the command line, first as a rehearsal."""
    exported = export_sheet(load_scenario(folder))
    sheet = folder.parent / "texts.xlsx"
    sheet.write_bytes(sheet_with(exported, **{cell_of(exported, "goodbye", "ru"): "Хорошего дня, до свидания!"}))
    before = {path.name: path.read_text("utf-8") for path in folder.parent.glob("*/*.yaml")}

    rehearsed = CliRunner().invoke(cli, ["scenario", "import", str(folder), str(sheet), "--dry-run"])
    assert "would change: manners.yaml" in rehearsed.output
    assert {path.name: path.read_text("utf-8") for path in folder.parent.glob("*/*.yaml")} == before
    done = CliRunner().invoke(cli, ["scenario", "import", str(folder), str(sheet)])

    assert done.exit_code == 0, done.output
    now = (folder.parent / "common" / "manners.yaml").read_text("utf-8").splitlines()
    lines = zip(before["manners.yaml"].splitlines(), now, strict=True)
    assert [new.strip() for old, new in lines if old != new] == ['ru: "Хорошего дня, до свидания!"']
    assert read_changes(load_scenario(folder), exported) == []


def test_a_text_that_was_changed_on_both_sides_is_a_conflict(folder: Path) -> None:
    """Neither side wins by itself."""
    exported = export_sheet(load_scenario(folder))
    take_texts(load_scenario(folder), folder, {TextPlace("goodbye", Language.ENGLISH): "Bye now!"})

    (change,) = read_changes(
        load_scenario(folder), sheet_with(exported, **{cell_of(exported, "goodbye", "en"): "So long!"})
    )

    assert (change.before, change.after) == ("Bye now!", "So long!")
    assert change.problem is not None
    assert "changed in the files since the export" in change.problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("К оплате {dept}.", "unknown fact {dept}; did you mean {debt}?"),
        ("Скоро платить.", "is no longer told; keep the fact"),
        ("а" * 400, "too long for the phone"),
    ],
)
def test_what_cannot_be_spoken_is_refused(folder: Path, text: str, problem: str) -> None:
    """And nothing is written."""
    exported = export_sheet(load_scenario(folder))
    sheet = folder.parent / "texts.xlsx"
    sheet.write_bytes(sheet_with(exported, **{cell_of(exported, "debt_facts", "ru"): text}))
    before = (folder / "scenario.yaml").read_text("utf-8")

    done = CliRunner().invoke(cli, ["scenario", "import", str(folder), str(sheet)])

    assert done.exit_code != 0
    assert problem in done.output
    assert (folder / "scenario.yaml").read_text("utf-8") == before


def test_no_cell_is_a_formula(folder: Path) -> None:
    """Neither one of ours that begins like one, nor one that comes back."""
    texts = {("goodbye", "en"): "=1+1", ("goodbye", "ru"): "+7", ("goodbye", "kk"): "-1", ("yes_robot", "en"): "@x"}
    places = {TextPlace(prompt, Language(language)): text for (prompt, language), text in texts.items()}
    take_texts(load_scenario(folder), folder, places)
    exported = export_sheet(load_scenario(folder))
    page = load_workbook(BytesIO(exported))["texts"]
    for (prompt, language), text in texts.items():
        cell = page[cell_of(exported, prompt, language)]
        assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", text, True)

    with pytest.raises(ScenarioError, match=r"cell G2: a formula"):
        read_changes(load_scenario(folder), sheet_with(exported, G2='=WEBSERVICE("http://127.0.0.1/")'))


def test_a_file_that_is_none_of_ours_is_refused(folder: Path) -> None:
    """No spreadsheet, another one, another scenario's, one without its headings."""
    scenario = load_scenario(folder)
    exported = export_sheet(scenario)
    stream = BytesIO()
    Workbook().save(stream)
    other = load_workbook(BytesIO(exported))
    other["as exported"]["A1"] = "other"
    renamed = BytesIO()
    other.save(renamed)
    for content, message in (
        (b"PK nonsense", "no XLSX file"),
        (stream.getvalue(), "has no pages"),
        (renamed.getvalue(), "is of other, not of soft_collection"),
        (sheet_with(exported, A1="x"), "no column `prompt`"),
    ):
        with pytest.raises(ScenarioError, match=message):
            read_changes(scenario, content)
