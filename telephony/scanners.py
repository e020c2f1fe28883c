"""Scanners by what they call themselves: one list for the worker's gate and for the edge."""

import re
import tomllib
from functools import cache
from pathlib import Path

from engine.errors import ConfigurationError

SCANNERS = Path(__file__).with_name("scanners.toml")

_SIGNATURE = re.compile(r"[a-z0-9._-]{4,64}")
"""Safe in a regular expression and in a configuration file, but for the dot, which matches itself too."""


@cache
def signatures(path: Path = SCANNERS) -> tuple[str, ...]:
    """Return parts of User-Agent headers that give a scanner away, in lower case; they hold in any case.

    Raises:
        ConfigurationError: the file cannot be read; the message names it and the mend.
    """
    try:
        listed = tomllib.loads(path.read_text("utf-8"))["user_agents"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        raise ConfigurationError(f"{path}: no list user_agents can be read ({error})") from error
    if not isinstance(listed, list):
        raise ConfigurationError(f"{path}: user_agents must be a list")
    for signature in listed:
        if not isinstance(signature, str) or not _SIGNATURE.fullmatch(signature):
            raise ConfigurationError(f"{path}: {signature!r}: write at least four of the letters a-z, digits and ._-")
    return tuple(listed)


def is_scanner(user_agent: str) -> bool:
    """Whether a User-Agent is one of a scanner."""
    lower = user_agent.lower()
    return any(signature in lower for signature in signatures())
