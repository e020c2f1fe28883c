"""What a final SIP response means for a call."""

import pytest

from engine.calls import Direction, EndCause
from telephony.outcomes import end_cause

OUT, IN = Direction.OUTBOUND, Direction.INBOUND


@pytest.mark.parametrize(
    ("direction", "answered", "rang", "status", "cause"),
    [
        (OUT, True, True, 200, EndCause.REMOTE_HANGUP),
        (IN, True, True, 200, EndCause.REMOTE_HANGUP),
        (OUT, False, True, 486, EndCause.BUSY),
        (OUT, False, False, 600, EndCause.BUSY),
        (OUT, False, True, 408, EndCause.NO_ANSWER),
        (OUT, False, False, 408, EndCause.FAILED),
        (OUT, False, True, 480, EndCause.NO_ANSWER),
        (OUT, False, False, 480, EndCause.NO_ANSWER),
        (OUT, False, True, 487, EndCause.NO_ANSWER),
        (OUT, False, True, 603, EndCause.REJECTED),
        (OUT, False, True, 607, EndCause.REJECTED),
        (OUT, False, False, 403, EndCause.REJECTED),
        (OUT, False, False, 407, EndCause.REJECTED),
        (OUT, False, False, 404, EndCause.FAILED),
        (OUT, False, False, 302, EndCause.FAILED),
        (OUT, False, False, 503, EndCause.FAILED),
        (IN, False, True, 487, EndCause.CANCELLED),
        (IN, False, True, 488, EndCause.FAILED),
    ],
)
def test_a_response_has_one_meaning(
    direction: Direction, answered: bool, rang: bool, status: int, cause: EndCause
) -> None:
    """A timeout without ringing is a dead host; with it, a person who is not there."""
    assert end_cause(direction, answered=answered, rang=rang, status=status) is cause
