"""Drafts: the one working copy of a scenario, shared by all who may edit it.

One for each scenario rather than one for each person, because a designer, a lawyer and a translator work on the same
texts and want to see each other's; and because nobody merges YAML. A save names the content that it was made from, so
that nobody's work is overwritten unseen. Who has changed anything is noted before the file is changed: the second
person can be none of them.
"""

import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path
from typing import Final
from uuid import uuid4

from dialogs.documents import parse_document
from dialogs.library.actors import Actor, Permission
from dialogs.library.checking import Problem, load_publishable, problems
from dialogs.library.entries import DraftBegun, DraftDiscarded, FileDeleted, FileSaved
from dialogs.library.folders import (
    check_room,
    kept_paths,
    located,
    read_kept,
    read_regular,
    read_source,
    scenario_folder,
    sha256,
    sync_folder,
    write_durably,
)
from dialogs.library.paths import check_recording, file_path, is_text, max_bytes, remark, scenario_name
from dialogs.library.record import Record
from dialogs.library.shelf import Draft
from dialogs.library.snapshots import Snapshots
from dialogs.loader import SCENARIO_FILE, shipped_scenarios
from engine.errors import EditConflict, LibraryError, ScenarioError, StepRefused

_EMPTY: Final = """\
name: {name}
languages: [ru, kk, en]
# Write states and prompts here; the check tells what is missing.
"""

_NAME_LINE: Final = re.compile(rb"^name:[^\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file of a draft as listed.

    Args:
        path: within the scenario's folder.
        size_bytes: its size.
        text: people write it; else it is a recording.
    """

    path: str
    size_bytes: int
    text: bool


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file as it was read.

    Args:
        content: its bytes; those of a text are UTF-8.
        revision: hash of the content, which a save must name.
    """

    content: bytes
    revision: str


class Drafts:
    """Begins, changes and discards drafts; any thread, any number of processes.

    Args:
        record: of the library.
        snapshots: of its versions.
    """

    def __init__(self, record: Record, snapshots: Snapshots) -> None:
        self._record, self._snapshots = record, snapshots
        self._folder = record.folder / "drafts"

    def folder(self, draft: Draft) -> Path:
        """Return a draft's scenario folder; to be read only, a change made there is refused at submission."""
        return scenario_folder(self.root(draft))

    def root(self, draft: Draft) -> Path:
        """Return the folder that holds a draft's scenario folder, and `common` beside it."""
        return self._folder / draft.draft_id

    def begin_empty(self, name: str, actor: Actor) -> Draft:
        """Begin a scenario from nothing but its name.

        Raises:
            StepRefused: no permission, or there is a draft already.
            LibraryError: it cannot be written.
        """
        content = _EMPTY.format(name=scenario_name(name)).encode()
        return self._begin(name, actor, [(SCENARIO_FILE, content)], "nothing", None)

    def begin_from_shipped(self, name: str, actor: Actor, shipped: str | None = None) -> Draft:
        """Begin with a scenario that comes with the product, by default the one of this name.

        Raises:
            StepRefused: as above.
            LibraryError: there is no such scenario, or it cannot be written.
        """
        source = shipped or name
        if source not in shipped_scenarios():
            raise LibraryError(f"there is no shipped scenario {source!r}; there are {', '.join(shipped_scenarios())}")
        found = read_source(Path(str(resources("dialogs") / "scenarios" / source)))
        named = ((path, _renamed(content, name) if path == SCENARIO_FILE else content) for path, content in found)
        return self._begin(name, actor, named, f"shipped {source}", None)

    def begin_from_version(self, name: str, actor: Actor, number: int) -> Draft:
        """Begin with a version of this scenario.

        Raises:
            StepRefused: as above.
            LibraryError: there is no such version, it is damaged, or it cannot be written.
        """
        version = self._record.version(name, number)
        self._snapshots.verify(version.content_hash)
        found = read_kept(self._snapshots.path(version.content_hash))
        return self._begin(name, actor, found, str(version), number)

    def files(self, name: str) -> tuple[DraftFile, ...]:
        """Return the files of a scenario's draft.

        Raises:
            LibraryError: there is no draft, or it cannot be read.
        """
        root = self.root(self._record.draft(name))
        return tuple(DraftFile(path, located(root, path).stat().st_size, is_text(path)) for path in kept_paths(root))

    def read(self, name: str, path: str) -> FileContent:
        """Return a file of a scenario's draft.

        Raises:
            LibraryError: there is no such file, or no draft.
        """
        found = self._content(self._record.draft(name), file_path(path))
        if found is None:
            raise LibraryError(f"{path}: there is no such file in the draft of {name}")
        return FileContent(found, sha256(found))

    def save(self, name: str, path: str, text: str, actor: Actor, *, revision: str | None) -> str:
        """Put a whole text in place and return its revision.

        Args:
            name: of the scenario.
            path: of the file.
            text: its whole content; line ends of any system are taken.
            actor: who changed it.
            revision: of the content that the change was made to; None for a new file.

        Raises:
            ScenarioError: it does not parse; ``path:line:column: what is wrong; the mend``.
            EditConflict: the file is not what the change was made to.
            StepRefused: no permission.
            LibraryError: no such draft or path, no room.
        """
        path = file_path(path)
        if not is_text(path):
            raise LibraryError(f"{path}: is no text; upload recordings")
        try:
            content = text.replace("\r\n", "\n").replace("\r", "\n").encode()
        except UnicodeEncodeError as error:
            raise LibraryError(f"{path}: holds half a character at {error.start}; delete it") from error
        parse_document(path, content)
        return self._put(name, path, content, actor, revision)

    def upload(self, name: str, path: str, content: bytes, actor: Actor, *, revision: str | None) -> str:
        """Put a recording in place and return its revision; as `save` otherwise.

        Raises:
            LibraryError: it is no recording, or too large; or as `save`.
        """
        path = file_path(path)
        if is_text(path):
            raise LibraryError(f"{path}: is no recording; save texts")
        check_recording(path, content)
        return self._put(name, path, content, actor, revision)

    def delete(self, name: str, path: str, actor: Actor, *, revision: str) -> None:
        """Delete a file, whose content the actor has seen.

        Raises:
            EditConflict: the file is not what they saw.
            StepRefused: no permission.
            LibraryError: no such draft or path.
        """
        actor.demand(Permission.EDIT)
        path = file_path(path)
        with self._record.stepping():
            draft = self._record.draft(name)
            self._expect(draft, path, revision)
            self._record.note(FileDeleted, name, actor, path=path)
            place = located(self.root(draft), path)
            place.unlink(missing_ok=True)
            sync_folder(place.parent)

    def discard(self, name: str, actor: Actor, *, edition: int, reason: str = "") -> None:
        """Throw the draft away.

        Raises:
            EditConflict: somebody has changed it since edition `edition`.
            StepRefused: no permission.
            LibraryError: there is no draft.
        """
        actor.demand(Permission.EDIT)
        with self._record.stepping():
            draft = self.at_edition(name, edition)
            self._record.note(DraftDiscarded, name, actor, reason=remark(reason))
            self.clear(draft)

    def check(self, name: str) -> tuple[Problem, ...]:
        """Return what keeps the draft from being submitted; nothing where it passes every check.

        Raises:
            LibraryError: there is no draft.
        """
        try:
            load_publishable(self.root(self._record.draft(name)), name)
        except ScenarioError as error:
            return problems(error)
        return ()

    def at_edition(self, name: str, edition: int) -> Draft:
        """Return the draft, if it is the one that the caller has seen.

        Raises:
            EditConflict: it has changed since.
            LibraryError: there is none.
        """
        draft = self._record.draft(name)
        if draft.edition != edition:
            path, last = max(draft.changes.items(), key=lambda item: item[1].at)
            raise EditConflict(f"{last.by} has changed {path} of {name} since you looked, at {last.at:%H:%M:%S} UTC")
        return draft

    def clear(self, draft: Draft) -> None:
        """Delete the files of a draft that is none any more; what a crash leaves, the next draft sweeps away."""
        shutil.rmtree(self.root(draft), ignore_errors=True)

    def _begin(
        self,
        name: str,
        actor: Actor,
        files: Iterable[tuple[str, bytes]],
        origin: str,
        base: int | None,
    ) -> Draft:
        actor.demand(Permission.EDIT)
        draft_id = uuid4().hex
        with self._record.stepping():
            there = self._record.shelf(name).draft
            if there is not None:
                raise StepRefused(
                    f"scenario {name} has a draft already, begun by {there.begun_by} at "
                    f"{there.begun_at:%Y-%m-%d %H:%M} UTC; go on with it, or discard it"
                )
            self._sweep()
            found = {}
            for path, content in files:
                self._write(located(self._folder / draft_id, path), content)
                found[path] = sha256(content)
            facts = {"draft": draft_id, "origin": origin, "base": base, "files": found}
            self._record.note(DraftBegun, name, actor, **facts)
        return self._record.draft(name)

    def _put(self, name: str, path: str, content: bytes, actor: Actor, revision: str | None) -> str:
        actor.demand(Permission.EDIT)
        digest = sha256(content)
        with self._record.stepping():
            draft = self._record.draft(name)
            self._expect(draft, path, revision)
            if digest == revision:
                return digest
            self._check_room(name, path, len(content))
            self._record.note(FileSaved, name, actor, path=path, sha256=digest, size_bytes=len(content))
            self._write(located(self.root(draft), path), content)
        return digest

    def _expect(self, draft: Draft, path: str, revision: str | None) -> None:
        content = self._content(draft, path)
        if (sha256(content) if content is not None else None) == revision:
            return
        last = draft.changes.get(path)
        who = f"{last.by} changed it at {last.at:%H:%M:%S} UTC" if last else "it has changed"
        raise EditConflict(f"{path}: {who}; read it again, and put your change into that")

    def _content(self, draft: Draft, path: str) -> bytes | None:
        with suppress(FileNotFoundError, NotADirectoryError):
            return read_regular(located(self.root(draft), path), max_bytes(path))
        return None

    def _check_room(self, name: str, path: str, size_bytes: int) -> None:
        sizes = {file.path: file.size_bytes for file in self.files(name)} | {path: size_bytes}
        check_room(self.root(self._record.draft(name)), len(sizes), sum(sizes.values()))

    def _write(self, path: Path, content: bytes) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_durably(path, content)
        except OSError as error:
            raise LibraryError(f"{path}: cannot be written: {error.strerror}") from error

    def _sweep(self) -> None:
        live = {shelf.draft.draft_id for shelf in self._record.shelves().values() if shelf.draft}
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if folder.name not in live:
                shutil.rmtree(folder, ignore_errors=True)


def _renamed(content: bytes, name: str) -> bytes:
    return _NAME_LINE.sub(b"name: " + scenario_name(name).encode(), content, count=1)
