"""Russian: numerals, money, dates and times in every case, and the lexicon by which they are found again."""

from datetime import date, time
from pathlib import Path

from engine.accounts import Currency, Money
from engine.spoken.readings import Case, Gender
from engine.spoken.scanning import Lexicon, listed

_CASES = tuple(Case)
_PLACES = {1000: "тысяча", 10**6: "миллион", 10**9: "миллиард"}

Forms = tuple[str, ...]
"""One form a case, in the order of `Case`."""


def _forms(row: str) -> Forms:
    return tuple(listed(row))


def _like_five(word: str) -> Forms:
    """Decline пять .. двадцать, тридцать."""
    stem = "восьм" if word == "восемь" else word[:-1]
    return (word, stem + "и", stem + "и", word, stem + "ью", stem + "и")


def _both_parts(first: Forms, last: Forms) -> Forms:
    """Decline пятьдесят and пятьсот, where both halves change."""
    return tuple(one + two for one, two in zip(first, last, strict=True))


_ONE = {
    Gender.MASCULINE: _forms("один одного одному один одним одном"),
    Gender.FEMININE: _forms("одна одной одной одну одной одной"),
    Gender.NEUTER: _forms("одно одного одному одно одним одном"),
}
_TWO = _forms("два двух двум два двумя двух")
_TWO_FEMININE = _forms("две двух двум две двумя двух")
_ZERO = _forms("ноль нуля нулю ноль нулём нуле")
_CARDINALS: dict[int, Forms] = {
    1: _ONE[Gender.MASCULINE],
    2: _TWO,
    3: _forms("три трёх трём три тремя трёх"),
    4: _forms("четыре четырёх четырём четыре четырьмя четырёх"),
}
_FROM_FIVE = listed(
    "пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать "
    "семнадцать восемнадцать девятнадцать двадцать"
)
_CARDINALS |= {value: _like_five(word) for value, word in enumerate(_FROM_FIVE, 5)}
_CARDINALS[30] = _like_five("тридцать")
_CARDINALS[40] = _forms("сорок сорока сорока сорок сорока сорока")
for _five in range(5, 9):
    _CARDINALS[10 * _five] = _both_parts(_CARDINALS[_five], _forms("десят десяти десяти десят десятью десяти"))
    _CARDINALS[100 * _five] = _both_parts(_CARDINALS[_five], _forms("сот сот стам сот стами стах"))
_CARDINALS[900] = _both_parts(_CARDINALS[9], _forms("сот сот стам сот стами стах"))
_CARDINALS[90] = _forms("девяносто девяноста девяноста девяносто девяноста девяноста")
_CARDINALS[100] = _forms("сто ста ста сто ста ста")
_CARDINALS[200] = _forms("двести двухсот двумстам двести двумястами двухстах")
_CARDINALS[300] = _both_parts(_CARDINALS[3], _forms("ста сот стам ста стами стах"))
_CARDINALS[400] = _both_parts(_CARDINALS[4], _forms("ста сот стам ста стами стах"))

_STEMS = listed(
    "перв втор трет четвёрт пят шест седьм восьм девят десят одиннадцат двенадцат тринадцат четырнадцат пятнадцат "
    "шестнадцат семнадцат восемнадцат девятнадцат двадцат"
)
_STEMS_OF_TENS = listed("тридцат сороков пятидесят шестидесят семидесят восьмидесят девяност")
_ORDINAL_STEMS = dict(enumerate(_STEMS, 1)) | dict(zip(range(30, 100, 10), _STEMS_OF_TENS, strict=True))
_END_STRESSED = (2, 6, 7, 8, 40)
_ADJECTIVE = _forms("ое ого ому ое ым ом")
_COUNTED_BY_ORDINALS = listed(
    "раз раза лица лицу лицо этажа этаже звонка звонку банка класса ребенка платежа платежу время кредита дома "
    "подъезда дня место месте человека"
)
_SLIPS = (
    ("дцат", "цат"), ("дцат", "тцат"), ("дцат", "д цат"), ("дцат", "ццат"), ("надцат", " надцат"), ("пятна", "пятьна"),
    ("пятна", "питна"), ("емьдес", "емдес"), ("осемьдес", "осемдес"), ("пятьдес", "пятдес"), ("шестьдес", "шесдес"),
    ("вяносто", "вять носто"), ("четыре", "читыре"), ("один", "адин"), ("шесть", "шес"), ("ого", "ава"), ("ого", "ова"),
    ("тысяч", "тысеч"), ("тысяч", "тищ"), ("суббот", "субот"), ("суббот", "суб бот"), ("пятниц", "пятнец"),
    ("пятниц", "пят ниц"), ("воскр", "васкр"), ("воскр", "воск р"), ("понедельник", "по недельник"),
    ("понедельник", "понедельнек"), ("четверг", "читверг"), ("полтор", "полтар"), ("полтор", "пол тор"),
)  # fmt: skip
"""Spellings of recognisers: a syllable lost, doubled or apart."""
_SOFT_ADJECTIVE = _forms("ье ьего ьему ье ьим ьем")

_NOUNS: dict[str, tuple[Gender, Forms, Forms]] = {
    "рубль": (
        Gender.MASCULINE,
        _forms("рубль рубля рублю рубль рублём рубле"),
        _forms("рубли рублей рублям рубли рублями рублях"),
    ),
    "копейка": (
        Gender.FEMININE,
        _forms("копейка копейки копейке копейку копейкой копейке"),
        _forms("копейки копеек копейкам копейки копейками копейках"),
    ),
    "тенге": (Gender.MASCULINE, ("тенге",) * 6, ("тенге",) * 6),
    "тиын": (
        Gender.MASCULINE,
        _forms("тиын тиына тиыну тиын тиыном тиыне"),
        _forms("тиыны тиынов тиынам тиыны тиынами тиынах"),
    ),
    "процент": (
        Gender.MASCULINE,
        _forms("процент процента проценту процент процентом проценте"),
        _forms("проценты процентов процентам проценты процентами процентах"),
    ),
    "день": (Gender.MASCULINE, _forms("день дня дню день днём дне"), _forms("дни дней дням дни днями днях")),
    "час": (Gender.MASCULINE, _forms("час часа часу час часом часе"), _forms("часы часов часам часы часами часах")),
    "минута": (
        Gender.FEMININE,
        _forms("минута минуты минуте минуту минутой минуте"),
        _forms("минуты минут минутам минуты минутами минутах"),
    ),
    "тысяча": (
        Gender.FEMININE,
        _forms("тысяча тысячи тысяче тысячу тысячей тысяче"),
        _forms("тысячи тысяч тысячам тысячи тысячами тысячах"),
    ),
    "миллион": (
        Gender.MASCULINE,
        _forms("миллион миллиона миллиону миллион миллионом миллионе"),
        _forms("миллионы миллионов миллионам миллионы миллионами миллионах"),
    ),
    "миллиард": (
        Gender.MASCULINE,
        _forms("миллиард миллиарда миллиарду миллиард миллиардом миллиарде"),
        _forms("миллиарды миллиардов миллиардам миллиарды миллиардами миллиардах"),
    ),
}
"""Gender, singular and plural of what is counted."""

MONTHS = listed("января февраля марта апреля мая июня июля августа сентября октября ноября декабря")
WEEKDAYS = [
    _forms("понедельник понедельника понедельнику понедельник понедельником понедельнике"),
    _forms("вторник вторника вторнику вторник вторником вторнике"),
    _forms("среда среды среде среду средой среде"),
    _forms("четверг четверга четвергу четверг четвергом четверге"),
    _forms("пятница пятницы пятнице пятницу пятницей пятнице"),
    _forms("суббота субботы субботе субботу субботой субботе"),
    _forms("воскресенье воскресенья воскресенью воскресенье воскресеньем воскресенье"),
]


def _noun(lemma: str, n: int, case: Case) -> str:
    """Put a counted noun into the form that the number before it asks for."""
    _, singular, plural = _NOUNS[lemma]
    at = _CASES.index(case)
    if n % 10 == 1 and n % 100 != 11:
        return singular[at]
    if n and not n % 1000:  # the number ends in тысяч, a noun itself, and governs
        return plural[1]
    if case not in (Case.NOMINATIVE, Case.ACCUSATIVE):
        return plural[at]
    return singular[1] if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else plural[1]


def _below_thousand(n: int, at: int, gender: Gender) -> list[str]:
    words = []
    if n >= 100:
        words.append(_CARDINALS[n // 100 * 100][at])
    n %= 100
    if n > 20:
        if n % 10 == 0:
            return [*words, _CARDINALS[n][at]]
        words.append(_CARDINALS[n // 10 * 10][at])
        n %= 10
    if n == 1:
        words.append(_ONE[gender][at])
    elif n == 2 and gender is Gender.FEMININE:
        words.append(_TWO_FEMININE[at])
    elif n:
        words.append(_CARDINALS[n][at])
    return words


def number(n: int, case: Case, gender: Gender) -> str:
    """Put a whole number into words."""
    at = _CASES.index(case)
    if n == 0:
        return _ZERO[at]
    words = []
    for place in sorted(_PLACES, reverse=True):
        count, n = divmod(n, place)
        if count:
            lemma = _PLACES[place]
            words += [*_below_thousand(count, at, _NOUNS[lemma][0]), _noun(lemma, count, case)]
    return " ".join([*words, *_below_thousand(n, at, gender)])


def counted(n: int, lemma: str, case: Case) -> str:
    """Put a number and the noun that it counts into words."""
    return f"{number(n, case, _NOUNS[lemma][0])} {_noun(lemma, n, case)}"


def money(amount: Money, case: Case) -> str:
    """Put a sum into words; minor units only where there are any."""
    rouble = amount.currency is Currency.ROUBLE
    major, minor = divmod(amount.minor, 100)
    words = [] if minor and not major else [counted(major, "рубль" if rouble else "тенге", case)]
    if minor:
        words.append(counted(minor, "копейка" if rouble else "тиын", case))
    return " ".join(words)


def _ordinal(n: int, at: int) -> str:
    """Return a neuter ordinal up to 99; only its last word declines."""
    if n <= 20 or n % 10 == 0:
        return _ORDINAL_STEMS[n] + (_SOFT_ADJECTIVE if n == 3 else _ADJECTIVE)[at]
    return f"{_CARDINALS[n // 10 * 10][0]} {_ordinal(n % 10, at)}"


def _year(year: int) -> str:
    """Return a year in the genitive, «две тысячи двадцать шестого»."""
    head, rest = divmod(year, 100)
    if not rest:
        return (
            "двухтысячного"
            if year == 2000
            else f"{number(year // 1000 * 1000, Case.NOMINATIVE, Gender.MASCULINE)} сотого"
        )
    return f"{number(head * 100, Case.NOMINATIVE, Gender.MASCULINE)} {_ordinal(rest, 1)}"


def day(day: date, case: Case, with_weekday: bool, with_year: bool) -> str:
    """Put a date into words: «пятница, пятое декабря две тысячи двадцать шестого года»."""
    at = _CASES.index(case)
    words = f"{_ordinal(day.day, at)} {MONTHS[day.month - 1]}"
    if with_year:
        words += f" {_year(day.year)} года"
    return f"{WEEKDAYS[day.weekday()][at]}, {words}" if with_weekday else words


def weekday(weekday: int, case: Case) -> str:
    """Name a day of the week, 0 is Monday."""
    return WEEKDAYS[weekday][_CASES.index(case)]


def clock(t: time, case: Case) -> str:
    """Put a time of day into words by the 24-hour clock: «восемнадцать часов тридцать минут»."""
    words = counted(t.hour, "час", case)
    return f"{words} {counted(t.minute, 'минута', case)}" if t.minute else words


def _role_of(value: int) -> str:
    if value < 10:
        return "unit"
    if value < 20:
        return "teen"
    return "tens" if value < 100 else "hundreds"


def _add_numbers(lexicon: Lexicon) -> None:
    for value, forms in _CARDINALS.items():
        lexicon.add(forms, **{_role_of(value): value})
        if value < 5:
            lexicon.add(forms[:1], nominative=1)
    for forms in _ONE.values():
        lexicon.add(forms, unit=1)
    lexicon.add(("две",), unit=2)
    lexicon.add(_ZERO, zero=0)
    for place, lemma in _PLACES.items():
        lexicon.add(_NOUNS[lemma][1] + _NOUNS[lemma][2], multiplier=place)
    for lemma, role, value in (("рубль", "currency", 2), ("копейка", "minor", 2), ("тиын", "minor", 1)):
        lexicon.add(_NOUNS[lemma][1] + _NOUNS[lemma][2], **{role: value})


def _add_ordinals(lexicon: Lexicon) -> None:
    for value, stem in _ORDINAL_STEMS.items():
        soft = "ь" if value == 3 else ""
        neuter = [stem + ending for ending in (_SOFT_ADJECTIVE if soft else _ADJECTIVE)]
        masculine = stem + ("ий" if soft else "ой" if value in _END_STRESSED else "ый")
        lexicon.add([*neuter, masculine], ordinal=value)
        lexicon.add(neuter[:4], day_ordinal=value)
        lexicon.add(
            [stem + soft + ending for ending in (("я", "ю", "ей") if soft else ("ая", "ую", "ой"))], fraction=value
        )
        lexicon.add([stem + soft + ("их" if soft else "ых")], fraction=value)
        if value <= 12:
            lexicon.add(["пол" + neuter[1]], half_hour=value)
        if value <= 10:  # «с первого раза» is no date
            lexicon.add([f"{form} {noun}" for form in neuter[:3] for noun in _COUNTED_BY_ORDINALS])


def _add_calendar(lexicon: Lexicon) -> None:
    for value, genitive in enumerate(MONTHS, 1):
        stem = genitive[:-1]
        hard = genitive.endswith("та")
        nominative = stem if hard else "май" if value == 5 else stem + "ь"
        endings = ("у", "ом", "е") if hard else ("ю", "ем", "е")
        lexicon.add([nominative, genitive, *(stem + ending for ending in endings)], month=value)
    for value, forms in enumerate(WEEKDAYS):
        lexicon.add(forms, weekday=value)


def lexicon() -> Lexicon:
    """Return the words of Russian."""
    words = Lexicon()
    _add_numbers(words)
    _add_ordinals(words)
    _add_calendar(words)
    words.read(Path(__file__).with_suffix(".toml"))
    words.slip(_SLIPS)
    return words
