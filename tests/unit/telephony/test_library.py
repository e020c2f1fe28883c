"""Which SIP library is installed."""

import importlib.metadata
import importlib.util
import sys
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from engine.errors import TelephonyError
from telephony.library import FACTS, SipLibrary, loaded_library
from telephony.native.recipe import max_calls


@dataclass(frozen=True)
class Installed:
    """What `importlib.metadata` tells of a distribution."""

    version: str
    facts: str | None = None

    def read_text(self, name: str) -> str | None:
        return self.facts if name == FACTS else None


def test_the_installed_library_is_known_without_loading_it() -> None:
    """A wheel holds four calls, our own build hundreds; one call stays free to refuse the next."""
    library = loaded_library()
    assert library.name == "pjsua2"
    assert (library.origin, library.max_calls) in {("wheel", 4), ("native", max_calls())}
    assert library.channels == library.max_calls - 1
    assert (library.origin == "native") is ("+voicebot." in library.version)


@pytest.mark.parametrize(
    ("version", "library"),
    [
        ("2.17+voicebot.512", SipLibrary("pjsua2", "2.17+voicebot.512", "native", 512)),
        ("2.15.1.post1", SipLibrary("pjsua2", "2.15.1.post1", "wheel", 4)),
    ],
)
def test_a_native_build_says_by_its_version_how_many_calls_it_holds(
    monkeypatch: pytest.MonkeyPatch, version: str, library: SipLibrary
) -> None:
    """The local part of the version is the build's own."""
    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Installed(version))
    assert loaded_library() == library


def test_a_native_build_says_what_it_was_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a file of its metadata."""
    facts = '{"source": "a tarball", "sha256": "00", "patches": ["0001-mend"]}'
    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Installed("2.17+voicebot.0.512", facts))
    library = loaded_library()
    assert (library.source, library.patches) == ("a tarball", ("0001-mend",))


def test_a_native_build_with_a_strange_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than guessed at."""
    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Installed("2.17+local"))
    with pytest.raises(TelephonyError, match="number of calls last"):
        loaded_library()


def test_a_module_without_a_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stray file would load silently in place of the real one."""

    def unknown(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", unknown)
    with pytest.raises(TelephonyError, match="no installed package owns"):
        loaded_library()


@pytest.mark.parametrize(
    ("version_info", "mend"),
    [
        (SimpleNamespace(major=3, minor=14), "build one for yours: make native"),
        (SimpleNamespace(major=3, minor=11), "pip install pjsua2-python"),
    ],
)
def test_where_there_is_none_the_message_says_how_to_get_on(
    monkeypatch: pytest.MonkeyPatch, version_info: Any, mend: str
) -> None:
    """A wheel exists up to Python 3.12 alone."""

    class Version(tuple[int, ...]):
        major, minor = version_info.major, version_info.minor

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "version_info", Version((version_info.major, version_info.minor)))
    with pytest.raises(TelephonyError, match=mend):
        loaded_library()
