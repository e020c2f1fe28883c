"""From sources to a wheel: pjproject compiled once, our own C++ and the Python binding anew when they change."""

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sysconfig
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from telephony.native import recipe as recipes
from telephony.native.errors import BuildFailed
from telephony.native.recipe import Recipe
from telephony.native.steps import Steps
from telephony.native.wheel import wheel_name, write_wheel

_LIBRARIES = ("pjlib", "pjlib-util", "pjnath", "third_party", "pjmedia", "pjsip")
_KEPT_OF_THE_TREE = (
    *(f"{library}/{part}" for library in _LIBRARIES for part in ("include", "lib")),
    *("build", "build.mak", "version.mak", "pjsip-apps/src/swig"),
)
"""What a compiled tree is for: headers, libraries, the binding's sources, and the files that name the flags."""
_LEFT_OUT_BY_DEBIAN = "pjmedia/src/pjmedia-audiodev/bdimad_dev.c"
_WHOLE = "whole"
"""The file that says that a compiled tree is complete."""
_CONFIGURED = {
    "PJ_IOQUEUE_IMP PJ_IOQUEUE_IMP_EPOLL": "linux-libc-dev",
    "PJ_SSL_SOCK_IMP PJ_SSL_SOCK_IMP_OPENSSL": "libssl-dev",
}
"""What configure goes without silently where it finds nothing -> the Debian package that has it."""
_KEPT_BUILDS, _KEPT_OBJECTS = 4, 40


def default_folder() -> Path:
    """Return where sources, compiled trees and wheels are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "voicebot" / "native"


@contextlib.contextmanager
def locked(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Keep others from building in this folder; where somebody does already, tell so and wait."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class Flags:
    """What pjproject's own makefiles say of compiling and linking against it.

    Args:
        defines: ``-D`` options.
        includes: folders of its headers.
        link: ``-L`` and ``-l`` options in the order that static linking needs.
    """

    defines: tuple[str, ...]
    includes: tuple[Path, ...]
    link: tuple[str, ...]


class Builder:
    """Builds one recipe in a cache folder, and does nothing twice.

    Nothing that is incomplete can be taken for a whole: a tree is marked when it is complete, objects and wheels are
    moved into place. The caller holds the folder's lock.

    Args:
        recipe: what to build.
        folder: of the cache.
    """

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        self._recipe = recipe
        self._tree = folder / "trees" / recipe.tree_key
        self._objects = folder / "objects" / f"{recipe.tree_key}-{recipe.host_key}"
        self._wheels = folder / "wheels" / recipe.host_key
        self._folder = folder

    @property
    def wheel(self) -> Path | None:
        """Return the wheel, if it was built before."""
        wheel = self._wheels / wheel_name(self._recipe.version)
        return wheel if wheel.is_file() else None

    @property
    def tree_is_whole(self) -> bool:
        """Whether pjproject itself was compiled before."""
        return (self._tree / _WHOLE).is_file()

    def build(self, steps: Steps) -> Path:
        """Build the wheel, or return the one that is there.

        Raises:
            BuildFailed: a step failed.
        """
        if self.wheel is not None:
            return self.wheel
        missing = recipes.missing_packages()
        if missing:
            raise BuildFailed(f"the build needs more packages: sudo apt-get install {' '.join(missing)}")
        for left in self._folder.glob("building-*"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix="building-", dir=self._folder) as work:
            wheel = self._build(steps, Path(work))
        self._prune()
        return wheel

    def _build(self, steps: Steps, work: Path) -> Path:
        compiled = self.tree_is_whole
        if not compiled:
            self._configure(steps)
        flags = self._flags()
        jobs: list[Callable[[], Path]] = [partial(self._wrapper, steps, work, flags)]
        jobs += [partial(self._own_object, steps, source, flags) for source in recipes.own_sources()]
        # The binding needs only headers, so that it compiles beside the C part.
        ahead = [] if compiled else [partial(self._libraries, steps)]
        objects = _side_by_side(steps, [*ahead, *jobs])[len(ahead) :]
        module = work / f"_pjsua2{sysconfig.get_config_var('EXT_SUFFIX')}"
        link: list[str | Path] = ["g++", *recipes.LINK_FLAGS, "-o", module, *objects, *flags.link]
        steps.run("Link the module", link, work)
        binding = self._objects / f"{self._interface_key(flags)}.py"
        files = {module.name: module, "pjsua2.py": binding}
        return write_wheel(self._wheels, self._recipe.version, files, self._facts())

    def _facts(self) -> str:
        """Return what an installed library says of itself (`telephony.library`)."""
        tarball = self._recipe.tarball
        patches = [patch.stem for patch in recipes.patches(tarball.version)]
        return json.dumps({"source": tarball.origin, "sha256": tarball.sha256, "patches": patches}, indent=1)

    def _configure(self, steps: Steps) -> None:
        """Unpack and configure."""
        shutil.rmtree(self._tree, ignore_errors=True)
        self._tree.mkdir(parents=True)
        with steps.step("Unpack pjproject"):
            _unpack(self._recipe.tarball.path, self._tree)
            (self._tree / _LEFT_OUT_BY_DEBIAN).touch()
            shutil.copyfile(recipes.LIMITS, self._tree / "pjlib/include/pj/config_site.h")
        for patch in recipes.patches(self._recipe.tarball.version):
            command = ["patch", "--batch", "--forward", "--strip=1", f"--input={patch}"]
            steps.run(f"Apply {patch.stem}", command, self._tree)
        flags = " ".join(recipes.C_FLAGS)
        environment = {"CFLAGS": flags, "CXXFLAGS": flags}
        steps.run("Configure pjproject", ["./aconfigure", *recipes.CONFIGURE], self._tree, environment)
        found = (self._tree / "pjlib/include/pj/compat/os_auto.h").read_text()
        for setting, package in _CONFIGURED.items():
            if f"#define {setting}\n" not in found:
                raise BuildFailed(f"configure did not end with {setting}: sudo apt-get install {package}")

    def _libraries(self, steps: Steps) -> Path:
        """Compile pjproject's libraries, without its programs and tests, and drop what has served its purpose."""
        for library in _LIBRARIES:
            (self._tree / library / "lib").mkdir(exist_ok=True)
        cores = os.cpu_count() or 1
        steps.run("Compile pjproject", ["make", f"-j{cores}", "lib"], self._tree)
        _drop_all_but(self._tree, {self._tree / kept for kept in _KEPT_OF_THE_TREE})
        (self._tree / _WHOLE).touch()
        return self._tree

    def _flags(self) -> Flags:
        """Ask pjproject's makefiles."""
        said: dict[str, list[str]] = {}
        for target in ("cflags", "ldflags", "libs"):
            command = ["make", "--no-print-directory", "--silent", "-f", "helper.mak", target]
            done = subprocess.run(
                command, cwd=self._tree / "pjsip-apps/src/swig/python", capture_output=True, text=True, check=True
            )
            said[target] = done.stdout.split()
        defines = dict.fromkeys(word for word in said["cflags"] if word.startswith("-D"))
        includes = dict.fromkeys(Path(word[2:]) for word in said["cflags"] if word.startswith("-I"))
        link = (*dict.fromkeys(said["ldflags"]), *(f"-l{name}" for name in said["libs"]))
        return Flags(tuple(defines), tuple(includes), link)

    def _interface_key(self, flags: Flags) -> str:
        headers = [recipes.INTERFACE, *recipes.own_headers()]
        return recipes.file_key(headers, *recipes.WRAPPER_FLAGS, *recipes.SWIG_FLAGS, *flags.defines)

    def _wrapper(self, steps: Steps, work: Path, flags: Flags) -> Path:
        """Generate the Python binding and compile its C++ half."""
        name = self._interface_key(flags)
        compiled, binding = self._objects / f"{name}.o", self._objects / f"{name}.py"
        if compiled.is_file() and binding.is_file():
            os.utime(compiled)
            os.utime(binding)
            return compiled
        theirs = self._tree / "pjsip-apps/src/swig"
        interface, wrapper = work / "pjsua2.i", work / "pjsua2_wrap.cpp"
        ours = f'\n%include "{recipes.INTERFACE.name}"\n%constant int VOICEBOT_MAX_CALLS = PJSUA_MAX_CALLS;\n'
        interface.write_text((theirs / "pjsua2.i").read_text() + ours)
        folders = [recipes.HERE, recipes.OWN_SOURCES, theirs, *flags.includes]
        include = [f"-I{folder}" for folder in folders]
        swig: list[str | Path] = ["swig", *recipes.SWIG_FLAGS, *include, "-outdir", work, "-o", wrapper, interface]
        steps.run("Generate the Python binding", swig, work)
        self._compile(steps, "Compile the Python binding", wrapper, compiled, recipes.WRAPPER_FLAGS, flags)
        shutil.move(work / "pjsua2.py", binding)
        return compiled

    def _own_object(self, steps: Steps, source: Path, flags: Flags) -> Path:
        """Compile one of our own C++ files."""
        name = recipes.file_key([source, *recipes.own_headers()], *recipes.OWN_FLAGS, *flags.defines)
        compiled = self._objects / f"{name}.o"
        if compiled.is_file():
            os.utime(compiled)
        else:
            self._compile(steps, f"Compile {source.name}", source, compiled, recipes.OWN_FLAGS, flags)
        return compiled

    def _compile(
        self, steps: Steps, title: str, source: Path, compiled: Path, options: Sequence[str], flags: Flags
    ) -> None:
        self._objects.mkdir(parents=True, exist_ok=True)
        part = compiled.with_suffix(".part")
        include = [f"-I{recipes.OWN_SOURCES}", f"-I{recipes.HERE}"]
        # Theirs as system headers: their warnings are not ours.
        include += [word for folder in flags.includes for word in ("-isystem", str(folder))]
        include += ["-isystem", sysconfig.get_path("include")]
        command: list[str | Path] = ["g++", *options, *flags.defines, *include, "-c", source, "-o", part]
        steps.run(title, command, source.parent)
        part.replace(compiled)

    def _prune(self) -> None:
        """Keep the newest builds alone, this one among them."""
        os.utime(self._tree)
        for folder, kept in (
            (self._tree.parent, _KEPT_BUILDS),
            (self._objects.parent, _KEPT_BUILDS),
            (self._objects, _KEPT_OBJECTS),
            (self._wheels, _KEPT_BUILDS),
        ):
            for old in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)[kept:]:
                _remove(old)


def _unpack(tarball: Path, folder: Path) -> None:
    """Unpack what is within a tarball's one top folder, links and device files not at all."""

    def inside(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
        _, _, name = member.name.partition("/")
        if not name or not (member.isfile() or member.isdir()):
            return None
        return tarfile.data_filter(member.replace(name=name, deep=False), path)

    with tarfile.open(tarball) as archive:
        archive.extractall(folder, filter=inside)


def _drop_all_but(folder: Path, kept: set[Path]) -> None:
    for path in folder.iterdir():
        if path in kept:
            continue
        if any(path in one.parents for one in kept):
            _drop_all_but(path, kept)
        else:
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _side_by_side(steps: Steps, jobs: Sequence[Callable[[], Path]]) -> list[Path]:
    """Run jobs in threads, as many as there are cores; the first that fails, or an interruption, ends the others."""
    pool = ThreadPoolExecutor(max(2, os.cpu_count() or 1))
    futures: list[Future[Path]] = [pool.submit(job) for job in jobs]
    try:
        wait(futures, return_when=FIRST_EXCEPTION)
        for future in futures:
            if future.done():
                future.result()
        return [future.result() for future in futures]
    except BaseException:
        steps.end_all()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
