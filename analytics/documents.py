"""Frozen results as JSON-able documents and back."""

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

_Result = TypeVar("_Result")


def as_document(result: object) -> Any:
    """Return a frozen dataclass, or a tuple of them, as dicts, lists, texts and numbers."""
    kind: Any = type(result)
    return _adapter(kind).dump_python(result, mode="json")


def from_document(kind: type[_Result], document: object) -> _Result:
    """Return what `as_document` was made of.

    Args:
        kind: its class.
        document: as it was stored.

    Raises:
        ValueError: the document is of another kind.
    """
    wanted: Any = kind
    found: _Result = _adapter(wanted).validate_python(document)
    return found


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
