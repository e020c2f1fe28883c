"""First-contact resolution and repeats over all channels of a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.conversation import Medium
from analytics.measures.history import Average, FollowUp, PastContact, average, follow_ups, settled
from engine.calls import Disposition

from .talking import STARTED

LATER = STARTED + timedelta(days=60)


def past(name: str, day: float, done: bool | None = True, medium: Medium = Medium.CALL, **more: object) -> PastContact:
    return PastContact(name, STARTED + timedelta(days=day), medium, done, **more)  # type: ignore[arg-type]


def told(
    contacts: Sequence[PastContact], known_until: datetime = LATER
) -> dict[str, tuple[float | None, float | None]]:
    return {
        one.contact_id: (one.first_contact_resolved, one.repeat_within_7_days)
        for one in follow_ups(contacts, known_until)
    }


def test_a_repeat_in_another_medium_counts() -> None:
    """A chat two days after the call: neither was enough; the call a week and more later is a first one."""
    contacts = [past("next", 9.5), past("chat", 2, medium=Medium.CHAT), past("call", 0)]

    assert told(contacts) == {"call": (0, 1), "chat": (None, 0), "next": (1, 0)}
    assert follow_ups(contacts, LATER)[0] == FollowUp("call", 0.0, 1.0, "chat", 2 * 86400.0)


def test_exactly_seven_days_is_within() -> None:
    assert told([past("a", 0), past("b", 7)]) == {"a": (0, 1), "b": (None, 0)}
    assert told([past("a", 0), past("b", 7.001)]) == {"a": (1, 0), "b": (1, 0)}


@pytest.mark.parametrize(
    ("follower", "values"),
    [
        ({"reached": False}, {"a": (1, 0)}),
        ({"agreed": True}, {"a": (1, 0), "b": (None, 0)}),
        ({"matter": "another"}, {"a": (1, 0), "b": (1, 0)}),
    ],
)
def test_what_is_no_repeat(follower: dict[str, object], values: dict[str, tuple[float | None, float | None]]) -> None:
    """An attempt, a call back that was agreed on, another contract."""
    assert told([past("a", 0), past("b", 1, **follower)]) == values


@pytest.mark.parametrize(
    ("done", "days_known", "resolved", "repeated"),
    [(True, 3, None, None), (False, 3, 0, None), (None, 30, None, 0), (True, 30, 1, 0), (True, 7, 1, 0)],
)
def test_what_is_not_over_cannot_be_told(
    done: bool | None, days_known: int, resolved: float | None, repeated: float | None
) -> None:
    """Within seven days a repeat may still come; an open matter is not resolved whatever follows."""
    assert told([past("a", 0, done)], STARTED + timedelta(days=days_known)) == {"a": (resolved, repeated)}


@given(days=st.lists(st.floats(0, 40), max_size=12))
def test_only_the_last_of_a_chain_is_not_repeated(days: list[float]) -> None:
    """Each contact but the last before a gap of more than a week has a repeat, whatever the order they come in."""
    values = told([past(str(i), day) for i, day in enumerate(days)])
    times = sorted(days)
    lonely = sum(1 for at, day in enumerate(times) if at + 1 == len(times) or times[at + 1] - day > 7 + 1e-6)
    assert len(values) == len(days)
    assert abs(sum(repeated == 0 for _, repeated in values.values()) - lonely) <= sum(
        abs(b - a - 7) < 1e-4 for a, b in pairwise(times)
    )


def test_outcomes() -> None:
    """A promise settles, a refusal does not, and a stranger tells nothing."""
    assert settled(Disposition.PROMISE_TO_PAY) is True
    assert settled(Disposition.REFUSED) is False
    assert settled(Disposition.WRONG_PERSON) is None
    assert settled(Disposition.NO_ANSWER) is None


def test_averages_leave_out_what_cannot_be_told() -> None:
    assert average([1.0, None, 0.0, 1.0, 1.0]) == Average(0.75, 4, 1)
    assert average([None]) == Average(None, 0, 1)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match=r"contact a: .* no time zone"):
        PastContact("a", STARTED.replace(tzinfo=None), Medium.SMS, None)
