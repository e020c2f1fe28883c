"""Our own rules on dialling, asked before every INVITE: loopback only, until settings name trunks and limits."""

import math
import re
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.dialling.sip_uri import parse_sip_uri
from engine.errors import DialRefused, SettingsError
from engine.ports import Clock

_E164 = re.compile(r"\+?([1-9][0-9]{6,14})", re.ASCII)
_PREFIX = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
_DAY = timedelta(days=1)
_LONGEST_GAP_S = 366 * 86400


@dataclass(frozen=True, slots=True)
class CallingHours:
    """A part of the day, local at the far end: from ``opens`` on, up to but without ``closes``.

    Raises:
        SettingsError: ``closes`` is not later than ``opens``, or one of them carries a zone.
    """

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens.tzinfo is not None or self.closes.tzinfo is not None:
            raise SettingsError("calling hours are local at the far end: give them without a time zone")
        if self.closes <= self.opens:
            raise SettingsError(f"calling hours {self} must end later than they begin, on the same day")

    def __str__(self) -> str:
        """Return ``09:00-21:00``."""
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"

    def __contains__(self, moment: time) -> bool:
        return self.opens <= moment < self.closes


@dataclass(frozen=True, slots=True, kw_only=True)
class DialRules:
    """What settings say about dialling. As delivered nothing is set, and nothing but loopback is dialled.

    Args:
        trunks: whether there is any trunk to dial through.
        prefixes: of numbers that may be dialled, E.164 digits without a plus.
        weekday_hours: Monday to Friday; None forbids these days.
        weekend_hours: Saturday and Sunday; None forbids them.
        holidays: days, local at the far end, to which ``holiday_hours`` apply whatever the weekday.
        holiday_hours: None forbids these days.
        max_per_second: dials in any second, at most; 0.5 is one in two seconds.
        max_per_day: dials in any 24 hours, at most. Rolling, so that no calendar day of any zone can hold more.
        min_gap_s: seconds between two dials to one number, at least.

    Raises:
        SettingsError: one of them is malformed; the message names the setting.
    """

    trunks: bool = False
    prefixes: tuple[str, ...] = ()
    weekday_hours: CallingHours | None = None
    weekend_hours: CallingHours | None = None
    holidays: frozenset[date] = frozenset()
    holiday_hours: CallingHours | None = None
    max_per_second: float | None = None
    max_per_day: int | None = None
    min_gap_s: float = 86400.0

    def __post_init__(self) -> None:
        for prefix in self.prefixes:
            if not _PREFIX.fullmatch(prefix):
                raise SettingsError(f"dialling.prefixes: {prefix!r} is not E.164 digits, such as 7701")
        for name in ("max_per_second", "max_per_day"):
            limit = getattr(self, name)
            if limit is not None and not 0 < limit < math.inf:
                raise SettingsError(f"dialling.{name} must be a number above 0, not {limit}")
        if not 0 <= self.min_gap_s <= _LONGEST_GAP_S:
            raise SettingsError(f"dialling.min_gap_s must be 0 to {_LONGEST_GAP_S} (a year), not {self.min_gap_s}")

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the settings without which no number is dialled."""
        known = {
            "trunks": self.trunks,
            "dialling.prefixes": self.prefixes,
            "dialling.weekday_hours": self.weekday_hours or self.weekend_hours,
            "dialling.max_per_second": self.max_per_second,
            "dialling.max_per_day": self.max_per_day,
        }
        return tuple(name for name, value in known.items() if not value)

    @property
    def memory(self) -> timedelta:
        """How far back the history of a `DialGate` must reach for every limit to hold after a restart."""
        return max(_DAY, timedelta(seconds=self.min_gap_s))

    def hours(self, day: date) -> tuple[CallingHours | None, str]:
        """Return the calling hours of a day at the far end, and the setting that gives them."""
        if day in self.holidays:
            return self.holiday_hours, "dialling.holiday_hours"
        if day.weekday() >= 5:
            return self.weekend_hours, "dialling.weekend_hours"
        return self.weekday_hours, "dialling.weekday_hours"


@dataclass(frozen=True, slots=True)
class PastDial:
    """A dial of an earlier run of the program, so that a restart forgets no limit; ``at`` carries a zone."""

    number: str
    at: datetime


class DialGate:
    """Implements `engine.ports.DialPermission`; may be asked from any thread.

    A ``sip:`` URI on loopback is always allowed, never counted. Everything else is a number in E.164 digits, and may be
    dialled through a trunk if every rule allows it. A refused dial counts for nothing. Refusals show no more of a
    number than its last two digits, since they are logged.

    Args:
        rules: what settings say.
        clock: wall time for hours, days and gaps; monotonic time for the rate in a second.
        history: dials of earlier runs; those older than any limit are ignored.
    """

    def __init__(self, rules: DialRules, clock: Clock, history: Iterable[PastDial] = ()) -> None:
        self._rules = rules
        self._clock = clock
        self._lock = threading.Lock()
        rate = rules.max_per_second or 0.0
        self._burst = max(1, int(rate))
        self._window_s = max(1.0, 1 / rate) if rate else math.inf
        self._gap = timedelta(seconds=rules.min_gap_s)
        # Each is purged from its old end, so that a dial costs the same however many came before.
        self._in_window: deque[float] = deque()
        self._in_day: deque[datetime] = deque()
        self._in_gap: deque[PastDial] = deque()
        self._latest: dict[str, datetime] = {}
        for dial in sorted(history, key=lambda dial: dial.at):
            number = _E164.fullmatch(dial.number)
            if number is not None:
                self._remember(number[1], dial.at)

    def allow(self, destination: str, time_zone: str) -> str:
        """Count a dial and return what to dial: the number's digits, or the loopback URI as it stands.

        Args:
            destination: a number in E.164 digits, a plus before it or not, or a ``sip:`` URI on loopback.
            time_zone: IANA name at the far end, for calling hours; not looked at on loopback.

        Raises:
            DialRefused: the message names the rule and the setting behind it.
        """
        if destination[:4].lower() in ("sip:", "sips"):
            return self._loopback(destination)
        number = _E164.fullmatch(destination)
        if number is None:
            raise DialRefused(
                f"destination of {len(destination)} characters is neither 7 to 15 E.164 digits nor a sip: URI"
            )
        digits = number[1]
        if self._rules.missing:
            raise DialRefused(
                f"only loopback may be dialled until {', '.join(self._rules.missing)} "
                f"{'are' if len(self._rules.missing) > 1 else 'is'} set; {_masked(digits)} was not dialled"
            )
        self._check_prefix(digits)
        with self._lock:
            now = self._clock.now().astimezone(UTC)
            self._forget(now)
            self._check_hours(now, time_zone)
            self._check_gap(digits, now)
            self._check_day()
            moment_s = self._clock.monotonic_s()
            self._check_second(moment_s)
            self._in_window.append(moment_s)
            self._remember(digits, now)
        return digits

    def _loopback(self, destination: str) -> str:
        try:
            uri = parse_sip_uri(destination)
        except ValueError as error:
            raise DialRefused(f"destination is not a SIP URI that we dial: {error}") from None
        if not uri.loopback:
            raise DialRefused(
                "a sip: URI is dialled on loopback only (127.0.0.0/8, ::1, localhost); "
                "give the number in E.164 digits, and it goes through a trunk under all rules"
            )
        return destination

    def _check_prefix(self, digits: str) -> None:
        if not digits.startswith(self._rules.prefixes):
            raise DialRefused(
                f"{_masked(digits)} begins with none of the allowed prefixes ({', '.join(self._rules.prefixes)}); "
                f"add its prefix to dialling.prefixes if it may be dialled"
            )

    def _check_hours(self, now: datetime, time_zone: str) -> None:
        try:
            local = now.astimezone(ZoneInfo(time_zone))
        except (KeyError, ValueError, OSError):
            raise DialRefused(
                f"calling hours cannot be checked: {time_zone!r} is no IANA time zone; "
                f"correct the debtor's time_zone, such as Asia/Almaty"
            ) from None
        hours, setting = self._rules.hours(local.date())
        if hours is None:
            raise DialRefused(f"no calls on {local:%A %Y-%m-%d} in {time_zone}; {setting} would allow them")
        if local.time() not in hours:
            raise DialRefused(f"it is {local:%H:%M} in {time_zone}, outside the calling hours {hours} of {setting}")

    def _check_gap(self, digits: str, now: datetime) -> None:
        latest = self._latest.get(digits)
        if latest is not None and now - latest < self._gap:
            raise DialRefused(
                f"{_masked(digits)} was dialled at {latest:%Y-%m-%d %H:%M:%S} UTC and may be again at "
                f"{latest + self._gap:%Y-%m-%d %H:%M:%S} UTC, {self._rules.min_gap_s:g} s later (dialling.min_gap_s)"
            )

    def _check_day(self) -> None:
        cap = self._rules.max_per_day
        if cap is not None and len(self._in_day) >= cap:
            raise DialRefused(f"the cap of {cap} dials in 24 hours is reached (dialling.max_per_day)")

    def _check_second(self, moment_s: float) -> None:
        while self._in_window and moment_s - self._in_window[0] >= self._window_s:
            self._in_window.popleft()
        if len(self._in_window) >= self._burst:
            raise DialRefused(
                f"dials come faster than {self._rules.max_per_second:g} a second (dialling.max_per_second); "
                f"the same dial may be allowed a moment later"
            )

    def _remember(self, digits: str, at: datetime) -> None:
        self._in_day.append(at)
        self._in_gap.append(PastDial(digits, at))
        self._latest[digits] = at

    def _forget(self, now: datetime) -> None:
        while self._in_day and now - self._in_day[0] >= _DAY:
            self._in_day.popleft()
        while self._in_gap and now - self._in_gap[0].at >= self._gap:
            dial = self._in_gap.popleft()
            if self._latest.get(dial.number) == dial.at:
                del self._latest[dial.number]


def _masked(digits: str) -> str:
    return f"the number ending in {digits[-2:]}"
