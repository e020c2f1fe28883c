"""YAML packs of analytics, read strictly: every mistake is told with file, line, column and the mend."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import yaml

from analytics.asking import KNOWN
from analytics.conversation import Role
from analytics.expressions import Expression, ExpressionError, finds_places, parse
from analytics.expressions.mends import nearest
from engine.errors import PackError
from engine.speech import Language

_Kind = TypeVar("_Kind", bound=StrEnum)
_MOST_BYTES: Final = 2**20
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?%?")
_DIGITS_OF_DIGEST: Final = 16


class _BanksSide(StrEnum):
    BOT = Role.BOT
    AGENT = Role.AGENT


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of a pack with its place.

    Args:
        node: of the YAML tree.
        text: of the whole file.
        file: as messages name it.
    """

    node: yaml.Node
    text: str
    file: str

    def fail(self, problem: str) -> NoReturn:
        """Refuse the value.

        Raises:
            PackError: always.
        """
        raise PackError(f"{self.place}: {problem}")

    @property
    def place(self) -> str:
        """``file:line:column``."""
        mark = self.node.start_mark
        return f"{self.file}:{mark.line + 1}:{mark.column + 1}"

    def pairs(self) -> Iterator[tuple["Entry", "Entry"]]:
        """Yield keys with their values.

        Raises:
            PackError: it is no mapping, or a key stands twice.
        """
        if not isinstance(self.node, yaml.MappingNode):
            self.fail("keys with values are wanted here, `key: …`")
        seen = set()
        for key, value in self.node.value:
            found = Entry(key, self.text, self.file)
            if found.string() in seen:
                found.fail(f"`{found.string()}` stands twice; delete one")
            seen.add(found.string())
            yield found, Entry(value, self.text, self.file)

    def fields(self, needed: Collection[str], allowed: Collection[str] = ()) -> dict[str, "Entry"]:
        """Return values by key.

        Args:
            needed: keys that must be there.
            allowed: keys that may be there.

        Raises:
            PackError: another key is there, or one is missing.
        """
        found = {}
        for key, value in self.pairs():
            if key.string() not in (*needed, *allowed):
                key.fail(f"unknown key `{key.string()}`; {nearest(key.string(), (*needed, *allowed))}")
            found[key.string()] = value
        if missing := [name for name in needed if name not in found]:
            self.fail(f"`{missing[0]}:` is missing; add it")
        return found

    def items(self) -> list["Entry"]:
        """Return the values of a list.

        Raises:
            PackError: it is none, or empty.
        """
        if not isinstance(self.node, yaml.SequenceNode) or not self.node.value:
            self.fail("a list is wanted here, `- …` or `[one, another]`")
        return [Entry(item, self.text, self.file) for item in self.node.value]

    def string(self) -> str:
        """Return a text as it is written.

        Raises:
            PackError: it is none, or empty.
        """
        if not isinstance(self.node, yaml.ScalarNode):
            self.fail("a text is wanted here; put it in quotes")
        value = str(self.node.value)
        if not value.strip():
            self.fail("nothing is written here; write a text, in quotes")
        return value

    def texts(self) -> Mapping[Language, str]:
        """Return a text in every language: one for all, or one of each.

        A language that is left out has the English text, or else the first that is there.

        Raises:
            PackError: it is neither, or empty.
        """
        if isinstance(self.node, yaml.ScalarNode):
            return dict.fromkeys(Language, self.string())
        written = {Language(name): one.string() for name, one in self.fields((), tuple(Language)).items()}
        if not written:
            self.fail(f"nothing is written here; write a text, or {', '.join(Language)} with one each")
        otherwise = written.get(Language.ENGLISH, next(iter(written.values())))
        return {language: written.get(language, otherwise) for language in Language}

    def name(self) -> str:
        """Return a name: small Latin letters, digits and ``_``.

        Raises:
            PackError: it is none.
        """
        value = self.string()
        if not _NAME.fullmatch(value):
            self.fail(f"`{value}` is no name; write small Latin letters, digits and `_`, a letter first")
        return value

    def number(self, least: float, most: float) -> float:
        """Return a number; 60% is 0.6.

        Raises:
            PackError: it is none, or out of bounds.
        """
        value = self.string()
        if not _NUMBER.fullmatch(value):
            self.fail(f"`{value}` is no number")
        number = float(value[:-1]) / 100 if value.endswith("%") else float(value)
        if not least <= number <= most:
            self.fail(f"{value} is not from {least:g} to {most:g}")
        return number

    def flag(self) -> bool:
        """Return true or false.

        Raises:
            PackError: it is neither.
        """
        if self.string() not in ("true", "false"):
            self.fail(f"`{self.string()}` is neither true nor false")
        return self.string() == "true"

    def choice(self, kind: type[_Kind]) -> _Kind:
        """Return one of a few words.

        Raises:
            PackError: it is another.
        """
        try:
            return kind(self.string())
        except ValueError:
            self.fail(f"`{self.string()}` is none of {', '.join(kind)}")

    def banks_side(self) -> Role:
        """Return who of the bank is meant.

        Raises:
            PackError: it is neither ``bot`` nor ``agent``.
        """
        return Role(self.choice(_BanksSide))

    def day(self) -> date:
        """Return a day.

        Raises:
            PackError: it is none.
        """
        try:
            return date.fromisoformat(self.string())
        except ValueError:
            self.fail(f"`{self.string()}` is no day; write it as 2026-11-23")

    def expression(self, named: Mapping[str, Expression]) -> Expression:
        """Return the expression that is written here.

        Args:
            named: what $name may stand for.

        Raises:
            PackError: it is wrong; the message points into it.
        """
        text = self.string()
        try:
            return parse(text, KNOWN, named)
        except ExpressionError as error:
            line, column = self._inside(text, error.extent.start)
            raise PackError(f"{self.file}:{line}:{column}: {error.problem}\n{error.picture}") from error

    def wording(self, named: Mapping[str, Expression]) -> Expression:
        """Return an expression, or one of every language joined by OR, since speakers mix them.

        Args:
            named: what $name may stand for.

        Raises:
            PackError: one is wrong, or a language's is a condition rather than words to find.
        """
        if isinstance(self.node, yaml.ScalarNode):
            return self.expression(named)
        texts = []
        for language, written in self.fields((), tuple(Language)).items():
            if not finds_places(written.expression(named).tree):
                written.fail(
                    f"only words have a language, and `{language}` holds a condition; write it without languages"
                )
            texts.append(f"({written.string()})")
        if not texts:
            self.fail(f"nothing is to be found; write {', '.join(Language)} with an expression each")
        try:
            return parse(" OR ".join(texts), KNOWN, named)
        except ExpressionError as error:
            self.fail(f"all languages together: {error.problem}")

    def _inside(self, value: str, offset: int) -> tuple[int, int]:
        """Return line and column of a letter of a text, as exactly as its quoting lets tell."""
        start, end = self.node.start_mark, self.node.end_mark
        raw = self.text[start.index : end.index]
        for skipped in (0, 1):
            if raw[skipped : skipped + len(value)] == value:
                before = value[:offset]
                broken = before.rfind("\n")
                column = start.column + skipped + offset + 1 if broken < 0 else offset - broken
                return start.line + 1 + before.count("\n"), column
        if raw.startswith("|"):
            line = value.count("\n", 0, offset)
            written = self.text.splitlines()[start.line + 1 + line]
            indent = len(written) - len(written.lstrip())
            return start.line + 2 + line, indent + offset - value.rfind("\n", 0, offset)
        return start.line + 1, start.column + 1


@dataclass(frozen=True, slots=True)
class PackFile:
    """A pack as it is written.

    Args:
        root: its whole content.
        digest: of its bytes; two packs of one digest judge alike.
    """

    root: Entry
    digest: str


def shipped_in(package: str) -> Iterator[Traversable]:
    """Yield the packs in a package's data folder."""
    return (file for file in (files(package) / "data").iterdir() if file.name.endswith(".yaml"))


def read_file(source: Traversable | Path) -> PackFile:
    """Read a pack.

    Raises:
        PackError: it cannot be read, is larger than a megabyte or is no YAML.
    """
    name = str(source)
    try:
        content = source.read_bytes()
        if len(content) > _MOST_BYTES:
            raise PackError(f"{name}: more than {_MOST_BYTES >> 20} MB; no pack needs that")
        text = content.decode("utf-8")
        node = yaml.compose(text, yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{name}: cannot be read ({error}); it must be a file in UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        hint = "; put expressions in quotes" if ":" in (error.problem or "") or "mapping values" in str(error) else ""
        raise PackError(f"{name}:{line}:{column}: no YAML: {error.problem or error.context}{hint}") from None
    except yaml.YAMLError as error:
        raise PackError(f"{name}:1:1: no YAML: {error}") from None
    if node is None:
        raise PackError(f"{name}:1:1: the file is empty")
    return PackFile(Entry(node, text, name), digest_of(content))


def digest_of(*contents: bytes | str) -> str:
    """Return what tells whether any of some contents has changed."""
    digest = sha256()
    for content in contents:
        digest.update(sha256(content.encode() if isinstance(content, str) else content).digest())
    return digest.hexdigest()[:_DIGITS_OF_DIGEST]
