"""The words by which dictated numbers are recognised, from ``data/wording.yaml``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from analytics.redaction.values import Kind
from engine.errors import ConfigurationError

_SOURCE: Final = files("analytics.redaction") / "data" / "wording.yaml"


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that announce a number.

    Args:
        kind: of the number; `Kind.NUMBER` where they do not tell.
        first: index of the first word.
        stop: index behind the last.
    """

    kind: Kind
    first: int
    stop: int


@dataclass(frozen=True)
class Wording:
    """The lists, compiled: patterns that match a whole folded word, but `cues`, `part` and `again`, which are searched.

    Args:
        cues: by kind, the telling ones first.
        part: a part of a number is asked for or told.
        again: what follows repeats or corrects.
        between: may stand between a cue and its number.
        fillers: may stand between the parts of a number.
        zeros: zeros in the plural.
        letters: as they are said.
        counted: what is counted.
        stops: never a misheard digit.
    """

    cues: tuple[tuple[Kind, re.Pattern[str]], ...]
    part: re.Pattern[str]
    again: re.Pattern[str]
    between: re.Pattern[str]
    fillers: re.Pattern[str]
    zeros: re.Pattern[str]
    letters: re.Pattern[str]
    counted: re.Pattern[str]
    stops: re.Pattern[str]

    def cues_in(self, words: list[str]) -> list[Cue]:
        """Return what announces numbers among folded words, in order."""
        text, offsets = _joined(words)
        found: list[Cue] = []
        taken: set[int] = set()
        for kind, pattern in self.cues:
            for match in pattern.finditer(text):
                cue = Cue(kind, offsets[match.start()], offsets[match.end() - 1] + 1)
                if kind is Kind.NUMBER and taken.intersection(range(cue.first, cue.stop)):
                    continue
                taken.update(range(cue.first, cue.stop))
                found.append(cue)
        return sorted(found, key=lambda cue: (cue.first, cue.stop))


@cache
def wording() -> Wording:
    """Return the lists, read at first use.

    Raises:
        ConfigurationError: the file is laid out otherwise, or a pattern is wrong.
    """
    try:
        data: Any = yaml.safe_load(_SOURCE.read_text("utf-8"))
        cues = data["cues"]
        kinds = [*(kind for kind in Kind if kind.value in cues and kind is not Kind.NUMBER), Kind.NUMBER]
        return Wording(
            tuple((kind, _compiled(cues[kind.value])) for kind in kinds),
            **{name: _compiled(data[name]) for name in Wording.__dataclass_fields__ if name != "cues"},
        )
    except (OSError, KeyError, TypeError, yaml.YAMLError, re.error) as error:
        raise ConfigurationError(f"{_SOURCE}: cannot be used ({error}); restore the file of this version") from None


def _compiled(rows: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{'|'.join(rows)})(?!\S)".replace("~", r"\S*"))


def _joined(words: list[str]) -> tuple[str, list[int]]:
    offsets = [number for number, word in enumerate(words) for _ in range(len(word) + 1)]
    return " ".join(words), offsets
