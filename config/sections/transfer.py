"""Handing callers over to people."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator

from config.sections.base import Listed, Section, Zone, read_hours
from engine.dialling.sip_uri import parse_sip_uri
from engine.handover import Acceptance, Colleague, TransferPlan, Way
from engine.speech import Language

_EXTENSION = re.compile(r"[0-9]{2,15}")


def _colleague(value: Any) -> Colleague:
    """Read ``operators sip:operators@10.0.0.7 09:00-18:00``; a number may be the address, the hours may be missing."""
    if isinstance(value, Colleague):
        return value
    parts = str(value).split()
    if len(parts) not in (2, 3):
        raise ValueError('write "NAME ADDRESS" or "NAME ADDRESS HH:MM-HH:MM", such as "operators sip:100@10.0.0.7"')
    if not _EXTENSION.fullmatch(parts[1]):
        if not parts[1].startswith("sip:"):
            raise ValueError(
                'the address is a sip: URI, such as "sip:operators@10.0.0.7", or a number of 2 to 15 digits'
            )
        parse_sip_uri(parts[1])
    return Colleague(parts[0], parts[1], read_hours(parts[2]) if len(parts) == 3 else None)


def _colleague_text(one: Colleague) -> str:
    return " ".join(map(str, filter(None, (one.name, one.address, one.hours))))


Target = Annotated[Colleague, PlainValidator(_colleague), PlainSerializer(_colleague_text, return_type=str)]


class Transfer(Section):
    """Handing callers over to people. Nobody but the targets is ever called, or referred to, for it."""

    targets: Annotated[tuple[Target, ...], Listed] = Field(
        (),
        description="Who takes callers, tried in this order: name, sip: address or a number that a trunk takes, and, "
        'where they are not always there, hours. ["operators sip:operators@10.0.0.7 09:00-18:00", "night-desk 1099"]. '
        "Empty: callers who want a person hear what the scenario says where nobody is on hand. Bridged, each takes a "
        "channel of its own.",
    )
    mode: Literal["auto", "refer", "bridge"] = Field(
        "auto",
        description="refer asks the trunk to connect them (SIP REFER); bridge calls the person ourselves and joins "
        "both calls, recorded to the end; auto tries the first, and the second where a trunk refuses it.",
    )
    ring_s: float = Field(25.0, gt=0, le=120, description="Seconds that each of them may ring.")
    accept: Literal["key", "answer"] = Field(
        "key",
        description="How a bridged call is taken: by pressing 1, so that no mailbox or queue gets a caller and what is "
        "told about the debt, or by answering alone.",
    )
    accept_s: float = Field(20.0, ge=2, le=120, description="Seconds that the key is waited for.")
    briefing: bool = Field(
        True, description="Tell whoever takes a bridged call who is on the line, what is owed and what was said."
    )
    language: Language = Field(Language.RUSSIAN, description="Of that: ru, kk or en.")
    time_zone: Zone = Field("Asia/Almaty", description="Of the hours, as an IANA name.")

    @property
    def plan(self) -> TransferPlan | None:
        """The same as the engine takes it; None where there is nobody."""
        plan = TransferPlan(
            self.targets,
            way=Way(self.mode),
            ring_s=self.ring_s,
            acceptance=Acceptance(self.accept),
            accept_s=self.accept_s,
            briefing=self.briefing,
            language=self.language,
            time_zone=self.time_zone,
        )
        return plan if self.targets else None
