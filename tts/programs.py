"""Finds the programs that speak, and their voices: the system's, or those that set-up unpacked beside our Python.

Whoever may not install Debian packages can unpack them: `config/setup/setup.sh` does, into the virtual environment.
"""

import shutil
import sys
from pathlib import Path

FESTIVAL_VOICES = (
    Path(sys.prefix, "debian", "usr", "share", "festival", "voices"),
    Path("/usr/share/festival/voices"),
)
"""Where Festival's voices lie, in the order of `find_program`."""


def find_program(name: str) -> str | None:
    """Return the path of a program, beside our own Python or on PATH; None where there is none."""
    return shutil.which(name, path=str(Path(sys.prefix, "bin"))) or shutil.which(name)
