"""Settings written out as TOML that explains itself: the values in force, or a full example."""

import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from config.sections import Secret, TrunkTable, trunk_password_variable
from config.sections.databases import URLS, password_in, without_password
from config.settings import Settings, row_model, section_at, variable

_WIDTH = 118


def effective(settings: Settings) -> str:
    """Return the settings in force; each value that nobody set is marked as the default, secrets are not shown."""
    origin = settings.source or "no settings file: defaults and environment"
    head = f"# The settings in force, from {origin}.\n"
    return head + "\n".join(_tables((), settings, marked=True))


def example() -> str:
    """Return a settings file with every key, its meaning and its default; what has none stays commented out."""
    head = "\n".join(
        (
            "# Settings of collection-voicebot: every key with its default.",
            "# Keep what you change and delete the rest. A variable VOICEBOT_SECTION__KEY wins over this file.",
            "",
        )
    )
    return head + "\n".join(_tables((), Settings.model_construct(), marked=False))


def _tables(keys: tuple[str, ...], model: BaseModel, *, marked: bool) -> Iterator[str]:
    fields = type(model).model_fields
    values = model.model_dump(mode="json", warnings=False)
    if keys:
        yield ""
        yield from _comment(inspect.getdoc(type(model)) or "")
        yield f"[{'.'.join(keys)}]"
    for name, field in fields.items():
        if section_at((*keys, name)) is None and row_model(field.annotation) is None:
            yield from _pair((*keys, name), field, values, model.model_fields_set, marked=marked)
    for name, field in fields.items():
        if section_at((*keys, name)) is not None:
            yield from _tables((*keys, name), getattr(model, name), marked=marked)
        elif (row := row_model(field.annotation)) is not None:
            yield from _rows((*keys, name), field, row, getattr(model, name), marked=marked)


def _rows(
    keys: tuple[str, ...], field: FieldInfo, model: type[BaseModel], rows: tuple[BaseModel, ...], *, marked: bool
) -> Iterator[str]:
    """Write a table that may be given several times: the rows in force, or one as an example, commented out."""
    header = f"[[{'.'.join(keys)}]]"
    yield ""
    yield from _comment(f"{inspect.getdoc(model) or ''} {field.description or ''}")
    if marked and not rows:
        yield f"# {header} is not given"
    for row in rows if marked else ():
        yield header
        values = row.model_dump(mode="json", warnings=False)
        for name, part in model.model_fields.items():
            yield from _pair((*keys, name), part, values, row.model_fields_set, marked=True)
        if isinstance(row, TrunkTable):
            state = "set, and not shown" if row.trunk().password else "not set"
            yield f"# its password comes from {trunk_password_variable(row.name)}: {state}"
    if not marked:
        yield f"# {header}"
        blank = model.model_construct()
        for name, part in model.model_fields.items():
            yield from _comment(part.description or "")
            value = (part.examples or [getattr(blank, name, "")])[0]
            yield f"# {name} = {_value(to_jsonable_python(value))}"


def _pair(
    keys: tuple[str, ...], field: FieldInfo, values: Mapping[str, Any], given: set[str], *, marked: bool
) -> Iterator[str]:
    name = keys[-1]
    yield from _comment(field.description or "")
    if field.annotation == Secret:
        state = "set, and not shown" if values[name] else "not set"
        yield f"# {name} comes from {variable(keys)}" + (f": {state}" if marked else "")
    elif marked and values[name] is not None:
        yield f"{name} = {_value(_shown(keys, values[name]))}" + ("" if name in given else "  # default")
    elif marked:
        yield f"# {name} is not set"
    elif field.default in (None, PydanticUndefined):
        yield f"# {name} = {_value((field.examples or [''])[0])}"
    else:
        yield f"{name} = {_value(values[name])}"


def _shown(keys: tuple[str, ...], value: Any) -> Any:
    """Hide what must not be printed: a database URL that brought its password along in the environment."""
    return without_password(value) if keys in URLS and password_in(value) else value


def _comment(text: str) -> Iterator[str]:
    for line in textwrap.wrap(" ".join(text.split()), _WIDTH):
        yield f"# {line}"


def _value(value: Any) -> str:
    """Write a string, number, truth value or list as TOML; a JSON string is a TOML basic string."""
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
