"""Words of an utterance as what a dictated number is made of: groups of digits, fillers, cues and quantities.

Numerals are those of `engine.spoken`, so inflected forms and usual slips of recognisers are known. A group is what is
said as one number below a thousand, or written as one word: «восемь семьсот пять» is 8 and 705.
"""

import re
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from analytics.redaction.wording import wording
from engine.speech import Language
from engine.spoken.roles import Role
from engine.spoken.scan import lexicon
from engine.spoken.scanning import fold

_NUMERIC: Final = re.compile(r"\+?\(?\d[\d()./:,–-]*%?")
_QUANTITY: Final = re.compile(
    r""".*% | \d{1,2}:\d{2}.* | \d{4}-\d{2}-\d{2} | \d{1,2}[./]\d{1,2}(?:[./]\d{2,4})? | \d{1,3}(?:,\d{3})+(?:\.\d+)?
    | \d+[.,]\d{1,2}""",
    re.VERBOSE,
)
_ORDINAL: Final = re.compile(r"\d{1,4}-?[^\W\d_]{1,4}")
_IBAN: Final = re.compile(r"[A-Z]{2}\d{2}[0-9A-Z]{0,30}", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_NUMERALS: Final = (Role.UNIT, Role.TEEN, Role.TENS, Role.HUNDREDS, Role.HUNDRED, Role.MULTIPLIER, Role.ZERO)
_ALWAYS_UNITS: Final = (Role.CURRENCY, Role.MINOR, Role.PERCENT, Role.MONTH, Role.PERIOD)
_UNITS: Final = (Role.OCLOCK, Role.DAYPART, Role.MINUTE)


class What(Enum):
    """What a word is to a dictated number."""

    DIGITS = auto()
    NUMERAL = auto()
    QUANTITY = auto()
    """A date, time, share or decimal in digits, or an ordinal: never a part of one."""
    UNIT = auto()
    """What is counted: the number before it is a quantity."""
    FILLER = auto()
    LETTER = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """One word.

    Args:
        what: it is.
        text: folded.
        digits: of `What.DIGITS`.
        roles: of a numeral, with its values.
        strong: of a unit, that it makes a quantity of the number before it at the end of any row; of another word, that
            it cannot be a misheard digit.
    """

    what: What
    text: str
    digits: str = ""
    roles: dict[Role, int] = field(default_factory=dict)
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A number below a thousand, digits in one word, or a cardinal with thousands.

    Args:
        first: index of its first word.
        stop: index behind its last.
        digits: as they would be written.
        multiplied: whether it has thousands or more in words.
        written: whether it was written in digits.
        quantity: whether it is a sum, time or count by what stands around it.
        dashed: whether dashes or brackets stand in it.
    """

    first: int
    stop: int
    digits: str
    multiplied: bool = False
    written: bool = False
    quantity: bool = False
    dashed: bool = False


@lru_cache(1 << 16)
def piece_of(word: str, language: Language | None) -> Piece:
    """Return what a word is."""
    bare = word.strip(".,;:!?«»\"'()[]…")
    text = fold(bare)
    if _NUMERIC.fullmatch(word.strip(".,;!?«»\"'")):
        written = word.strip(".,;!?«»\"'")
        if _QUANTITY.fullmatch(written):
            return Piece(What.QUANTITY, text)
        return Piece(What.DIGITS, text, re.sub(r"\D", "", written))
    if _ORDINAL.fullmatch(bare) and not _IBAN.fullmatch(bare):
        return Piece(What.QUANTITY, text)
    lists = wording()
    if lists.zeros.fullmatch(text):
        return Piece(What.NUMERAL, text, roles={Role.ZERO: 0, Role.PAIR: 0})
    latin = text.isascii()
    entries = lexicon(Language.ENGLISH if latin else Language.KAZAKH).entries
    roles = entries.get(text, {})
    if text in ("o", "oh", "о") and (latin or language is Language.ENGLISH):
        return Piece(What.NUMERAL, text, roles={Role.ZERO: 0})
    if Role.LONE in roles:
        if language is Language.KAZAKH:
            return Piece(What.NUMERAL, text, roles={Role.TENS: 10})
        return Piece(What.OTHER, text)
    if Role.DIGIT_PREFIX in roles:
        return Piece(What.NUMERAL, text, roles={Role.DIGIT_PREFIX: roles[Role.DIGIT_PREFIX]})
    if any(role in roles for role in _NUMERALS) and not lists.fillers.fullmatch(text):
        return Piece(What.NUMERAL, text, roles={role: roles[role] for role in _NUMERALS if role in roles})
    if Role.HOMOPHONE in roles:
        return Piece(What.OTHER, text, roles={Role.HOMOPHONE: roles[Role.HOMOPHONE]})
    if any(role in roles for role in _ALWAYS_UNITS):
        return Piece(What.UNIT, text, strong=True)
    if lists.counted.fullmatch(text) or any(role in roles for role in _UNITS):
        return Piece(What.UNIT, text)
    if Role.ORDINAL in roles or Role.POINT in roles or Role.HALF_MORE in roles or Role.SESQUI in roles:
        return Piece(What.QUANTITY, text)
    if lists.fillers.fullmatch(text):
        return Piece(What.FILLER, text)
    if lists.letters.fullmatch(text):
        return Piece(What.LETTER, text)
    return Piece(What.OTHER, text, strong=lists.stops.fullmatch(text) is not None)


def is_iban_word(word: str) -> bool:
    """Whether a word may begin or be an IBAN: two letters and two digits."""
    return _IBAN.fullmatch(word.strip(".,;:!?«»\"'()")) is not None


def is_email(word: str) -> bool:
    """Whether a word is an e-mail address."""
    return _EMAIL.fullmatch(word.strip(".,;:!?«»\"'()<>")) is not None


def groups_of(pieces: list[Piece], dashed: frozenset[int] = frozenset()) -> list[Group]:
    """Return the groups of an utterance in order; quantities are among them and say so."""
    groups: list[Group] = []
    index = 0
    while index < len(pieces):
        group = _group(pieces, index)
        if group is None:
            index += 1
            continue
        after = pieces[group.stop] if group.stop < len(pieces) else None
        ordinal = after is not None and after.what is What.QUANTITY and not group.written and group.digits[-1] == "0"
        quantity = ordinal or (after is not None and after.what is What.UNIT)
        groups.append(
            Group(
                group.first, group.stop, group.digits, group.multiplied, group.written, quantity, group.first in dashed
            )
        )
        index = group.stop
    return _with_thousands(groups)


def _with_thousands(groups: list[Group]) -> list[Group]:
    """Make a quantity of what stands before the last three digits of a sum: the 20 of «20 000 тенге»."""
    for place in range(len(groups) - 1, 0, -1):
        group, before = groups[place], groups[place - 1]
        sum_ends = group.quantity and group.written and len(group.digits) == 3
        begins = before.written and before.stop == group.first and len(before.digits) <= 3 and not before.dashed
        if sum_ends and begins:
            groups[place - 1] = replace(before, quantity=True)
    return groups


def _group(pieces: list[Piece], index: int) -> Group | None:
    piece = pieces[index]
    if piece.what is What.DIGITS:
        return Group(index, index + 1, piece.digits, written=True)
    read = _small(pieces, index)
    if read is None:
        return None
    digits, stop = read
    total, level, multiplied = None, 10**12, False
    if piece.roles.get(Role.MULTIPLIER):
        total, level, multiplied = piece.roles[Role.MULTIPLIER], piece.roles[Role.MULTIPLIER], True
    else:
        place = _multiplier(pieces, stop)
        if place is not None and digits[0] != "0":
            total, level, multiplied, stop = int(digits) * place, place, True, stop + 1
    while total is not None:
        more = _small(pieces, stop)
        if more is None or more[0][0] == "0" or Role.MULTIPLIER in pieces[stop].roles:
            break
        value, behind = int(more[0]), more[1]
        place = _multiplier(pieces, behind)
        if place is not None and place < level:
            total, level, stop = total + value * place, place, behind + 1
            continue
        if place is None and value < min(level, 1000):
            total, stop = total + value, behind
        break
    return Group(index, stop, digits if total is None else str(total), multiplied)


def _multiplier(pieces: list[Piece], index: int) -> int | None:
    if index < len(pieces) and pieces[index].what is What.NUMERAL:
        return pieces[index].roles.get(Role.MULTIPLIER)
    return None


def _small(pieces: list[Piece], index: int) -> tuple[str, int] | None:
    """Read digits of one group in words; return them and the index behind."""
    if index >= len(pieces) or pieces[index].what is not What.NUMERAL:
        return None
    roles = pieces[index].roles
    behind = index + 1
    after = pieces[behind] if behind < len(pieces) else None
    if (times := roles.get(Role.DIGIT_PREFIX)) is not None:
        if after is None or after.what is not What.NUMERAL:
            return None
        digit = after.roles.get(Role.UNIT, after.roles.get(Role.ZERO))
        return (str(digit) * times, behind + 1) if digit is not None else None
    if Role.ZERO in roles:
        return "0", behind
    if Role.MULTIPLIER in roles:
        return "1", behind
    unit = roles.get(Role.UNIT)
    if unit is not None and after is not None and Role.PAIR in after.roles:
        return "0" * unit, behind + 1  # «три нуля»
    total, place, here = 0, 10**6, index
    while here < len(pieces) and pieces[here].what is What.NUMERAL:
        roles = pieces[here].roles
        if Role.HUNDRED in roles:
            if total >= 100:
                break
            total, place = (total or 1) * 100, 100
        else:
            value, room = _worth(roles)
            if value is None or room >= place:
                break
            if total and room == 1 and _counts_hundred(pieces, here):
                break  # «жиырма екі жүз»: the unit counts the hundred behind it
            total, place = total + value, room
        here += 1
        if place == 1 and not (here < len(pieces) and Role.HUNDRED in pieces[here].roles and total < 100):
            break
    return (str(total), here) if here > index else None


def _counts_hundred(pieces: list[Piece], index: int) -> bool:
    after = index + 1
    return after < len(pieces) and Role.HUNDRED in pieces[after].roles and not pieces[after].text.isascii()


def _worth(roles: dict[Role, int]) -> tuple[int | None, int]:
    for role, place in ((Role.UNIT, 1), (Role.TEEN, 1), (Role.TENS, 10), (Role.HUNDREDS, 100)):
        if role in roles:
            value = roles[role]
            return value, 1 if role is Role.TENS and value % 10 else place
    return None, 0
