"""Callers: our lines, and where accounts are looked up."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from config.sections.base import DayHours, Listed, Secret, Section, Zone
from engine.dialling.sip_uri import parse_sip_uri
from engine.speech import Language


def _sip_address(text: str) -> str:
    parse_sip_uri(text)
    return text


SipAddress = Annotated[str, AfterValidator(_sip_address)]


class InboundLine(Section):
    """A number of ours that people call, and what meets them there."""

    number: str = Field(
        pattern=r"^(\*|\+?[0-9]{2,15})$",
        description='As it is dialled, digits with or without a plus; "*" is every number that no other line names.',
        examples=["77272500000"],
    )
    creditor: str = Field(
        min_length=1, max_length=200, description="The bank's name as it is spoken.", examples=["Example Bank"]
    )
    scenario: str = Field("soft_collection", description="What callers are handed over to: a name, or a path.")
    language: Language | None = Field(
        None,
        description="To greet in while the debtor's own is not known; unset: the scenario's first.",
        examples=["ru"],
    )
    texts: Path | None = Field(
        None, description="Reception's texts, a YAML file; unset: ours.", examples=["/etc/voicebot/reception.yaml"]
    )
    time_zone: Zone = Field("Asia/Almaty", description="IANA time zone of the hours below.")
    weekday_hours: DayHours = Field(
        None,
        description="When callers are met, Monday to Friday; without any hours at any time.",
        examples=["08:00-20:00"],
    )
    weekend_hours: DayHours = Field(None, description="The same on Saturday and Sunday.", examples=["10:00-18:00"])
    closed_days: Annotated[tuple[date, ...], Listed] = Field(
        (), description="Days on which nobody is met, such as 2026-12-16."
    )
    unknown: Literal["answer", "refuse"] = Field(
        "answer",
        description="Callers whom nobody knows: answer, and end with a person or with words that say so; or refuse the "
        "call (480) where the directory answers before we do.",
    )
    closed: Literal["announce", "refuse"] = Field(
        "announce", description="Out of hours: answer and say so, or refuse the call (480)."
    )

    def open_at(self, moment: datetime) -> bool:
        """Whether callers are met at a moment, which carries a time zone."""
        local = moment.astimezone(ZoneInfo(self.time_zone))
        if local.date() in self.closed_days:
            return False
        if not (self.weekday_hours or self.weekend_hours):
            return True
        hours = self.weekend_hours if local.weekday() >= 5 else self.weekday_hours
        return hours is not None and local.time() in hours


class Inbound(Section):
    """Callers: where their accounts are looked up, and what meets them."""

    directory_url: str | None = Field(
        None,
        description="Where the bank's system tells a caller's accounts: {number} stands for the digits. It answers "
        "with JSON as in an accounts file, [] or 404 for an unknown number. https, or http on loopback.",
        examples=["https://accounts.bank.example/by-phone/{number}"],
    )
    directory_token: Secret = Field(None, description="Bearer token for it. From the environment alone.")
    directory_timeout_s: float = Field(8.0, gt=0, le=30, description="Seconds after which it counts as failed.")
    overflow_to: SipAddress | None = Field(
        None,
        description="Where callers go when no channel is free (302); unset: 503 with sip.retry_after_s.",
        examples=["sip:operators@10.0.0.7"],
    )
    lines: tuple[InboundLine, ...] = Field(
        (), description="Without any, `voicebot serve` has one line for all numbers."
    )

    @model_validator(mode="after")
    def _consistent(self) -> "Inbound":
        numbers = [line.number.lstrip("+") for line in self.lines]
        twice = next((number for number in numbers if numbers.count(number) > 1), None)
        if twice is not None:
            raise ValueError(f"number {twice} has two lines; each has one")
        url = urlsplit(self.directory_url or "")
        if self.directory_url and not (
            url.scheme == "https" or (url.scheme == "http" and url.hostname in ("127.0.0.1", "localhost"))
        ):
            raise ValueError("directory_url must begin with https:// (http:// only on 127.0.0.1): it carries numbers")
        if self.directory_url and self.directory_url.count("{number}") != 1:
            raise ValueError("directory_url must hold {number} once")
        return self
