"""Rows of an export: CSV with any usual delimiter, a JSON array, or JSON lines; each knows where it stands."""

import csv
import json
import re
from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from engine.errors import IntakeError

_DELIMITERS = ",;\t|"
_BLANK = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Row:
    """One object of an export.

    Args:
        line: on which it begins, counted from 1.
        values: by column or key; empty ones are left out. CSV holds text alone.
        columns: the number of each column, counted from 1; empty of JSON.
    """

    line: int
    values: Mapping[str, Any]
    columns: Mapping[str, int] = field(default_factory=dict)

    def place(self, name: str) -> str:
        """Say where a value stands, for whoever has to mend it."""
        column = self.columns.get(name)
        return f"line {self.line}, column {column} ({name})" if column else f"line {self.line}, key {name}"


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that could not be read.

    Args:
        line: where.
        problem: what is wrong, and the mend.
    """

    line: int
    problem: str


def read_rows(text: str, known: Set[str], renamed: Mapping[str, str]) -> Iterator[Row | Broken]:
    """Yield the rows of an export; its form is told by its first character.

    Args:
        text: of the file.
        known: names of columns that mean something; the delimiter is the one which finds most of them.
        renamed: the file's own names of columns, and ours.

    Raises:
        IntakeError: CSV without a header that could be used.
    """
    begin = _after_blank(text, 0)
    if text[begin : begin + 1] in ("[", "{"):
        return _json_rows(text, begin, renamed)
    return _csv_rows(text, known, renamed)


def named(given: Mapping[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    """Return an object under our names, without what is empty."""
    return {_ours(key, renamed): value for key, value in given.items() if value not in (None, "")}


def _csv_rows(text: str, known: Set[str], renamed: Mapping[str, str]) -> Iterator[Row | Broken]:
    lines = text.splitlines(keepends=True) if "\n" not in text else re.split(r"(?<=\n)", text)
    if len(text.strip()) == 0:
        raise IntakeError("is empty; give a header and rows, or JSON")
    delimiter = max(_DELIMITERS, key=lambda one: len(known & _names(lines[0], one, renamed).keys()))
    names = _names(lines[0], delimiter, renamed)
    if not known & names.keys():
        raise IntakeError(f"line 1: names none of the columns {', '.join(sorted(known))}; begin with a header")
    return _csv_body(lines, delimiter, names)


def _names(header: str, delimiter: str, renamed: Mapping[str, str]) -> dict[str, int]:
    try:
        cells = next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        return {}
    names: dict[str, int] = {}
    for number, cell in enumerate(cells, 1):
        names.setdefault(_ours(cell, renamed), number)
    return names


def _csv_body(lines: list[str], delimiter: str, names: dict[str, int]) -> Iterator[Row | Broken]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    next(reader)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Broken(line, f"{error}; close its quotes, and double those inside")
            continue
        if len(cells) > max(names.values()):
            yield Broken(line, f"{len(cells)} columns under a header of {max(names.values())}; put its text in quotes")
        elif any(cells):
            given = {name: cells[number - 1].strip() for name, number in names.items() if number <= len(cells)}
            yield Row(line, {name: value for name, value in given.items() if name and value}, names)


def _json_rows(text: str, begin: int, renamed: Mapping[str, str]) -> Iterator[Row | Broken]:
    """Read one object after the other, so that each has its line, and a broken end leaves the begin."""
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    array = text[begin] == "["
    line, counted = 1, 0
    at = _after_blank(text, begin + 1) if array else begin
    for number in count():
        at = _after_blank(text, at)
        line, counted = line + text.count("\n", counted, at), at
        if at == len(text) or (array and text[at] == "]"):
            if at == len(text) and array:
                yield Broken(line, "the array does not end; was the file cut off?")
            return
        if array and number:
            if text[at] != ",":
                yield Broken(line, f"column {_column(text, at)}: a comma or ] is missing; nothing after it is read")
                return
            at = _after_blank(text, at + 1)
            line, counted = line + text.count("\n", counted, at), at
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            fault = error.pos if isinstance(error, json.JSONDecodeError) else at
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deep, or a number too large"
            where = line + text.count("\n", counted, fault)
            rest = text.find("\n", at)
            if array or rest < 0:
                yield Broken(where, f"column {_column(text, fault)}: {reason}; nothing after it is read")
                return
            yield Broken(line, f"breaks at line {where}, column {_column(text, fault)}: {reason}; one object a line")
            at = rest + 1
            continue
        at = end
        if isinstance(value, dict):
            yield Row(line, named(value, renamed))
        else:
            yield Broken(line, "is no object; give {...}")


def _after_blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _ours(name: str, renamed: Mapping[str, str]) -> str:
    plain = name.strip()
    return renamed.get(plain, plain.casefold())


def _column(text: str, at: int) -> int:
    return at - (text.rfind("\n", 0, at) + 1) + 1


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def of_no_meaning(names: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    """Return what is to be told of columns that were left out: a misspelt one would be missed by nobody else.

    Their names are the file's, and not told: in JSON they may be anything.
    """
    if not names:
        return ()
    return (f"{len(names)} columns or keys mean nothing and were left out; known are {', '.join(sorted(known))}",)
