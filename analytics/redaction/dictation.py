"""Numbers that are dictated: what goes on over several turns, what announces it, and of which kind it is."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from analytics.redaction.checks import is_iin, is_inn, is_snils
from analytics.redaction.lines import Line, Run, is_tiled
from analytics.redaction.reading import What
from analytics.redaction.values import Kind
from analytics.redaction.wording import wording

_LONGEST_PAUSE_S: Final = 20.0
_LONGEST: Final = 20
"""Digits of the longest numbers: an IBAN's, an account's."""
_ACK_WORDS: Final = 3
"""Plain words that the other side may say between two parts: «так, записываю, дальше»."""
_LEAD_WORDS: Final = 2
"""Plain words before the first digits of an answer, or behind the last of a part."""
_LOOK_BACK: Final = 4
"""Utterances before a number in which it may have been asked for."""
_BEHIND: Final = 4
"""Words behind a number in which it may be named: «это мой иин»."""
_LEAST: Final = {
    Kind.CARD: 8, Kind.IIN: 4, Kind.INN: 4, Kind.IBAN: 5, Kind.ACCOUNT: 4, Kind.CONTRACT: 4, Kind.PHONE: 5,
    Kind.SNILS: 5, Kind.PASSPORT: 3, Kind.CODE: 3, Kind.NUMBER: 5,
}  # fmt: skip
"""Digits that make a number of what was announced; fewer are a house, an age, an hour."""
_LEAST_PART: Final = 3
_MAY_BE_SUMS: Final = frozenset({Kind.CARD, Kind.PHONE, Kind.ACCOUNT, Kind.CONTRACT, Kind.NUMBER, Kind.CODE})
_LONGEST_CODE: Final = 8
_LEAST_ALONE: Final = 7
"""Dictated digits that are a number although nothing announces them."""
_LEAST_MISHEARD: Final = 9
"""The same with misheard words among them."""
_BESIDE_ODD: Final = 3
"""Digits on either side of two misheard words."""
_LEAST_WRITTEN: Final = 10
_WHOLE: Final = {Kind.CARD: (16,), Kind.IIN: (12,), Kind.INN: (10, 12), Kind.PHONE: (7, 10, 11), Kind.SNILS: (11,)}
"""Digits of a whole number, by kind."""


@dataclass(frozen=True, slots=True)
class Dictation:
    """A number, over one turn or several of one speaker.

    Args:
        runs: its parts, in order.
        kind: of the number; None where it is none.
    """

    runs: tuple[Run, ...]
    kind: Kind | None = None

    @property
    def digits(self) -> str:
        """All of them."""
        return "".join(run.digits for run in self.runs)

    @property
    def lacks(self) -> bool:
        """Whether digits of it are missing, so that a word beside it may be one that was misheard."""
        return self.kind in _WHOLE and len(self.digits) not in _WHOLE[self.kind] and len(self.digits) > _LEAST_ALONE


def dictations(lines: Sequence[Line]) -> list[Dictation]:
    """Return all runs of digits, joined over turns and misheard words, those that are a number with its kind."""
    found = []
    for runs in _joined(lines):
        kind = _kind(lines, runs)
        if kind is None and any(run.odd for run in runs):
            found += [Dictation((run,), _kind(lines, (run,))) for run in runs]
        else:
            found.append(Dictation(runs, kind))
    return found


def _joined(lines: Sequence[Line]) -> list[tuple[Run, ...]]:
    streams: list[list[Run]] = []
    for line in lines:
        for run in line.runs:
            before = next((one for one in reversed(streams) if lines[one[-1].line].role is line.role), None)
            if before is not None and (
                _mends(before, run) if before[-1].line == line.index else _goes_on(lines, before, run)
            ):
                before.append(run)
            else:
                streams.append([run])
    return [tuple(stream) for stream in sorted(streams, key=lambda stream: (stream[0].line, stream[0].first))]


def _goes_on(lines: Sequence[Line], stream: list[Run], run: Run) -> bool:
    last, here = lines[stream[-1].line], lines[run.line]
    digits = "".join(one.digits for one in stream)
    if _complete(digits) or len(digits) + len(run.digits) > _LONGEST or here.start_s - last.end_s > _LONGEST_PAUSE_S:
        return False
    if run is not here.runs[0] or here.plain(0, run.first) > _LEAD_WORDS or _named_before(here, run):
        return False
    if run.first and here.pieces[run.first - 1].strong:
        return False  # «в семнадцать тридцать»
    if stream[-1] is not last.runs[-1] or last.plain(stream[-1].stop, len(last.pieces)) > _LEAD_WORDS:
        return False
    between = lines[last.index + 1 : here.index]
    return all(not line.sums and line.plain(0, len(line.pieces)) <= _ACK_WORDS for line in between)


def _mends(stream: list[Run], run: Run) -> bool:
    """Whether a run goes on with a number behind words that were misheard."""
    digits = "".join(one.digits for one in stream)
    if not run.odd or _complete(digits) or len(digits) + len(run.digits) > _LONGEST:
        return False
    return run.odd == 1 or min(len(digits), len(run.digits)) >= _BESIDE_ODD


def _complete(digits: str) -> bool:
    return (
        len(digits) >= 16
        or (len(digits) == 11 and digits[0] in "78")
        or is_iin(digits)
        or (len(digits) == 12 and is_inn(digits))
    )


def _named_before(line: Line, run: Run) -> bool:
    cues = takewhile(lambda cue: cue.stop <= run.first, line.cues)
    return any(cue.kind is not Kind.NUMBER for cue in cues)


def _kind(lines: Sequence[Line], runs: tuple[Run, ...]) -> Kind | None:
    groups = [group for run in runs for group in run.groups]
    digits = "".join(group.digits for group in groups)
    if len(runs) == 1 and runs[0].tentative and not _named_before(lines[runs[0].line], runs[0]):
        return None
    told, part = _announced(lines, runs[0])
    if told is None:
        told, part = _named_behind(lines[runs[-1].line], runs[-1])
    if told is Kind.NUMBER and any(cue.kind is Kind.PASSPORT for cue in lines[runs[0].line].cues):
        told = Kind.PASSPORT
    tiled = is_tiled(groups)
    if told is not None and _enough(told, digits, tiled, part):
        return (_shaped(digits) or told) if told is Kind.NUMBER else told
    if tiled or (any(group.multiplied for group in groups) and len(digits) < _LEAST_WRITTEN):
        return None
    if any(group.written for group in groups):
        dashed = len(digits) >= _LEAST_ALONE - 1 and any(group.dashed for group in groups)
        return (_shaped(digits) or Kind.NUMBER) if dashed or len(digits) >= _LEAST_WRITTEN else None
    least = _LEAST_MISHEARD if any(run.odd for run in runs) else _LEAST_ALONE
    if len(digits) < least or len(groups) < 3:
        return None
    return _shaped(digits) or Kind.NUMBER


def _enough(told: Kind, digits: str, tiled: bool, part: bool) -> bool:
    if told is Kind.CODE and len(digits) > _LONGEST_CODE:
        return False
    if part and len(digits) >= _LEAST_PART:
        return True
    if tiled and told in _MAY_BE_SUMS and len(digits) < 9:
        return False
    return len(digits) >= _LEAST[told]


def _shaped(digits: str) -> Kind | None:
    """Return the kind that a number of so many digits is likely of."""
    count = len(digits)
    if count >= _LONGEST:
        return Kind.ACCOUNT
    if count > 12:
        return Kind.CARD
    if count == 12:
        return Kind.IIN if is_iin(digits) else Kind.INN if is_inn(digits) else None
    if count == 11:
        return Kind.PHONE if digits[0] in "78" else Kind.SNILS if is_snils(digits) else None
    if count == 10:
        return Kind.PHONE if digits[0] in "79" and not is_inn(digits) else Kind.INN if is_inn(digits) else None
    return Kind.PHONE if count == _LEAST_ALONE else None


def _announced(lines: Sequence[Line], run: Run) -> tuple[Kind | None, bool]:
    """Return what announces a number, in its own utterance or in one before, and whether a part of it is meant."""
    line = lines[run.line]
    kind = _told_before(line, run)
    if kind is not None and kind is not Kind.NUMBER:
        return kind, line.part or _is_numbered(line, kind)
    if line.plain(0, run.first) > _LEAD_WORDS and kind is None:
        return None, False
    for back in reversed(lines[max(0, line.index - _LOOK_BACK) : line.index]):
        telling = [cue for cue in back.cues if cue.kind is not Kind.NUMBER]
        if telling and (
            back.sums or any(run.first >= telling[-1].first and len(run.digits) >= _LEAST_PART for run in back.runs)
        ):
            break
        if telling:
            asked = telling[-1].kind
            return asked, back.part or line.part or _is_numbered(back, asked)
        if back.cues and kind is None:
            kind = Kind.NUMBER
        if back.plain(0, len(back.pieces)) > _ACK_WORDS + _LEAD_WORDS:
            break
    return kind, line.part


def _is_numbered(line: Line, kind: Kind) -> bool:
    """Whether the words say outright that a number comes: «номер карты», "card number"."""
    return any(
        generic.kind is Kind.NUMBER and cue.kind is kind and generic.first <= cue.stop and cue.first <= generic.stop
        for generic in line.cues
        for cue in line.cues
    )


def _told_before(line: Line, run: Run) -> Kind | None:
    """Return what the words right before a number call it."""
    odd, generic = 0, None
    for place in range(run.first - 1, -1, -1):
        kind = line.named.get(place)
        if kind is Kind.NUMBER:
            generic = kind
        elif kind is not None:
            return kind
        elif line.pieces[place].what in (What.UNIT, What.QUANTITY, What.DIGITS, What.NUMERAL):
            break
        elif line.pieces[place].what is What.OTHER and not wording().between.fullmatch(line.pieces[place].text):
            odd += 1
            if odd > 1 or line.pieces[place].strong:
                break
    return generic


def _named_behind(line: Line, run: Run) -> tuple[Kind | None, bool]:
    behind = bisect_left(line.cues, run.stop, key=lambda cue: cue.first)
    for cue in line.cues[behind : behind + _BEHIND]:
        if cue.first - run.stop < _BEHIND and cue.kind is not Kind.NUMBER:
            between = line.pieces[run.stop : cue.first]
            if all(
                piece.what is What.FILLER or wording().between.fullmatch(piece.text) is not None for piece in between
            ):
                return cue.kind, False
    return None, False
