"""The steps that the journal tells of, as they stand in its lines."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from engine.calls import Disposition


class Step(BaseModel):
    """What all steps share.

    Args:
        at: when, in UTC.
        by: who.
        scenario: which one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    by: str
    scenario: str


class DraftBegun(Step):
    """A working copy was made.

    Args:
        draft: its id.
        origin: what it was made from, in words.
        base: the version that it was made from; None for any other origin.
        files: hashes of its first content by path.
    """

    kind: Literal["draft_begun"] = "draft_begun"
    draft: str
    origin: str
    base: int | None
    files: dict[str, str]


class FileSaved(Step):
    """A file of the draft is about to hold this content."""

    kind: Literal["file_saved"] = "file_saved"
    path: str
    sha256: str
    size_bytes: int


class FileDeleted(Step):
    """A file of the draft is about to go."""

    kind: Literal["file_deleted"] = "file_deleted"
    path: str


class DraftDiscarded(Step):
    """The draft was thrown away."""

    kind: Literal["draft_discarded"] = "draft_discarded"
    reason: str


class Submitted(Step):
    """A version was made, of the draft or of a folder, and passed all checks.

    Args:
        draft: the draft that it was made of, which ends with it; None where it was made of a folder.
        version: its number, from 1 in each scenario.
        content_hash: of its files.
        scenario_hash: of the scenario as loaded, what teaches the understanding included; calls are recorded with it.
        base: the version that it was made from.
        authors: who wrote it, as far back as the last version that was in service.
        comment: what was changed, and why.
    """

    kind: Literal["submitted"] = "submitted"
    draft: str | None
    version: int
    content_hash: str
    scenario_hash: str
    base: int | None
    authors: tuple[str, ...]
    comment: str


class Approved(Step):
    """A second person approved a version."""

    kind: Literal["approved"] = "approved"
    version: int
    comment: str


class Withdrawn(Step):
    """A version that is not in service was taken back, or sent back; it can be drafted from, and nothing else."""

    kind: Literal["withdrawn"] = "withdrawn"
    version: int
    reason: str


class Published(Step):
    """New calls run by this version from now on; a running experiment ends with it."""

    kind: Literal["published"] = "published"
    version: int
    comment: str


class RolledBack(Step):
    """New calls run by a version that was in service before; a running experiment ends with it."""

    kind: Literal["rolled_back"] = "rolled_back"
    version: int
    reason: str


class ExperimentStarted(Step):
    """A share of the accounts is called with another version.

    Args:
        experiment: its id, which is also the salt of the shares.
        control: version A, the one in service.
        challenger: version B.
        share: of the accounts that B gets.
        outcome: the disposition that counts as success.
        worth: the least difference between the rates that would matter, in 0..1.
    """

    kind: Literal["experiment_started"] = "experiment_started"
    experiment: str
    control: int
    challenger: int
    share: float
    outcome: Disposition
    worth: float


class ExperimentFinished(Step):
    """All new calls run by one of the two versions again."""

    kind: Literal["experiment_finished"] = "experiment_finished"
    experiment: str
    version: int
    reason: str


Entry = (
    DraftBegun
    | FileSaved
    | FileDeleted
    | DraftDiscarded
    | Submitted
    | Approved
    | Withdrawn
    | Published
    | RolledBack
    | ExperimentStarted
    | ExperimentFinished
)

ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="kind")])
"""Reads a step from JSON."""


def written(entry: Entry) -> bytes:
    """Return a step as JSON on one line."""
    return entry.model_dump_json().encode()


def read(line: bytes) -> Entry:
    """Return the step that a line tells of.

    Raises:
        ValueError: it tells of none that this program knows.
    """
    return ENTRY.validate_json(line)
