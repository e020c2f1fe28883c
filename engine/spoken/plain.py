"""Plain whole numbers, as answers to a survey hold them: «на троечку», "ten out of ten", «сексен пайыз»."""

from engine.speech import Language
from engine.spoken.looking import follows, role
from engine.spoken.numbers import cardinal
from engine.spoken.readings import NumberReading
from engine.spoken.roles import Role
from engine.spoken.scan import words
from engine.spoken.scanning import Tokens

_LARGEST = 10**6


def find_numbers(text: str, language: Language) -> tuple[NumberReading, ...]:
    """Return the plain whole numbers in an utterance, in order.

    For questions whose answer is a number and nothing else: no sums, days or times are told from them here. The top of
    a scale is left out: "nine out of ten" is nine.

    Args:
        text: a recogniser's words.
        language: as for `find_amounts`.
    """
    tokens = words(text, language)
    found: list[NumberReading] = []
    index = last = 0
    while index < len(tokens):
        read = _number(tokens, index) if tokens[index].meaningful else None
        if read is None:
            index += 1
            continue
        value, end = read
        if not _is_scale(tokens, index, end):
            percent = follows(tokens, end, Role.PERCENT) is not None
            lead = tokens[last:index]
            if found and any(token.has(Role.CORRECTION) for token in lead):
                found[-1] = _taken_back(found[-1])
            negated = (bool(lead) and lead[-1].has(Role.NOT)) or follows(tokens, end, Role.NOT_BEFORE) is not None
            found.append(NumberReading(value, tokens[index].start, tokens[end - 1].end, percent, negated))
            last = end
        index = end
    return tuple(found)


def _taken_back(reading: NumberReading) -> NumberReading:
    return NumberReading(reading.value, reading.start, reading.end, reading.percent, True)


def _number(tokens: Tokens, index: int) -> tuple[int, int] | None:
    token = tokens[index]
    if (mark := token.get(Role.MARK)) is not None:
        read = _whole(tokens, index)
        return read if read is not None and read[1] > index + 1 else (mark, index + 1)
    if (numerator := token.get(Role.NUMERATOR)) is not None:
        return numerator, index + 1
    if any(token.has(kind) for kind in (Role.HALF_OF, Role.SHARE, Role.SESQUI, Role.PAIR, Role.ARTICLE)):
        return None
    if (lone := token.get(Role.LONE)) is not None and not token.has(Role.FOREIGN):
        return (
            (token.get(Role.TENS) or 10 * lone, index + 1) if cardinal(tokens, index) is None else _whole(tokens, index)
        )
    return _whole(tokens, index)


def _whole(tokens: Tokens, index: int) -> tuple[int, int] | None:
    read = cardinal(tokens, index)
    if read is None or read.value.denominator > 1 or read.value > _LARGEST:
        return None
    if (last := follows(tokens, read.end, Role.DEPENDENT)) is not None and read.multiplier > 1:
        more = role(tokens, read.end, Role.UNIT) or role(tokens, read.end, Role.TENS) or last  # «мың бірге»
        return int(read.value) + more, read.end + 1
    return int(read.value), read.end


def _is_scale(tokens: Tokens, index: int, end: int) -> bool:
    """Whether a number is the top of the scale: the ten of "out of ten", "9/10", «оннан тоғыз»."""
    if role(tokens, index - 1, Role.OUT_OF) is not None:
        return True
    if index and tokens[index].gap.strip() == "/" and tokens[index - 1].number is not None:
        return True
    number_follows = end < len(tokens) and _number(tokens, end) is not None
    return role(tokens, end - 1, Role.ABLATIVE) is not None and number_follows
