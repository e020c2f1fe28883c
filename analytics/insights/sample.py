"""A sample of people with all of their contacts: the same people whenever it is drawn, and no more than memory holds.

People are drawn by a digest of who they are, so neither what they said nor when they were called decides. Whoever is
in the sample has all of his contacts in it: what repeats what, and which was the first, is told as among all.
"""

from heapq import heappop, heappush
from typing import Generic, TypeVar

_Kept = TypeVar("_Kept")
_EVERYBODY = 2**64


class PeopleSample(Generic[_Kept]):
    """Keeps what belongs to people as it comes, and lets whole people go where it becomes too much.

    Args:
        most: how many things are kept, but for those of one person.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._below = _EVERYBODY
        self._kept: dict[int, list[_Kept]] = {}
        self._last: list[int] = []
        self._count = 0

    def has(self, person: int) -> bool:
        """Return whether a person is in the sample, as far as can be told by now.

        Args:
            person: digest of 64 bits, evenly spread.
        """
        return person < self._below

    def add(self, person: int, one: _Kept) -> None:
        """Keep something, unless its person is not in the sample."""
        if not self.has(person):
            return
        if person not in self._kept:
            self._kept[person] = []
            heappush(self._last, -person)
        self._kept[person].append(one)
        self._count += 1
        while self._count > self._most and len(self._kept) > 1:
            self._below = -heappop(self._last)
            self._count -= len(self._kept.pop(self._below))

    def people(self) -> list[list[_Kept]]:
        """Return what is kept, by person."""
        return [self._kept[person] for person in sorted(self._kept)]
