"""A contact made ready for expressions: its words in the order of time, and where each lemma stands.

It is made once for a contact and asked by any number of expressions.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Final

from analytics.conversation import Conversation, Medium, Role
from analytics.expressions.events import Stretch, interruptions, overtalks, pauses
from analytics.expressions.glob import fits
from analytics.expressions.lemmas import keys_of
from analytics.expressions.tree import EventKind
from engine.folding import spelled
from engine.speech import Language

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


@lru_cache(1 << 17)
def _read(text: str, language: Language | None) -> tuple[tuple[str, ...], ...]:
    """Return the keys of each word in what a recogniser wrote as one."""
    return tuple(keys_of(word, language) for word in spelled(text))


class Heard:
    """A contact's words, by number in the order of their beginnings, all sides together.

    Args:
        conversation: whose words they are.
        events: those that are known better than by the utterances' spans, from the sound, in the order of time.

    Attributes:
        conversation: the same.
        roles: who said each word.
        starts_s: when each begins.
        ends_s: when each ends.
        confidences: of each.
        own: each one's number among its speaker's words.
        following: the number of the next word of a phrase, -1 where the speaker's next one is none.
        forms: the words, folded.
        texts: as written.
        positions: numbers of the words that have a key (`analytics.expressions.lemmas`).
    """

    def __init__(
        self, conversation: Conversation, events: Mapping[EventKind, tuple[Stretch, ...]] = _AS_UTTERED
    ) -> None:
        self.conversation = conversation
        spoken = conversation.medium is Medium.CALL
        rows = [
            (word.start_s, word.end_s, word.confidence, utterance.role, number, keys, word.text)
            for number, utterance in enumerate(conversation.utterances)
            for word in utterance.words
            for keys in _read(word.text, utterance.language)
        ]
        rows.sort(key=_start)
        self.starts_s = [row[0] for row in rows]
        self.ends_s = [row[1] for row in rows]
        self.confidences = [row[2] for row in rows]
        self.roles = [row[3] for row in rows]
        self.forms = [row[5][0] for row in rows]
        self.texts = [row[6] for row in rows]
        self.following = [-1] * len(rows)
        self.own: list[int] = []
        self.positions: dict[str, list[int]] = {}
        latest: dict[Role, int] = {}
        counts = dict.fromkeys(Role, 0)
        for index, (start_s, _, _, role, number, keys, _) in enumerate(rows):
            before = latest.get(role)
            if before is not None and (
                start_s - self.ends_s[before] <= PHRASE_GAP_S if spoken else rows[before][4] == number
            ):
                self.following[before] = index
            latest[role] = index
            self.own.append(counts[role])
            counts[role] += 1
            for key in keys:
                if key in self.positions:
                    self.positions[key].append(index)
                else:
                    self.positions[key] = [index]
        self._events: dict[EventKind, tuple[Stretch, ...]] = dict(events)
        self._fitting: dict[str, list[int]] = {}
        self._unheard: dict[tuple[frozenset[Role], float, float, float], float] = {}

    def fitting(self, pattern: str) -> list[int]:
        """Return the numbers of the words that a wildcard describes."""
        if pattern not in self._fitting:
            forms = {form for form in self._single_forms if fits(pattern, form)}
            self._fitting[pattern] = [index for index, form in enumerate(self.forms) if form in forms] if forms else []
        return self._fitting[pattern]

    @cached_property
    def _single_forms(self) -> frozenset[str]:
        return frozenset(self.forms)

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
        spoken_s = unheard_s = 0.0
        for utterance in self.conversation.utterances:
            if utterance.role not in roles:
                continue
            if not utterance.words and start_s <= utterance.start_s < end_s:
                lasted_s = max(_LEAST_S, utterance.end_s - utterance.start_s)
                spoken_s += lasted_s
                unheard_s += lasted_s
            for word in utterance.words:
                if start_s <= word.start_s < end_s:
                    lasted_s = max(_LEAST_S, word.end_s - word.start_s)
                    spoken_s += lasted_s
                    unheard_s += lasted_s if word.confidence < least else 0.0
        return unheard_s / spoken_s if spoken_s else 0.0


def _start(row: tuple[float, float, float, Role, int, tuple[str, ...], str]) -> float:
    return row[0]
