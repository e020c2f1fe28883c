"""Russian: wording in every case, and finding in what recognisers write."""

from datetime import date, time

import pytest

from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import (
    Case,
    Gender,
    date_in_words,
    days_in_words,
    digits_in_words,
    find_amounts,
    find_dates,
    find_digits,
    find_shares,
    find_times,
    money_in_words,
    number_in_words,
    standing,
    time_in_words,
    weekday_in_words,
)

RU = Language.RUSSIAN
WEDNESDAY = date(2026, 11, 25)
N, G, D, A, INS, P = Case


@pytest.mark.parametrize(
    ("n", "case", "gender", "words"),
    [
        (0, N, Gender.MASCULINE, "ноль"),
        (0, G, Gender.MASCULINE, "нуля"),
        (1, N, Gender.MASCULINE, "один"),
        (1, N, Gender.FEMININE, "одна"),
        (1, A, Gender.FEMININE, "одну"),
        (1, N, Gender.NEUTER, "одно"),
        (2, N, Gender.FEMININE, "две"),
        (2, N, Gender.NEUTER, "два"),
        (2, INS, Gender.FEMININE, "двумя"),
        (3, G, Gender.MASCULINE, "трёх"),
        (4, INS, Gender.MASCULINE, "четырьмя"),
        (8, G, Gender.MASCULINE, "восьми"),
        (8, INS, Gender.MASCULINE, "восьмью"),
        (11, D, Gender.MASCULINE, "одиннадцати"),
        (21, N, Gender.FEMININE, "двадцать одна"),
        (40, P, Gender.MASCULINE, "сорока"),
        (50, INS, Gender.MASCULINE, "пятьюдесятью"),
        (80, G, Gender.MASCULINE, "восьмидесяти"),
        (90, G, Gender.MASCULINE, "девяноста"),
        (100, D, Gender.MASCULINE, "ста"),
        (200, P, Gender.MASCULINE, "двухстах"),
        (300, INS, Gender.MASCULINE, "тремястами"),
        (400, D, Gender.MASCULINE, "четырёмстам"),
        (500, G, Gender.MASCULINE, "пятисот"),
        (800, INS, Gender.MASCULINE, "восьмьюстами"),
        (1000, N, Gender.MASCULINE, "одна тысяча"),
        (1000, A, Gender.MASCULINE, "одну тысячу"),
        (2000, N, Gender.MASCULINE, "две тысячи"),
        (2001, N, Gender.FEMININE, "две тысячи одна"),
        (5000, G, Gender.MASCULINE, "пяти тысяч"),
        (15_000, INS, Gender.MASCULINE, "пятнадцатью тысячами"),
        (21_000, D, Gender.MASCULINE, "двадцати одной тысяче"),
        (12_000, N, Gender.MASCULINE, "двенадцать тысяч"),
        (1_000_000, G, Gender.MASCULINE, "одного миллиона"),
        (2_500_000, N, Gender.MASCULINE, "два миллиона пятьсот тысяч"),
        (3_000_000_000, N, Gender.MASCULINE, "три миллиарда"),
        (
            999_999,
            G,
            Gender.MASCULINE,
            "девятисот девяноста девяти тысяч девятисот девяноста девяти",
        ),
    ],
)
def test_number_is_worded(n: int, case: Case, gender: Gender, words: str) -> None:
    """A number stands in the asked case, its thousands feminine, its end in the asked gender."""
    assert number_in_words(n, RU, case=case, gender=gender) == words


@pytest.mark.parametrize(
    ("amount", "case", "words"),
    [
        (Money.of(15_000), N, "пятнадцать тысяч тенге"),
        (Money.of(15_000), G, "пятнадцати тысяч тенге"),
        (Money.of(1), A, "один тенге"),
        (Money.of(21_000), A, "двадцать одну тысячу тенге"),
        (Money.of(0), N, "ноль тенге"),
        (Money(1_500_050), N, "пятнадцать тысяч тенге пятьдесят тиынов"),
        (Money(101), G, "одного тенге одного тиына"),
        (Money(2), N, "два тиына"),
        (Money.of(1, Currency.ROUBLE), N, "один рубль"),
        (Money.of(2, Currency.ROUBLE), N, "два рубля"),
        (Money.of(5, Currency.ROUBLE), N, "пять рублей"),
        (Money.of(11, Currency.ROUBLE), N, "одиннадцать рублей"),
        (Money.of(21, Currency.ROUBLE), N, "двадцать один рубль"),
        (Money.of(112, Currency.ROUBLE), N, "сто двенадцать рублей"),
        (Money.of(15_000, Currency.ROUBLE), G, "пятнадцати тысяч рублей"),
        (Money.of(15_000, Currency.ROUBLE), D, "пятнадцати тысячам рублей"),
        (Money.of(522, Currency.ROUBLE), D, "пятистам двадцати двум рублям"),
        (Money.of(3, Currency.ROUBLE), A, "три рубля"),
        (Money.of(1000, Currency.ROUBLE), INS, "одной тысячей рублей"),
        (Money(150, Currency.ROUBLE), N, "один рубль пятьдесят копеек"),
        (Money(50_001, Currency.ROUBLE), N, "пятьсот рублей одна копейка"),
        (Money(50_002, Currency.ROUBLE), A, "пятьсот рублей две копейки"),
    ],
)
def test_money_is_worded(amount: Money, case: Case, words: str) -> None:
    """Tenge never declines, roubles and kopecks agree with their number, minor units come only where there are any."""
    assert money_in_words(amount, RU, case=case) == words


@pytest.mark.parametrize(
    ("day", "case", "words"),
    [
        (date(2026, 12, 5), N, "пятое декабря"),
        (date(2026, 12, 5), G, "пятого декабря"),
        (date(2026, 12, 5), D, "пятому декабря"),
        (date(2026, 12, 5), INS, "пятым декабря"),
        (date(2026, 12, 5), P, "пятом декабря"),
        (date(2026, 1, 3), N, "третье января"),
        (date(2026, 1, 3), G, "третьего января"),
        (date(2026, 1, 3), INS, "третьим января"),
        (date(2026, 8, 20), A, "двадцатое августа"),
        (date(2026, 5, 31), G, "тридцать первого мая"),
        (date(2026, 3, 22), D, "двадцать второму марта"),
    ],
)
def test_day_is_worded(day: date, case: Case, words: str) -> None:
    """Of a date only the last word of the day declines."""
    assert date_in_words(day, RU, case=case) == words


def test_day_with_weekday_and_year_is_worded() -> None:
    """Weekday and day share the case; the year stands in the genitive."""
    day = date(2026, 12, 5)
    full = "субботы, пятого декабря две тысячи двадцать шестого года"
    assert date_in_words(day, RU, case=G, weekday=True, year=True) == full
    assert date_in_words(date(2030, 1, 1), RU, year=True) == "первое января две тысячи тридцатого года"
    assert date_in_words(date(2000, 1, 1), RU, year=True) == "первое января двухтысячного года"
    assert weekday_in_words(date(2026, 11, 27), RU, case=A) == "пятницу"


@pytest.mark.parametrize(
    ("n", "case", "words"),
    [
        (1, N, "один день"),
        (2, N, "два дня"),
        (5, N, "пять дней"),
        (11, N, "одиннадцать дней"),
        (21, N, "двадцать один день"),
        (21, G, "двадцати одного дня"),
        (3, INS, "тремя днями"),
        (1000, N, "одна тысяча дней"),
    ],
)
def test_days_are_counted(n: int, case: Case, words: str) -> None:
    """Days agree with their number."""
    assert days_in_words(n, RU, case=case) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (time(18), "восемнадцать часов"),
        (time(1), "один час"),
        (time(22, 30), "двадцать два часа тридцать минут"),
        (time(9, 1), "девять часов одна минута"),
    ],
)
def test_time_is_worded(moment: time, words: str) -> None:
    """Times go by the 24-hour clock."""
    assert time_in_words(moment, RU) == words


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("+7 701 234-56-78", "семь, семьсот один, двести тридцать четыре, пятьдесят шесть, семьдесят восемь"),
        ("7012003405", "семьсот один, двести, тридцать четыре, ноль пять"),
        ("0412", "ноль четыре один два"),
        ("87000050001", "восемь, семьсот, ноль ноль пять, ноль ноль, ноль один"),
    ],
)
def test_digits_are_worded(digits: str, words: str) -> None:
    """Telephone numbers are read in groups, codes digit by digit."""
    assert digits_in_words(digits, RU) == words


@pytest.mark.parametrize("digits", ["", "нет"])
def test_no_digits_are_refused(digits: str) -> None:
    """Nothing to read is an error, not silence."""
    with pytest.raises(ValueError, match="no digits"):
        digits_in_words(digits, RU)


@pytest.mark.parametrize("n", [-1, 10**12])
def test_numbers_out_of_range_are_refused(n: int) -> None:
    """A number without words is an error."""
    with pytest.raises(ValueError, match="cannot be put into words"):
        number_in_words(n, RU)


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("пятнадцать тысяч", [15_000]),
        ("15 тысяч", [15_000]),
        ("15 000", [15_000]),
        ("15000", [15_000]),
        ("15.000 тенге", [15_000]),
        ("15к", [15_000]),
        ("15 тыс", [15_000]),
        ("15-ти тысяч", [15_000]),
        ("полторы тысячи", [1500]),
        ("полторы", [1500]),
        ("полутора тысяч", [1500]),
        ("полтора миллиона", [1_500_000]),
        ("две с половиной тысячи", [2500]),
        ("пять с половиной тысяч", [5500]),
        ("тысяч пятнадцать", [15_000]),
        ("тысячи две", [2000]),
        ("тысячи полторы", [1500]),
        ("около тысячи пятисот", [1500]),
        ("миллиона два", [2_000_000]),
        ("тысячу", [1000]),
        ("тысячу двести", [1200]),
        ("пятнашку", [15_000]),
        ("косарь", [1000]),
        ("пять косарей", [5000]),
        ("пол-лимона", [500_000]),
        ("пол лимона", [500_000]),
        ("поллимона", [500_000]),
        ("полмиллиона", [500_000]),
        ("пару тысяч", [2000]),
        ("1,5 млн", [1_500_000]),
        ("пять-шесть тысяч", [5000, 6000]),
        ("от пяти до десяти тысяч", [5000, 10_000]),
        ("сто или двести тысяч", [100_000, 200_000]),
        ("сто двадцать пять", [125]),
        ("сто, двадцать пять", [100, 25]),
        ("пять двадцать", [5, 20]),
        ("пятьсот тенге", [500]),
        ("одну тысячу пятьсот тенге", [1500]),
        ("два миллиона триста тысяч сто один тенге", [2_300_101]),
        ("пятнадцати тысяч мне не хватает", [15_000]),
        ("с пятнадцатью тысячами", [15_000]),
        ("тысячу двадцать пятого", [1000]),
        ("тысячу двадцать пять", [1025]),
        ("десять тысяч двадцать процентов", [10_000]),
        ("он заплатит пять тысяч", [5000]),
        ("он бес мын", [15_000]),
        ("один", []),
        ("раз", []),
        ("минут пять", []),
        ("минут через двадцать", []),
        ("недели две", []),
        ("до конца месяца двадцать", [20]),
        ("несколько тысяч", []),
        ("тысяч под сто", [100_000]),
        ("один раз", []),
        ("у меня двое детей", []),
        ("два раза звонили", []),
        ("через два дня", []),
        ("мне пятнадцать лет", []),
        ("восемь семьсот один двести тридцать четыре пятьдесят шесть", []),
        ("в две тысячи двадцать шестом году", []),
        ("850101300123", []),
    ],
)
def test_amounts_are_found(text: str, sums: list[int]) -> None:
    """Sums are found in words, digits and slang; what only counts something is none."""
    found = find_amounts(text, RU, Currency.TENGE)
    assert [readings[0].amount for readings in standing(found)] == [Money.of(each) for each in sums]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("пятьсот рублей", Money.of(500, Currency.ROUBLE)),
        ("рублей пятьсот", Money.of(500, Currency.ROUBLE)),
        ("пятьсот рублей двадцать копеек", Money(50_020, Currency.ROUBLE)),
        ("пятнадцать тысяч тенге пятьдесят тиын", Money(1_500_050)),
        ("35 840,50 тенге", Money(3_584_050)),
        ("двадцать тиынов", Money(20)),
        ("$15,000", Money.of(15_000)),
    ],
)
def test_currencies_and_minor_units_are_found(text: str, amount: Money) -> None:
    """A named currency stands in the reading, and minor units belong to their sum."""
    found = find_amounts(text, RU, Currency.TENGE)
    assert [one.amount for one in found] == [amount]
    assert found[0].explicit


@pytest.mark.parametrize(
    ("text", "explicit"),
    [("пятнадцать", False), ("пятьсот", False), ("15", False), ("15 000", True), ("пятнадцать тенге", True)],
)
def test_bare_numbers_are_not_explicit(text: str, explicit: bool) -> None:
    """A number without currency or multiplier may want to be read on another scale, and says so."""
    assert {one.explicit for one in find_amounts(text, RU, Currency.TENGE)} == {explicit}


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("завтра", "11-26"),
        ("послезавтра", "11-27"),
        ("после завтра", "11-27"),
        ("сегодня", "11-25"),
        ("вчера", "11-24"),
        ("в пятницу", "11-27"),
        ("к понедельнику", "11-30"),
        ("в среду", "12-02 11-25"),
        ("в следующую пятницу", "12-04 11-27"),
        ("в эту пятницу", "11-27"),
        ("в прошлую пятницу", "11-20"),
        ("пятого", "12-05"),
        ("пятого числа", "12-05"),
        ("числа пятого", "12-05"),
        ("5 числа", "12-05"),
        ("5-го", "12-05"),
        ("к пятому", "12-05"),
        ("двадцать пятого", "12-25 11-25"),
        ("двадцать шестого", "11-26"),
        ("тридцать первого", "12-31"),
        ("пятого декабря", "12-05"),
        ("пятое декабря", "12-05"),
        ("5 декабря", "12-05"),
        ("двадцать пять декабря", "12-25"),
        ("05.12", "12-05"),
        ("05.12.2026", "12-05"),
        ("до первого января", "01-01"),
        ("двадцатого ноября", "11-20 11-20"),
        ("пятого следующего месяца", "12-05"),
        ("в следующем месяце пятого", "12-05"),
        ("в декабре пятого", "12-05"),
        ("через неделю", "12-02"),
        ("через две недели", "12-09"),
        ("через три дня", "11-28"),
        ("дня через три", "11-28"),
        ("через пару дней", "11-27"),
        ("через месяц", "12-25"),
        ("через полмесяца", "12-10"),
        ("три дня назад", "11-22"),
        ("через неделю в пятницу", "12-04"),
        ("на следующей неделе в пятницу", "12-04"),
        ("в пятницу на следующей неделе", "12-04"),
        ("в понедельник-вторник", "11-30 12-01"),
        ("второго-третьего", "12-02 12-03"),
        ("завтра, в четверг", "11-26"),
        ("в пятницу двадцать седьмого", "11-27"),
        ("в субботу двенадцатого декабря", "12-12"),
        ("пятого декабря двадцать тысяч", "12-05"),
        ("двадцать тысяч пятого", "12-05"),
        ("полторы тысячи пятнадцатого", "12-15"),
        ("15 000 рублей 5 декабря", "12-05"),
        ("пять тысяч пятого", "12-05"),
        ("сто тысяч двадцать первого", "12-21"),
        ("ертең салам", "11-26"),
        ("с зарплаты", ""),
        ("в пятницу пять, остальное с зарплаты, пятого", "11-27 12-05"),
        ("две с", ""),
        ("пять тысяч", ""),
        ("с первого раза", ""),
        ("третьему лицу", ""),
        ("в шесть вечера", ""),
        ("по пятницам", ""),
        ("тридцать первого ноября", ""),
    ],
)
def test_dates_are_found(text: str, days: str) -> None:
    """Days are found and resolved on Wednesday, 25 November 2026; ambiguous ones keep all readings, likeliest first."""
    found = find_dates(text, RU, WEDNESDAY)
    if text == "двадцатого ноября":
        assert [one.day for one in found] == [date(2026, 11, 20), date(2027, 11, 20)]
    else:
        assert " ".join(f"{one.day:%m-%d}" for one in found) == days
    assert all(one.explicit for one in found)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("в конце месяца", "11-30"),
        ("до конца недели", "11-29"),
        ("до конца этого месяца", "11-30"),
        ("в конце следующего месяца", "12-31"),
        ("в начале месяца", "12-01"),
        ("в середине декабря", "12-15"),
        ("в середине месяца", "12-15"),
        ("на следующей неделе", "12-06"),
        ("в следующем месяце", "12-31"),
        ("до конца года", "12-31"),
        ("в течение недели", "12-02"),
        ("на выходных", "11-28 11-29"),
        ("в двадцатых числах", "12-20"),
        ("в последних числах месяца", "11-30"),
    ],
)
def test_periods_stand_for_a_day_and_say_so(text: str, days: str) -> None:
    """A period is read as the day by which it is over, and is not explicit."""
    found = find_dates(text, RU, WEDNESDAY)
    assert " ".join(f"{one.day:%m-%d}" for one in found) == days
    assert not any(one.explicit for one in found)


def test_today_passes_into_the_next_month_and_year() -> None:
    """A day number that is past, or that this month lacks, is the next month's that has it."""
    assert [one.day for one in find_dates("пятого", RU, date(2026, 12, 6))] == [date(2027, 1, 5)]
    assert [one.day for one in find_dates("тридцать первого", RU, date(2026, 11, 1))] == [date(2026, 12, 31)]
    assert [one.day for one in find_dates("пятого января", RU, date(2026, 12, 6))] == [date(2027, 1, 5)]
    assert [one.day for one in find_dates("двадцать девятого февраля", RU, date(2026, 12, 6))] == [date(2028, 2, 29)]


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("нет, не пятого, а шестого", [True, False]),
        ("не в пятницу а в субботу", [True, False]),
        ("не пятого а шестого декабря", [True, False]),
        ("пятого не смогу", [False]),
        ("не смогу пятого", [False]),
    ],
)
def test_days_taken_back_are_flagged(text: str, negated: list[bool]) -> None:
    """A correction gives both days in order, the one taken back flagged."""
    assert [one.negated for one in find_dates(text, RU, WEDNESDAY)] == negated


def test_sum_taken_back_is_flagged() -> None:
    """«Не пятнадцать, а десять тысяч» keeps both, and flags the first."""
    found = find_amounts("не пятнадцать тысяч, а десять тысяч", RU, Currency.TENGE)
    assert [(one.amount, one.negated) for one in found] == [(Money.of(15_000), True), (Money.of(10_000), False)]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("в шесть вечера", "18:00"),
        ("в шесть", "18:00 06:00"),
        ("в десять", "10:00 22:00"),
        ("в шесть утра", "06:00"),
        ("в час", "13:00 01:00"),
        ("в два часа дня", "14:00"),
        ("в два часа ночи", "02:00"),
        ("в восемнадцать часов", "18:00"),
        ("в восемнадцать тридцать", "18:30"),
        ("в 18:30", "18:30"),
        ("в половине седьмого", "18:30 06:30"),
        ("в полседьмого вечера", "18:30"),
        ("без пятнадцати шесть", "17:45 05:45"),
        ("без четверти восемь утра", "07:45"),
        ("четверть шестого", "17:15 05:15"),
        ("вечером в семь", "19:00"),
        ("завтра вечером в семь", "19:00"),
        ("четверг двенадцать часов", "12:00"),
        ("в пятницу три часа ждал", ""),
        ("после шести", "18:00 06:00"),
        ("до семи вечера", "19:00"),
        ("часов в пять", "17:00 05:00"),
        ("в полдень", "12:00"),
        ("в двенадцать", "12:00"),
        ("в двенадцать ночи", "00:00"),
        ("в шесть тысяч", ""),
        ("в пять дней", ""),
        ("в один из дней", ""),
        ("до пяти тысяч", ""),
        ("в пятницу", ""),
        ("через два часа", ""),
    ],
)
def test_times_are_found(text: str, times: str) -> None:
    """Times of day are found; without a part of the day both halves stay, the likelier first."""
    assert " ".join(f"{one.time:%H:%M}" for one in find_times(text, RU)) == times


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("половину", ["1/2"]),
        ("всё оплачу", ["1/1"]),
        ("всю сумму", ["1/1"]),
        ("весь долг", ["1/1"]),
        ("полностью", ["1/1"]),
        ("треть", ["1/3"]),
        ("две трети", ["2/3"]),
        ("четвертую часть", ["1/4"]),
        ("пятую часть долга", ["1/5"]),
        ("тридцать процентов", ["3/10"]),
        ("процентов двадцать", ["1/5"]),
        ("50%", ["1/2"]),
        ("всё равно", []),
        ("всё хорошо", []),
        ("это всё", []),
        ("сто процентов", []),
        ("в половине шестого", []),
        ("две с половиной тысячи", []),
    ],
)
def test_shares_are_found(text: str, shares: list[str]) -> None:
    """Parts of the debt are found; «всё» of everyday speech is none."""
    assert [f"{one.numerator}/{one.denominator}" for one in find_shares(text, RU)] == shares


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("ноль четыре один два", "0412"),
        ("ноль четыре двенадцать", "0412"),
        ("тысяча двести тридцать четыре", "1234"),
        ("номер семь семьсот один двести тридцать четыре пятьдесят шесть семьдесят восемь", "77012345678"),
        ("это 12 34", "1234"),
        ("восемь (701) 234-56-78", "87012345678"),
        ("раз два три", "123"),
        ("код пять нет шесть семь", "67"),
        ("не помню", ""),
    ],
)
def test_digits_are_found(text: str, digits: str) -> None:
    """The longest dictated string of digits is found, single or grouped."""
    assert find_digits(text, RU) == digits


def test_spans_mark_the_words() -> None:
    """Start and end cut exactly the words out of the original text, ё and capitals untouched."""
    text = "Ну, внесу Пятнадцать тысяч тенге в пятницу, третьего, ещё в шесть вечера."
    cut = [
        text[one.start : one.end]
        for one in (
            *find_amounts(text, RU, Currency.TENGE),
            *find_dates(text, RU, WEDNESDAY),
            *find_times(text, RU),
        )
    ]
    assert cut == ["Пятнадцать тысяч тенге", *["пятницу, третьего"] * 2, "шесть вечера"]
