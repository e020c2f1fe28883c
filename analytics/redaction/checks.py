"""Check digits: whether a row of digits can be what it looks like."""

from itertools import cycle

_INN_WEIGHTS = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


def is_card(digits: str) -> bool:
    """Whether 13 to 19 digits pass Luhn's check (ISO/IEC 7812-1)."""
    if not 13 <= len(digits) <= 19 or not digits.strip("0"):
        return False
    doubled = (int(digit) * weight for digit, weight in zip(reversed(digits), cycle((1, 2)), strict=False))
    return sum(worth - 9 if worth > 9 else worth for worth in doubled) % 10 == 0


def is_iin(digits: str) -> bool:
    """Whether 12 digits can be a Kazakh individual number: a date of birth, a century and the check digit."""
    if len(digits) != 12 or not 1 <= int(digits[2:4]) <= 12 or not 1 <= int(digits[4:6]) <= 31 or digits[6] > "6":
        return False
    check = _weighed(digits, range(1, 12)) % 11
    if check == 10:
        check = _weighed(digits, (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
    return check == int(digits[11])


def is_inn(digits: str) -> bool:
    """Whether 10 digits (a company) or 12 (a person) are a Russian taxpayer's number."""
    if not digits.strip("0"):
        return False
    if len(digits) == 10:
        return _weighed(digits, _INN_WEIGHTS[2:]) % 11 % 10 == int(digits[9])
    return (
        len(digits) == 12
        and _weighed(digits, _INN_WEIGHTS[1:]) % 11 % 10 == int(digits[10])
        and _weighed(digits, _INN_WEIGHTS) % 11 % 10 == int(digits[11])
    )


def is_snils(digits: str) -> bool:
    """Whether 11 digits are a number of Russian pension insurance; the lowest ones carry no check."""
    if len(digits) != 11 or digits[:9] <= "001001998":
        return False
    return _weighed(digits, range(9, 0, -1)) % 101 % 100 == int(digits[9:])


def is_iban(text: str) -> bool:
    """Whether letters and digits are an IBAN (ISO 13616: modulo 97); a Kazakh one has 20 characters."""
    if not (15 <= len(text) <= 34 and text.isascii() and text.isalnum() and text[:2].isalpha() and text[2:4].isdigit()):
        return False
    upper = text.upper()
    if upper.startswith("KZ") and len(upper) != 20:
        return False
    return int("".join(str(int(char, 36)) for char in upper[4:] + upper[:4])) % 97 == 1


def _weighed(digits: str, weights: range | tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))
