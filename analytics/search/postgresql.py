"""The words in PostgreSQL: a tsvector of our own keys, each at the number of its word, under a GIN index.

No dictionary of the server takes part. A lexeme is a side's letter and a key; several stand at one place, so that
phrases are exact. What a tsvector cannot hold makes a contact loose: a key's places beyond the 255th, a side's words
beyond the 16383rd.
"""

from collections import defaultdict
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Index,
    MetaData,
    Table,
    and_,
    cast,
    delete,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from analytics.conversation import Role
from analytics.expressions.prefilter import AllOf, AnyOf, Close, HasBeginning, HasKey, Need
from analytics.search.fulltext import LETTERS, LOOSE, Words, leaves, pairs_in, plain
from analytics.search.veil import Veil
from engine.errors import StoreError

_MOST_PLACES: Final = 255
_LAST_PLACE: Final = 16_383
_MOST_BYTES: Final = 1_000_000
_LONGEST_KEY: Final = 500
"""Letters; a lexeme has 2 kB at most. Beyond it, keys that begin alike are one."""
_FARTHEST: Final = 12
"""Words between two that are close; beyond it they need only be there."""

_NEWEST: Final = 4096
"""Contacts in which a page of what is common is found, and which are read in some 30 ms where nothing is."""

_PLANNING: Final = (
    # Whether to read backwards or by words depends on how rare the words are.
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), "
    # Both read a side to its end, or all of it up to what the other one has, for twenty rows.
    "set_config('enable_mergejoin', 'off', true), set_config('enable_hashjoin', 'off', true), "
    # Pages that are asked for all day are in memory, and no disk turns any more.
    "set_config('random_page_cost', '1.1', true)"
)

_DEAR: Final = "(search_words.position >= 0 OR to_tsvector('simple', search_words.position::text) IS NULL)"
"""Always true, and never looked at beyond its first half; but the planner counts its second one for every row, and
without it takes unpacking a row's words for cheaper than comparing a number in another."""

search_words = Table(
    "search_words",
    MetaData(),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("words", TSVECTOR, nullable=False),
    # Without its list of what is still to be sorted in: each search would read that from end to end.
    Index("ix_search_words_words", "words", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
)


class PostgresqlWords:
    """An `analytics.search.fulltext.FullText` in PostgreSQL."""

    def __init__(self) -> None:
        self.rows: FromClause = search_words
        self.position: ColumnElement[int] = search_words.c.position
        self.tie: ColumnElement[int] = search_words.c.position
        self.by_words: ColumnElement[int] = search_words.c.position + 0  # in whose order no index is read

    def expect_questions(self, connection: Connection) -> None:
        """Have each question of this transaction planned by itself, to be read newest first."""
        connection.exec_driver_sql(_PLANNING)

    def end_of_newest(self, connection: Connection, below: int | None) -> int | None:
        """Return above which position contacts are read newest first.

        The planner counts no word that is not among the commonest 1 000, and reads all contacts for one that few have.
        """
        rows = select(search_words.c.position).order_by(search_words.c.position.desc()).offset(_NEWEST).limit(1)
        return connection.scalar(rows if below is None else rows.where(search_words.c.position < below))

    def clear(self, connection: Connection) -> None:
        """Take all contacts out."""
        connection.execute(delete(search_words))

    def put(self, connection: Connection, position: int, words: Words, veil: Veil) -> None:
        """Take a contact in, at a position that is free.

        Raises:
            StoreError: it has more words than a row can hold.
        """
        vector = _vector(words, veil)
        if len(vector) > _MOST_BYTES // 2 and len(vector.encode()) > _MOST_BYTES:
            raise StoreError("the contact has more different words than PostgreSQL's full text holds in a row, 1 MB")
        connection.execute(insert(search_words), {"position": position, "words": vector})

    def remove(self, connection: Connection, position: int, words: Words, veil: Veil) -> None:
        """Take a contact out."""
        connection.execute(delete(search_words).where(search_words.c.position == position))

    def holds(self, need: Need, veil: Veil) -> ColumnElement[bool]:
        """Return the condition that a row holds what is needed."""
        return and_(search_words.c.words.bool_op("@@")(cast(literal(matched(need, veil)), TSQUERY)), text(_DEAR))


def matched(need: Need, veil: Veil) -> str:
    """Return a need as a tsquery."""
    asked = _asked(need, veil)
    if any(isinstance(leaf, Close) for leaf in leaves(need)):
        return f"{asked} | ({_quoted(LOOSE)} & {_asked(plain(need), veil)})"
    return asked


def _vector(words: Words, veil: Veil) -> str:
    places = defaultdict[str, list[int]](list)
    loose = False
    for role, said in words.items():
        letter = LETTERS[role]
        loose = loose or len(said) > _LAST_PLACE
        for number, keys in enumerate(said[:_LAST_PLACE], 1):
            for key in keys:
                places[letter + veil(key[:_LONGEST_KEY])].append(number)
        for keys in said[_LAST_PLACE:]:
            for key in keys:
                places[letter + veil(key[:_LONGEST_KEY])].append(_LAST_PLACE)
        for pair in pairs_in(said):
            places[letter + veil(pair)] = [1]
    if loose or any(len(some) > _MOST_PLACES for some in places.values()):
        places[LOOSE] = [1]
    return " ".join(f"{_quoted(key)}:{','.join(map(str, some[:_MOST_PLACES]))}" for key, some in places.items())


def _asked(need: Need, veil: Veil) -> str:
    match need:
        case AllOf(parts):
            return f"({' & '.join(_asked(part, veil) for part in parts)})"
        case AnyOf(parts):
            return f"({' | '.join(_asked(part, veil) for part in parts)})"
        case Close(left, right, words, ordered):
            # First: most rows have one of the words alone, and their places cost most.
            there = _asked(plain(need), veil)
            return there if words > _FARTHEST else f"({there} & {_close(left, right, words, ordered, veil)})"
        case HasKey() | HasBeginning():
            return f"({' | '.join(_word(need, role, veil) for role in sorted(need.roles))})"
    raise TypeError(f"{type(need).__name__} cannot be asked for")


def _close(
    left: tuple[HasKey | HasBeginning, ...],
    right: tuple[HasKey | HasBeginning, ...],
    words: int,
    ordered: bool,
    veil: Veil,
) -> str:
    ways = []
    for role in sorted(left[0].roles & right[0].roles):
        a, b = (f"({' | '.join(_word(one, role, veil) for one in side)})" for side in (left, right))
        for first, second in ((a, b),) if ordered else ((a, b), (b, a)):
            ways += [f"({first} <{step}> {second})" for step in range(1, words + 2)]
    return f"({' | '.join(ways)})"


def _word(word: HasKey | HasBeginning, role: Role, veil: Veil) -> str:
    letter = LETTERS[role]
    if isinstance(word, HasKey):
        return _quoted(letter + veil(word.key[:_LONGEST_KEY]))
    return f"{_quoted(letter + veil(word.beginning[:_LONGEST_KEY]))}:*"


def _quoted(lexeme: str) -> str:
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
