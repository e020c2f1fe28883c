"""Moments as people write them on the command line: a day, a time of a day, or how long ago."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from engine.errors import SettingsError

_AGO: Final = re.compile(r"(?P<number>\d{1,5})(?P<unit>[dh])", re.ASCII)


def read_moment(text: str, zone: tzinfo, now: datetime | None = None) -> datetime:
    """Return a moment.

    Args:
        text: ISO 8601, such as 2026-11-23 or 2026-11-23T09:30, or so many days or hours ago: 7d, 12h.
        zone: of times that have none of their own.
        now: what is counted back from; the present moment where it is None.

    Raises:
        SettingsError: it is none of these.
    """
    if ago := _AGO.fullmatch(text):
        hours = int(ago["number"]) * (24 if ago["unit"] == "d" else 1)
        return (now or datetime.now(UTC)) - timedelta(hours=hours)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{text!r} is no time; write 2026-11-23, 2026-11-23T09:30, 7d or 12h") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
