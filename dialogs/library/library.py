"""The library: from a draft to a version in service, and back."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from dialogs.library.actors import Actor, Permission
from dialogs.library.checking import load_checked, load_publishable
from dialogs.library.drafts import Drafts
from dialogs.library.entries import (
    Approved,
    Entry,
    Published,
    RolledBack,
    Submitted,
    Withdrawn,
)
from dialogs.library.experiment import Arm
from dialogs.library.experiments import Experiments
from dialogs.library.folders import read_kept, read_source, scenario_folder
from dialogs.library.paths import remark
from dialogs.library.record import Record
from dialogs.library.shelf import Draft, Shelf, Version, VersionState
from dialogs.library.snapshots import Snapshots
from dialogs.scenario import Scenario
from engine.clock import SystemClock
from engine.errors import LibraryError, ScenarioError, StepRefused
from engine.ports import Clock

_NEXT = {
    VersionState.SUBMITTED: "it takes a second person's approval first",
    VersionState.APPROVED: "publish it",
    VersionState.PUBLISHED: "what was in service is rolled back to",
    VersionState.WITHDRAWN: "begin a draft with it",
}


class Library:
    """All scenarios and their versions; any thread, any number of processes at once. All methods block on the disk.

    Args:
        folder: where it is kept; nothing is made there until the first step.
        clock: for when steps are taken.
    """

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self._record = Record(folder, clock or SystemClock())
        self._snapshots = Snapshots(folder)
        self.drafts = Drafts(self._record, self._snapshots)
        self.experiments = Experiments(self._record, self.load)

    def shelves(self) -> Mapping[str, Shelf]:
        """Return all that the library has something of, by name of the scenario.

        Raises:
            LibraryError: the journal cannot be read.
        """
        return self._record.shelves()

    def shelf(self, name: str) -> Shelf:
        """Return versions, draft and experiments of a scenario; empty where the library has nothing of it.

        Raises:
            LibraryError: it is no name, or the journal cannot be read.
        """
        return self._record.shelf(name)

    def version(self, name: str, number: int) -> Version:
        """Return a version.

        Raises:
            LibraryError: there is none.
        """
        return self._record.version(name, number)

    def history(self, name: str | None = None) -> tuple[Entry, ...]:
        """Return every step ever taken, of one scenario or of all, oldest first.

        Raises:
            LibraryError: the journal cannot be read.
        """
        return tuple(entry for entry in self._record.entries() if name is None or entry.scenario == name)

    def folder(self, version: Version) -> Path:
        """Return the scenario folder of a version, to be read only."""
        return scenario_folder(self._snapshots.path(version.content_hash))

    def load(self, name: str, version: Version) -> Scenario:
        """Load a version, every byte of which is what was approved.

        Raises:
            LibraryError: its files are damaged.
            ScenarioError: this program's checks refuse it.
        """
        self._snapshots.verify(version.content_hash)
        return load_checked(self._snapshots.path(version.content_hash), name)

    def submit(self, name: str, actor: Actor, comment: str, *, edition: int) -> Version:
        """Make a version of the draft, which must pass every check, and end the draft.

        Args:
            name: of the scenario.
            actor: who says that it is ready.
            comment: what was changed, and why.
            edition: of the draft as they saw it.

        Raises:
            ScenarioError: it does not pass; a line for each problem.
            EditConflict: somebody has changed the draft since.
            StepRefused: no permission, nothing changed, or a file was changed behind the library's back.
            LibraryError: no draft, or no room.
        """
        actor.demand(Permission.EDIT)
        with self._record.stepping():
            draft = self.drafts.at_edition(name, edition)
            version = self._submit(name, actor, comment, read_kept(self.drafts.root(draft)), draft)
            self.drafts.clear(draft)
        return version

    def submit_folder(self, name: str, actor: Actor, comment: str, folder: Path) -> Version:
        """Make a version of the files in a folder, all of which the actor answers for; a draft stays as it is.

        Raises:
            ScenarioError: it does not pass every check; a line for each problem.
            StepRefused: no permission, or nothing differs from the version in service.
            LibraryError: the folder holds what no scenario does, such as links; or no room.
        """
        actor.demand(Permission.EDIT)
        with self._record.stepping():
            return self._submit(name, actor, comment, read_source(folder), None)

    def approve(self, name: str, number: int, actor: Actor, comment: str = "") -> Version:
        """Approve a submitted version, as a person who had no hand in it.

        Raises:
            StepRefused: no permission; it is not submitted; or the actor wrote or submitted it.
            LibraryError: there is no such version.
        """
        actor.demand(Permission.APPROVE)
        with self._record.stepping():
            version = self._at(name, number, VersionState.SUBMITTED)
            if actor.is_one_of((*version.authors, version.submitted_by)):
                others = ", ".join(dict.fromkeys((*version.authors, version.submitted_by)))
                raise StepRefused(f"{version} of {name} takes a second person's approval: it is the work of {others}")
            self._record.note(Approved, name, actor, version=number, comment=remark(comment))
        return self._record.version(name, number)

    def withdraw(self, name: str, number: int, actor: Actor, reason: str) -> Version:
        """Take or send a version back that was never in service; a new draft can begin with it.

        Raises:
            StepRefused: permission neither to edit nor to approve; or it is, or was, in service.
            LibraryError: there is no such version.
        """
        if Permission.APPROVE not in actor.permissions:
            actor.demand(Permission.EDIT)
        reason = remark(reason, wanted="why it is withdrawn")
        with self._record.stepping():
            version = self._record.version(name, number)
            if version.state not in (VersionState.SUBMITTED, VersionState.APPROVED):
                raise StepRefused(f"{version} of {name} is {version.state}; {_NEXT[version.state]}")
            self._record.note(Withdrawn, name, actor, version=number, reason=reason)
        return self._record.version(name, number)

    def publish(self, name: str, number: int, actor: Actor, comment: str = "") -> Version:
        """Put an approved version into service; it ends a running experiment.

        Raises:
            StepRefused: no permission, or it is not approved.
            ScenarioError: this program's checks refuse it.
            LibraryError: there is no such version, or its files are damaged.
        """
        actor.demand(Permission.PUBLISH)
        self.load(name, self._record.version(name, number))
        with self._record.stepping():
            self._at(name, number, VersionState.APPROVED)
            self._record.note(Published, name, actor, version=number, comment=remark(comment))
        return self._record.version(name, number)

    def roll_back(self, name: str, number: int, actor: Actor, reason: str) -> Version:
        """Put a version into service again that was in it before; it ends a running experiment.

        Raises:
            StepRefused: no permission, it never was in service, or it is in service already.
            ScenarioError: this program's checks refuse it.
            LibraryError: there is no such version, or its files are damaged.
        """
        actor.demand(Permission.PUBLISH)
        reason = remark(reason, wanted="why it is rolled back")
        self.load(name, self._record.version(name, number))
        with self._record.stepping():
            version = self._at(name, number, VersionState.PUBLISHED)
            if self._record.shelf(name).current == number:
                raise StepRefused(f"{version} of {name} is in service already")
            self._record.note(RolledBack, name, actor, version=number, reason=reason)
        return self._record.version(name, number)

    def choose(self, name: str, account_id: str | None) -> tuple[Version, Arm | None]:
        """Return the version that an account is called with now, and the arm where an experiment runs.

        Raises:
            LibraryError: nothing of the scenario is in service.
        """
        shelf = self._record.shelf(name)
        if shelf.published is None:
            raise LibraryError(f"no version of {name} is in service")
        if shelf.experiment is None:
            return shelf.published, None
        arm = shelf.experiment.arm(account_id)
        return self._record.version(name, shelf.experiment.version(arm)), arm

    def _at(self, name: str, number: int, state: VersionState) -> Version:
        version = self._record.version(name, number)
        if version.state is not state:
            raise StepRefused(f"{version} of {name} is {version.state}, not {state}; {_NEXT[version.state]}")
        return version

    def _submit(
        self, name: str, actor: Actor, comment: str, files: Iterable[tuple[str, bytes]], draft: Draft | None
    ) -> Version:
        shelf = self._record.shelf(name)
        base = shelf.version(draft.base) if draft and draft.base else shelf.published
        self._snapshots.sweep()
        content_hash = self._snapshots.add(files, base.content_hash if base else None)
        try:
            if draft is not None:
                self._check_known(draft, content_hash)
            if base is not None and base.content_hash == content_hash and base.state is not VersionState.WITHDRAWN:
                raise StepRefused(f"it differs in nothing from {base} of {name}")
            scenario = load_publishable(self._snapshots.path(content_hash), name)
            self._record.note(
                Submitted,
                name,
                actor,
                draft=draft.draft_id if draft else None,
                version=len(shelf.versions) + 1,
                content_hash=content_hash,
                scenario_hash=scenario.content_hash,
                base=draft.base if draft else None,
                authors=_authors(draft, base) if draft else (actor.name,),
                comment=remark(comment),
            )
        except (LibraryError, ScenarioError):
            self._drop(content_hash)
            raise
        return self._record.shelf(name).versions[-1]

    def _check_known(self, draft: Draft, content_hash: str) -> None:
        for path, facts in self._snapshots.verify(content_hash).items():
            if (path, facts.sha256) not in draft.known:
                raise StepRefused(
                    f"{path}: was changed in the library's folder, and nobody knows by whom; save it by the library"
                )

    def _drop(self, content_hash: str) -> None:
        """Delete a version's files that no step names."""
        named = {version.content_hash for shelf in self._record.shelves().values() for version in shelf.versions}
        if content_hash not in named:
            shutil.rmtree(self._snapshots.path(content_hash), ignore_errors=True)


def _authors(draft: Draft, base: Version | None) -> tuple[str, ...]:
    """Return who wrote what is new in a draft: of a base that never was in service, its authors too."""
    earlier = () if base is None or base.state is VersionState.PUBLISHED else base.authors
    return tuple(dict.fromkeys((*draft.authors, *earlier)))
