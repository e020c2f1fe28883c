"""A contact made ready for expressions: its words in the order of time, and where each lemma stands.

It is made once for a contact and asked by any number of expressions; what few of them need waits until they ask.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain, count
from types import MappingProxyType
from typing import Final

from analytics.conversation import Conversation, Medium, Role
from analytics.expressions.columns import Columns, columns_of
from analytics.expressions.events import Stretch, interruptions, overtalks, pauses
from analytics.expressions.glob import fits
from analytics.expressions.tree import EventKind

PHRASE_GAP_S: Final = 2.0
"""Words of one speaker that are further apart are no phrase."""

_LEAST_S: Final = 0.1
"""What a word weighs at least as speech, so that writing, which takes no time, weighs too."""

_EVENTS: Final[dict[EventKind, Callable[[Conversation], tuple[Stretch, ...]]]] = {
    EventKind.PAUSE: pauses,
    EventKind.OVERTALK: overtalks,
    EventKind.INTERRUPTION: interruptions,
}

_AS_UTTERED: Final[Mapping[EventKind, tuple[Stretch, ...]]] = MappingProxyType({})


class Heard:
    """A contact's words, by number in the order of their beginnings, all sides together.

    Args:
        contact: whose words they are.
        events: those that are known better than by the utterances' spans, from the sound, in the order of time.

    Attributes:
        columns: the contact.
        roles: who said each word.
        starts_s: when each begins.
        ends_s: when each ends.
        confidences: of each.
    """

    def __init__(
        self, contact: Conversation | Columns, events: Mapping[EventKind, tuple[Stretch, ...]] = _AS_UTTERED
    ) -> None:
        self.columns = columns = contact if isinstance(contact, Columns) else columns_of(contact)
        if isinstance(contact, Conversation):
            self.conversation = contact
        roles = [span.role for span in columns.spans for _ in range(span.words)]
        starts_s, ends_s, confidences = columns.starts_s, columns.ends_s, columns.confidences
        written: Sequence[int] = range(len(starts_s))
        kinds = columns.spellings
        if columns.parts:
            rows = _expanded(columns)
            written, kinds = [at for at, _ in rows], [kind for _, kind in rows]
        order = sorted(range(len(written)), key=[starts_s[at] for at in written].__getitem__)
        if order != list(written):
            kinds = [kinds[at] for at in order]
            written = [written[at] for at in order]
            roles = [roles[at] for at in written]
            starts_s = [starts_s[at] for at in written]
            ends_s = [ends_s[at] for at in written]
            confidences = [confidences[at] for at in written]
        self._written, self._kinds = written, kinds
        self.roles, self.starts_s, self.ends_s, self.confidences = roles, starts_s, ends_s, confidences
        self._events: dict[EventKind, tuple[Stretch, ...]] = dict(events)
        self._fitting: dict[str, list[int]] = {}
        self._unheard: dict[tuple[frozenset[Role], float, float, float], float] = {}

    @cached_property
    def conversation(self) -> Conversation:
        """The contact with its utterances."""
        return self.columns.conversation()

    @cached_property
    def keys(self) -> list[Sequence[str]]:
        """The keys of each word (`analytics.expressions.lemmas`); the folded form is the first."""
        keys = self.columns.split_keys()
        return [keys[kind] for kind in self._kinds]

    @cached_property
    def texts(self) -> list[str]:
        """Each word as written."""
        columns = self.columns
        return [columns.texts[columns.spellings[at]] for at in self._written]

    @cached_property
    def own(self) -> list[int]:
        """Each word's number among its speaker's words."""
        counts = {role: count() for role in Role}
        return [next(counts[role]) for role in self.roles]

    @cached_property
    def following(self) -> list[int]:
        """The number of the next word of a phrase, -1 where the speaker's next one is none."""
        spoken = self.columns.medium is Medium.CALL
        utterance = [number for number, span in enumerate(self.columns.spans) for _ in range(span.words)]
        found = [-1] * len(self.roles)
        latest: dict[Role, int] = {}
        for index, role in enumerate(self.roles):
            before = latest.get(role)
            if before is not None and (
                self.starts_s[index] - self.ends_s[before] <= PHRASE_GAP_S
                if spoken
                else utterance[self._written[before]] == utterance[self._written[index]]
            ):
                found[before] = index
            latest[role] = index
        return found

    def having(self, keys: Iterable[str]) -> list[int]:
        """Return the numbers of the words that have one of these keys, in order."""
        return self._numbers(self.columns.having(keys))

    def fitting(self, pattern: str) -> list[int]:
        """Return the numbers of the words that a wildcard describes."""
        if pattern not in self._fitting:
            self._fitting[pattern] = self._numbers(kind for kind, form in enumerate(self._forms) if fits(pattern, form))
        return self._fitting[pattern]

    @cached_property
    def _forms(self) -> list[str]:
        return [keys[0] for keys in self.columns.split_keys()]

    def _numbers(self, kinds: Iterable[int]) -> list[int]:
        return sorted(chain.from_iterable(self._places[kind] for kind in kinds))

    @cached_property
    def _places(self) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in range(self.columns.keys.count("\n"))]
        for index, kind in enumerate(self._kinds):
            found[kind].append(index)
        return found

    def events(self, kind: EventKind) -> tuple[Stretch, ...]:
        """Return all events of a kind, in the order of time."""
        if kind not in self._events:
            self._events[kind] = _EVENTS[kind](self.conversation)
        return self._events[kind]

    def position(self, second: float) -> int:
        """Return how many words begin before a second."""
        return bisect_left(self.starts_s, second)

    def unheard(self, roles: frozenset[Role], least: float, start_s: float, end_s: float) -> float:
        """Return the share of some sides' speech in a stretch that was not understood, 0 where they say nothing.

        Args:
            roles: of the sides.
            least: words of a lower confidence were not understood.
            start_s: the stretch's beginning.
            end_s: its end; what begins in the stretch counts.
        """
        asked = (roles, least, start_s, end_s)
        if asked not in self._unheard:
            self._unheard[asked] = self._share(*asked)
        return self._unheard[asked]

    def _share(self, roles: frozenset[Role], least: float, start_s: float, end_s: float) -> float:
        columns = self.columns
        spoken_s = unheard_s = 0.0
        after = 0
        for span in columns.spans:
            first, after = after, after + span.words
            if span.role not in roles:
                continue
            if not span.words and start_s <= span.start_s < end_s:
                lasted_s = max(_LEAST_S, span.end_s - span.start_s)
                spoken_s += lasted_s
                unheard_s += lasted_s
            for at in range(first, after):
                if start_s <= columns.starts_s[at] < end_s:
                    lasted_s = max(_LEAST_S, columns.ends_s[at] - columns.starts_s[at])
                    spoken_s += lasted_s
                    unheard_s += lasted_s if columns.confidences[at] < least else 0.0
        return unheard_s / spoken_s if spoken_s else 0.0


def _expanded(columns: Columns) -> list[tuple[int, int]]:
    """Return each word as an expression has it: its number as written, and which word of `Columns.keys` it is."""
    after = [0, *accumulate(columns.parts)]
    return [
        (at, kind) for at, number in enumerate(columns.spellings) for kind in range(after[number], after[number + 1])
    ]
