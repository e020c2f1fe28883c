"""The words in SQLite's FTS5: a side's letter and a key each, a word's keys one after the other; then pairs of words.

Its text cannot hold several keys in one place, so that words are as far apart as they have keys; NEAR allows for the
most that a word may have. The table has no content of its own: a contact's words are made again from its document.
"""

from itertools import product
from typing import Final

from sqlalchemy import ColumnElement, Connection, FromClause, Integer, Text, column, literal_column, table, text

from analytics.conversation import Role
from analytics.expressions.prefilter import AllOf, AnyOf, Close, HasBeginning, HasKey, Need
from analytics.search.fulltext import LETTERS, LOOSE, Words, leaves, pairs_in, plain
from analytics.search.veil import Veil

MOST_KEYS: Final = 10
"""Of a word, so that its neighbours still count as near; a contact with a longer one is loose."""

_MOST_PAIRS: Final = 64
"""Of keys of two words that are close; beyond it they need only be there."""

_PUT: Final = text("INSERT INTO search_words(rowid, words) VALUES (:position, :words)")
_REMOVE: Final = text("INSERT INTO search_words(search_words, rowid, words) VALUES ('delete', :position, :words)")


class SqliteWords:
    """An `analytics.search.fulltext.FullText` in SQLite."""

    def __init__(self) -> None:
        self.rows: FromClause = table("search_words", column("rowid", Integer), column("search_words", Text))
        self.position: ColumnElement[int] = self.rows.c.rowid
        self.by_words: ColumnElement[int] = self.rows.c.rowid
        # The plus keeps the planner from asking the full text once for each contact.
        self.tie: ColumnElement[int] = literal_column("+search_words.rowid", Integer)

    def expect_questions(self, connection: Connection) -> None:
        """Do nothing."""

    def end_of_newest(self, connection: Connection, below: int | None) -> int | None:
        """Return None: the full text is read newest first, and only as far as it is asked."""

    def clear(self, connection: Connection) -> None:
        """Take all contacts out."""
        connection.exec_driver_sql("INSERT INTO search_words(search_words) VALUES ('delete-all')")

    def put(self, connection: Connection, position: int, words: Words, veil: Veil) -> None:
        """Take a contact in, at a position that is free."""
        connection.execute(_PUT, {"position": position, "words": _line(words, veil)})

    def remove(self, connection: Connection, position: int, words: Words, veil: Veil) -> None:
        """Take a contact out; the words must be those that were put, and the veil the same."""
        connection.execute(_REMOVE, {"position": position, "words": _line(words, veil)})

    def holds(self, need: Need, veil: Veil) -> ColumnElement[bool]:
        """Return the condition that a row holds what is needed."""
        return self.rows.c.search_words.op("MATCH", is_comparison=True)(matched(need, veil))


def matched(need: Need, veil: Veil) -> str:
    """Return a need as FTS5 asks for it."""
    asked = _asked(need, veil)
    if any(isinstance(leaf, Close) for leaf in leaves(need)):
        return f"{asked} OR ({_quoted(LOOSE)} AND {_asked(plain(need), veil)})"
    return asked


def _line(words: Words, veil: Veil) -> str:
    line = [LETTERS[role] + veil(key) for role, said in words.items() for keys in said for key in keys]
    line += [LETTERS[role] + veil(pair) for role, said in words.items() for pair in sorted(pairs_in(said))]
    if any(len(keys) > MOST_KEYS for said in words.values() for keys in said):
        line.append(LOOSE)
    return " ".join(line)


def _asked(need: Need, veil: Veil) -> str:
    match need:
        case AllOf(parts):
            return f"({' AND '.join(_asked(part, veil) for part in parts)})"
        case AnyOf(parts):
            return f"({' OR '.join(_asked(part, veil) for part in parts)})"
        case Close(left, right, words):
            if len(left) * len(right) > _MOST_PAIRS:
                return _asked(plain(need), veil)
            apart = (words + 2) * MOST_KEYS - 2
            roles = sorted(left[0].roles & right[0].roles)
            pairs = [
                f"NEAR({_word(a, role, veil)} {_word(b, role, veil)}, {apart})"
                for role in roles
                for a, b in product(left, right)
            ]
            return f"({' OR '.join(pairs)})"
        case HasKey() | HasBeginning():
            return f"({' OR '.join(_word(need, role, veil) for role in sorted(need.roles))})"
    raise TypeError(f"{type(need).__name__} cannot be asked for")


def _word(word: HasKey | HasBeginning, role: Role, veil: Veil) -> str:
    letter = LETTERS[role]
    if isinstance(word, HasKey):
        return _quoted(letter + veil(word.key))
    return f"{_quoted(letter + veil(word.beginning))} *"


def _quoted(key: str) -> str:
    return '"' + key.replace('"', '""') + '"'
