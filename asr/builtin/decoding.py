"""How to search with a model and how sure to be, by language: the file ``decoding.toml``.

What it leaves out is as the dataclasses have it. What they do not have is refused, since a misspelt weight would
otherwise make the recogniser deaf in silence.
"""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass, field, fields, is_dataclass
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from asr.builtin.beam import Search
from asr.builtin.choosing import Weighing
from asr.builtin.readings import Calibration
from engine.errors import ModelMissing

_SHARES = frozenset({"answers_share", "floor", "sure_blank"})

_Table = TypeVar("_Table")


@dataclass(frozen=True, slots=True)
class Decoding:
    """What the file says of a language.

    Args:
        reward_per_letter: of expected phrases, nats.
        answers_share: of the expected kind's answers in the language model, below 1; 0 leaves them out.
        search: how to search.
        calibration: of confidences.
        weighing: of what speaks for the language.
    """

    reward_per_letter: float = 0.0
    answers_share: float = 0.0
    search: Search = field(default_factory=Search)
    calibration: Calibration = field(default_factory=Calibration)
    weighing: Weighing = field(default_factory=Weighing)


def read(path: Path, languages: Collection[str]) -> dict[str, Decoding]:
    """Read the file.

    Args:
        path: of the file.
        languages: of the network.

    Returns:
        Each language's part.

    Raises:
        ModelMissing: there is no such file, or a key or value in it is none of these; the message names them.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        for name in tables:
            if name not in languages:
                raise ValueError(f"[{name}]: the network has no such language, it has {', '.join(languages)}")
        return {language: _filled(Decoding, tables.get(language, {}), language) for language in languages}
    except FileNotFoundError as error:
        raise ModelMissing(f"{path}: no such file; put the model's own file there") from error
    except (OSError, ValueError) as error:
        raise ModelMissing(f"{path}: {error}; put that right, or the model's own file there") from error


def _filled(kind: type[_Table], table: Any, where: str) -> _Table:
    if not isinstance(table, dict):
        raise ValueError(f"[{where}] must be a table, not {table!r}")
    types = {one.name: one.type for one in fields(kind)}  # type: ignore[arg-type]
    for key in table:
        if key not in types:
            raise ValueError(f"[{where}] has no {key}; it has {', '.join(types)}")
    return kind(**{key: _value(types[key], key, value, where) for key, value in table.items()})


def _value(kind: Any, key: str, value: Any, where: str) -> object:
    if isinstance(kind, type) and is_dataclass(kind):
        return _filled(kind, value, f"{where}.{key}")
    if kind is int:
        if type(value) is int and value >= 1:
            return value
        raise ValueError(f"[{where}] {key} must be a whole number of at least 1, not {value!r}")
    if type(value) not in (int, float) or not isfinite(value):
        raise ValueError(f"[{where}] {key} must be a number, not {value!r}")
    if key in _SHARES and not 0 <= value < 1:
        raise ValueError(f"[{where}] {key} must be at least 0 and below 1, not {value!r}")
    return float(value)
