"""Rules on whom may be dialled, when and how often, in virtual time."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import VirtualClock
from engine.dialling.permission import CallingHours, DialGate, DialRules, PastDial
from engine.errors import DialRefused, SettingsError
from engine.ports import DialPermission

ALMATY = "Asia/Almaty"
MONDAY_NOON = datetime(2026, 5, 4, 7, tzinfo=UTC)
"""12:00 in Almaty (UTC+5)."""

RULES = DialRules(
    trunks=True,
    prefixes=("7701", "79"),
    weekday_hours=CallingHours(time(9), time(21)),
    max_per_second=1000,
    max_per_day=1000,
    min_gap_s=0,
)


def gate_at(now: datetime = MONDAY_NOON, **changes: Any) -> DialGate:
    return DialGate(replace(RULES, **changes), VirtualClock(now))


def refusal(gate: DialGate, destination: str = "77011234567", time_zone: str = ALMATY) -> str:
    with pytest.raises(DialRefused) as caught:
        gate.allow(destination, time_zone)
    return str(caught.value)


@pytest.mark.parametrize("rules", [DialRules(), RULES], ids=["as delivered", "with a trunk"])
@pytest.mark.parametrize(
    "uri", ["sip:bot@127.0.0.1:5070", "sip:127.9.9.9", "sip:a@[::1]", "sip:a@localhost;transport=tcp"]
)
def test_loopback_is_always_allowed_as_it_stands(rules: DialRules, uri: str) -> None:
    """A loopback URI goes out unchanged, at night, without a time zone, and as often as wanted."""
    gate: DialPermission = DialGate(rules, VirtualClock(datetime(2026, 5, 3, 22, tzinfo=UTC)))
    assert [gate.allow(uri, "") for _ in range(5)] == [uri] * 5


@pytest.mark.parametrize("rules", [DialRules(), RULES], ids=["as delivered", "with a trunk"])
@pytest.mark.parametrize(
    "uri",
    [
        "sip:77011234567@trunk.example",
        "sip:a@8.8.8.8",
        "sips:a@sbc.example",
        "SIP:a@127.0.0.1",
        "sip:a@127.0.0.1;maddr=8.8.8.8",
        "sip:a@127.0.0.1?Route=x",
        "sip:a@127.0.0.1\r\nTo: <sip:b@8.8.8.8>",
        "sip:a@127.1",
    ],
)
def test_no_other_uri_is_ever_dialled(rules: DialRules, uri: str) -> None:
    """A URI beyond loopback, or one that is not plain, is refused even where a trunk is set."""
    message = refusal(DialGate(rules, VirtualClock(MONDAY_NOON)), uri)
    assert "loopback" in message or "not a SIP URI that we dial" in message


def test_as_delivered_no_number_is_dialled_and_all_missing_settings_are_named() -> None:
    """Without settings every number is refused, and the message lists what to set."""
    message = refusal(DialGate(DialRules(), VirtualClock(MONDAY_NOON)))
    for setting in ("trunks", "dialling.prefixes", "dialling.weekday_hours", "dialling.max_per_second"):
        assert setting in message
    assert "dialling.max_per_day are set" in message


@pytest.mark.parametrize(
    ("setting", "unset"),
    [
        ("trunks", False),
        ("dialling.prefixes", ()),
        ("dialling.weekday_hours", None),
        ("dialling.max_per_second", None),
        ("dialling.max_per_day", None),
    ],
)
def test_one_missing_setting_keeps_dialling_on_loopback(setting: str, unset: Any) -> None:
    """Each of the settings alone is enough to keep every number refused."""
    message = refusal(gate_at(**{setting.removeprefix("dialling."): unset}))
    assert f"until {setting} is set" in message


@pytest.mark.parametrize(
    ("destination", "digits"),
    [("77011234567", "77011234567"), ("+77011234567", "77011234567"), ("79161234567", "79161234567")],
)
def test_an_allowed_number_is_dialled_as_its_digits(destination: str, digits: str) -> None:
    """A plus before them does not matter; how a trunk wants them written is the trunk's setting."""
    assert gate_at().allow(destination, ALMATY) == digits


@pytest.mark.parametrize(
    "destination",
    [
        "",
        "112",
        "+",
        "123456",
        "07011234567",
        "1234567890123456",
        "7701 123 45 67",
        "7701-1234567",
        "++77011234567",
        "77011234567;x=y",
        "77011234567@8.8.8.8",
        "77011234567\n",
        "77011234567\r\nX: y",
        "٧٧٠١١٢٣٤٥٦٧",
        "number",
    ],
)
def test_what_is_no_e164_number_is_refused(destination: str) -> None:
    """Short and emergency numbers, spaces, line breaks, foreign digits and appended parts are refused."""
    assert "neither 7 to 15 E.164 digits nor a sip: URI" in refusal(gate_at(), destination)


@given(st.text(max_size=30))
def test_whatever_is_allowed_is_a_number(destination: str) -> None:
    """For any text at all, the gate either refuses or returns plain digits of an allowed prefix."""
    try:
        digits = gate_at().allow(destination, ALMATY)
    except DialRefused:
        return
    assert digits.isascii()
    assert digits.isdigit()
    assert digits.startswith(RULES.prefixes)


@pytest.mark.parametrize("destination", ["77021234567", "78001234567", "14155550100", "7700000"])
def test_a_number_outside_the_prefixes_is_refused(destination: str) -> None:
    """The message names the prefixes and the setting."""
    message = refusal(gate_at(), destination)
    assert "7701, 79" in message
    assert "dialling.prefixes" in message


def test_refusals_do_not_show_the_number() -> None:
    """Messages end up in logs, so they hold no more than a number's last two digits."""
    gate = gate_at(min_gap_s=60)
    gate.allow("77011234567", ALMATY)
    for message in (refusal(gate), refusal(gate, "77021234567"), refusal(DialGate(DialRules(), VirtualClock()))):
        assert "67" in message
        assert "34567" not in message


@pytest.mark.parametrize(
    ("local", "allowed"),
    [
        ("2026-05-04 08:59:59.999999", False),
        ("2026-05-04 09:00", True),
        ("2026-05-04 20:59:59.999999", True),
        ("2026-05-04 21:00", False),
        ("2026-05-04 00:00", False),
        ("2026-05-08 12:00", True),
        ("2026-05-09 12:00", True),
        ("2026-05-09 09:30", False),
        ("2026-05-10 17:59", True),
        ("2026-05-10 18:00", False),
        ("2026-05-07 12:00", False),
        ("2026-05-07 10:30", True),
        ("2026-05-16 10:30", True),
        ("2026-05-16 12:00", False),
    ],
)
@pytest.mark.parametrize("time_zone", [ALMATY, "Europe/Kaliningrad", "Asia/Kamchatka", "UTC"])
def test_calling_hours_hold_at_the_far_end(local: str, time_zone: str, allowed: bool) -> None:
    """Weekday, weekend and holiday hours are local to the callee; a holiday wins over its weekday."""
    moment = VirtualClock(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(time_zone)))
    rules = replace(
        RULES,
        weekend_hours=CallingHours(time(10), time(18)),
        holidays=frozenset({date(2026, 5, 7), date(2026, 5, 16)}),
        holiday_hours=CallingHours(time(10), time(11)),
    )
    gate = DialGate(rules, moment)
    if allowed:
        gate.allow("77011234567", time_zone)
    else:
        assert "hours" in refusal(gate, time_zone=time_zone)


@pytest.mark.parametrize(
    ("day", "setting"),
    [
        ("2026-05-09", "dialling.weekend_hours"),
        ("2026-05-10", "dialling.weekend_hours"),
        ("2026-05-07", "dialling.holiday_hours"),
    ],
)
def test_days_without_hours_are_refused_by_name(day: str, setting: str) -> None:
    """No weekend or holiday hours means no calls then, and the message names the setting that would allow them."""
    gate = gate_at(datetime.fromisoformat(f"{day}T07:00+00:00"), holidays=frozenset({date(2026, 5, 7)}))
    assert setting in refusal(gate)


@pytest.mark.parametrize("time_zone", ["", "Almaty", "Asia", "Asia/Nowhere", "../../etc/passwd", "/etc/passwd", "\0"])
def test_an_unknown_time_zone_forbids_the_call(time_zone: str) -> None:
    """Where the hours at the far end cannot be known, nobody is called."""
    message = refusal(gate_at(), time_zone=time_zone)
    assert "no IANA time zone" in message
    assert "time_zone" in message


@pytest.mark.parametrize(("rate", "at_once", "pause_s"), [(1, 1, 1), (3, 3, 1), (2.5, 2, 1), (0.5, 1, 2), (0.1, 1, 10)])
def test_the_rate_holds_in_any_second(rate: float, at_once: int, pause_s: float) -> None:
    """So many dials pass at once, the next is refused, and passes when the window is over."""
    clock = VirtualClock(MONDAY_NOON)
    gate = DialGate(replace(RULES, max_per_second=rate), clock)
    for index in range(at_once):
        gate.allow(f"7701000000{index}", ALMATY)
    assert "dialling.max_per_second" in refusal(gate)
    clock.advance(pause_s - 0.001)
    assert "dialling.max_per_second" in refusal(gate)
    clock.advance(0.001)
    gate.allow("77011234567", ALMATY)


@given(st.lists(st.floats(min_value=0, max_value=0.7), max_size=60), st.integers(1, 4))
def test_no_window_of_a_second_holds_more_than_the_rate(pauses: list[float], rate: int) -> None:
    """Whatever the rhythm of the attempts, no second holds more dials than allowed."""
    clock = VirtualClock(MONDAY_NOON)
    gate = DialGate(replace(RULES, max_per_second=rate), clock)
    allowed: list[float] = []
    for pause_s in pauses:
        clock.advance(pause_s)
        try:
            gate.allow("77011234567", ALMATY)
        except DialRefused:
            continue
        allowed.append(clock.monotonic_s())
    for first in allowed:
        assert sum(first <= moment < first + 1 for moment in allowed) <= rate


def test_the_cap_of_a_day_rolls_and_refused_dials_count_for_nothing() -> None:
    """After so many dials in 24 hours the next is refused; the oldest frees its place when it is a day old."""
    clock = VirtualClock(MONDAY_NOON)
    gate = DialGate(replace(RULES, max_per_day=2), clock)
    gate.allow("77010000001", ALMATY)
    clock.advance(3600)
    gate.allow("77010000002", ALMATY)
    for _ in range(5):
        assert "cap of 2" in refusal(gate)
    assert "dialling.max_per_day" in refusal(gate)
    clock.advance(23 * 3600 - 1)
    assert "dialling.max_per_day" in refusal(gate)
    clock.advance(1)
    gate.allow("77011234567", ALMATY)
    assert "dialling.max_per_day" in refusal(gate)


@pytest.mark.parametrize("gap_s", [60.0, 6 * 3600.0, 86400.0, 7 * 86400.0])
def test_the_gap_between_two_dials_to_one_number(gap_s: float) -> None:
    """The same number, plus or not, is refused until the gap is over; another one is not."""
    clock = VirtualClock(MONDAY_NOON)
    rules = replace(
        RULES,
        min_gap_s=gap_s,
        weekday_hours=CallingHours(time(0), time.max),
        weekend_hours=CallingHours(time(0), time.max),
    )
    gate = DialGate(rules, clock)
    gate.allow("77011234567", ALMATY)
    gate.allow("77010000001", ALMATY)
    clock.advance(gap_s - 1)
    message = refusal(gate, "+77011234567")
    assert "dialling.min_gap_s" in message
    assert f"{MONDAY_NOON + timedelta(seconds=gap_s):%Y-%m-%d %H:%M:%S} UTC" in message
    clock.advance(1)
    gate.allow("77011234567", ALMATY)


def test_no_gap_allows_the_same_number_at_once() -> None:
    """A gap of 0 switches the rule off."""
    gate = gate_at(min_gap_s=0)
    gate.allow("77011234567", ALMATY)
    gate.allow("77011234567", ALMATY)


def test_a_wall_clock_put_back_opens_no_gap() -> None:
    """After the wall clock jumped back the number stays refused, rather than becoming free."""
    clock = VirtualClock(MONDAY_NOON)
    gate = DialGate(replace(RULES, min_gap_s=3600), clock)
    gate.allow("77011234567", ALMATY)
    clock.set_wall(MONDAY_NOON - timedelta(hours=2))
    assert "dialling.min_gap_s" in refusal(gate)


def test_a_restart_forgets_no_dial() -> None:
    """Dials of an earlier run count for the gap and the day; what is no number, or too old, does not."""
    history = [
        PastDial("77011234567", MONDAY_NOON - timedelta(hours=1)),
        PastDial("+77010000001", MONDAY_NOON - timedelta(hours=2)),
        PastDial("debtor", MONDAY_NOON - timedelta(hours=1)),
        PastDial("77010000002", MONDAY_NOON - timedelta(hours=25)),
    ]
    gate = DialGate(replace(RULES, min_gap_s=86400, max_per_day=3), VirtualClock(MONDAY_NOON), history)
    assert "dialling.min_gap_s" in refusal(gate)
    assert "dialling.min_gap_s" in refusal(gate, "77010000001")
    gate.allow("77010000002", ALMATY)
    assert "dialling.max_per_day" in refusal(gate, "77010000003")


@pytest.mark.parametrize(("gap_s", "days"), [(0, 1), (3600, 1), (86400, 1), (7 * 86400, 7)])
def test_memory_reaches_as_far_back_as_the_longest_limit(gap_s: float, days: int) -> None:
    """A restart must know the dials of a day, or of the gap where that is longer."""
    assert replace(RULES, min_gap_s=gap_s).memory == timedelta(days=days)


def test_threads_together_get_no_more_than_the_cap() -> None:
    """Eight threads that dial at once are allowed exactly as many calls as the cap says."""
    gate = gate_at(max_per_day=100)
    start = threading.Barrier(8)
    outcomes: Counter[bool] = Counter()

    def dial(thread: int) -> None:
        start.wait()
        for index in range(50):
            try:
                gate.allow(f"7701{thread:03}{index:04}", ALMATY)
                outcomes[True] += 1
            except DialRefused:
                outcomes[False] += 1

    threads = [threading.Thread(target=dial, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes[True] == 100


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("prefixes", ("",)),
        ("prefixes", ("+7701",)),
        ("prefixes", ("7701", "77 01")),
        ("prefixes", ("0",)),
        ("max_per_second", 0),
        ("max_per_second", -1),
        ("max_per_second", float("nan")),
        ("max_per_second", float("inf")),
        ("max_per_day", 0),
        ("min_gap_s", -1),
        ("min_gap_s", float("nan")),
        ("min_gap_s", 1e12),
    ],
)
def test_malformed_rules_are_named(setting: str, value: Any) -> None:
    """A rule that cannot be meant is an error at the start, and names its setting."""
    with pytest.raises(SettingsError, match=f"dialling.{setting}"):
        replace(RULES, **{setting: value})


@pytest.mark.parametrize(
    ("opens", "closes"), [(time(9), time(9)), (time(21), time(9)), (time(9, tzinfo=UTC), time(21, tzinfo=UTC))]
)
def test_calling_hours_end_after_they_begin_and_are_local(opens: time, closes: time) -> None:
    """Hours that are empty, run over midnight or carry a zone are refused."""
    with pytest.raises(SettingsError, match="calling hours"):
        CallingHours(opens, closes)
