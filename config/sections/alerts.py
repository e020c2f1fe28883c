"""Alerts: what is looked for in every contact, and who may be told."""

from typing import Annotated

from pydantic import AfterValidator, Field

from config.errands import parse_address
from config.sections.base import Folder, Listed, Secret, Section


def _https(text: str) -> str:
    if parse_address(text).scheme != "https":
        raise ValueError("only https addresses are told anything")
    return text


class Alerts(Section):
    """Expressions that every newly analysed contact is checked by; `voicebot serve` tells of what they find."""

    pack: Folder | None = Field(
        None,
        description="YAML file of alerts: what is looked for, who is told. Unset: none.",
        examples=["/etc/voicebot/alerts.yaml"],
    )
    allow: Annotated[tuple[Annotated[str, AfterValidator(_https)], ...], Listed] = Field(
        (),
        description="Addresses that alerts may be sent to begin like this: https, host and the start of the path. "
        "Names of internal addresses are refused all the same.",
        examples=["https://quality.bank.example/hooks/"],
    )
    secret: Secret = Field(
        None, description="Alerts are signed with it, at least 24 characters. From the environment alone."
    )
    newest_days: int = Field(
        3,
        ge=1,
        le=3650,
        description="Contacts that began longer ago raise no alerts: history is analysed anew in peace.",
    )
