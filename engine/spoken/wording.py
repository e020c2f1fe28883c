"""Numbers, sums, dates and times in words, for voices that must not be left to guess."""

from datetime import date, time

from engine.accounts import Money
from engine.speech import Language
from engine.spoken import english, kazakh, russian
from engine.spoken.readings import Case, Gender

_TOO_LARGE = 10**12
_NOMINATIVE, _MASCULINE = Case.NOMINATIVE, Gender.MASCULINE


def number_in_words(n: int, language: Language, *, case: Case = _NOMINATIVE, gender: Gender = _MASCULINE) -> str:
    """Put a whole number into words.

    Args:
        n: 0 .. 999 999 999 999.
        language: of the words.
        case: case of the number; English has none.
        gender: of what is counted; Russian alone asks for it.

    Raises:
        ValueError: the number is negative or too large.
    """
    _check(n)
    match language:
        case Language.RUSSIAN:
            return russian.number(n, case, gender)
        case Language.KAZAKH:
            return kazakh.number(n, case)
        case Language.ENGLISH:
            return english.number(n)


def money_in_words(amount: Money, language: Language, *, case: Case = _NOMINATIVE) -> str:
    """Put a sum into words: «пятнадцать тысяч тенге»; minor units only where there are any.

    Raises:
        ValueError: the sum is negative or too large.
    """
    _check(amount.minor // 100)
    match language:
        case Language.RUSSIAN:
            return russian.money(amount, case)
        case Language.KAZAKH:
            return kazakh.money(amount, case)
        case Language.ENGLISH:
            return english.money(amount)


def date_in_words(
    day: date, language: Language, *, case: Case = _NOMINATIVE, weekday: bool = False, year: bool = False
) -> str:
    """Put a day into words: «пятое декабря», «жетінші желтоқсан», "the fifth of December".

    Args:
        day: the day.
        language: of the words.
        case: Russian "when" is the genitive, «пятого декабря»; Kazakh "when" is `Case.PREPOSITIONAL`.
        weekday: add the day of the week; in Russian in the same case, «до пятницы, пятого декабря».
        year: add the year.
    """
    match language:
        case Language.RUSSIAN:
            return russian.day(day, case, weekday, year)
        case Language.KAZAKH:
            return kazakh.day(day, case, weekday, year)
        case Language.ENGLISH:
            return english.day(day, weekday, year)


def weekday_in_words(day: date, language: Language, *, case: Case = _NOMINATIVE) -> str:
    """Name the day of the week; Russian "when" is «в» with the accusative."""
    match language:
        case Language.RUSSIAN:
            return russian.weekday(day.weekday(), case)
        case Language.KAZAKH:
            return kazakh.weekday(day.weekday(), case)
        case Language.ENGLISH:
            return english.weekday(day.weekday())


def time_in_words(t: time, language: Language, *, case: Case = _NOMINATIVE) -> str:
    """Put a time of day into words: «восемнадцать часов тридцать минут», "six thirty in the evening".

    Args:
        t: the time.
        language: of the words.
        case: of the whole phrase; Russian alone declines it: «с девяти часов».
    """
    match language:
        case Language.RUSSIAN:
            return russian.clock(t, case)
        case Language.KAZAKH:
            return kazakh.clock(t)
        case Language.ENGLISH:
            return english.clock(t)


def days_in_words(n: int, language: Language, *, case: Case = _NOMINATIVE) -> str:
    """Count days: «двадцать один день», «үш күн», "three days".

    Raises:
        ValueError: the number is negative or too large.
    """
    _check(n)
    match language:
        case Language.RUSSIAN:
            return russian.counted(n, "день", case)
        case Language.KAZAKH:
            return kazakh.days(n, case)
        case Language.ENGLISH:
            return english.days(n)


def percent_in_words(n: int, language: Language, *, case: Case = _NOMINATIVE) -> str:
    """Count hundredths: «двадцать процентов», «жиырма пайыз», "twenty percent".

    Raises:
        ValueError: the number is negative or too large.
    """
    _check(n)
    match language:
        case Language.RUSSIAN:
            return russian.counted(n, "процент", case)
        case Language.KAZAKH:
            return kazakh.percent(n, case)
        case Language.ENGLISH:
            return f"{english.number(n)} percent"


_PHONE_GROUPS = {10: (3, 3, 2, 2), 11: (1, 3, 3, 2, 2), 6: (2, 2, 2)}


def digits_in_words(digits: str, language: Language) -> str:
    """Put a string of digits into words: telephone numbers in the groups people say, others digit by digit.

    Args:
        digits: digits, among which anything else is passed over.
        language: English is always read digit by digit.

    Raises:
        ValueError: there is no digit.
    """
    plain = "".join(char for char in digits if char.isascii() and char.isdigit())
    if not plain:
        raise ValueError(f"no digits in {len(digits)} characters")
    sizes = _PHONE_GROUPS.get(len(plain), (1,) * len(plain))
    groups, at = [], 0
    for size in sizes:
        groups.append(_group(plain[at : at + size], language))
        at += size
    return ", ".join(groups) if len(plain) in _PHONE_GROUPS else " ".join(groups)


def _group(digits: str, language: Language) -> str:
    if language is Language.ENGLISH:
        return " ".join(number_in_words(int(digit), language) for digit in digits)
    rest = digits.lstrip("0")
    zeros = [number_in_words(0, language)] * (len(digits) - len(rest))
    return " ".join([*zeros, *([number_in_words(int(rest), language)] if rest else [])])


def _check(n: int) -> None:
    if not 0 <= n < _TOO_LARGE:
        raise ValueError(f"{n} cannot be put into words: it must be from 0 up to {_TOO_LARGE - 1}")
