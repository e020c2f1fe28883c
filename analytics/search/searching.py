"""Searching contacts by an expression, newest first: the index gives candidates, the matcher decides."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, FromClause, Select, or_, select

from analytics.conversation import Conversation, Medium
from analytics.expressions import Expression, Heard, Hearing, Match, Verdict, match_expression
from analytics.expressions.prefilter import Anything, Need, needed
from analytics.search.conditions import passing
from analytics.search.documents import unpack
from analytics.search.fulltext import paired, shallow
from analytics.search.index import check, full_text, veil
from analytics.search.schema import contacts, documents, first_position
from engine.errors import SettingsError
from engine.speech import Language

_FIRST_BATCH: Final = 32
_LARGEST_BATCH: Final = 512


@dataclass(frozen=True, slots=True)
class Query:
    """Which contacts are looked for.

    Args:
        expression: that must hold of them.
        since: they begin then or later, to the second; aware.
        until: they begin before it, to the second; aware.
        media: how they were held; empty for any.
        languages: one of these is spoken in them; empty for any.
        hearing: when a word counts as heard.
    """

    expression: Expression
    since: datetime | None = None
    until: datetime | None = None
    media: frozenset[Medium] = frozenset()
    languages: frozenset[Language] = frozenset()
    hearing: Hearing = field(default_factory=Hearing)


@dataclass(frozen=True, slots=True)
class Found:
    """A contact that was found.

    Args:
        heard: the contact, ready for other expressions too.
        match: what the expression says of it.
    """

    heard: Heard
    match: Match

    @property
    def conversation(self) -> Conversation:
        """The contact."""
        return self.heard.conversation


@dataclass(frozen=True, slots=True)
class Page:
    """Contacts that were found, newest first.

    Args:
        found: as many as were asked for, or all.
        following: where the next page begins; None where there is nothing more to look at.
        looked_at: contacts that the index gave and the matcher judged.
        not_heard: those of them in which recognition was too weak to tell. Where words are looked for, the index may
            not have given others of these.
    """

    found: tuple[Found, ...]
    following: str | None
    looked_at: int
    not_heard: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many contacts there are.

    Args:
        found: of which the expression holds.
        not_heard: as in `Page`.
        looked_at: as in `Page`.
    """

    found: int = 0
    not_heard: int = 0
    looked_at: int = 0


def search(connection: Connection, query: Query, *, limit: int = 20, after: str | None = None) -> Page:
    """Return the newest contacts that are looked for.

    Args:
        connection: to a database with the index.
        query: which contacts.
        limit: how many at most.
        after: `Page.following` of the page before.

    Raises:
        ExpressionError: the expression names a measure that there is none of.
        SettingsError: ``after`` is none.
        StoreError: the index was made by other dictionaries.
    """
    found: list[Found] = []
    looked_at = not_heard = 0
    for position, one in _judged(connection, query, _position(after)):
        looked_at += 1
        not_heard += one.match.verdict is Verdict.NOT_HEARD
        if one.match.verdict is Verdict.YES:
            found.append(one)
            if len(found) == limit:
                return Page(tuple(found), f"{position:x}", looked_at, not_heard)
    return Page(tuple(found), None, looked_at, not_heard)


def count(connection: Connection, query: Query, progress: Callable[[Count], None] = lambda so_far: None) -> Count:
    """Return how many contacts there are; all candidates are looked at.

    Args:
        connection: to a database with the index.
        query: which contacts.
        progress: called now and then.

    Raises:
        ExpressionError: the expression names a measure that there is none of.
        StoreError: the index was made by other dictionaries.
    """
    total = Count()
    for _, one in _judged(connection, query, None):
        verdict = one.match.verdict
        total = Count(
            total.found + (verdict is Verdict.YES),
            total.not_heard + (verdict is Verdict.NOT_HEARD),
            total.looked_at + 1,
        )
        if total.looked_at % _LARGEST_BATCH == 0:
            progress(total)
    return total


def candidates(
    connection: Connection, query: Query, below: int | None = None, above: int | None = None, *, by_words: bool = False
) -> Select[int, bytes]:
    """Return the statement that gives positions and documents of contacts that may be what is looked for, newest first.

    Args:
        connection: to the database that is to be asked.
        query: which contacts.
        below: only those of smaller positions.
        above: only those of larger positions.
        by_words: find them by their words instead of reading contacts newest first.
    """
    conditions = _beside_words(query)
    need = _words_needed(query)
    if isinstance(need, Anything):
        position: ColumnElement[int] = contacts.c.position
        order = position
        rows: FromClause = contacts.join(documents, documents.c.position == position)
    else:
        words = full_text(connection)
        position = words.position
        order = words.by_words if by_words else position
        rows = words.rows.join(documents, documents.c.position == words.tie)
        if conditions:
            rows = rows.join(contacts, contacts.c.position == words.tie)
        conditions.append(words.holds(need, veil(connection)))
    if below is not None:
        conditions.append(position < below)
    if above is not None:
        conditions.append(position > above)
    if query.since is not None:
        conditions.append(position >= first_position(query.since))
    if query.until is not None:
        conditions.append(position < first_position(query.until))
    selected = select(position.label("position"), documents.c.document).select_from(rows)
    return selected.where(*conditions).order_by(order.desc())


def _words_needed(query: Query) -> Need:
    return shallow(paired(needed(query.expression)))


def _beside_words(query: Query) -> list[ColumnElement[bool]]:
    """Return the conditions on what is known of a contact beside its words and its time."""
    conditions = passing(query.expression)
    if query.media:
        conditions.append(contacts.c.medium.in_(sorted(query.media)))
    if query.languages:
        conditions.append(or_(*(contacts.c.languages.contains(language.value) for language in sorted(query.languages))))
    return conditions


def _judged(connection: Connection, query: Query, below: int | None) -> Iterator[tuple[int, Found]]:
    """Yield each candidate with its position, found or not."""
    check(connection)
    full_text(connection).expect_questions(connection)
    end, by_words = _end_of_newest(connection, query, below), False
    size = _FIRST_BATCH
    while True:
        batch = connection.execute(candidates(connection, query, below, end, by_words=by_words).limit(size)).all()
        for position, packed in batch:
            kept = unpack(packed)
            heard = kept.heard
            match = match_expression(query.expression, heard, kept.measures, query.hearing)
            yield position, Found(heard, match)
        if len(batch) == size:
            below = batch[-1].position
            size = min(2 * size, _LARGEST_BATCH)
        elif end is not None:
            below, end, by_words = end + 1, None, True
        else:
            return


def _end_of_newest(connection: Connection, query: Query, below: int | None) -> int | None:
    """Return above which position contacts are read newest first, where words alone part them."""
    if isinstance(_words_needed(query), Anything) or _beside_words(query):
        return None
    if query.until is not None:
        until = first_position(query.until)
        below = until if below is None else min(below, until)
    return full_text(connection).end_of_newest(connection, below)


def _position(after: str | None) -> int | None:
    if after is None:
        return None
    try:
        return int(after, 16)
    except ValueError:
        raise SettingsError(f"{after!r} is no page; take what the page before named as the next one") from None
