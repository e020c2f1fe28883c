"""Which SIP library is installed, found out without starting it."""

import importlib.metadata
import importlib.util
import json
import platform
import sys
from dataclasses import dataclass

from engine.errors import TelephonyError

DISTRIBUTION = "pjsua2-python"
FACTS = "voicebot.json"
"""The file in a native build's metadata that says what it was made of."""
_BUILD = "python -m telephony.native"
_WHEEL_MAX_CALLS = 4
"""Compiled into the wheel (PJSUA_MAX_CALLS)."""
_WHEEL_INVITES = 22
"""See `SipLibrary.invites_at_once`: of the wheel's 64 sockets 8 may belong to live calls and 8 to calls that have just
ended; the other 48 are enough for 24 INVITEs, the one that waits for its turn included."""
SOCKET_REST_S = 0.6
"""A little longer than the library keeps a closed socket (PJ_IOQUEUE_KEY_FREE_DELAY, half a second)."""


@dataclass(frozen=True, slots=True)
class SipLibrary:
    """The SIP library that a media worker would load.

    Args:
        name: of the library.
        version: of its distribution; a build of our own has a local part, such as ``2.17+voicebot.512``.
        origin: ``wheel`` or ``native``.
        max_calls: how many calls it was compiled for.
        source: where a native build's sources were taken from.
        patches: what was applied to them, by name.
    """

    name: str
    version: str
    origin: str
    max_calls: int
    source: str = ""
    patches: tuple[str, ...] = ()

    @property
    def channels(self) -> int:
        """Calls that can be held: one stays free, so that the next can be refused with 503 and Retry-After."""
        return self.max_calls - 1

    @property
    def invites_at_once(self) -> int:
        """INVITEs that may be handled in `SOCKET_REST_S`.

        Every one, refused ones too, takes two sockets for half a second longer than it lasts, and the library ends the
        process when it has none left.
        """
        return _WHEEL_INVITES if self.origin == "wheel" else max(_WHEEL_INVITES, self.max_calls // 3)


def loaded_library() -> SipLibrary:
    """Return the library that ``import pjsua2`` finds; the module itself is not imported.

    Raises:
        TelephonyError: there is none; the message says how to get one.
    """
    spec = importlib.util.find_spec("pjsua2")
    if spec is None:
        raise TelephonyError(_missing())
    try:
        distribution = importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        raise TelephonyError(
            f"{spec.origin}: a pjsua2 that no installed package owns; remove it and install {DISTRIBUTION}"
        ) from None
    version = distribution.version
    local = version.partition("+")[2]
    if not local:
        return SipLibrary("pjsua2", version, "wheel", _WHEEL_MAX_CALLS)
    try:
        max_calls = int(local.rpartition(".")[2])
    except ValueError:
        raise TelephonyError(
            f"{DISTRIBUTION} {version}: a native build names its number of calls last, as in 2.17+voicebot.512"
        ) from None
    facts = json.loads(distribution.read_text(FACTS) or "{}")
    return SipLibrary("pjsua2", version, "native", max_calls, facts.get("source", ""), tuple(facts.get("patches", ())))


def _missing() -> str:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    if sys.version_info >= (3, 13) or sys.platform != "linux" or platform.machine() != "x86_64":
        return (
            f"no SIP library: {DISTRIBUTION} has no wheel for Python {python} on {sys.platform} {platform.machine()}; "
            f"build one for yours: make native, or {_BUILD}"
        )
    return f"no SIP library: run `make native`, `{_BUILD}` or `pip install {DISTRIBUTION}` (Python {python})"
