"""The mend that a message about an unknown name ends with."""

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is meant, or all of them where none is like it."""
    names = sorted(str(each) for each in known)
    close = get_close_matches(name, names, 1, 0.6)
    return f"did you mean `{close[0]}`?" if close else "known are " + ", ".join(names)
