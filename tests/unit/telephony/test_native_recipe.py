"""What tells one build of the SIP library from another."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from telephony.native import recipe
from telephony.native.advisories import known_advisories
from telephony.native.errors import BuildFailed
from telephony.native.recipe import Recipe, max_calls, patches, recipe_for
from telephony.native.sources import Tarball

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")

TARBALL = Tarball(Path("pjproject.tar.gz"), "0" * 64, "2.17", "a test")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the recipe's files, in force instead of them."""
    for name, place in {"LIMITS": "config_site.h", "INTERFACE": "voicebot.i"}.items():
        shutil.copy(getattr(recipe, name), tmp_path / place)
        monkeypatch.setattr(recipe, name, tmp_path / place)
    for name, place in {"OWN_SOURCES": "src", "PATCHES": "patches"}.items():
        if getattr(recipe, name).is_dir():
            shutil.copytree(getattr(recipe, name), tmp_path / place)
        (tmp_path / place).mkdir(exist_ok=True)
        monkeypatch.setattr(recipe, name, tmp_path / place)
    return tmp_path


def test_the_version_names_recipe_and_calls(files: Path) -> None:
    """`telephony.library` reads the last part."""
    assert re.fullmatch(r"2[.]17[+]voicebot[.][0-9a-f]{8}[.]512", recipe_for(TARBALL).version)
    (files / "config_site.h").write_text("#define PJSUA_MAX_CALLS 8\n")
    assert recipe_for(TARBALL).version.endswith(".8")


def append(name: str, text: str) -> Callable[[Path], None]:
    """Return what adds text to one of the files."""

    def change(files: Path) -> None:
        path = files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((path.read_text() if path.exists() else "") + text)

    return change


@pytest.mark.parametrize(
    ("change", "all_of_it"),
    [
        (append("config_site.h", "#define PJ_HAS_IPV6 1\n"), True),
        (append("patches/2.17/0009-more.patch", "--- a\n"), True),
        (append("patches/2.18/0001-newer.patch", "--- a\n"), None),
        (append("voicebot.i", "// more\n"), False),
        (append("src/more.cpp", "int more;\n"), False),
        (append("src/more.hpp", "int more();\n"), False),
        (append("src/notes.txt", "more\n"), None),
    ],
)
def test_a_change_rebuilds_what_it_concerns(
    files: Path, change: Callable[[Path], None], all_of_it: bool | None
) -> None:
    """Limits and patches of this version rebuild pjproject; our own C++ and its interface only themselves."""
    before = recipe_for(TARBALL)
    change(files)
    after = recipe_for(TARBALL)
    assert (after.version != before.version) is (all_of_it is not None)
    assert (after.tree_key != before.tree_key) is bool(all_of_it)
    assert after.host_key == before.host_key


def test_other_sources_are_another_build() -> None:
    """A newer tarball of the same version too."""
    other = Tarball(TARBALL.path, "1" * 64, "2.17", "a test")
    assert recipe_for(other).version != recipe_for(TARBALL).version
    assert recipe_for(TARBALL) == Recipe(TARBALL, *(getattr(recipe_for(TARBALL), key) for key in KEYS))


KEYS = ("tree_key", "module_key", "host_key")


def test_limits_without_a_number_of_calls_are_refused(tmp_path: Path) -> None:
    """The version would not tell it."""
    (tmp_path / "config_site.h").write_text("#define PJSUA_MAX_ACC 8\n")
    with pytest.raises(BuildFailed, match="PJSUA_MAX_CALLS"):
        max_calls(tmp_path / "config_site.h")


def test_each_patch_says_what_it_mends() -> None:
    """It begins with a sentence, which names the advisory where there is one."""
    advisory = re.compile(r"CVE-\d+-\d+|GHSA-\w{4}-\w{4}-\w{4}")
    closing = {known.patch for known in known_advisories().all}
    assert patches("2.17")
    for patch in patches("2.17"):
        mends = patch.read_text().partition("---")[0].strip()
        assert mends.endswith("."), patch
        assert advisory.search(mends) or patch.stem not in closing, patch
    assert patches("2.99") == []
