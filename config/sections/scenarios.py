"""Scenarios: where their versions are kept."""

from pydantic import Field

from config.sections.base import Folder, Section


class Scenarios(Section):
    """The library of scenario versions: drafts, approvals, what is in service."""

    folder: Folder | None = Field(
        None,
        description="Where the library is kept; must survive, and be on a disk of this machine. Unset: `scenarios` in "
        "paths.data_dir.",
        examples=["/var/lib/voicebot/scenarios"],
    )
