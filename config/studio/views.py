"""What a page shows of a scenario: its draft, one of its versions, or what is shipped under its name."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path
from typing import Final

from dialogs.library.folders import kept_paths, located, read_regular, read_source, sha256
from dialogs.library.library import Library
from dialogs.library.paths import file_path, is_text, max_bytes, scenario_name
from dialogs.library.shelf import Draft, Shelf, Version
from dialogs.loader import shipped_scenarios
from dialogs.sources import COMMON
from engine.errors import LibraryError

DRAFT: Final = "draft"
SHIPPED: Final = "shipped"


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file as a page shows it.

    Args:
        path: within the scenario's folder.
        content: its bytes.
        revision: what a save must name.
    """

    path: str
    content: bytes
    revision: str

    @property
    def text(self) -> str:
        """The content as people read it."""
        return self.content.decode("utf-8", errors="replace")


@dataclass(frozen=True, slots=True)
class View:
    """A scenario as it is looked at.

    Args:
        name: of the scenario.
        which: `DRAFT`, `SHIPPED` or a version's number.
        folder: the scenario's own, to be read only.
        key: changes whenever a file does.
        shelf: all that the library has of it.
        shipped: whether something comes with the product under this name.
        version: where one is looked at.
    """

    name: str
    which: str
    folder: Path
    key: str
    shelf: Shelf
    shipped: bool
    version: Version | None = None

    @property
    def draft(self) -> Draft | None:
        """The draft, where it is what is looked at."""
        return self.shelf.draft if self.which == DRAFT else None

    @property
    def title(self) -> str:
        """What people call it."""
        return self.label(self.which)

    @property
    def choices(self) -> tuple[str, ...]:
        """All that can be looked at, the newest first."""
        drafts = (DRAFT,) if self.shelf.draft else ()
        versions = (str(one.number) for one in reversed(self.shelf.versions))
        return (*drafts, *versions, *((SHIPPED,) if self.shipped else ()))

    def label(self, which: str) -> str:
        """Return how one of the choices is called."""
        if which == DRAFT:
            return "draft"
        if which == SHIPPED:
            return "as shipped"
        version = self.shelf.version(int(which))
        assert version is not None, "choices are of the shelf"
        in_service = version.number == self.shelf.current
        return f"{version}, {'in service' if in_service else version.state}"

    def paths(self) -> tuple[str, ...]:
        """Return the paths of all files, the scenario's own file first."""
        if self.which == SHIPPED:
            found = [path for path, _ in read_source(self.folder)]
        else:
            found = list(kept_paths(self.folder.parent))
        return tuple(sorted(found, key=lambda path: (path.startswith(f"{COMMON}/"), "/" in path, path)))

    def texts(self) -> Iterator[FileRead]:
        """Yield the files that people write, tests left out."""
        for path in self.paths():
            if is_text(path) and not path.startswith("tests/"):
                yield self.read(path)

    def read(self, path: str) -> FileRead:
        """Return a file.

        Raises:
            LibraryError: there is none of that path.
        """
        path = file_path(path)
        try:
            content = read_regular(self._place(path), max_bytes(path))
        except (FileNotFoundError, NotADirectoryError):
            raise LibraryError(f"there is no file {path} in {self.name}, {self.title}") from None
        return FileRead(path, content, sha256(content))

    def place(self, path: str) -> Path:
        """Return where a file lies, to be read only.

        Raises:
            LibraryError: it is no path of a scenario's file.
        """
        return self._place(file_path(path))

    def within(self, label: str) -> str:
        """Return a file's path within the scenario, of the path that checks name it by."""
        path = Path(label)
        for folder in (self.folder, self.folder.parent):
            if path.is_relative_to(folder):
                return path.relative_to(folder).as_posix()
        return label

    def mild(self, message: str) -> str:
        """Return a message with the paths in it as the library has them."""
        return message.replace(f"{self.folder}/", "").replace(f"{self.folder.parent}/", "")

    def _place(self, path: str) -> Path:
        if self.which != SHIPPED:
            return located(self.folder.parent, path)
        return self.folder.parent / path if path.startswith(f"{COMMON}/") else self.folder / path


def find_view(library: Library, name: str, which: str = "") -> View:
    """Return a scenario as it is looked at.

    Args:
        library: of versions and drafts.
        name: of the scenario.
        which: `DRAFT`, `SHIPPED` or a number; empty takes the draft, or else what is in service, the latest version,
            or what is shipped.

    Raises:
        LibraryError: there is nothing of it.
    """
    shelf, shipped = library.shelf(scenario_name(name)), name in shipped_scenarios()
    which = which or _first_choice(shelf, shipped=shipped)
    if not which:
        raise LibraryError(f"There is no scenario {name}, neither in the library nor shipped.")
    if which == DRAFT and shelf.draft is not None:
        draft = shelf.draft
        key = f"{draft.draft_id}/{draft.edition}"
        return View(name, DRAFT, library.drafts.folder(draft), key, shelf, shipped)
    if which == SHIPPED and shipped:
        folder = Path(str(resources("dialogs") / "scenarios" / name))
        return View(name, SHIPPED, folder, f"{SHIPPED}/{name}", shelf, shipped)
    number = int(which) if which.isascii() and which.isdecimal() and len(which) < 7 else 0
    if number and (version := shelf.version(number)) is not None:
        folder = library.folder(version)
        return View(name, str(number), folder, version.content_hash, shelf, shipped, version)
    what = {DRAFT: "no draft", SHIPPED: "nothing shipped"}.get(which, f"no version {which[:20]!r}")
    raise LibraryError(f"There is {what} of the scenario {name}.")


def _first_choice(shelf: Shelf, *, shipped: bool) -> str:
    if shelf.draft is not None:
        return DRAFT
    if shelf.current is not None:
        return str(shelf.current)
    if shelf.versions:
        return str(shelf.versions[-1].number)
    return SHIPPED if shipped else ""
