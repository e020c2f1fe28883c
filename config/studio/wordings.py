"""The texts of prompts as rows of a table, read file by file: a scenario with a fault elsewhere still has them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from config.studio.views import FileRead
from dialogs.checks.fault import Severity
from dialogs.checks.wording import wording_faults
from dialogs.documents import parse_document
from dialogs.editing import TextPlace, prompt_texts
from dialogs.facts import FACTS, Declared
from dialogs.prompts import MAX_PROMPT_CHARACTERS, Template, TemplateError
from dialogs.proofs.words import word_faults
from dialogs.respelling import without_marks
from dialogs.schema import ScenarioSpec
from engine.errors import ScenarioError
from engine.speech import Language

CHARACTERS_A_SECOND: Final = MAX_PROMPT_CHARACTERS / 22
"""Of a voice on the telephone, for an estimate before anybody has heard it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text of a prompt in one language.

    Args:
        file: path within the scenario.
        place: of the text in it.
        text: as it stands there; empty where it is missing.
        recording: path of the audio that stands in for the voice; empty for none.
        review: it waits for a native speaker's check.
    """

    file: str
    place: TextPlace
    text: str
    recording: str = ""
    review: bool = False

    @property
    def cell_id(self) -> str:
        """Names it in a page."""
        return "t" + sha256(f"{self.file}\0{self.place!r}".encode()).hexdigest()[:12]

    @property
    def characters(self) -> int:
        """As counted against the limit: without stress marks."""
        return len(without_marks(self.text))

    @property
    def seconds(self) -> float:
        """About how long it takes to say."""
        return self.characters / CHARACTERS_A_SECOND


@dataclass(frozen=True, slots=True)
class Row:
    """One wording of a prompt in all languages.

    Args:
        name: of the prompt.
        file: path within the scenario.
        line: of the prompt in it.
        tone: empty for the plain one.
        variant: from 0.
        neutral: may be heard by anybody.
        interruptible: callers may barge in.
        discloses: what must be heard before all else.
        cells: by language.
    """

    name: str
    file: str
    line: int
    tone: str
    variant: int
    neutral: bool
    interruptible: bool
    discloses: tuple[str, ...]
    cells: Mapping[Language, Cell]


def rows(files: Iterable[FileRead], languages: Iterable[Language]) -> Iterator[Row]:
    """Yield all wordings, file by file in the order in which they stand; files that cannot be read are left out."""
    languages = tuple(languages)
    for file in files:
        try:
            yield from _rows(file, languages)
        except ScenarioError:
            continue


def find_cell(file: FileRead, place: TextPlace) -> Cell | None:
    """Return a text of a file; None where the file has no such prompt.

    Raises:
        ScenarioError: the file cannot be read.
    """
    for row in _rows(file, (place.language,)):
        if (row.name, row.tone, row.variant) == (place.prompt, place.tone, place.variant):
            return row.cells[place.language]
    return None


def fault(spec: ScenarioSpec | None, text: str) -> str:
    """Return what is wrong with a prompt's text; empty where it can be spoken.

    Args:
        spec: of the scenario, which declares facts; None where it cannot be read as a whole.
        text: as typed.
    """
    try:
        Template.parse(text, Declared.of(spec).facts if spec else FACTS)
    except TemplateError as error:
        return str(error)
    return ""


def refusals(spec: ScenarioSpec, place: TextPlace, text: str) -> Iterator[str]:
    """Yield what keeps a text that can be spoken from being submitted: words that tell a debt, threats, digits.

    Args:
        spec: of the scenario, before the text was changed.
        place: of the text.
        text: as typed.
    """
    prompt = spec.prompts.get(place.prompt)
    if prompt is None:
        return
    texts = {str(language): None for language in Language} | {str(place.language): {place.tone: (text,)}}
    alone = spec.model_copy(update={"prompts": {place.prompt: prompt.model_copy(update=texts)}})
    for fault in (*word_faults(alone), *wording_faults(alone)):
        if fault.severity is Severity.ERROR:
            yield f"{fault.message}; {fault.mend}"


def _rows(file: FileRead, languages: tuple[Language, ...]) -> Iterator[Row]:
    document = parse_document(file.path, file.content)
    prompts = document.data.get("prompts") if isinstance(document.data, dict) else None
    texts = prompt_texts(file.path, file.text)
    for name, prompt in (prompts if isinstance(prompts, dict) else {}).items():
        keys = dict.fromkeys((place.tone, place.variant) for place in texts if place.prompt == name) or {("", 0): None}
        told: Mapping[str, Any] = prompt if isinstance(prompt, dict) else {}
        recordings, review = told.get("recordings"), _several(told.get("review"))
        for tone, variant in keys:
            cells = {}
            for language in languages:
                place = TextPlace(name, language, tone, variant)
                recording = recordings.get(language, "") if isinstance(recordings, dict) else ""
                cells[language] = Cell(file.path, place, texts.get(place, ""), str(recording), language in review)
            line = document.position(("prompts", name)).line
            flags = told.get("neutral") is True, told.get("interruptible") is not False
            yield Row(name, file.path, line, tone, variant, *flags, _several(told.get("discloses")), cells)


def _several(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),) if value else ()
