"""Kazakh: endings by rule, wording, and finding with and without the special letters, mixed with Russian."""

from datetime import date, time

import pytest

from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import (
    Case,
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
from engine.spoken.kazakh import ablative, ordinal, possessive_cases
from engine.spoken.scanning import fold

KK = Language.KAZAKH
WEDNESDAY = date(2026, 11, 25)
N, G, D, A, INS, P = Case


@pytest.mark.parametrize(
    ("n", "case", "words"),
    [
        (0, N, "нөл"),
        (1, G, "бірдің"),
        (2, D, "екіге"),
        (3, A, "үшті"),
        (4, P, "төртте"),
        (5, INS, "беспен"),
        (6, G, "алтының"),
        (7, A, "жетіні"),
        (8, INS, "сегізбен"),
        (9, D, "тоғызға"),
        (9, INS, "тоғызбен"),
        (10, P, "онда"),
        (10, INS, "онмен"),
        (20, G, "жиырманың"),
        (30, A, "отызды"),
        (40, D, "қырыққа"),
        (40, G, "қырықтың"),
        (50, P, "елуде"),
        (50, A, "елуді"),
        (60, D, "алпысқа"),
        (70, P, "жетпісте"),
        (80, G, "сексеннің"),
        (90, A, "тоқсанды"),
        (100, D, "жүзге"),
        (150, N, "жүз елу"),
        (205, N, "екі жүз бес"),
        (1000, A, "бір мыңды"),
        (15_000, N, "он бес мың"),
        (15_000, G, "он бес мыңның"),
        (1_500_000, N, "бір миллион бес жүз мың"),
        (2_000_000, D, "екі миллионға"),
        (10**9, D, "бір миллиардқа"),
    ],
)
def test_number_is_worded(n: int, case: Case, words: str) -> None:
    """Only the last word takes the ending, by vowel harmony and the last sound."""
    assert number_in_words(n, KK, case=case) == words


@pytest.mark.parametrize(
    ("amount", "case", "words"),
    [
        (Money.of(15_000), N, "он бес мың теңге"),
        (Money.of(15_000), G, "он бес мың теңгенің"),
        (Money.of(15_000), D, "он бес мың теңгеге"),
        (Money.of(15_000), A, "он бес мың теңгені"),
        (Money.of(15_000), INS, "он бес мың теңгемен"),
        (Money.of(15_000), P, "он бес мың теңгеде"),
        (Money(1_500_050), N, "он бес мың теңге елу тиын"),
        (Money(1_500_050), A, "он бес мың теңге елу тиынды"),
        (Money.of(500, Currency.ROUBLE), N, "бес жүз рубль"),
    ],
)
def test_money_is_worded(amount: Money, case: Case, words: str) -> None:
    """Tenge declines in Kazakh, and the ending stands at the very end of the sum."""
    assert money_in_words(amount, KK, case=case) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("бір", "бірінші"),
        ("екі", "екінші"),
        ("үш", "үшінші"),
        ("алты", "алтыншы"),
        ("жеті", "жетінші"),
        ("тоғыз", "тоғызыншы"),
        ("он", "оныншы"),
        ("жиырма", "жиырмасыншы"),
        ("отыз", "отызыншы"),
        ("қырық", "қырқыншы"),
        ("елу", "елуінші"),
    ],
)
def test_ordinal_follows_the_rule(number: str, words: str) -> None:
    """Ordinals take -ншы or -ыншы in harmony; жиырма and қырық are exceptions."""
    assert ordinal(number) == words


def test_possessive_and_ablative_follow_the_rule() -> None:
    """Days "of the month" take the possessive before the case."""
    assert possessive_cases("бес") == ["бесі", "бесінің", "бесіне", "бесін", "бесінде", "бесінен", "бесімен"]
    assert possessive_cases("жиырма")[4] == "жиырмасында"
    assert [ablative(word) for word in ("күн", "апта", "ай", "бес", "жүз", "мың")] == [
        "күннен",
        "аптадан",
        "айдан",
        "бестен",
        "жүзден",
        "мыңнан",
    ]


@pytest.mark.parametrize(
    ("day", "case", "words"),
    [
        (date(2026, 12, 7), N, "жетінші желтоқсан"),
        (date(2026, 12, 7), P, "жетінші желтоқсанда"),
        (date(2026, 12, 7), D, "жетінші желтоқсанға"),
        (date(2026, 12, 20), N, "жиырмасыншы желтоқсан"),
        (date(2026, 1, 31), P, "отыз бірінші қаңтарда"),
        (date(2026, 4, 10), D, "оныншы сәуірге"),
        (date(2026, 9, 1), P, "бірінші қыркүйекте"),
        (date(2026, 9, 1), D, "бірінші қыркүйекке"),
        (date(2026, 7, 16), P, "он алтыншы шілдеде"),
        (date(2026, 8, 3), G, "үшінші тамыздың"),
    ],
)
def test_day_is_worded(day: date, case: Case, words: str) -> None:
    """The day is an ordinal, and the month takes the ending."""
    assert date_in_words(day, KK, case=case) == words


def test_day_with_weekday_and_year_is_worded() -> None:
    """The year comes first, the weekday last."""
    words = date_in_words(date(2026, 12, 7), KK, weekday=True, year=True)
    assert words == "екі мың жиырма алтыншы жылғы жетінші желтоқсан, дүйсенбі"
    assert weekday_in_words(date(2026, 11, 27), KK, case=P) == "жұмада"


@pytest.mark.parametrize(
    ("moment", "words"),
    [(time(18), "сағат он сегіз"), (time(9, 5), "тоғыз сағат бес минут"), (time(18, 30), "он сегіз сағат отыз минут")],
)
def test_time_is_worded(moment: time, words: str) -> None:
    """Times go by the 24-hour clock, and with minutes they cannot be misheard as a larger hour."""
    assert time_in_words(moment, KK) == words


def test_days_and_digits_are_worded() -> None:
    """Counted nouns stay in the singular; telephone numbers are read in groups."""
    assert days_in_words(3, KK) == "үш күн"
    assert days_in_words(3, KK, case=A) == "үш күнді"
    assert digits_in_words("7012345678", KK) == "жеті жүз бір, екі жүз отыз төрт, елу алты, жетпіс сегіз"


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("он бес мың", [15_000]),
        ("он бес мың теңге", [15_000]),
        ("онбес мың", [15_000]),
        ("бір жарым мың", [1500]),
        ("екі жарым мың теңге", [2500]),
        ("жарты миллион", [500_000]),
        ("жүз елу мың", [150_000]),
        ("екі жүз мыңды", [200_000]),
        ("отыз бес мың сегіз жүз қырық теңге", [35_840]),
        ("мың теңге", [1000]),
        ("он мың", [10_000]),
        ("он теңге", [10]),
        ("он мыңдай", [10_000]),
        ("жиырма бестей мың", [25_000]),
        ("жеті мыңын", [7000]),
        ("ондай ақша жоқ", []),
        ("бес жүз теңгеге дейін", [500]),
        ("елу мыңнан", [50_000]),
        ("бес-алты мың", [5000, 6000]),
        ("бес немесе алты мың", [5000, 6000]),
        ("15 000 теңге", [15_000]),
        ("15 мың", [15_000]),
        ("15 000-ды", [15_000]),
        ("он бес", [15]),
        ("бес жүз", [500]),
        ("екі миллион үш жүз мың", [2_300_000]),
        ("пятнадцать мың", [15_000]),
        ("пятнадцать тысяч", [15_000]),
        ("бес тысяча", [5000]),
        ("он тысячаны", [10_000]),
        ("жиырма мың жұмада", [20_000]),
        ("он бесінші желтоқсанда жиырма мың", [20_000]),
        ("он бес мың он бесінде", [15_000]),
        ("жиырма мың бірден төлеймін", [20_000]),
        ("елу мың онда", [50_000]),
        ("бір", []),
        ("бір минут", []),
        ("бір рет", []),
        ("екі балам бар", []),
        ("үш күннен кейін", []),
        ("онда кейін", []),
        ("оның қарызы", []),
        ("сіз үшін", []),
        ("бірге", []),
        ("айдың жиырмасында", []),
        ("отыз мың айдың соңында", [30_000]),
        ("он мың айдың бесінде", [10_000]),
        ("үш ай", []),
        ("отызын бүгін", [30]),
        ("жүз жиырмасын", [120]),
        ("он бесін салам", [15]),
        ("оның ағасы", []),
        ("сағат алтыда", []),
        ("елу пайыз", []),
    ],
)
def test_amounts_are_found(text: str, sums: list[int], folded: bool) -> None:
    """Sums are found in Kazakh letters or their Russian look-alikes; everyday words that look like numbers are none."""
    found = find_amounts(fold(text) if folded else text, KK, Currency.TENGE)
    assert [readings[0].amount for readings in standing(found)] == [Money.of(each) for each in sums]


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("ертең", "11-26"),
        ("бүгін", "11-25"),
        ("бүрсігүні", "11-27"),
        ("бүрсі күні", "11-27"),
        ("кеше", "11-24"),
        ("жұма күні", "11-27"),
        ("жұмада", "11-27"),
        ("жұмаға дейін", "11-27"),
        ("сәрсенбі күні", "12-02 11-25"),
        ("келесі дүйсенбі", "11-30"),
        ("келесі жұмада", "12-04 11-27"),
        ("осы жұмада", "11-27"),
        ("өткен жұмада", "11-20"),
        ("дүйсенбі немесе сейсенбі", "11-30 12-01"),
        ("бесінші желтоқсан", "12-05"),
        ("бесінші желтоқсанда", "12-05"),
        ("бесінші желтоқсанға дейін", "12-05"),
        ("5 желтоқсанда", "12-05"),
        ("5-ші желтоқсан", "12-05"),
        ("бес желтоқсан", "12-05"),
        ("он желтоқсан", "12-10"),
        ("жиырма бесінші желтоқсанда", "12-25"),
        ("отыз бірінші желтоқсан", "12-31"),
        ("желтоқсанның бесінде", "12-05"),
        ("желтоқсанның бесі", "12-05"),
        ("желтоқсанның 5", "12-05"),
        ("айдың жиырмасында", "12-20"),
        ("айдың он бесінде", "12-15"),
        ("айдың 20-сында", "12-20"),
        ("айдың бірінде", "12-01"),
        ("келесі айдың бесінде", "12-05"),
        ("осы айдың отызында", "11-30"),
        ("он бесіне дейін", "12-15"),
        ("20-сына дейін", "12-20"),
        ("жиырмасында", "12-20"),
        ("бесінші числода", "12-05"),
        ("бесінші күні", "12-05"),
        ("бесінші", "12-05"),
        ("бесінші төлеймін", "12-05"),
        ("бесіншіде", "12-05"),
        ("бір аптадан кейін", "12-02"),
        ("аптадан кейін", "12-02"),
        ("екі аптадан соң", "12-09"),
        ("үш күннен кейін", "11-28"),
        ("бір айдан кейін", "12-25"),
        ("үш күн бұрын", "11-22"),
        ("келесі аптада жұма күні", "12-04"),
        ("келесі аптаның жұмасында", "12-04"),
        ("завтра", "11-26"),
        ("пятницада", "11-27"),
        ("пятницаға дейін", "11-27"),
        ("декабрьдің бесінде", "12-05"),
        ("бесінші декабрьде", "12-05"),
        ("пятого декабря", "12-05"),
        ("екі мың жиырма алтыншы жылғы жетінші желтоқсан", "12-07"),
        ("ертең, бейсенбі күні", "11-26"),
        ("сенбі, он екінші желтоқсанда", "12-12"),
        ("бесінші он бесінші желтоқсан", "12-05 12-15"),
        ("бесі мен жиырмасында", "12-05 12-20"),
        ("жиырмасы мен бесінші желтоқсанға", "12-20 12-05"),
        ("оны мен жиырмасында көрдім", "12-20"),
        ("бірінші екінші рет", ""),
        ("бірінші рет", ""),
        ("екінші банк", ""),
        ("бір күні", ""),
        ("екі күн", ""),
        ("айлықтан кейін", ""),
        ("сіз үшін", ""),
        ("кейін төлеймін", ""),
        ("он бес мың", ""),
    ],
)
def test_dates_are_found(text: str, days: str, folded: bool) -> None:
    """Days are found and resolved on Wednesday, 25 November 2026, in either spelling."""
    found = find_dates(fold(text) if folded else text, KK, WEDNESDAY)
    assert " ".join(f"{one.day:%m-%d}" for one in found) == days
    assert all(one.explicit for one in found)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("айдың соңында", "11-30"),
        ("осы айдың ішінде", "11-30"),
        ("осы аптаның ішінде", "11-29"),
        ("ай соңына дейін", "11-30"),
        ("аптаның соңына дейін", "11-29"),
        ("келесі айдың соңында", "12-31"),
        ("айдың басында", "12-01"),
        ("келесі аптада", "12-06"),
        ("бір апта ішінде", "12-02"),
        ("үш күнде төлеймін", "11-28"),
        ("екі аптада жабамын", "12-09"),
        ("бір апта уақыт керек", ""),
        ("демалыста", "11-28 11-29"),
    ],
)
def test_periods_stand_for_a_day_and_say_so(text: str, days: str) -> None:
    """A period is read as the day by which it is over, and is not explicit."""
    found = find_dates(text, KK, WEDNESDAY)
    assert " ".join(f"{one.day:%m-%d}" for one in found) == days
    assert not any(one.explicit for one in found)


@pytest.mark.parametrize(
    ("text", "negated"),
    [("бесінші емес, алтыншы", [True, False]), ("жұма емес сенбі күні", [True, False]), ("бесінші болмайды", [])],
)
def test_days_taken_back_are_flagged(text: str, negated: list[bool]) -> None:
    """«Емес» takes back what precedes it."""
    assert [one.negated for one in find_dates(text, KK, WEDNESDAY)] == negated


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("сағат алтыда", "18:00 06:00"),
        ("сағат онда", "10:00 22:00"),
        ("сағат бірде", "13:00 01:00"),
        ("кешкі алтыда", "18:00"),
        ("таңғы тоғызда", "09:00"),
        ("түскі екіде", "14:00"),
        ("кешке сағат жетіде", "19:00"),
        ("таңертең сағат тоғызда", "09:00"),
        ("сағат алты жарымда", "18:30 06:30"),
        ("сағат он сегізде", "18:00"),
        ("сағат он сегіз отызда", "18:30"),
        ("сағат 18:00-де", "18:00"),
        ("он сегіз сағат отыз минут", "18:30"),
        ("в шесть вечера", "18:00"),
        ("алтыда", "18:00 06:00"),
        ("екі сағаттан кейін", ""),
        ("он бес мың", ""),
    ],
)
def test_times_are_found(text: str, times: str) -> None:
    """Times of day are found behind «сағат» or a part of the day."""
    assert " ".join(f"{one.time:%H:%M}" for one in find_times(text, KK)) == times


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("жартысын", ["1/2"]),
        ("жартысы ғана", ["1/2"]),
        ("бәрін төлеймін", ["1/1"]),
        ("барлығын", ["1/1"]),
        ("толық", ["1/1"]),
        ("үштен бірін", ["1/3"]),
        ("төрттен үшін", ["3/4"]),
        ("ширегін", ["1/4"]),
        ("елу пайыз", ["1/2"]),
        ("отыз пайызын", ["3/10"]),
        ("половину", ["1/2"]),
        ("жарты миллион", []),
        ("толық емес", []),
        ("бір жарым мың", []),
    ],
)
def test_shares_are_found(text: str, shares: list[str]) -> None:
    """Parts of the debt are found."""
    assert [f"{one.numerator}/{one.denominator}" for one in find_shares(text, KK)] == shares


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("нөл төрт бір екі", "0412"),
        ("жеті жүз бір екі жүз отыз төрт елу алты жетпіс сегіз", "7012345678"),
        ("он екі отыз төрт", "1234"),
        ("ноль четыре один два", "0412"),
    ],
)
def test_digits_are_found(text: str, digits: str) -> None:
    """Dictated digits are found in Kazakh and in Russian."""
    assert find_digits(text, KK) == digits
