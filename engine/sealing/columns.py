"""Columns that are sealed where their database was given keys, and in clear where it was not."""

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import JSON, Dialect, Engine, LargeBinary
from sqlalchemy.types import TypeDecorator

from engine.sealing.documents import open_bytes, open_document, seal_bytes, seal_document
from engine.sealing.keys import Keyring

_KEYS: "WeakKeyDictionary[Dialect, Keyring]" = WeakKeyDictionary()
"""Of each database: the dialect is all that a column's type gets to see of it."""


def use_keys(engine: Engine, keys: Keyring | None) -> None:
    """Seal with these keys what a database is given from now on, and open by them; None writes in clear."""
    if keys is None:
        _KEYS.pop(engine.dialect, None)
    else:
        _KEYS[engine.dialect] = keys


def keys_of(dialect: Dialect) -> Keyring | None:
    """Return the keys of the database that speaks this dialect; None where it was given none."""
    return _KEYS.get(dialect)


class SealedJson(TypeDecorator[Any]):
    """JSON, sealed at rest. It is read and written whole: a database cannot look into it.

    Args:
        place: table and column, to which every document is bound: in another column it does not open.
        none_as_null: None is no document but the lack of one.
    """

    impl = JSON
    cache_ok = True

    def __init__(self, place: str, *, none_as_null: bool = False) -> None:
        super().__init__(none_as_null=none_as_null)
        self.place = place

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Seal a document."""
        keys = keys_of(dialect)
        return value if value is None or keys is None else seal_document(value, self.place, keys)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Open a document, or return one that was written in clear.

        Raises:
            SealBroken: it is sealed and there is no key, or it was changed.
            KeyMissing: its key is missing.
        """
        return open_document(value, self.place, keys_of(dialect))


class SealedBytes(TypeDecorator[bytes]):
    """Bytes, sealed at rest.

    Args:
        place: as of `SealedJson`.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Seal bytes."""
        keys = keys_of(dialect)
        return value if value is None or keys is None else seal_bytes(value, self.place, keys)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Open bytes, or return those that were written in clear.

        Raises:
            SealBroken: they are sealed and there is no key, or were changed.
            KeyMissing: their key is missing.
        """
        return None if value is None else open_bytes(bytes(value), self.place, keys_of(dialect))
