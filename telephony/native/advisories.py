"""Which published security advisories of pjproject a library has not fixed."""

import datetime
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telephony.library import SipLibrary

_FILE = Path(__file__).with_name("advisories.toml")


@dataclass(frozen=True, slots=True)
class Advisory:
    """One published vulnerability.

    Args:
        id: CVE id, or the project's own where it has none.
        ghsa: the project's own id; empty where it is not known.
        title: what goes wrong.
        reached: whether this product gets there.
        why: what decides that.
        source: where it was read.
        fixed_in: the first release with the fix; empty where there was none on the day of checking.
        patch: name of the patch of ours that fixes it; empty where there is none.
    """

    id: str
    ghsa: str
    title: str
    reached: bool
    why: str
    source: str
    fixed_in: str = ""
    patch: str = ""

    def is_open_in(self, library: SipLibrary) -> bool:
        """Whether this product is exposed to it with a library."""
        if not self.reached or (self.patch and self.patch in library.patches):
            return False
        return not self.fixed_in or _numbers(library.version) < _numbers(self.fixed_in)


@dataclass(frozen=True, slots=True)
class Advisories:
    """All that are known.

    Args:
        checked: the day on which they were looked for.
        all: newest first.
    """

    checked: datetime.date
    all: tuple[Advisory, ...]

    def open_in(self, library: SipLibrary) -> tuple[Advisory, ...]:
        """Return those that this product is exposed to with a library."""
        return tuple(advisory for advisory in self.all if advisory.is_open_in(library))


def known_advisories() -> Advisories:
    """Read the file that is shipped."""
    content: Mapping[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return Advisories(content["checked"], tuple(Advisory(**entry) for entry in content["advisory"]))


def _numbers(version: str) -> tuple[int, ...]:
    """Return the release numbers that a version begins with: 2.15.1.post1 and 2.15.1+x give (2, 15, 1)."""
    release = re.match(r"\d+(?:[.]\d+)*", version)
    return tuple(map(int, release[0].split("."))) if release else ()
