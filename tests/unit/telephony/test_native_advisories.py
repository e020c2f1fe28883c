"""Which security advisories a library has not fixed."""

import datetime
import re

import pytest

from telephony.library import SipLibrary
from telephony.native.advisories import Advisory, known_advisories
from telephony.native.recipe import patches

WHEEL = SipLibrary("pjsua2", "2.15.1.post1", "wheel", 4)
PATCHES = tuple(patch.stem for patch in patches("2.17"))


def test_the_wheel_lacks_what_later_releases_fixed() -> None:
    """Both fixes that are released and those that are not."""
    lacking = {advisory.id for advisory in known_advisories().open_in(WHEEL)}
    assert {"CVE-2026-41416", "CVE-2026-29068", "CVE-2026-57162"} <= lacking
    assert "CVE-2025-65102" not in lacking, "Opus is not offered"


def test_our_patches_close_what_2_17_left_open() -> None:
    """A build of the same release without them is exposed."""
    known = known_advisories()
    assert known.open_in(SipLibrary("pjsua2", "2.17+voicebot.0.512", "native", 512, "", PATCHES)) == ()
    bare = {advisory.id for advisory in known.open_in(SipLibrary("pjsua2", "2.17+voicebot.0.512", "native", 512))}
    assert {"CVE-2026-57160", "CVE-2026-57161", "CVE-2026-57162"} <= bare
    assert "CVE-2026-41416" not in bare


@pytest.mark.parametrize(
    ("version", "is_open"), [("2.9", True), ("2.16.99", True), ("2.17", False), ("2.17.1+a.512", False), ("3.0", False)]
)
def test_releases_are_compared_by_their_numbers(version: str, is_open: bool) -> None:
    """2.9 is older than 2.17."""
    advisory = Advisory("CVE-1-1", "", "a title", True, "always", "https://source.example", fixed_in="2.17")
    assert advisory.is_open_in(SipLibrary("pjsua2", version, "native", 512)) is is_open


def test_each_advisory_has_its_source_and_a_patch_that_is_there() -> None:
    """Whatever is neither fixed in a release nor patched by us must not be reached."""
    known = known_advisories()
    assert isinstance(known.checked, datetime.date)
    assert len({advisory.id for advisory in known.all}) == len(known.all)
    for advisory in known.all:
        assert re.fullmatch(r"CVE-\d{4}-\d+|GHSA(-[0-9a-z]{4}){3}", advisory.id)
        assert advisory.source.startswith("https://")
        assert advisory.title
        assert advisory.why
        assert not advisory.patch or advisory.patch in PATCHES
        assert advisory.fixed_in or advisory.patch or not advisory.reached
