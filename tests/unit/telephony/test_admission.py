"""Which inbound calls are let in."""

import pytest

from telephony.worker.admission import Admission, Verdict

RULES = Admission.of(["127.0.0.0/8", "10.1.2.0/24"])


@pytest.mark.parametrize(
    ("source", "free", "taking", "verdict"),
    [
        ("127.0.0.1:5060", 1, True, Verdict.ADMITTED),
        ("10.1.2.255:1", 3, True, Verdict.ADMITTED),
        ("10.1.3.0:5060", 3, True, Verdict.FORBIDDEN),
        ("10.1.3.0:5060", 0, False, Verdict.FORBIDDEN),
        ("127.0.0.1:5060", 0, True, Verdict.UNAVAILABLE),
        ("127.0.0.1:5060", -1, True, Verdict.UNAVAILABLE),
        ("127.0.0.1:5060", 2, False, Verdict.UNAVAILABLE),
        ("", 2, True, Verdict.FORBIDDEN),
        ("[::1]:5060", 2, True, Verdict.FORBIDDEN),
        ("localhost:5060", 2, True, Verdict.FORBIDDEN),
    ],
)
def test_strangers_are_forbidden_before_anything_else_is_looked_at(
    source: str, free: int, taking: bool, verdict: Verdict
) -> None:
    """A scanner learns nothing of our load."""
    assert RULES.verdict(source, free_channels=free, taking=taking) is verdict


def test_nobody_is_let_in_where_no_network_is_named() -> None:
    """An empty list is no open door."""
    assert Admission.of([]).verdict("127.0.0.1:5060", free_channels=1, taking=True) is Verdict.FORBIDDEN
