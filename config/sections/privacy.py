"""Personal data: keys of encryption at rest, and how long contacts are kept."""

from pathlib import Path

from pydantic import Field

from config.sections.base import Folder, Secret, Section
from engine.law import Creditor


class Privacy(Section):
    """Encryption at rest, and how long contacts are kept under the law of analytics.jurisdiction."""

    keys: Secret = Field(
        None,
        description="Keys of encryption at rest, 32 bytes in base64 each, parted by commas: the first seals, all open. "
        "`voicebot seal --new-key` makes one. From the environment alone.",
    )
    creditor: Creditor = Field(
        Creditor.BANK, description="Who the operator is to that law: bank, microfinance or collector."
    )
    keep_recordings_days: int | None = Field(
        None,
        ge=1,
        description="Days after which recordings are due for deletion, where no law or hold keeps them longer; unset: "
        "never.",
        examples=[1100],
    )
    keep_transcripts_days: int | None = Field(
        None,
        ge=1,
        description="The same of transcripts and all that was made from them, and of the engine's records of calls.",
        examples=[1100],
    )
    keep_payments_days: int | None = Field(
        None,
        ge=1,
        description="The same of payments, from the day on which they came; they go with a person's last contact.",
        examples=[1100],
    )
    holds: Folder | None = Field(
        None,
        description="YAML file of legal holds, what must not be deleted; it must be readable.",
        examples=["/etc/voicebot/holds.yaml"],
    )
    ledger: Folder | None = Field(
        None,
        description="Ledger of deletions; by default `deletions.jsonl` in paths.data_dir.",
        examples=["/var/lib/voicebot/deletions.jsonl"],
    )

    def ledger_in(self, data_dir: Path) -> Path:
        """Return where the ledger is."""
        return self.ledger or data_dir / "deletions.jsonl"
