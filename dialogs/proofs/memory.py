"""What the proof remembers of a call: whom the bot speaks to, which notices were heard, and what is known.

A call has no end of concrete situations (every sum, every day); the proof keeps only what decides whether something may
be said, and lets everything else be either way:

- a slot, or a fact that an action fills, is set or not;
- a fact that an account may lack (an open promise, the payday) was asked about with `when`, and is there;
- the sum and the day of a promise have passed the checks of the mandate or not;
- the promise as it stands was read back and confirmed or not.

Conditions on anything else (segments, the account's facts, what an answer holds, how a slot compares) hold on one
branch and fail on the other. So every call that can happen is among the branches; some branches can happen in no call.

A memory is one integer, a bit for each of these things: tens of thousands are compared while a scenario loads.
"""

from collections.abc import Iterable
from typing import Final, NewType

from dialogs.schema import Disclosure, Party

Memory = NewType("Memory", int)
"""What is remembered at one point of a call."""

_PARTIES: Final = tuple(Party)
_PARTY_MASK: Final = 3
_NOTICES: Final = {notice: 4 << i for i, notice in enumerate(Disclosure)}
FIRST_KNOWN: Final = 4 << len(_NOTICES)
"""The lowest bit that is free for what a scenario's rules know."""

NOBODY: Final = Memory(_PARTIES.index(Party.UNKNOWN))
"""At the beginning: the party is unknown, nothing was heard, nothing is set."""

ALL_NOTICES: Final = sum(_NOTICES.values())


def party(memory: Memory) -> Party:
    """Return whom the bot speaks to."""
    return _PARTIES[memory & _PARTY_MASK]


def speaking_to(memory: Memory, who: Party) -> Memory:
    """Return the memory with another party."""
    return Memory(memory & ~_PARTY_MASK | _PARTIES.index(who))


def notices(named: Iterable[Disclosure]) -> int:
    """Return the bits of these notices."""
    return sum({_NOTICES[notice] for notice in named})


def unheard(memory: int) -> list[Disclosure]:
    """Return the notices that were not heard yet."""
    return [notice for notice, bit in _NOTICES.items() if not memory & bit]
