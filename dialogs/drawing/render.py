"""Graphviz: lays the picture out and draws it. Its `dot` is a program of the system's, called with a limit on time."""

import shutil
import subprocess
from enum import StrEnum
from typing import Final

from engine.errors import ScenarioError

_LIMIT_S: Final = 60.0
"""A scenario of sixty states takes a second or two."""


class Format(StrEnum):
    """What a picture is written as."""

    SVG = "svg"
    PNG = "png"
    DOT = "dot"


def render(source: str, form: Format) -> bytes:
    """Draw a picture.

    Args:
        source: in Graphviz's language; see `dialogs.drawing.picture.dot_source`.
        form: of the result; `Format.DOT` gives the source back.

    Raises:
        ScenarioError: Graphviz is missing, or cannot draw it.
    """
    if form is Format.DOT:
        return source.encode()
    program = shutil.which("dot")
    if program is None:
        raise ScenarioError("Graphviz is missing, which draws scenarios: sudo apt-get install graphviz")
    resolution = ["-Gdpi=110"] if form is Format.PNG else []
    try:
        done = subprocess.run(
            [program, f"-T{form}", *resolution],
            input=source.encode(),
            capture_output=True,
            timeout=_LIMIT_S,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise ScenarioError(f"Graphviz did not draw it within {_LIMIT_S:g} s") from None
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"") or b""
        raise ScenarioError(f"Graphviz failed: {said.decode(errors='replace').strip() or error}") from error
    return done.stdout
