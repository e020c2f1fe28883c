"""A scenario file joined with what it includes: files beside it, and ``../common/NAME.yaml``."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dialogs import schema
from dialogs.documents import Document, Steps, read_document
from dialogs.schema import IncludeSpec, ScenarioSpec
from dialogs.sources import COMMON, SECTIONS, Sources
from engine.errors import ScenarioError

MAX_PROBLEMS: Final = 20
"""Problems named in one error; with more, the rest follows once these are mended."""

_BESIDE = re.compile(r"[^/\\]+\.yaml")
_COMMON = re.compile(r"\.\./common/([^/\\]+\.yaml)")

_TEXT_OR_LIST: Final = frozenset({"tuple_type", "list_type", "string_type"})

_KEYS: Final = frozenset(
    name
    for model in vars(schema).values()
    if isinstance(model, type) and issubclass(model, BaseModel)
    for name in model.model_fields
)

_ModelT = TypeVar("_ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scenario lies.

    Args:
        file: the scenario file.
        folder: its folder, which holds includes and recordings.
        shelf: the folder that the scenario's lies in, with ``common`` beside it.
    """

    file: Traversable
    folder: Traversable
    shelf: Traversable


def read_scenario(place: Place) -> tuple[ScenarioSpec, Sources]:
    """Read a scenario with its includes joined; names are not yet checked against each other.

    Raises:
        ScenarioError: a line for each problem, ``file:line:column: what is wrong; the mend``.
    """
    document = read_document(place.file)
    spec = validate(ScenarioSpec, document)
    joined = _Joining(spec, document)
    for i, name in enumerate(spec.include):
        steps: Steps = ("include", i) if ("include", i) in document.marks else ("include",)
        included = _read_include(document, steps, name, place)
        joined.add(validate(IncludeSpec, included), included)
    raise_any(joined.problems())
    return joined.result()


class _Joining:
    """Joins files section by section; a name that stands twice belongs to the scenario file if `replaces` says so."""

    def __init__(self, spec: ScenarioSpec, document: Document) -> None:
        self._spec, self._document = spec, document
        self._sections: dict[str, dict[Any, Any]] = {section: dict(getattr(spec, section)) for section in SECTIONS}
        self._named: dict[Steps, Document] = dict.fromkeys(_names(spec), document)
        self._transitions = [(transition, (document, i)) for i, transition in enumerate(spec.anytime)]
        self._included: list[Document] = []
        self._replaced: set[str] = set()
        self._problems: list[str] = []

    def add(self, part: IncludeSpec, included: Document) -> None:
        self._included.append(included)
        self._transitions += [(transition, (included, i)) for i, transition in enumerate(part.anytime)]
        for steps in _names(part):
            first = self._named.get(steps)
            if first is None:
                self._named[steps] = included
                self._take(steps, part)
            elif first is self._document and str(steps[-1]) in self._spec.replaces:
                self._replaced.add(str(steps[-1]))
            else:
                where = first.problem(steps, "").rstrip(": ")
                mend = (
                    f"rename or delete one, or list `{steps[-1]}` under `replaces` where the scenario's own shall count"
                )
                self._problems.append(included.problem(steps, f"`{steps[-1]}` is there already, in {where}; {mend}"))

    def problems(self) -> Iterator[str]:
        yield from self._problems
        for i, name in enumerate(self._spec.replaces):
            if name not in self._replaced:
                steps: Steps = ("replaces", i) if ("replaces", i) in self._document.marks else ("replaces",)
                message = f"`{name}` stands not both here and in an included file; delete it from `replaces`"
                yield self._document.problem(steps, message)

    def result(self) -> tuple[ScenarioSpec, Sources]:
        anytime = tuple(transition for transition, _ in self._transitions)
        origins = tuple(origin for _, origin in self._transitions)
        spec = self._spec.model_copy(update={**self._sections, "anytime": anytime})
        return spec, Sources(self._document, tuple(self._included), self._named, origins)

    def _take(self, steps: Steps, part: IncludeSpec) -> None:
        section, name, *word = steps
        entries = self._sections[str(section)]
        value = getattr(part, str(section))[name]
        if word:  # a pronunciation, by language and word
            entries[name] = {**entries.get(name, {}), word[0]: value[word[0]]}
        else:
            entries[name] = value


def _names(part: ScenarioSpec | IncludeSpec) -> Iterator[Steps]:
    for section in SECTIONS:
        for name, value in getattr(part, section).items():
            if section == "pronunciations":
                yield from ((section, name, word) for word in value)
            else:
                yield section, name


def _read_include(document: Document, steps: Steps, name: str, place: Place) -> Document:
    common = _COMMON.fullmatch(name)
    if common is None and not _BESIDE.fullmatch(name):
        message = f"`{name}`: an include is a .yaml file in the same folder, or `../{COMMON}/NAME.yaml`"
        raise ScenarioError(document.problem(steps, message))
    folder = place.shelf / COMMON if common else place.folder
    file = folder / (common[1] if common else name)
    if not file.is_file():
        where = f"in the folder `{COMMON}` beside the scenario's" if common else "beside the scenario"
        raise ScenarioError(document.problem(steps, f"`{name}`: no such file {where}; create or rename it"))
    # Links are followed first: a scenario from elsewhere must not show any other file in its messages.
    if isinstance(file, Path) and isinstance(folder, Path) and file.resolve().parent != folder.resolve():
        raise ScenarioError(document.problem(steps, f"`{name}`: a link that leads elsewhere; put the file itself here"))
    return read_document(file)


def validate(model: type[_ModelT], document: Document) -> _ModelT:
    """Return a file's content as a model.

    Raises:
        ScenarioError: a line for each problem, as above.
    """
    if not isinstance(document.data, dict):
        raise ScenarioError(document.problem((), "a scenario file begins with keys such as `states:` and `prompts:`"))
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise_any(explained(document, error, _KEYS))
        raise


def explained(document: Document, error: ValidationError, keys: Collection[str], at: Steps = ()) -> Iterator[str]:
    """Yield ``file:line:column: message`` for each complaint of pydantic's.

    Args:
        document: that was validated.
        error: what pydantic says.
        keys: of the models, for unknown ones.
        at: the place of what was validated.
    """
    for item in error.errors():
        yield _explain(document, (*at, *item["loc"]), item, keys)


def raise_any(problems: Iterable[str]) -> None:
    """Raise one error that names the problems, if there are any.

    Raises:
        ScenarioError: a line for each of the first `MAX_PROBLEMS`.
    """
    found = list(problems)
    if not found:
        return
    rest = [f"... and {len(found) - MAX_PROBLEMS} more"] if len(found) > MAX_PROBLEMS else []
    raise ScenarioError("\n".join(found[:MAX_PROBLEMS] + rest))


def _explain(document: Document, location: Steps, item: ErrorDetails, keys: Collection[str]) -> str:
    last, kind = location[-1] if location else "", item["type"]
    if kind == "extra_forbidden":
        if last in keys and last in ScenarioSpec.model_fields and len(location) == 1:
            return document.problem(location, f"`{last}` stands in scenario.yaml alone; move it there")
        close = get_close_matches(str(last), keys, 1, 0.6)
        mend = f"did you mean `{close[0]}`?" if close else "delete it"
        return document.problem(location, f"unknown key `{last}`; {mend}")
    if kind == "missing":
        return document.problem(location[:-1], f"`{last}` is missing; add it")
    return document.problem(location, _in_words(item))


def _in_words(item: ErrorDetails) -> str:
    """Return what pydantic says of a value, in a designer's words and with the mend."""
    message, value = item["msg"].removeprefix("Value error, "), item["input"]
    if isinstance(value, dict) and item["type"] in _TEXT_OR_LIST:
        return "keys stand here where a text is wanted; put the text in quotes, the braces of its facts too"
    wanted = message.removeprefix("Input should be ")
    if wanted == message:
        return message
    given = f"`{value}`" if isinstance(value, str | int | float) else "this"
    return f"{given} cannot stand here; it should be {wanted}"
