"""Checks and tests of scenarios in processes of their own: what runs away is ended, and no page waits for it."""

import json
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from config.inspecting import What
from engine.errors import VoicebotError

_LIMIT_S: Final = 120.0
"""The largest scenario of ours takes a few seconds."""

_AT_ONCE: Final = 1
"""Calls run on the same machine."""

_KEPT: Final = 64


class InspectionFailed(VoicebotError):
    """It took too long, or its process died."""

    retryable = True


class Inspector:
    """Inspects folders, remembers what it found; any thread. Blocks."""

    def __init__(self) -> None:
        self._turn = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._found: OrderedDict[tuple[object, ...], Mapping[str, Any]] = OrderedDict()

    def inspect(self, what: What, folder: Path, key: str) -> Mapping[str, Any]:
        """Return what was found in a scenario's folder, as `Report.as_json` or `report.as_json` tells it.

        Args:
            what: checks, or tests.
            folder: the scenario's.
            key: of its content: what was found for the same is not looked for again on the same day.

        Raises:
            InspectionFailed: it took too long, or its process died.
        """
        known = (what, key, date.today())
        with self._turn:
            with self._lock:
                if known in self._found:
                    self._found.move_to_end(known)
                    return self._found[known]
            found = _run(what, folder)
            with self._lock:
                self._found[known] = found
                while len(self._found) > _KEPT:
                    self._found.popitem(last=False)
            return found


def _run(what: What, folder: Path) -> Mapping[str, Any]:
    command = [sys.executable, "-m", "config.inspecting", what, str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_LIMIT_S, check=True, stdin=subprocess.DEVNULL)
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise InspectionFailed(f"it took more than {_LIMIT_S:g} s and was ended; make the scenario smaller") from None
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        said = (getattr(error, "stderr", b"") or b"").decode(errors="replace").strip().splitlines()
        raise InspectionFailed(f"its process died: {said[-1] if said else error}") from error
    assert isinstance(found, dict)
    return found
