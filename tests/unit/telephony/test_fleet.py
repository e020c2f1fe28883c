"""Shares of ports and channels, who takes calls, and who attends to which trunk."""

import pytest

from engine.errors import SettingsError
from telephony.fleet import Standing, attendance, shares, takers
from telephony.settings import FleetSettings, SipSettings

UP = Standing(up=True, taking=False, leaving=False)
TAKING = Standing(up=True, taking=True, leaving=False)
LEAVING = Standing(up=True, taking=True, leaving=True)
DOWN = Standing(up=False, taking=False, leaving=False)


def test_one_worker_has_everything() -> None:
    """As it was before there were fleets."""
    sip = SipSettings(rtp_port_min=26000, rtp_port_max=26098, channels=3)
    (share,) = shares(sip, FleetSettings())
    assert (share.sip_port, share.channels, share.rtp_port_min) == (5060, 3, 26000)
    assert share.rtp_port_max == 26097  # the last whole pair


@pytest.mark.parametrize(("workers", "spare"), [(1, True), (2, False), (2, True), (3, True), (16, True)])
@pytest.mark.parametrize("last", [27998, 27999])
def test_ranges_are_disjoint_even_equal_and_inside(workers: int, spare: bool, last: int) -> None:
    """RTP takes an even port and RTCP the next one, both of the worker's own."""
    sip = SipSettings(rtp_port_min=26000, rtp_port_max=last, channels=100)
    divided = shares(sip, FleetSettings(workers, spare))
    assert len(divided) == workers + spare
    assert [share.sip_port for share in divided] == list(range(5060, 5060 + workers + spare))
    assert len({share.rtp_port_max - share.rtp_port_min for share in divided}) == 1
    assert all(share.rtp_port_min % 2 == 0 and share.rtp_port_max % 2 == 1 for share in divided)
    bounds = [bound for share in divided for bound in (share.rtp_port_min, share.rtp_port_max)]
    assert bounds == sorted(set(bounds))
    assert 26000 <= bounds[0] <= bounds[-1] <= last
    assert workers * divided[0].channels >= 100
    assert workers * (divided[0].channels - 1) < 100


def test_an_open_sip_port_is_open_for_each() -> None:
    """0 takes any free one."""
    assert {share.sip_port for share in shares(SipSettings(sip_port=0), FleetSettings(3))} == {0}


def test_too_few_ports_are_refused_with_the_figure_to_set() -> None:
    """And that figure is enough."""
    sip = SipSettings(rtp_port_min=26000, rtp_port_max=26399, channels=100)
    with pytest.raises(SettingsError, match="rtp_port_max: must be 26599 or more for 3 media workers with 50 calls"):
        shares(sip, FleetSettings(2, spare=True))
    shares(SipSettings(rtp_port_min=26000, rtp_port_max=26599, channels=100), FleetSettings(2, spare=True))
    with pytest.raises(SettingsError, match="sip_port: must be 65533 or less for 3 media workers"):
        shares(SipSettings(sip_port=65534), FleetSettings(2, spare=True))


@pytest.mark.parametrize("workers", [0, 17])
def test_a_number_of_workers_that_cannot_be_is_refused(workers: int) -> None:
    """The message names the setting."""
    with pytest.raises(SettingsError, match="workers"):
        FleetSettings(workers)


@pytest.mark.parametrize(
    ("standings", "wanted", "expected"),
    [
        ([UP, UP, UP], 2, {0, 1}),  # a start
        ([TAKING, DOWN, UP], 2, {0, 2}),  # the spare stands in
        ([TAKING, UP, TAKING], 2, {0, 2}),  # who was replaced is the spare now
        ([TAKING, DOWN, DOWN], 2, {0}),
        ([LEAVING, TAKING, UP], 2, {1, 2}),
        ([LEAVING, TAKING], 2, {1}),  # without a spare there is less to take calls
        ([LEAVING, DOWN], 1, {0}),  # the one that stood in is gone too
        ([LEAVING, UP], 1, {1}),  # and here again
        ([DOWN, DOWN], 2, set()),
        ([TAKING, TAKING, UP], 0, set()),  # draining
    ],
)
def test_who_takes_calls(standings: list[Standing], wanted: int, expected: set[int]) -> None:
    """Whoever takes them goes on, the spare stands in, and who is to end takes none unless alone."""
    assert takers(standings, wanted) == expected


TRUNKS = ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("taking", "before", "expected"),
    [
        ({0, 1}, {}, {0: ("a", "c"), 1: ("b", "d")}),
        ({0, 2}, {0: ("a", "c"), 1: ("b", "d")}, {0: ("a", "c"), 2: ("b", "d")}),  # the spare stands in for 1
        ({0, 1}, {0: ("a", "c"), 2: ("b", "d")}, {0: ("a", "c"), 1: ("b", "d")}),
        ({0}, {0: ("a", "c"), 1: ("b", "d")}, {0: ("a", "c", "b", "d")}),
        ({0, 1}, {0: ("a", "c", "b", "d")}, {0: ("a", "c"), 1: ("b", "d")}),
        ({0, 1, 2}, {0: ("a", "c"), 1: ("b", "d")}, {0: ("a", "c"), 1: ("b",), 2: ("d",)}),
        ({0, 1}, {0: ("gone", "a", "b"), 1: ("c",)}, {0: ("a", "b"), 1: ("c", "d")}),
        (set(), {0: ("a",)}, {}),
    ],
)
def test_each_trunk_is_attended_to_once_and_few_move(
    taking: set[int], before: dict[int, tuple[str, ...]], expected: dict[int, tuple[str, ...]]
) -> None:
    """A registration that moves without need is a moment without calls from that trunk."""
    assert attendance(TRUNKS, frozenset(taking), before) == expected


def test_seats_without_a_trunk_have_nothing_to_do() -> None:
    """Fewer trunks than workers."""
    assert attendance(("a",), frozenset({0, 1}), {}) == {0: ("a",), 1: ()}
    assert attendance((), frozenset({0, 1}), {}) == {0: (), 1: ()}
