"""The search index over contacts: they are put in, replaced and removed inside the transaction of whoever asks."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from analytics.expressions.lemmas import keys_version
from analytics.search.conditions import numbers_of, texts_of
from analytics.search.documents import LAYOUT, Indexed, document_of, pack, unpack
from analytics.search.fulltext import FullText, laid_out
from analytics.search.postgresql import PostgresqlWords
from analytics.search.schema import SLOT_BITS, contacts, documents, first_position, made_by
from analytics.search.sqlite import SqliteWords
from analytics.search.veil import Veil, new_secret, veil_of
from engine.errors import StoreError
from engine.sealing.columns import keys_of

_LOCK_KEY = 0x73656172
"""Of PostgreSQL's advisory lock: of those who put contacts of one second in, each takes the next number."""

_PAGE = 200

_FULL_TEXTS: Mapping[str, FullText] = {"sqlite": SqliteWords(), "postgresql": PostgresqlWords()}


def full_text(connection: Connection) -> FullText:
    """Return what a database finds words by."""
    return _FULL_TEXTS[connection.dialect.name]


def made_with() -> str:
    """Return what an index of this program goes by: its layout, and the dictionaries."""
    return f"layout-{LAYOUT} {keys_version()}"


def check(connection: Connection) -> None:
    """Make sure that the index is laid out as this program reads it, and its words have the keys it looks for.

    Raises:
        StoreError: it was made by another program or other dictionaries; `rebuild` makes it anew.
    """
    found = connection.execute(select(made_by.c["keys"])).scalar()
    if found is not None and found != made_with():
        raise StoreError(
            f"the search index was made by {found}, this program looks for words by {made_with()}; "
            f"make it anew: voicebot search --rebuild"
        )


def put(connection: Connection, indexed: Indexed) -> None:
    """Take a contact into the index; what it held of this contact before is replaced.

    Args:
        connection: with a transaction that writes.
        indexed: the contact.

    Raises:
        StoreError: the index was made by other dictionaries, or the contact cannot be held.
    """
    check(connection)
    conversation = indexed.conversation
    remove(connection, conversation.contact_id)
    if connection.execute(select(func.count()).select_from(made_by)).scalar() == 0:
        connection.execute(insert(made_by), {"keys": made_with(), "secret": _secret_wanted(connection)})
    position = _free(connection, conversation.contact_id, conversation.started_at)
    languages = sorted({one.language for one in conversation.utterances if one.language is not None})
    row = {
        "position": position,
        "contact_id": conversation.contact_id,
        "started_at": conversation.started_at,
        "medium": conversation.medium.value,
        "languages": " ".join(languages),
        "texts": texts_of(conversation),
        "numbers": numbers_of(conversation, indexed.measures),
    }
    connection.execute(insert(contacts), row)
    document = document_of(indexed)
    connection.execute(insert(documents), {"position": position, "document": pack(document)})
    full_text(connection).put(connection, position, laid_out(document.heard), veil(connection))


def remove(connection: Connection, contact_id: str) -> bool:
    """Take a contact out of the index, and return whether it was there.

    Args:
        connection: with a transaction that writes.
        contact_id: of the contact.

    Raises:
        StoreError: the index was made by other dictionaries.
    """
    query = select(documents).join(contacts, contacts.c.position == documents.c.position)
    found = connection.execute(query.where(contacts.c.contact_id == contact_id)).one_or_none()
    if found is None:
        return False
    check(connection)
    full_text(connection).remove(connection, found.position, laid_out(unpack(found.document).heard), veil(connection))
    connection.execute(delete(documents).where(documents.c.position == found.position))
    connection.execute(delete(contacts).where(contacts.c.position == found.position))
    return True


def rebuild(connection: Connection, progress: Callable[[int, int], None] = lambda done, all_: None) -> int:
    """Make all contacts anew by the layout and dictionaries of this program, and return how many there are.

    Its words are veiled from then on where the database was given keys.

    Args:
        connection: with a transaction that writes.
        progress: called now and then with how many are done, and how many there are.
    """
    words, secret = full_text(connection), _secret_wanted(connection)
    words.clear(connection)
    count = connection.execute(select(func.count()).select_from(documents)).scalar_one()
    done, after = 0, None
    while True:
        query = select(documents).order_by(documents.c.position).limit(_PAGE)
        page = connection.execute(query if after is None else query.where(documents.c.position > after)).all()
        for position, packed in page:
            document = document_of(unpack(packed).indexed)
            rows = update(documents).where(documents.c.position == position)
            connection.execute(rows.values(document=pack(document)))
            words.put(connection, position, laid_out(document.heard), veil_of(secret))
        done += len(page)
        progress(done, count)
        if len(page) < _PAGE:
            break
        after = page[-1].position
    connection.execute(delete(made_by))
    connection.execute(insert(made_by), {"keys": made_with(), "secret": secret})
    return done


def veil(connection: Connection) -> Veil:
    """Return by what the words of the index are veiled.

    Raises:
        SealBroken: its secret is sealed, and no key is given.
        KeyMissing: its key is not among those given.
    """
    return veil_of(connection.execute(select(made_by.c.secret)).scalar())


def lies_in_clear(connection: Connection) -> bool:
    """Whether the index holds words in clear."""
    return connection.execute(select(made_by.c["keys"]).where(made_by.c.secret.is_(None))).first() is not None


def _secret_wanted(connection: Connection) -> str | None:
    return None if keys_of(connection.dialect) is None else new_secret()


def _free(connection: Connection, contact_id: str, started_at: datetime) -> int:
    """Return a free position in the second in which a contact begins."""
    first = first_position(started_at)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_KEY}, {(first >> SLOT_BITS) & 0x7FFFFFFF})")
    last = first + (1 << SLOT_BITS) - 1
    query = select(func.max(contacts.c.position)).where(contacts.c.position.between(first, last))
    taken = connection.execute(query).scalar()
    if taken == last:
        raise StoreError(
            f"contact {contact_id}: the index holds {1 << SLOT_BITS} contacts a second, and more begin at "
            f"{started_at:%Y-%m-%d %H:%M:%S}; give their times to the second"
        )
    return first if taken is None else taken + 1
