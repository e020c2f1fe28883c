"""How the library is built: every flag and file that goes into it, and the hashes that tell one build from another."""

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from telephony.native.errors import BuildFailed
from telephony.native.sources import Tarball

HERE = Path(__file__).parent
LIMITS = HERE / "config_site.h"
INTERFACE = HERE / "voicebot.i"
OWN_SOURCES = HERE / "src"
PATCHES = HERE / "patches"
"""Fixes that are newer than a release, in a folder with its version; the next release is expected to have them."""

CONFIGURE = (
    "--enable-epoll",  # select() ends at 1024 descriptors
    "--with-external-srtp",  # the system's libsrtp2, so that its fixes come with the system's updates
    "--disable-video",
    "--disable-sound",
    "--disable-resample",  # all of a call is 8 kHz
    # G.711 is the one codec that is offered; a decoder that is not there cannot be attacked.
    "--disable-l16-codec",
    "--disable-gsm-codec",
    "--disable-g722-codec",
    "--disable-g7221-codec",
    "--disable-ilbc-codec",
    "--disable-speex-codec",
    "--disable-speex-aec",
    # The rest would be taken in wherever its headers happen to be installed.
    "--disable-opus",
    "--disable-silk",
    "--disable-bcg729",
    "--disable-lyra",
    "--disable-opencore-amr",
    "--disable-libwebrtc",
    "--disable-libwebrtc-aec3",
    "--disable-libyuv",
    "--disable-v4l2",
    "--disable-sdl",
    "--disable-ffmpeg",
    "--disable-openh264",
    "--disable-vpx",
    "--disable-upnp",
)
HARDENING = ("-fstack-protector-strong", "-D_FORTIFY_SOURCE=2")
C_FLAGS = ("-O2", "-fPIC", "-DNDEBUG", *HARDENING)
OWN_FLAGS = ("-O2", "-std=c++17", "-fPIC", "-DNDEBUG", "-Wall", "-Wextra", *HARDENING)
WRAPPER_FLAGS = ("-O1", "-std=c++17", "-fPIC", "-DNDEBUG", "-w", *HARDENING)  # -O2 takes minutes and gains nothing
SWIG_FLAGS = ("-python", "-c++", "-threads", "-w312")
LINK_FLAGS = ("-shared", "-Wl,--exclude-libs,ALL", "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack")

_NEEDED = {  # what the compiler must find -> the Debian package that has it
    "make": "make",
    "g++": "g++",
    "swig": "swig",
    "patch": "patch",
    "openssl/ssl.h": "libssl-dev",
    "srtp2/srtp.h": "libsrtp2-dev",
    "uuid/uuid.h": "uuid-dev",  # without it Call-IDs and tags are made of rand() and can be guessed
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """One build: these sources, flags and files, on this system, for this Python.

    Args:
        tarball: pjproject's sources.
        tree_key: names the compiled pjproject, without our own C++ and without Python.
        module_key: names the whole, apart from the system that it was built on.
        host_key: names the system and the Python.
    """

    tarball: Tarball
    tree_key: str
    module_key: str
    host_key: str

    @property
    def version(self) -> str:
        """Return the version of the distribution: pjproject's, and as local part our recipe and the calls it holds."""
        return f"{self.tarball.version}+voicebot.{self.module_key[:8]}.{max_calls()}"


def recipe_for(tarball: Tarball) -> Recipe:
    """Hash all that goes into a build of these sources.

    Raises:
        BuildFailed: there is no compiler to ask for its version.
    """
    host = _host()
    tree = (tarball.sha256, *CONFIGURE, *C_FLAGS, LIMITS.read_text(), *map(_content, patches(tarball.version)))
    own = (*OWN_FLAGS, *WRAPPER_FLAGS, *SWIG_FLAGS, *LINK_FLAGS, *map(_content, interface_files()))
    abi = (sys.version.split()[0], sysconfig.get_config_var("EXT_SUFFIX") or "")
    return Recipe(tarball, key(*tree, *host), key(*tree, *own), key(*host, *abi))


def patches(version: str) -> list[Path]:
    """Return the patches for a version of pjproject, in the order of applying them."""
    return sorted((PATCHES / version).glob("*.patch"))


def interface_files() -> list[Path]:
    """Return what the Python binding is made of beside pjproject: its interface file and all our C++."""
    return [INTERFACE, *own_headers(), *own_sources()]


def own_sources() -> list[Path]:
    """Return the C++ files that are compiled into the module."""
    return sorted(OWN_SOURCES.glob("*.cpp"))


def own_headers() -> list[Path]:
    """Return their headers."""
    return sorted(OWN_SOURCES.glob("*.hpp"))


def key(*parts: str) -> str:
    """Return a name that only these parts, in this order, have: 16 hexadecimal digits."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def max_calls(limits: Path | None = None) -> int:
    """Return how many calls the library is compiled for.

    Args:
        limits: the header that says so; the recipe's own by default.
    """
    limits = limits or LIMITS
    found = re.search(r"^#define PJSUA_MAX_CALLS (\d+)$", limits.read_text(), re.M)
    if found is None:
        raise BuildFailed(f"{limits}: no line `#define PJSUA_MAX_CALLS NUMBER`")
    return int(found[1])


def missing_packages() -> list[str]:
    """Return the Debian packages that lack here for a build; what they hold is looked for, not the packages."""
    missing = [package for thing, package in _NEEDED.items() if "/" not in thing and shutil.which(thing) is None]
    if "g++" not in missing:
        missing += [package for thing, package in _NEEDED.items() if "/" in thing and not _compiles(thing)]
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        # Debian names the package of its own Python so; another Python brings its headers along.
        missing.append(f"python{sys.version_info.major}.{sys.version_info.minor}-dev")
    return missing


def _compiles(header: str) -> bool:
    include = f"#include <{header}>\n"
    done = subprocess.run(["g++", "-E", "-x", "c++", "-"], input=include, capture_output=True, text=True)
    return done.returncode == 0


def _host() -> tuple[str, ...]:
    """Return what makes a compiled file of one system unfit for another."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    compiler = ["g++", "-dumpfullversion", "-dumpmachine"]
    try:
        versions = subprocess.run(compiler, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise BuildFailed(f"no working C++ compiler: {error}; sudo apt-get install g++") from error
    return (release.get("ID", ""), release.get("VERSION_ID", ""), platform.machine(), versions)


def _content(path: Path) -> str:
    return f"{path.name}\n{path.read_text()}"


def file_key(paths: Iterable[Path], *parts: str) -> str:
    """Return a name that only these files' contents and these parts have."""
    return key(*map(_content, paths), *parts)
