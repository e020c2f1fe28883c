"""Regular expressions that a scenario brings along: whether they are any, and end in time on whatever is said."""

import re
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]  # the only parser that reads just what `re` runs
from typing import Any, Final

from dialogs.understanding.lessons import compile_pattern

MAX_PATTERN_CHARACTERS: Final = 300
MAX_REPETITIONS: Final = 4
"""Without a bound in one pattern; each multiplies the time by the length of what was said."""

_REPETITIONS: Final = frozenset({_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT})


def pattern_fault(pattern: str) -> str | None:
    """Return what is wrong with a pattern, with the mend; None where nothing is."""
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        return f"{len(pattern)} characters are too long for a pattern; part it in several"
    try:
        compile_pattern([pattern])
    except re.error as error:
        return f"not a regular expression: {error}; mend it, or write phrases under `examples`"
    endless = list(_endless(_parser.parse(pattern)))
    if any(nested for nested in endless):
        return "a repetition within an endless one may take for ever; bound the outer one, as `{0,3}` does"
    if len(endless) > MAX_REPETITIONS:
        return f"more than {MAX_REPETITIONS} endless repetitions take too long; bound them, as `{{0,3}}` does"
    return None


def _endless(parsed: Any) -> Iterator[bool]:
    """Yield each repetition without a bound: whether another one of more than once is in it."""
    for operator, argument in parsed:
        if operator in _REPETITIONS:
            _, most, body = argument
            if most is _constants.MAXREPEAT:
                yield any(_repeats(body))
            yield from _endless(body)
        else:
            for part in _parts(argument):
                yield from _endless(part)


def _repeats(parsed: Any) -> Iterator[bool]:
    for operator, argument in parsed:
        if operator in _REPETITIONS:
            yield argument[1] is _constants.MAXREPEAT or argument[1] > 1
            yield from _repeats(argument[2])
        else:
            for part in _parts(argument):
                yield from _repeats(part)


def _parts(argument: Any) -> Iterator[Any]:
    """Yield the patterns within a group, a choice or a look around."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for each in argument:
            yield from _parts(each)
