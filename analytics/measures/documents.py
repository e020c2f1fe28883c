"""Lists of phrases in YAML, each entry with its place in the file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable

import yaml

from engine.errors import ConfigurationError

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_HEAD = frozenset({"review", "source"})
"""Keys that speak of the file itself."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One phrase as it is written.

    Args:
        kind: of its list.
        language: of its list.
        weight: of its row; 1 in a list without weights.
        text: the phrase.
        place: ``file:line:column``.
    """

    kind: str
    language: str
    weight: float
    text: str
    place: str


def read_entries(source: Traversable) -> Iterator[Entry]:
    """Yield the phrases of a file: by kind and language a list, or rows of them by weight.

    Raises:
        ConfigurationError: it cannot be read or is laid out otherwise; the message names the place and the mend.
    """
    try:
        root = yaml.compose(source.read_text("utf-8"), yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{source}: cannot be read ({error}); it must be a file in UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise ConfigurationError(f"{source}:{line}:{column}: not YAML: {error.problem}; mend the line") from None
    for kind, by_language in _pairs(source, root):
        if kind.value in _HEAD:
            continue
        for language, phrases in _pairs(source, by_language):
            rows = _pairs(source, phrases) if isinstance(phrases, yaml.MappingNode) else ((None, phrases),)
            for weight, row in rows:
                for text in _items(source, row):
                    number = 1.0 if weight is None else _number(source, weight)
                    yield Entry(kind.value, language.value, number, text.value, _place(source, text))


def _pairs(source: Traversable, node: yaml.Node | None) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise ConfigurationError(f"{_place(source, node)}: keys with values are wanted here, `key: …`")
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise ConfigurationError(f"{_place(source, key)}: a key must be a word")
        yield key, value


def _items(source: Traversable, node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if not isinstance(node, yaml.SequenceNode):
        raise ConfigurationError(f"{_place(source, node)}: a list of phrases is wanted here, `[one, another]`")
    for item in node.value:
        if not isinstance(item, yaml.ScalarNode):
            raise ConfigurationError(f"{_place(source, item)}: a phrase is wanted here")
        yield item


def _number(source: Traversable, node: yaml.ScalarNode) -> float:
    if not _NUMBER.fullmatch(node.value):
        raise ConfigurationError(f"{_place(source, node)}: `{node.value}` is no weight; write a number")
    return float(node.value)


def _place(source: Traversable, node: yaml.Node | None) -> str:
    return f"{source}:{node.start_mark.line + 1}:{node.start_mark.column + 1}" if node else f"{source}:1:1"
