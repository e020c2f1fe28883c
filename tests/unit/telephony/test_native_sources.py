"""Where pjproject's sources come from."""

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from telephony.native import sources
from telephony.native.errors import BuildFailed
from telephony.native.sources import Mirror, find_tarball, machine_mirror, read_tarball

DEB822 = """\
# the security archive comes first, and is not what is looked for
Types: deb
URIs: http://security.mirror.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://disabled.mirror.example/debian
Suites: bookworm
Components: main

Types: deb
# a comment within
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
Architectures: amd64
"""
INLINE_KEY = """\
Types: deb deb-src
URIs: https://mirror.example/debian/
Suites: trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 bm90IGEga2V5
 -----END PGP PUBLIC KEY BLOCK-----
"""
ONE_LINE = """\
# deb http://comment.mirror.example/debian bookworm main
deb http://security.mirror.example/debian-security bookworm-security main
deb http://other.example/tool stable tool
deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian bookworm main # x
"""
KEYRING = ("Signed-By", "/usr/share/keyrings/debian-archive-keyring.gpg")


def machine(folder: Path, *, deb822: str = "", one_line: str = "", system: str = "debian") -> Mirror | None:
    """Look for the mirror of a machine that is configured so."""
    (folder / "sources.list.d").mkdir()
    (folder / "sources.list").write_text(one_line)
    (folder / "sources.list.d" / "debian.sources").write_text(deb822)
    (folder / "sources.list.d" / "old.list.disabled").write_text(ONE_LINE)
    (folder / "os-release").write_text(f'NAME="Some Linux"\nID={system}\nID_LIKE=debian\n')
    return machine_mirror(folder, folder / "os-release")


@pytest.mark.parametrize("entries", [{"deb822": DEB822}, {"one_line": ONE_LINE}])
def test_the_mirror_is_the_machines_own(tmp_path: Path, entries: dict[str, str]) -> None:
    """Both forms of an entry are read; what is switched off, security updates and other people's archives are not."""
    assert machine(tmp_path, **entries) == Mirror("http://mirror.example/debian", (KEYRING,))


def test_a_key_within_the_entry_is_taken_along(tmp_path: Path) -> None:
    """Signed-By may hold the key itself, over many lines."""
    mirror = machine(tmp_path, deb822=INLINE_KEY)
    assert mirror is not None
    assert "BEGIN PGP" in dict(mirror.options)["Signed-By"]
    stanza = mirror.private_sources()
    assert "Types: deb-src\n" in stanza
    assert "\n .\n bm90IGEga2V5\n" in stanza


@pytest.mark.parametrize("system", ["ubuntu", "alpine"])
def test_elsewhere_there_is_no_debian_mirror(tmp_path: Path, system: str) -> None:
    """Ubuntu's archive has the same form and other packages."""
    assert machine(tmp_path, deb822=DEB822, system=system) is None


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="no apt on this machine")
@pytest.mark.parametrize("text", [DEB822, INLINE_KEY])
def test_apt_itself_understands_the_private_configuration(tmp_path: Path, text: str) -> None:
    """Asked for what it would fetch, which needs no network, it names the newest sources of this mirror alone."""
    mirror = machine(tmp_path, deb822=text)
    assert mirror is not None
    file = tmp_path / "mirror.sources"
    file.write_text(mirror.private_sources())
    options = [f"Dir::Etc::sourcelist={file}", "Dir::Etc::sourceparts=-", f"Dir::State::lists={tmp_path}"]
    command = ["apt-get", *(word for option in options for word in ("-o", option)), "--print-uris", "update"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    uris = [line.split("'")[1] for line in done.stdout.splitlines() if line.startswith("'")]
    assert uris
    assert all(uri.startswith(f"{mirror.uri.rstrip('/')}/dists/sid/") for uri in uris)


def tarball(path: Path, major_minor: str = "2.17", *, name: str = "version.mak") -> Path:
    """Write a tarball with the one file that tells a version."""
    major, minor = major_minor.split(".")
    text = f"export PJ_VERSION_MAJOR  := {major}\nexport PJ_VERSION_MINOR  := {minor}\nexport PJ_VERSION_REV    :=\n"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo(f"pjproject-{major_minor}/{name}")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text.encode()))
    return path


def test_a_tarball_tells_its_version(tmp_path: Path) -> None:
    """Whatever its file is called."""
    read = read_tarball(tarball(tmp_path / "sources.tar.gz"), "a test")
    assert (read.version, len(read.sha256), read.origin) == ("2.17", 64, "a test")


@pytest.mark.parametrize(
    ("file", "complaint"),
    [
        (lambda path: tarball(path, "2.14"), "pjproject 2.14; use 2.17 or newer"),
        (lambda path: tarball(path, name="configure"), "no version.mak"),
        (lambda path: path.write_text("nothing") and path, "make native PJPROJECT=FILE"),
        (lambda path: path, "No such file"),
    ],
)
def test_what_is_no_suitable_tarball_is_refused(tmp_path: Path, file: object, complaint: str) -> None:
    """The message names the file, and what would do."""
    assert callable(file)
    path = file(tmp_path / "sources.tar.gz")
    with pytest.raises(BuildFailed, match=complaint) as refused:
        read_tarball(path, "a test")
    assert "sources.tar.gz" in str(refused.value)


def test_a_tarball_that_was_given_serves_again_where_there_is_no_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept; and it is said that no newer one was looked for."""
    monkeypatch.setattr(sources, "machine_mirror", lambda: None)
    said: list[str] = []
    given = tarball(tmp_path / "given.tar.gz")
    first = find_tarball(tmp_path / "cache", given=given, say=said.append)
    given.unlink()
    again = find_tarball(tmp_path / "cache", refresh=True, say=said.append)
    assert again == first
    assert first.path.is_file()
    (sentence,) = said
    assert "going on with pjproject 2.17" in sentence


def test_without_mirror_and_tarball_the_message_says_what_to_fetch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kept tarball whose bytes have changed is none."""
    monkeypatch.setattr(sources, "machine_mirror", lambda: None)
    kept = find_tarball(tmp_path / "cache", given=tarball(tmp_path / "given.tar.gz"), say=print)
    kept.path.write_bytes(b"other")
    with pytest.raises(BuildFailed, match="make native PJPROJECT=FILE"):
        find_tarball(tmp_path / "cache", say=print)


def test_the_mirror_is_asked_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless it is asked for; a mirror that does not answer costs a sentence."""
    asked: list[Mirror] = []

    def silent_mirror(folder: Path, state: Path, mirror: Mirror, kept: object) -> None:
        asked.append(mirror)
        raise BuildFailed("no route")

    cache, said = tmp_path / "cache", list[str]()
    cache.mkdir()
    read = read_tarball(tarball(tmp_path / "a.tar.gz"), "Debian's a.tar.gz")
    kept = sources._keep(cache, cache / "current.json", read, asked_at=sources.time.time())
    monkeypatch.setattr(sources, "machine_mirror", lambda: Mirror("http://mirror.example/debian"))
    monkeypatch.setattr(sources, "_fetch", silent_mirror)
    assert find_tarball(cache, say=said.append) == kept
    assert (asked, said) == ([], [])
    assert find_tarball(cache, refresh=True, say=said.append) == kept
    assert len(asked) == len(said) == 1
