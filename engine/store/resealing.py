"""What is sealed in a database, under the newest key: after encryption was turned on, or a key was added."""

from collections.abc import Iterator

from sqlalchemy import Engine, MetaData, Table, select, tuple_, update
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import StoreError
from engine.sealing.columns import SealedBytes, SealedJson
from engine.store.connection import for_writing
from engine.store.schema import SealedText

_PAGE = 200


def reseal(engine: Engine, *tables: MetaData) -> Iterator[int]:
    """Write all that is to be sealed anew, and yield how many rows were, page by page; others may work meanwhile.

    Args:
        engine: of a database that was given keys.
        tables: of the database.

    Raises:
        StoreError: the database cannot be read or written.
        SealBroken: a value cannot be opened; the pages before it are done.
    """
    try:
        for metadata in tables:
            for table in metadata.sorted_tables:
                yield from _resealed(engine, table)
    except SQLAlchemyError as error:
        raise StoreError(f"the database cannot be sealed: {error}") from error


def _resealed(engine: Engine, table: Table) -> Iterator[int]:
    sealed = [column for column in table.columns if isinstance(column.type, SealedJson | SealedBytes | SealedText)]
    keys, last = list(table.primary_key), None
    while sealed:
        with for_writing(engine).begin() as connection:
            query = select(*keys, *sealed).order_by(*keys).limit(_PAGE).with_for_update()
            if last is not None:
                query = query.where(tuple_(*keys) > tuple_(*last))
            rows = connection.execute(query).all()
            for row in rows:
                values = dict(zip(sealed, row[len(keys) :], strict=True))
                change = update(table).where(*(key == one for key, one in zip(keys, row, strict=False)))
                connection.execute(change.values({column.name: value for column, value in values.items()}))
        if not rows:
            return
        last = rows[-1][: len(keys)]
        yield len(rows)
