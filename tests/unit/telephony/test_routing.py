"""Which trunks a call may take, in virtual time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import NoFreeChannel, TelephonyError
from telephony.routing import SUSPENSION_S, TrunkRouter
from telephony.trunks import Trunk

NUMBER = "77010000001"


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def trunk(name: str, **values: Any) -> Trunk:
    return Trunk(name=name, host=f"{name}.example", **values)


def names(trunks: tuple[Trunk, ...]) -> list[str]:
    return [one.name for one in trunks]


def test_trunks_come_by_priority_then_by_room() -> None:
    """Among equals the one with the smaller share of its channels taken."""
    router = TrunkRouter(
        [trunk("spare", priority=20), trunk("a", channels=2), trunk("b", channels=10)], monotonic_s=Clock()
    )
    assert names(router.take("1", NUMBER)) == ["a", "b", "spare"]
    router.settled("1", "a")
    assert names(router.take("2", NUMBER)) == ["b", "a", "spare"]
    unlimited = TrunkRouter([trunk("a"), trunk("b")], Clock())
    unlimited.take("1", NUMBER)
    unlimited.settled("1", "a")
    assert names(unlimited.take("2", NUMBER)) == ["b", "a"]


def test_only_trunks_that_take_the_prefix_are_tried() -> None:
    """And where none does, the settings are named, and no more of the number than its end."""
    router = TrunkRouter([trunk("kz", prefixes=("77",)), trunk("ru", prefixes=("79", "73"))], Clock())
    assert names(router.take("1", "79160000001")) == ["ru"]
    with pytest.raises(TelephonyError, match=r"no trunk takes the number ending in 12; .*\[\[trunks\]\]") as caught:
        router.take("2", "44200000012")
    assert not isinstance(caught.value, NoFreeChannel)


def test_a_full_trunk_is_named_and_takes_calls_again_after_the_end_of_one() -> None:
    """Inbound calls count as well."""
    router = TrunkRouter([trunk("main", channels=2)], Clock())
    router.take("1", NUMBER)
    router.arrived("in", "main")
    with pytest.raises(NoFreeChannel, match="all 2 channels of trunk main are taken"):
        router.take("2", NUMBER)
    router.end("in")
    assert names(router.take("2", NUMBER)) == ["main"]


def test_the_rate_of_a_trunk_is_kept() -> None:
    """A bucket of one second's dials; the next trunk takes what comes faster."""
    clock = Clock()
    router = TrunkRouter([trunk("slow", max_per_second=2.0), trunk("spare", priority=20, prefixes=("7701",))], clock)
    assert [names(router.take(str(one), NUMBER))[0] for one in range(4)] == ["slow", "slow", "spare", "spare"]
    with pytest.raises(NoFreeChannel, match=r"dials come faster than trunk slow takes them \(2 a second\)"):
        router.take("4", "77770000000")
    clock.now_s += 0.5
    assert names(router.take("4", "77770000000")) == ["slow"]


def test_a_dial_that_was_refused_after_all_costs_nothing() -> None:
    """Neither a channel nor a token."""
    router = TrunkRouter([trunk("main", channels=1, max_per_second=1.0)], Clock())
    for one in range(5):
        assert names(router.take(str(one), NUMBER)) == ["main"]
        router.give_back(str(one), "main")


def test_a_trunk_that_is_down_is_passed_over_until_it_answers() -> None:
    """And a change is told once."""
    router = TrunkRouter([trunk("main"), trunk("spare", priority=20)], Clock())
    assert router.heard("main", usable=False, reason="OPTIONS: 503 Draining")
    assert not router.heard("main", usable=False, reason="OPTIONS: 408 no answer")
    assert names(router.take("1", NUMBER)) == ["spare"]
    router.resolved("spare", found=False)
    with pytest.raises(NoFreeChannel) as caught:
        router.take("2", NUMBER)
    assert str(caught.value) == (
        "trunk main is down: OPTIONS: 408 no answer; trunk spare is down: its host name cannot be resolved"
    )
    assert router.heard("main", usable=True, reason="")
    assert names(router.take("2", NUMBER)) == ["main"]


def test_a_trunk_that_was_silent_is_left_alone_for_a_while() -> None:
    """Every further call would wait for it; one that refused at once costs the next call nothing."""
    clock = Clock()
    router = TrunkRouter([trunk("main"), trunk("spare", priority=20)], clock)
    router.take("1", NUMBER)
    router.failed("1", "main", silent=False)
    assert names(router.take("2", NUMBER)) == ["main", "spare"]
    router.failed("2", "main", silent=True)
    assert names(router.take("3", NUMBER)) == ["spare"]
    clock.now_s += SUSPENSION_S
    assert names(router.take("4", NUMBER)) == ["main", "spare"]


def test_a_call_keeps_room_at_its_alternatives_until_it_rings() -> None:
    """So that no limit is passed when a trunk fails and all its calls move on."""
    router = TrunkRouter([trunk("main"), trunk("spare", priority=20, channels=1)], Clock())
    assert names(router.take("1", NUMBER)) == ["main", "spare"]
    assert names(router.take("2", NUMBER)) == ["main"]
    router.settled("1", "main")
    assert names(router.take("3", NUMBER)) == ["main", "spare"]
    router.failed("3", "main", silent=False)
    router.moved("3", "spare")
    router.settled("3", "spare")
    assert (router.calls("main"), router.calls("spare")) == (2, 1)


def test_numbers_of_ours_are_taken_in_turn() -> None:
    """None stands for that of all trunks."""
    router = TrunkRouter([trunk("main", caller_ids=("1", "2")), trunk("spare")], Clock())
    assert [router.caller_id("main") for _ in range(3)] == ["1", "2", "1"]
    assert router.caller_id("spare") == ""


@given(st.lists(st.tuples(st.sampled_from(["take", "fail", "settle", "end"]), st.integers(0, 9)), max_size=60))
def test_no_order_of_events_takes_more_channels_than_there_are(events: list[tuple[str, int]]) -> None:
    """Whatever fails, moves on, rings or ends, and at the end of all calls every channel is free."""
    router = TrunkRouter([trunk("a", channels=2), trunk("b", channels=3, priority=20)], Clock())
    routes: dict[str, list[str]] = {}
    for event, number in events:
        call = str(number)
        if event == "take" and call not in routes:
            try:
                routes[call] = names(router.take(call, NUMBER))
            except NoFreeChannel:
                continue
        elif event == "fail" and len(routes.get(call, [])) > 1:
            router.failed(call, routes[call].pop(0), silent=False)
            router.moved(call, routes[call][0])
        elif event == "settle" and call in routes:
            router.settled(call, routes[call][0])
            del routes[call][1:]
        elif event == "end" and routes.pop(call, None):
            router.end(call)
        assert router.calls("a") <= 2
        assert router.calls("b") <= 3
    for call in routes:
        router.end(call)
    assert (router.calls("a"), router.calls("b")) == (0, 0)
