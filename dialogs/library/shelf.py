"""What the journal amounts to: each scenario's versions, its draft and its experiments, as frozen values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from dialogs.library.entries import (
    Approved,
    DraftBegun,
    DraftDiscarded,
    Entry,
    ExperimentFinished,
    ExperimentStarted,
    FileDeleted,
    FileSaved,
    Published,
    RolledBack,
    Submitted,
    Withdrawn,
)
from dialogs.library.experiment import Experiment


class VersionState(StrEnum):
    """How far a version has come; before it is one, it is the draft."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    PUBLISHED = "published"
    """It is in service, or was."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a scenario.

    Args:
        number: from 1.
        state: how far it has come.
        content_hash: of its files, and the name of its folder.
        scenario_hash: of the scenario as loaded when it was submitted, as calls are recorded with.
        base: the version that it was made from.
        authors: who wrote it, as far back as the last version that was in service.
        submitted_by: who says that it is ready.
        submitted_at: when, UTC.
        comment: what was changed, and why.
        approved_by: the second person; None until then.
        published_at: when it came into service first; None until then.
    """

    number: int
    state: VersionState
    content_hash: str
    scenario_hash: str
    base: int | None
    authors: tuple[str, ...]
    submitted_by: str
    submitted_at: datetime
    comment: str
    approved_by: str | None = None
    published_at: datetime | None = None

    def __str__(self) -> str:
        """Return it as people call it."""
        return f"v{self.number}"


@dataclass(frozen=True, slots=True)
class FileChange:
    """The last change of a draft's file."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """The one working copy of a scenario, which all who may edit share.

    Args:
        draft_id: name of its folder.
        origin: what it was made from, in words.
        base: the version that it was made from; None for any other origin.
        begun_by: who made it.
        begun_at: when, UTC.
        authors: who has changed something.
        known: path and content hash of everything that was ever saved, so that a change made behind the library's back,
            whose author nobody knows, is found.
        changes: the last change of each file.
        edition: how many changes there were; it tells whether a reader has seen the last one.
    """

    draft_id: str
    origin: str
    base: int | None
    begun_by: str
    begun_at: datetime
    authors: tuple[str, ...]
    known: frozenset[tuple[str, str]]
    changes: Mapping[str, FileChange] = field(default_factory=dict)
    edition: int = 0


@dataclass(frozen=True, slots=True)
class Shelf:
    """All that the library has of one scenario.

    Args:
        name: of the scenario.
        versions: in order of their numbers.
        current: number of the version in service; None before the first publication.
        draft: the working copy, where there is one.
        experiments: all of them, oldest first.
    """

    name: str
    versions: tuple[Version, ...] = ()
    current: int | None = None
    draft: Draft | None = None
    experiments: tuple[Experiment, ...] = ()

    @property
    def published(self) -> Version | None:
        """The version in service."""
        return None if self.current is None else self.versions[self.current - 1]

    @property
    def experiment(self) -> Experiment | None:
        """The experiment that runs."""
        return self.experiments[-1] if self.experiments and self.experiments[-1].finished_at is None else None

    def version(self, number: int) -> Version | None:
        """Return a version, or None where there is none of that number."""
        return self.versions[number - 1] if 0 < number <= len(self.versions) else None


def shelves(entries: Iterable[Entry], so_far: Mapping[str, Shelf] = MappingProxyType({})) -> Mapping[str, Shelf]:
    """Return what is left of some shelves after these steps, by name of the scenario."""
    found = dict(so_far)
    for entry in entries:
        found[entry.scenario] = _after(found.get(entry.scenario) or Shelf(entry.scenario), entry)
    return found


def _after(shelf: Shelf, entry: Entry) -> Shelf:
    match entry:
        case DraftBegun():
            return replace(shelf, draft=_begun(entry))
        case FileSaved() | FileDeleted():
            return replace(shelf, draft=_changed(shelf.draft, entry))
        case DraftDiscarded():
            return replace(shelf, draft=None)
        case Submitted():
            ended = shelf.draft is not None and shelf.draft.draft_id == entry.draft
            draft = None if ended else shelf.draft
            return replace(shelf, versions=(*shelf.versions, _submitted(entry)), draft=draft)
        case Approved():
            return _with(shelf, entry.version, state=VersionState.APPROVED, approved_by=entry.by)
        case Withdrawn():
            return _with(shelf, entry.version, state=VersionState.WITHDRAWN)
        case Published() | RolledBack():
            return _in_service(_ended(shelf, entry), entry.version, entry.at)
        case ExperimentStarted():
            return _in_service(_started(shelf, entry), entry.challenger, entry.at, current=shelf.current)
        case ExperimentFinished():
            return replace(_ended(shelf, entry), current=entry.version)


def _begun(entry: DraftBegun) -> Draft:
    known = frozenset(entry.files.items())
    return Draft(entry.draft, entry.origin, entry.base, entry.by, entry.at, (), known)


def _changed(draft: Draft | None, entry: FileSaved | FileDeleted) -> Draft | None:
    if draft is None:
        return None
    known = draft.known if isinstance(entry, FileDeleted) else draft.known | {(entry.path, entry.sha256)}
    authors = tuple(dict.fromkeys((*draft.authors, entry.by)))
    changes = {**draft.changes, entry.path: FileChange(entry.by, entry.at)}
    return replace(draft, authors=authors, known=known, changes=changes, edition=draft.edition + 1)


def _submitted(entry: Submitted) -> Version:
    return Version(
        entry.version,
        VersionState.SUBMITTED,
        entry.content_hash,
        entry.scenario_hash,
        entry.base,
        entry.authors,
        entry.by,
        entry.at,
        entry.comment,
    )


def _with(shelf: Shelf, number: int, *, state: VersionState, approved_by: str | None = None) -> Shelf:
    def changed(version: Version) -> Version:
        return replace(version, state=state, approved_by=approved_by or version.approved_by)

    return replace(shelf, versions=tuple(changed(one) if one.number == number else one for one in shelf.versions))


def _in_service(shelf: Shelf, number: int, at: datetime, current: int | None = None) -> Shelf:
    def changed(version: Version) -> Version:
        return replace(version, state=VersionState.PUBLISHED, published_at=version.published_at or at)

    versions = tuple(changed(one) if one.number == number else one for one in shelf.versions)
    return replace(shelf, versions=versions, current=current or number)


def _started(shelf: Shelf, entry: ExperimentStarted) -> Shelf:
    experiment = Experiment(
        entry.experiment,
        entry.scenario,
        entry.control,
        entry.challenger,
        entry.share,
        entry.outcome,
        entry.worth,
        entry.by,
        entry.at,
    )
    return replace(shelf, experiments=(*shelf.experiments, experiment))


def _ended(shelf: Shelf, entry: Published | RolledBack | ExperimentFinished) -> Shelf:
    if shelf.experiment is None:
        return shelf
    over = replace(shelf.experiment, finished_at=entry.at, finished_by=entry.by)
    return replace(shelf, experiments=(*shelf.experiments[:-1], over))
