"""Ids of calls that someone else began."""

from uuid import UUID

from telephony.call_ids import new_call_id
from telephony.worker_link import control_name


def test_ids_sort_by_the_time_at_which_they_were_made() -> None:
    """The millisecond is the leading part of the text."""
    assert new_call_id(1_000) < new_call_id(1_001) < new_call_id(1_700_000_000_000)


def test_an_id_is_a_version_7_uuid_and_never_the_same_twice() -> None:
    """Version and variant are where RFC 9562 wants them."""
    ids = {new_call_id(5) for _ in range(100)}
    assert len(ids) == 100
    assert all(UUID(i).version == 7 and UUID(i).variant == "specified in RFC 4122" for i in ids)


def test_workers_that_start_in_one_millisecond_have_sockets_of_their_own() -> None:
    """The seats of a fleet start together, in one run directory."""
    assert len({control_name(new_call_id(1_700_000_000_000)) for _ in range(100)}) == 100
