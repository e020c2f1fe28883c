"""What a final SIP response means for a call."""

from engine.calls import Direction, EndCause

_BUSY = frozenset({486, 600})
_UNREACHED = frozenset({408, 480, 487})
_REFUSED = frozenset({401, 403, 407, 433, 603, 607, 608})
_TRUNK_REFUSED = frozenset({401, 407, 408})


def fails_over(status: int) -> bool:
    """Whether a final response that came before any ringing is the trunk's fault, so that another may do better."""
    return status in _TRUNK_REFUSED or status // 100 == 5


def end_cause(direction: Direction, *, answered: bool, rang: bool, status: int) -> EndCause:
    """Return why a call ended that we did not hang up ourselves.

    Args:
        direction: who called.
        answered: it had been answered.
        rang: the far end had rung; without that, 408 is the silence of a dead host rather than of a person.
        status: final response to the INVITE (RFC 3261 section 21), 0 for none.
    """
    if answered:
        return EndCause.REMOTE_HANGUP
    if direction is Direction.INBOUND:
        return EndCause.CANCELLED if status in (0, 200, 487) else EndCause.FAILED
    if status in _BUSY:
        return EndCause.BUSY
    if status in _UNREACHED and (rang or status != 408):
        return EndCause.NO_ANSWER
    return EndCause.REJECTED if status in _REFUSED else EndCause.FAILED
