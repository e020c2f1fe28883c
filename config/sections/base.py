"""What the sections share: their base, and the types of their fields."""

import re
from datetime import time
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    SecretStr,
)

from engine.dialling.permission import CallingHours
from engine.errors import SettingsError

_HOURS = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")


def read_hours(value: Any) -> Any:
    """Read ``09:00-21:00``."""
    if not isinstance(value, str):
        return value
    match = _HOURS.fullmatch(value)
    if match is None:
        raise ValueError('write hours as "HH:MM-HH:MM", such as "09:00-21:00"')
    try:
        return CallingHours(time.fromisoformat(match[1]), time.fromisoformat(match[2]))
    except SettingsError as error:
        raise ValueError(str(error)) from error


def _listed(value: Any) -> Any:
    """Read a list from one string, as environment variables give it: ``77,79``."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


Folder = Annotated[Path, AfterValidator(_absolute)]
DayHours = Annotated[
    CallingHours | None, BeforeValidator(read_hours), PlainSerializer(lambda hours: hours and str(hours))
]
Network = Annotated[
    IPv4Network, PlainValidator(lambda value: IPv4Network(str(value))), PlainSerializer(str, return_type=str)
]
Address = Annotated[str, AfterValidator(lambda value: str(IPv4Address(value)))]
Digits = Annotated[str, Field(pattern=r"^[1-9]\d*$")]
Listed = BeforeValidator(_listed)
Names = Annotated[tuple[str, ...], Listed]
Secret = SecretStr | None


def _endpoint(value: Any) -> str:
    """Check ``192.0.2.11:5060``."""
    host, colon, port = str(value).rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ValueError('write address and port, such as "192.0.2.11:5060"')
    return f"{IPv4Address(host)}:{int(port)}"


HostPort = Annotated[str, PlainValidator(_endpoint)]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}; write it as Asia/Almaty") from None
    return name


Zone = Annotated[str, AfterValidator(_zone)]
"""An IANA time zone."""


def _shared_place(place: str) -> str:
    """Check ``s3://bucket/prefix`` or an absolute path."""
    bucket = place.removeprefix("s3://").partition("/")[0]
    if "@" in bucket and place.startswith("s3://"):
        raise ValueError("an S3 URL holds no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if not place.startswith("/") and (not place.startswith("s3://") or not bucket):
        raise ValueError('write "s3://bucket/prefix" or an absolute path, such as "/mnt/recordings"')
    return place


SharedPlace = Annotated[str, AfterValidator(_shared_place)]
"""A folder or an S3-compatible store that several hosts reach."""


class Section(BaseModel):
    """What all sections share: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
