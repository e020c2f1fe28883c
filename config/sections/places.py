"""Where things are kept: files, the database, the log."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field

from config.sections.base import Folder, Secret, Section


def _environment_path(variable: str, otherwise: str) -> Path:
    """Return a base directory of the XDG specification, from its variable or its standard place."""
    return Path(os.environ.get(variable) or Path.home() / otherwise)


class Paths(Section):
    """Where files live. ``~`` is the home directory; a relative path counts from the working directory."""

    data_dir: Folder = Field(
        default_factory=lambda: _environment_path("XDG_DATA_HOME", ".local/share") / "voicebot",
        description="What must survive: the database, and by default everything below. XDG base directory.",
        examples=["/var/lib/voicebot"],
    )
    models_dir: Folder = Field(
        default_factory=lambda given: given["data_dir"] / "models",
        description="Recognition models and voices; by default `models` in data_dir.",
        examples=["/var/lib/voicebot/models"],
    )
    recordings_dir: Folder = Field(
        default_factory=lambda given: given["data_dir"] / "recordings",
        description="Stereo recordings of calls, personal data; by default `recordings` in data_dir.",
        examples=["/var/lib/voicebot/recordings"],
    )
    run_dir: Folder = Field(
        default_factory=lambda given: given["data_dir"] / "run",
        description="Sockets and rings of the running processes, mode 0700; by default `run` in data_dir.",
        examples=["/var/lib/voicebot/run"],
    )
    prompts_dir: Folder = Field(
        default_factory=lambda given: given["data_dir"] / "prompts",
        description="The prompt cache: may be deleted at any time; by default `prompts` in data_dir.",
        examples=["/var/lib/voicebot/prompts"],
    )
    rasa_dir: Folder = Field(
        default_factory=lambda given: given["data_dir"] / "rasa",
        description="Rasa's environment and models, 3 GB, where it is wanted; by default `rasa` in data_dir.",
        examples=["/var/lib/voicebot-rasa"],
    )


class Store(Section):
    """The database."""

    url: str | None = Field(
        None,
        repr=False,
        description="Database URL without its password; unset is SQLite in data_dir.",
        examples=["postgresql+psycopg://voicebot@db.bank.example/voicebot"],
    )
    password: Secret = Field(None, description="Password of the database. From the environment alone.")
    min_free_mb: int = Field(500, ge=0, description="Free disk space in MB below which new calls are refused.")


class Log(Section):
    """What is written to stderr: ids and figures, never names, telephone numbers or what was said."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is written.")
    format: Literal["text", "json"] = Field("text", description="Lines for people, or one JSON object a line.")
