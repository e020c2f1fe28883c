"""What the scripts of the training share: the numbers that their options take, and faults told in one line."""

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import ConfigurationError, VoicebotError


def count(text: str) -> int:
    """Read a whole number of at least 1 from an option.

    Raises:
        argparse.ArgumentTypeError: it is another number.
        ValueError: it is no whole number.
    """
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def positive(text: str) -> float:
    """Read a finite number above 0 from an option.

    Raises:
        argparse.ArgumentTypeError: it is another number.
        ValueError: it is no number.
    """
    if not 0 < (number := float(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not above 0, or has no end")
    return number


def share(text: str) -> float:
    """Read a share, 0 to 1, from an option.

    Raises:
        argparse.ArgumentTypeError: it is another number.
        ValueError: it is no number.
    """
    if not 0 <= (number := float(text)) <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 1")
    return number


@contextmanager
def reading(what: Path | str, mend: str) -> Iterator[None]:
    """Tell what is wrong with a file, or a line of one, that is read within, and what to do about it.

    Raises:
        ConfigurationError: it cannot be read, or is not what it should be.
    """
    try:
        yield
    except (OSError, ValueError, LookupError, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(f"{what}: {why}; {mend}") from error


def run(main: Callable[[], object]) -> None:
    """Run a script; what the product raises on purpose ends it with one line on stderr and exit code 1."""
    try:
        main()
    except VoicebotError as error:
        sys.exit(f"Error: {error}")
