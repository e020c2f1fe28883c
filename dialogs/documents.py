"""YAML files as designers write them: read with limits, every value with its line and column.

Stricter and plainer than YAML 1.1, so that a scenario means what it looks like:

- ``yes``, ``no``, ``on`` and ``09:00`` are words; only ``true``, ``false``, ``null`` and plain numbers are not;
- no aliases (``*name``), no tags (``!!python/...``), no merge keys, one document a file;
- a key stands once in its mapping;
- at most `MAX_BYTES`, `MAX_DEPTH` levels and `MAX_NODES` values a file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any, Final

import yaml

from dialogs.syntax import syntax_fault
from engine.errors import ScenarioError

MAX_BYTES: Final = 512 * 1024
"""Size of one file; the largest of ours holds 60 KiB."""

MAX_DEPTH: Final = 12
"""Levels of nesting; the format itself needs six."""

MAX_NODES: Final = 20_000
"""Values in one file."""

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]
Steps = tuple[str | int, ...]
"""Where a value stands: keys and indices from the top."""

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?[0-9]+\.[0-9]+")
_WORDS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Position:
    """A place with its file as messages show it."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Return ``file:line:column``."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Document:
    """One file's content.

    Args:
        label: the path as messages show it.
        content: its bytes.
        data: mappings, lists and scalars.
        marks: the place of every key's value and list item; for a mapping's entry it is the key's place.
    """

    label: str
    content: bytes
    data: Plain
    marks: Mapping[Steps, Mark]

    def problem(self, steps: Steps, message: str) -> str:
        """Return ``file:line:column: message`` for the nearest known place at or above ``steps``."""
        return f"{self.position(steps)}: {message}"

    def position(self, steps: Steps) -> Position:
        """Return the nearest known place at or above ``steps``."""
        while steps not in self.marks:
            steps = steps[:-1]
        mark = self.marks[steps]
        return Position(self.label, mark.line, mark.column)


def read_document(source: Traversable) -> Document:
    """Read and parse one file.

    Raises:
        ScenarioError: it cannot be read, is too large, or is not YAML as described above.
    """
    label = str(source)
    try:
        with source.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScenarioError(f"{label}: cannot be read ({error.strerror or error}); check the path") from error
    return parse_document(label, content)


def parse_document(label: str, content: bytes) -> Document:
    """Parse a file's bytes; `label` is its path in messages.

    Raises:
        ScenarioError: as `read_document`.
    """
    if len(content) > MAX_BYTES:
        raise ScenarioError(f"{label}:1:1: larger than {MAX_BYTES // 1024} KiB; split it and use `include`")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ScenarioError(f"{label}:{line}:1: not UTF-8; save the file as UTF-8") from None
    root = compose(label, text)
    marks: dict[Steps, Mark] = {}
    data = _Converter(label, marks).convert(root, (), root.start_mark)
    return Document(label, content, data, marks)


def compose(label: str, text: str) -> yaml.Node:
    """Return a file's content as nodes, which know where they begin and end.

    Raises:
        ScenarioError: as `read_document`.
    """
    try:
        root = _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        raise ScenarioError(_syntax_message(label, text, error)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ScenarioError(f"{label}:{line}:1: a control character; delete it") from None
    if root is None:
        raise ScenarioError(f"{label}:1:1: the file is empty")
    return root


class _Refused(yaml.MarkedYAMLError):
    """YAML that is well formed but not taken here."""


class _Composer(yaml.SafeLoader):
    """Composes nodes only; refuses aliases and tags, and counts depth and nodes while it goes."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it untyped
        self._depth += 1
        self._nodes += 1
        mark: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise _Refused(problem="aliases (*name) are not taken; write the text out", problem_mark=mark)
        if getattr(event, "tag", None) is not None:
            raise _Refused(problem=f"the tag {event.tag} is not taken; delete it", problem_mark=mark)
        if self._depth > MAX_DEPTH:
            raise _Refused(problem=f"nested deeper than {MAX_DEPTH} levels; flatten it", problem_mark=mark)
        if self._nodes > MAX_NODES:
            raise _Refused(problem=f"more than {MAX_NODES} values; split the file", problem_mark=mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _syntax_message(label: str, text: str, error: yaml.MarkedYAMLError) -> str:
    if isinstance(error, _Refused):
        mark = error.problem_mark
        return (
            f"{label}:{mark.line + 1}:{mark.column + 1}: {error.problem}" if mark else f"{label}:1:1: {error.problem}"
        )
    line, column, fault = syntax_fault(text, error)
    return f"{label}:{line}:{column}: {fault}"


@dataclass(slots=True)
class _Converter:
    label: str
    marks: dict[Steps, Mark]

    def convert(self, node: yaml.Node, steps: Steps, at: yaml.Mark) -> Plain:
        self.marks[steps] = Mark(at.line + 1, at.column + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, steps)
        if isinstance(node, yaml.SequenceNode):
            return [self.convert(item, (*steps, i), item.start_mark) for i, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, steps: Steps) -> Plain:
        result: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            mark = key_node.start_mark
            if not isinstance(key_node, yaml.ScalarNode):
                raise ScenarioError(f"{self.label}:{mark.line + 1}:{mark.column + 1}: a key must be a word")
            key = key_node.value
            if key in result:
                first = self.marks[(*steps, key)].line
                raise ScenarioError(
                    f"{self.label}:{mark.line + 1}:{mark.column + 1}: `{key}` stands twice (first in line {first}); "
                    "delete or rename one"
                )
            result[key] = self.convert(value_node, (*steps, key), mark)
        return result


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    text: str = node.value
    if node.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < 16:
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text
