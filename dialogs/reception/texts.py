"""The texts of reception: a YAML file with each text in every language, and the lines that they become."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from dialogs.documents import Document, read_document
from dialogs.prompts import Template, TemplateError
from dialogs.respelling import without_marks
from engine.dialog import Line
from engine.errors import ScenarioError
from engine.speech import Language

_REVIEW = "review"


class Text(StrEnum):
    """The texts, by their keys in the file."""

    GREETING = "greeting"
    WAIT = "wait"
    WHICH = "which"
    WHICH_AGAIN = "which_again"
    PERSON = "person"
    UNKNOWN = "unknown"
    FAULT = "fault"
    CLOSED = "closed"
    INVITATION = "invitation"
    """To a person, who is asked to take the call."""
    STRANGER = "stranger"
    """To that person, once the call is accepted."""


@dataclass(frozen=True, slots=True)
class ReceptionTexts:
    """What reception says, by text and language; ``{creditor}`` is the only fact in it.

    Args:
        templates: the texts.
        version: content hash of the file.
    """

    templates: Mapping[Text, Mapping[Language, Template]]
    version: str

    def line(self, text: Text, language: Language, creditor: str) -> Line:
        """Return a text as it is spoken; notices cannot be talked over."""
        words = self.templates[text][language].with_creditor(creditor)
        assert words is not None  # the loader took no other fact
        question = text in (Text.WHICH, Text.WHICH_AGAIN)
        plain = without_marks(words)
        spoken = "" if plain == words else words
        return Line(plain, language, f"reception.{text}", fixed=True, interruptible=question, spoken=spoken)

    def lines(self, language: Language, creditor: str) -> tuple[Line, ...]:
        """Return all of them, to be rendered ahead."""
        return tuple(self.line(text, language, creditor) for text in Text)


def load_reception(path: Path | None = None) -> ReceptionTexts:
    """Load a file of texts, by default the one that comes with the product.

    Raises:
        ScenarioError: a line for each problem, ``file:line:column: what is wrong; the mend``.
    """
    document = read_document(path or files("dialogs") / "reception" / "reception.yaml")
    if not isinstance(document.data, dict):
        raise ScenarioError(document.problem((), "the file begins with keys such as `greeting:`"))
    problems = [
        document.problem((key,), f"unknown text `{key}`; known are {', '.join(Text)}")
        for key in document.data
        if key not in set(Text)
    ]
    templates = {text: _in_languages(document, text, problems) for text in Text}
    if problems:
        raise ScenarioError("\n".join(problems))
    return ReceptionTexts(templates, sha256(document.content).hexdigest())


def _in_languages(document: Document, text: Text, problems: list[str]) -> Mapping[Language, Template]:
    assert isinstance(document.data, dict)
    given = document.data.get(text)
    if not isinstance(given, dict):
        problems.append(document.problem((text,), f"`{text}` is missing; give it in {', '.join(Language)}"))
        return {}
    templates = {}
    problems += [
        document.problem((text, key), f"unknown language `{key}`; known are {', '.join(Language)}")
        for key in given
        if key not in {*Language, _REVIEW}
    ]
    for language in Language:
        words = given.get(language)
        if not isinstance(words, str):
            problems.append(document.problem((text,), f"`{text}` has no text for `{language}`; add it"))
            continue
        try:
            template = Template.parse(words)
        except TemplateError as error:
            problems.append(document.problem((text, language), str(error)))
            continue
        if template.with_creditor("") is None:
            problems.append(
                document.problem((text, language), "only {creditor} is known at reception; take the other fact out")
            )
        templates[language] = template
    return templates
