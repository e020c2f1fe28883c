"""A JSON Schema of scenario files, by which editors complete, explain and underline while one writes.

It describes what may be written; the loader checks more, such as names against each other.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from pydantic import BaseModel

from dialogs import schema
from dialogs.schema.scenario import IncludeSpec, ScenarioSpec
from dialogs.schema.states import ANYTHING, SPECIAL_TARGETS, SlotName
from dialogs.understanding.intents import Intent

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_ARGUMENT = re.compile(r"^    (?P<name>\w+): (?P<text>.*)$")

_SUGGESTED: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("TransitionSpec", "on"): (ANYTHING, *(intent for intent in Intent if intent != Intent.NOT_UNDERSTOOD)),
    ("TransitionSpec", "to"): tuple(sorted(SPECIAL_TARGETS)),
    ("TransitionSpec", "take"): tuple(SlotName),
}
"""Words that an editor offers where the scenario's own names may stand as well."""


def json_schema(*, included: bool = False) -> dict[str, Any]:
    """Return the schema of a scenario file.

    Args:
        included: of a file that is named under ``include`` instead.
    """
    model = IncludeSpec if included else ScenarioSpec
    made = model.model_json_schema()
    models = {each.__name__: each for each in vars(schema).values() if _is_model(each)}
    for name, described in [(model.__name__, made), *made["$defs"].items()]:
        if name in models:
            _describe(described, models[name])
        for key, entry in described.get("properties", {}).items():
            entry.pop("title", None)
            _drop_null(entry)
            if "patternProperties" in entry:  # names are written as the pattern says, and no other way
                entry["additionalProperties"] = False
            if (name, key) in _SUGGESTED:
                described["properties"][key] = _suggesting(entry, _SUGGESTED[name, key])
    made["$defs"]["StateSpec"]["oneOf"] = [{"required": [kind]} for kind in ("ask", "route", "end")]
    return {"$schema": DIALECT, **made}


def _is_model(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, BaseModel)


def _describe(described: dict[str, Any], model: type[BaseModel]) -> None:
    """Part a model's docstring into what explains it and what explains its keys."""
    text = inspect.cleandoc(model.__doc__ or "")
    described["description"] = text.partition("\n\nArgs:\n")[0]
    described.pop("title", None)
    for base in reversed(model.__mro__):
        for key, explained in _arguments(inspect.cleandoc(base.__doc__ or "")):
            if key in described.get("properties", {}):
                described["properties"][key]["description"] = explained


def _arguments(docstring: str) -> Iterator[tuple[str, str]]:
    name, lines = "", list[str]()
    for line in [*docstring.partition("Args:\n")[2].splitlines(), "    : "]:
        begun = _ARGUMENT.match(line) or line.startswith("    : ")
        if begun:
            if name:
                yield name, " ".join(lines)
            name, lines = (begun["name"], [begun["text"]]) if isinstance(begun, re.Match) else ("", [])
        elif name:
            lines.append(line.strip())


def _drop_null(entry: dict[str, Any]) -> None:
    """A key that may be left out is left out, not written as null."""
    kinds = [kind for kind in entry.get("anyOf", ()) if kind != {"type": "null"}]
    if entry.get("default", ...) is None:
        del entry["default"]
        if len(kinds) == 1:
            del entry["anyOf"]
            entry |= kinds[0]
        elif kinds:
            entry["anyOf"] = kinds


def _suggesting(entry: dict[str, Any], words: tuple[str, ...]) -> dict[str, Any]:
    """Return an entry in which every plain word may also be one of these, which editors complete."""

    def offered(part: Any) -> Any:
        if part == {"type": "string"}:
            return {"anyOf": [{"enum": [str(word) for word in words]}, {"type": "string"}]}
        if isinstance(part, dict):
            return {key: offered(value) for key, value in part.items()}
        return [offered(value) for value in part] if isinstance(part, list) else part

    copied = deepcopy(entry)
    if copied.get("type") == "string":
        explained = {"description": copied["description"]} if "description" in copied else {}
        return {**explained, **offered({"type": "string"})}
    return {key: offered(value) for key, value in copied.items()}
