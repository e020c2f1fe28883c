"""Documents under the newest key: after encryption was turned on, or a key was added."""

from collections.abc import Iterator

from sqlalchemy import select, tuple_, update

from analytics.store.database import AnalyticsDatabase
from analytics.store.schema import metadata
from engine.sealing.columns import SealedJson

_PAGE = 200


def reseal(database: AnalyticsDatabase) -> Iterator[int]:
    """Write every document anew, and yield how many were, page by page; others may work meanwhile.

    Raises:
        StoreError: the database cannot be read or written.
        SealBroken: a document cannot be opened; those before it are done.
    """
    for table in metadata.sorted_tables:
        sealed = [column for column in table.columns if isinstance(column.type, SealedJson)]
        if not sealed:
            continue
        keys, last = list(table.primary_key), None
        while True:
            with database.writing() as connection:
                query = select(*keys, *sealed).order_by(*keys).limit(_PAGE).with_for_update()
                if last is not None:
                    query = query.where(tuple_(*keys) > tuple_(*last))
                rows = connection.execute(query).all()
                for row in rows:
                    values = dict(zip(sealed, row[len(keys) :], strict=True))
                    change = update(table).where(*(key == one for key, one in zip(keys, row, strict=False)))
                    connection.execute(change.values({column.name: value for column, value in values.items()}))
            if not rows:
                break
            last = rows[-1][: len(keys)]
            yield len(rows)
