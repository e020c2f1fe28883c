"""Where pjproject's sources come from: the machine's own Debian mirror, or a tarball that was given.

Debian carries pjproject whole, within the source package of asterisk. The mirror is asked through a private apt
configuration made of the machine's own entry, so that apt's keys, proxies and checks hold and nothing of the system's
configuration changes.
"""

import contextlib
import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from telephony.native.errors import BuildFailed

Say = Callable[[str], None]

ASK_AGAIN_S = 24 * 3600.0
"""The mirror is asked for a newer source once a day."""

_SUITE = "sid"
_SOURCE_PACKAGE = "asterisk"
_PART = re.compile(
    r"^'(?P<uri>[^']+)' (?P<name>\S*[.]orig-Xpjproject[.]tar[.]\w+) \d+ (?P<hash>SHA\d+:[0-9a-f]+)$", re.M
)
_OLDEST = (2, 17)
"""Older ones lack security fixes (advisories.toml)."""
_VERSION_PART = re.compile(r"^export PJ_VERSION_(MAJOR|MINOR|REV|SUFFIX)\s*:=[ \t]*(\S*)", re.M)
_NO_SUITE_OF_ITS_OWN = re.compile(r"security|updates|backports|proposed|experimental|debug|/")
_UNTOUCHED_FIELDS = ("Signed-By", "Trusted", "Check-Valid-Until", "Allow-Insecure", "Allow-Weak")
_APT_HELPER = "/usr/lib/apt/apt-helper"
_ASK_TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Mirror:
    """An archive that the machine takes its Debian packages from.

    Args:
        uri: of the archive.
        options: deb822 fields that say how far it is trusted, such as ``Signed-By``, as they stand.
    """

    uri: str
    options: tuple[tuple[str, str], ...] = ()

    def private_sources(self) -> str:
        """Return a deb822 stanza that asks this archive for the sources of Debian's newest packages."""
        fields = {"Types": "deb-src", "URIs": self.uri, "Suites": _SUITE, "Components": "main"} | dict(self.options)
        return "".join(f"{name}: {value}\n" for name, value in fields.items())


@dataclass(frozen=True, slots=True)
class Tarball:
    """pjproject's sources in one file.

    Args:
        path: of the file.
        sha256: of its bytes.
        version: of pjproject, read from within.
        origin: where it was taken from, for people.
    """

    path: Path
    sha256: str
    version: str
    origin: str


@dataclass(frozen=True, slots=True)
class _Current:
    """What the last question brought: the cached file, and when the mirror was asked."""

    file: str
    sha256: str
    version: str
    origin: str
    asked_at: float

    @classmethod
    def read(cls, path: Path) -> "_Current | None":
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(self)))
        part.replace(path)


def machine_mirror(apt: Path = Path("/etc/apt"), os_release: Path = Path("/etc/os-release")) -> Mirror | None:
    """Return the Debian archive that this machine is configured for; none where it is no Debian.

    Args:
        apt: the folder of apt's configuration, with ``sources.list`` and ``sources.list.d``.
        os_release: the file that names the system.
    """
    with contextlib.suppress(OSError):
        if re.search(r"^ID=[\"']?debian[\"']?$", os_release.read_text(), re.M):
            return next(_mirrors(apt), None)
    return None


def _mirrors(apt: Path) -> Iterator[Mirror]:
    parts = sorted((apt / "sources.list.d").glob("*")) if (apt / "sources.list.d").is_dir() else []
    for path in (apt / "sources.list", *parts):
        reader = {".list": _one_line_entries, ".sources": _deb822_entries}.get(path.suffix)
        if reader is None:
            continue
        with contextlib.suppress(OSError):
            yield from reader(path.read_text(encoding="utf-8", errors="replace"))


def _one_line_entries(text: str) -> Iterator[Mirror]:
    """Read ``deb [signed-by=FILE] URI SUITE COMPONENT…`` lines."""
    for line in text.splitlines():
        entry = re.match(r"\s*deb(?:-src)?\s+(?:\[(?P<options>[^]]*)\]\s*)?(?P<rest>[^#]+)", line)
        if entry is None:
            continue
        uri, suite, *components = entry["rest"].split() if len(entry["rest"].split()) > 1 else ("", "")
        given = dict(option.partition("=")[::2] for option in (entry["options"] or "").split())
        options = {name: given[name.lower()].replace(",", " ") for name in _UNTOUCHED_FIELDS if name.lower() in given}
        if _is_whole_archive([suite], components):
            yield Mirror(uri, tuple(options.items()))


def _deb822_entries(text: str) -> Iterator[Mirror]:
    """Read stanzas of ``Field: value`` lines; a value goes on in lines that begin with a blank."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in re.split(r"\n[ \t]*\n", "\n".join(lines)):
        found = re.findall(r"^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)", stanza, re.M)
        fields = {name.lower(): value.strip(" \t") for name, value in found}
        if fields.get("enabled", "yes").lower() in ("no", "false", "0", "off", "without", "disable"):
            continue
        if not _is_whole_archive(fields.get("suites", "").split(), fields.get("components", "").split()):
            continue
        options = tuple((name, fields[name.lower()]) for name in _UNTOUCHED_FIELDS if name.lower() in fields)
        for uri in fields.get("uris", "").split():
            yield Mirror(uri, options)


def _is_whole_archive(suites: list[str], components: list[str]) -> bool:
    """Whether an entry is of a Debian release, and not of its security updates or of somebody else's packages."""
    return "main" in components and any(not _NO_SUITE_OF_ITS_OWN.search(suite) for suite in suites)


def read_tarball(path: Path, origin: str) -> Tarball:
    """Look into a tarball: official ones and Debian's differ in their top folder and in what they leave out.

    Args:
        path: of a ``.tar`` with any compression that Python reads.
        origin: where it was taken from, for people.

    Raises:
        BuildFailed: it is no pjproject, or too old a one.
    """
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and member.name.count("/") == 1 and member.name.endswith("/version.mak"):
                    stored = archive.extractfile(member)
                    assert stored is not None
                    return Tarball(path, digest, _version(stored.read().decode(), path), origin)
    except (tarfile.TarError, EOFError, UnicodeDecodeError) as error:
        raise BuildFailed(f"{path}: no tar archive; name one of pjproject: make native PJPROJECT=FILE") from error
    except OSError as error:
        raise BuildFailed(
            f"{path}: {error.strerror}; name a tarball of pjproject: make native PJPROJECT=FILE"
        ) from error
    raise BuildFailed(f"{path}: no version.mak in its top folder: this is no tarball of pjproject")


def _version(text: str, path: Path) -> str:
    parts = dict(_VERSION_PART.findall(text))
    version = f"{parts.get('MAJOR')}.{parts.get('MINOR')}"
    numbers = re.fullmatch(r"(\d+)\.(\d+)", version)
    if numbers is None:
        raise BuildFailed(f"{path}: its version.mak names no version")
    if (int(numbers[1]), int(numbers[2])) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        raise BuildFailed(f"{path}: pjproject {version}; use {oldest} or newer, older ones lack security fixes")
    return version + (f".{parts['REV']}" if parts.get("REV") else "")


def find_tarball(folder: Path, *, given: Path | None = None, refresh: bool = False, say: Say) -> Tarball:
    """Return pjproject's sources: those given, those of the mirror, or those kept from an earlier time.

    Args:
        folder: where tarballs are kept.
        given: a tarball to take, and to keep for the next time.
        refresh: ask the mirror even if it was asked within a day.
        say: told in a sentence what is not as expected.

    Raises:
        BuildFailed: there are none to be had; the message says what to do.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / "current.json"
    if given is not None:
        return _keep(folder, state, read_tarball(given, f"the file {given.name}"), asked_at=0.0)
    current = _Current.read(state)
    kept = _kept(folder, current)
    if kept is not None and current is not None and not refresh and time.time() - current.asked_at < ASK_AGAIN_S:
        return kept
    mirror = machine_mirror()
    try:
        if mirror is None:
            raise BuildFailed("this machine has no Debian archive in its apt configuration")
        return _fetch(folder, state, mirror, kept)
    except (BuildFailed, OSError, subprocess.SubprocessError) as error:
        if kept is None:
            raise BuildFailed(
                f"no sources of pjproject: {error}. Fetch its source tarball, {'.'.join(map(str, _OLDEST))} or newer, "
                "and name it: make native PJPROJECT=FILE"
            ) from error
        say(f"The mirror was not asked ({error}); going on with pjproject {kept.version} from {kept.origin}.")
        return kept


def _kept(folder: Path, current: _Current | None) -> Tarball | None:
    """Return the cached tarball, unless its bytes are no longer what they were."""
    if current is None:
        return None
    path = folder / current.file
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != current.sha256:
        return None
    return Tarball(path, current.sha256, current.version, current.origin)


def _keep(folder: Path, state: Path, tarball: Tarball, asked_at: float) -> Tarball:
    """Copy a tarball into the cache, under a name that no other can have, and note it as the one in use."""
    suffix = "".join(tarball.path.suffixes[-2:])
    kept = folder / f"pjproject-{tarball.version}-{tarball.sha256[:16]}{suffix}"
    if not kept.exists():
        part = kept.with_name(kept.name + ".part")
        shutil.copyfile(tarball.path, part)
        part.replace(kept)
    _Current(kept.name, tarball.sha256, tarball.version, tarball.origin, asked_at).write(state)
    return replace(tarball, path=kept)


def _fetch(folder: Path, state: Path, mirror: Mirror, kept: Tarball | None) -> Tarball:
    """Ask the mirror which file is the newest; fetch it by apt's own downloader, by its checksum, if it is another."""
    private = folder / "apt"
    (private / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (private / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    (private / "mirror.sources").write_text(mirror.private_sources())
    settings = {
        "Dir::Etc::sourcelist": private / "mirror.sources",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": private / "lists",
        "Dir::Cache": private / "cache",
        "APT::Get::List-Cleanup": "0",
        "Acquire::Languages": "none",
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    _ask(["apt-get", *options, "--quiet=2", "--error-on=any", "update"])
    listed = _ask(["apt-get", *options, "--quiet=2", "--print-uris", "source", _SOURCE_PACKAGE])
    part = _PART.search(listed)
    if part is None:
        raise BuildFailed(f"the source package {_SOURCE_PACKAGE} of Debian {_SUITE} holds no pjproject")
    origin = f"Debian's {part['name']}"
    if kept is not None and kept.origin == origin:
        return _keep(folder, state, kept, asked_at=time.time())
    fetched = private / part["name"]
    try:
        _ask([_APT_HELPER, *options, "download-file", part["uri"], str(fetched), part["hash"]])
        return _keep(folder, state, read_tarball(fetched, origin), asked_at=time.time())
    finally:
        fetched.unlink(missing_ok=True)


def _ask(command: list[str]) -> str:
    """Run one of apt's programs and return what it says."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=_ASK_TIMEOUT_S, stdin=subprocess.DEVNULL)
    if done.returncode:
        complaint = [line for line in done.stderr.splitlines() if line.startswith("E:")]
        raise BuildFailed("; ".join(complaint or [f"{command[0]} failed with exit code {done.returncode}"]))
    return done.stdout
