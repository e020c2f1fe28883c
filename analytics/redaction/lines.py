"""An utterance made ready: its words as pieces, cues, and runs of digits, each run what one breath dictates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType
from typing import Final

from analytics.conversation import Conversation, Role
from analytics.redaction.checks import is_card
from analytics.redaction.reading import Group, Piece, What, groups_of, piece_of
from analytics.redaction.values import Kind
from analytics.redaction.wording import Cue, wording
from engine.speech import Language
from engine.spoken import roles as spoken

_SPOKEN_ROW: Final = 9
"""So many digits are no sum: then only a currency, a share, a month or a length of time makes its end a quantity."""
_CARD: Final = 16
_MOST_ODD: Final = 2
"""Words between digits that may be misheard ones."""
_MOST_FILLERS: Final = 3
_PLAIN: Final = (What.OTHER, What.UNIT, What.QUANTITY)
_WRITTEN_WHOLE: Final = 7
"""Digits in one word that go with no numeral in words."""
_THOUSANDS: Final = 4
"""Digits of a number in thousands that may begin a card's: «четыре тысячи» 4000."""


@dataclass(frozen=True, slots=True)
class Run:
    """Digits said in one breath, with fillers among them.

    Args:
        line: index of the utterance.
        groups: in order.
        tentative: whether it may as well be a sum, having thousands.
        odd: words between it and the run before that may be misheard digits; 0 where it is no run's continuation.
    """

    line: int
    groups: tuple[Group, ...]
    tentative: bool = False
    odd: int = 0

    @property
    def digits(self) -> str:
        """All of them."""
        return "".join(group.digits for group in self.groups)

    @property
    def first(self) -> int:
        """Index of the first word."""
        return self.groups[0].first

    @property
    def stop(self) -> int:
        """Index behind the last word."""
        return self.groups[-1].stop


@dataclass(frozen=True, slots=True)
class Line:
    """An utterance made ready.

    Args:
        index: in the conversation.
        role: who said it.
        pieces: its words.
        cues: what announces numbers.
        runs: of digits.
        sums: whether quantities are in it.
        part: whether it speaks of a part of a number.
        again: whether somebody did not hear, or corrects.
        start_s: from the contact's start.
        end_s: the same.
        named: kinds that its cues announce, by word.
        plains: how many words before each, and before its end, are neither digits nor fillers.
    """

    index: int
    role: Role
    pieces: tuple[Piece, ...]
    cues: tuple[Cue, ...]
    runs: tuple[Run, ...]
    sums: bool
    part: bool
    again: bool
    start_s: float
    end_s: float
    named: Mapping[int, Kind]
    plains: tuple[int, ...]

    def plain(self, first: int, stop: int) -> int:
        """Count words that are neither digits nor fillers."""
        return self.plains[stop] - self.plains[first]


def lines_of(conversation: Conversation, taken: Sequence[frozenset[int]]) -> list[Line]:
    """Return a contact's utterances made ready.

    Args:
        conversation: the contact.
        taken: of each utterance the words that were found to be something else.
    """
    lines = []
    for index, utterance in enumerate(conversation.utterances):
        pieces = [
            Piece(What.QUANTITY, "") if place in taken[index] else piece_of(word.text, utterance.language)
            for place, word in enumerate(utterance.words)
        ]
        _read_homophones(pieces, utterance.language)
        texts = [piece.text for piece in pieces]
        dashed = frozenset(place for place, word in enumerate(utterance.words) if "-" in word.text.strip("-"))
        cues = wording().cues_in(texts)
        groups = groups_of(pieces, dashed)
        text = " ".join(texts)
        lines.append(
            Line(
                index,
                utterance.role,
                tuple(pieces),
                tuple(cues),
                tuple(_runs(index, pieces, groups, cues)),
                any(
                    (group.quantity and group.stop < len(pieces) and pieces[group.stop].strong)
                    or (group.multiplied and group.digits.endswith("00"))
                    for group in groups
                ),
                wording().part.search(text) is not None,
                wording().again.search(text) is not None,
                utterance.start_s,
                utterance.end_s,
                MappingProxyType({place: cue.kind for cue in cues for place in range(cue.first, cue.stop)}),
                tuple(accumulate((piece.what in _PLAIN for piece in pieces), initial=0)),
            )
        )
    return lines


def _read_homophones(pieces: list[Piece], language: Language | None) -> None:
    """Take "for" and "to" between digits for digits."""
    for place in range(1, len(pieces) - 1) if len(pieces) > 2 else ():
        digit = pieces[place].roles.get(spoken.Role.HOMOPHONE)
        if digit is None:
            continue
        beside = pieces[place - 1], pieces[place + 1]
        if all(piece.what is What.NUMERAL and spoken.Role.MULTIPLIER not in piece.roles for piece in beside):
            pieces[place] = Piece(What.NUMERAL, pieces[place].text, roles={spoken.Role.UNIT: digit})


def _runs(index: int, pieces: list[Piece], groups: list[Group], cues: Sequence[Cue]) -> Iterator[Run]:
    announced = {place for cue in cues for place in range(cue.first, cue.stop)}
    row: list[Group] = []
    odd = digits = 0
    for place, group in enumerate(groups):
        between = _odd_words(pieces, row[-1], group, announced) if row else None
        if between is None:
            digits = 0
        if _is_quantity(pieces, groups, place, digits, announced):
            yield from _parted(index, row, odd)
            row, odd, digits = [], 0, 0
            continue
        digits += len(group.digits)
        if between == 0:
            row.append(group)
            continue
        yield from _parted(index, row, odd)
        row, odd = [group], between or 0
    yield from _parted(index, row, odd)


def _odd_words(pieces: list[Piece], before: Group, group: Group, announced: set[int]) -> int | None:
    """Count the words between two groups that may be misheard digits; None where they do not belong together."""
    gap = range(before.stop, group.first)
    if len(gap) > _MOST_FILLERS:
        return None
    odd = [place for place in gap if pieces[place].what not in (What.FILLER, What.LETTER)]
    if not odd:
        mixed = before.written != group.written and max(len(before.digits), len(group.digits)) >= _WRITTEN_WHOLE
        return None if mixed else 0  # "the old one 87814745378"
    misheard = all(pieces[at].what is What.OTHER and not pieces[at].strong and at not in announced for at in odd)
    return len(odd) if misheard and len(odd) <= _MOST_ODD and not (before.written or group.written) else None


def _is_quantity(pieces: list[Piece], groups: list[Group], place: int, row: int, announced: set[int]) -> bool:
    group = groups[place]
    if group.quantity:
        return pieces[group.stop].strong or row + len(group.digits) < _SPOKEN_ROW
    if not group.multiplied:
        return False
    if not group.digits.endswith("000") and group.first - 1 in announced:
        return False  # «договор двести тысяч восемьсот двадцать шесть»
    if len(group.digits) != _THOUSANDS or row:
        return True
    after = groups[place + 1] if place + 1 < len(groups) else None
    if after is None or after.first - group.stop > 1:
        return group.stop < len(pieces)  # alone at the end of a breath it may begin a number that goes on in the next
    return after.multiplied or after.quantity


def _parted(index: int, groups: list[Group], odd: int) -> Iterator[Run]:
    """Yield a run, or two where its beginning is a whole card's number and the rest a sum."""
    digits = ""
    for place, group in enumerate(groups, 1):
        digits += group.digits
        if len(digits) == _CARD and is_card(digits) and is_tiled(groups[place:]):
            yield _run(index, groups[:place], odd)
            groups, odd = groups[place:], 0
            break
    if groups:
        yield _run(index, groups, odd)


def _run(index: int, groups: list[Group], odd: int) -> Run:
    return Run(index, tuple(groups), any(group.multiplied for group in groups) and len(groups) == 1, odd)


def is_tiled(groups: Sequence[Group]) -> bool:
    """Whether groups read as sums, one after the other: «двенадцать пятьсот», «десять», "12 500"."""
    rows = [row for group in groups for row in _atoms(group)]
    place = 0
    while place < len(rows):
        digits, written = rows[place]
        if digits[0] == "0":
            return False
        after = rows[place + 1][0] if place + 1 < len(rows) else ""
        if written and len(digits) <= 3 and len(after) == 3:
            place += 1
            while place < len(rows) and len(rows[place][0]) == 3:
                place += 1
        elif len(digits) <= 2 and len(after) == 3 and after.endswith("00"):
            place += 2
        elif _is_round(digits, written):
            place += 1
        else:
            return False
    return bool(rows)


def _atoms(group: Group) -> list[tuple[str, bool]]:
    """Part «пятьсот двенадцать», which may be the end of one sum and the beginning of another."""
    digits = group.digits
    if group.written or len(digits) != 3 or digits.endswith("00") or digits[0] == "0":
        return [(digits, group.written)]
    return [(f"{digits[0]}00", False), (digits[1:].lstrip("0"), False)]


def _is_round(digits: str, written: bool) -> bool:
    if len(digits) in (2, 3):
        return digits.endswith("0")
    return written and 4 <= len(digits) <= 9 and digits.endswith("00")
