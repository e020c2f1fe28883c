"""Russian: numerals, money, dates and times in every case, and the lexicon by which they are found again."""

from datetime import date, time

from engine.accounts import Currency, Money
from engine.spoken.readings import Case, Gender
from engine.spoken.scanning import Lexicon

_CASES = tuple(Case)
_PLACES = {
    1000: ("тысяч", Gender.FEMININE),
    10**6: ("миллион", Gender.MASCULINE),
    10**9: ("миллиард", Gender.MASCULINE),
}

Forms = tuple[str, ...]
"""One form a case, in the order of `Case`."""


def _forms(row: str) -> Forms:
    return tuple(row.split())


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
_CARDINALS |= {
    value: _like_five(word)
    for value, word in enumerate(
        "пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать "
        "семнадцать восемнадцать девятнадцать двадцать".split(),
        5,
    )
}
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

_ORDINAL_STEMS: dict[int, str] = dict(
    enumerate(
        "перв втор трет четвёрт пят шест седьм восьм девят десят одиннадцат двенадцат тринадцат четырнадцат пятнадцат "
        "шестнадцат семнадцат восемнадцат девятнадцат двадцат".split(),
        1,
    )
) | dict(
    zip(range(30, 100, 10), "тридцат сороков пятидесят шестидесят семидесят восьмидесят девяност".split(), strict=True)
)
_END_STRESSED = (2, 6, 7, 8, 40)
_ADJECTIVE = _forms("ое ого ому ое ым ом")
_SOFT_ADJECTIVE = _forms("ье ьего ьему ье ьим ьем")

_NOUNS: dict[str, tuple[str, str, Gender]] = {
    # lemma: (stem and singular endings by case), (stem and plural endings by case)
    "рубль": ("рубль рубля рублю рубль рублём рубле", "рубли рублей рублям рубли рублями рублях", Gender.MASCULINE),
    "копейка": (
        "копейка копейки копейке копейку копейкой копейке",
        "копейки копеек копейкам копейки копейками копейках",
        Gender.FEMININE,
    ),
    "тиын": ("тиын тиына тиыну тиын тиыном тиыне", "тиыны тиынов тиынам тиыны тиынами тиынах", Gender.MASCULINE),
    "тенге": ("тенге " * 6, "тенге " * 6, Gender.MASCULINE),
    "день": ("день дня дню день днём дне", "дни дней дням дни днями днях", Gender.MASCULINE),
    "час": ("час часа часу час часом часе", "часы часов часам часы часами часах", Gender.MASCULINE),
    "минута": ("минута минуты минуте минуту минутой минуте", "минуты минут минутам минуты минутами минутах", Gender.FEMININE),
    "тысяч": ("тысяча тысячи тысяче тысячу тысячей тысяче", "тысячи тысяч тысячам тысячи тысячами тысячах", Gender.FEMININE),
    "миллион": (
        "миллион миллиона миллиону миллион миллионом миллионе",
        "миллионы миллионов миллионам миллионы миллионами миллионах",
        Gender.MASCULINE,
    ),
    "миллиард": (
        "миллиард миллиарда миллиарду миллиард миллиардом миллиарде",
        "миллиарды миллиардов миллиардам миллиарды миллиардами миллиардах",
        Gender.MASCULINE,
    ),
}  # fmt: skip

MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
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
    singular, plural = (_forms(row) for row in _NOUNS[lemma][:2])
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
            lemma, of_gender = _PLACES[place]
            words += [*_below_thousand(count, at, of_gender), _noun(lemma, count, case)]
    return " ".join([*words, *_below_thousand(n, at, gender)])


def counted(n: int, lemma: str, case: Case) -> str:
    """Put a number and the noun that it counts into words."""
    return f"{number(n, case, _NOUNS[lemma][2])} {_noun(lemma, n, case)}"


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


def clock(t: time) -> str:
    """Put a time of day into words by the 24-hour clock: «восемнадцать часов тридцать минут»."""
    words = counted(t.hour, "час", Case.NOMINATIVE)
    return f"{words} {counted(t.minute, 'минута', Case.NOMINATIVE)}" if t.minute else words


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
            lexicon.add(forms[0], nominative=1)
    for forms in _ONE.values():
        lexicon.add(forms, unit=1)
    lexicon.add("две", unit=2, nominative=1)
    lexicon.add("восьмью|восемью", unit=8)
    lexicon.add("ноль|нуль|нулевой|нолик", zero=0)
    lexicon.add(_ZERO, zero=0)
    lexicon.add("писят|пийсят|пиисят", tens=50)
    lexicon.add("шисят|шейсят", tens=60)
    lexicon.add("щас", counted=1)
    for place, (lemma, _) in _PLACES.items():
        for row in _NOUNS[lemma][:2]:
            lexicon.add(_forms(row), multiplier=place)
    lexicon.add("тысячью|тыс|тыща|тыщу|тыщи|тыщ|тыщей|штука|штуку|штуки|штук|косарь|косаря|косарей|косарик|косариков|кусок|куска|кусков",
                multiplier=1000)  # fmt: skip
    lexicon.add("млн|лям|ляма|лямов|лимон|лимона|лимонов", multiplier=10**6)
    lexicon.add("млрд", multiplier=10**9)
    lexicon.add("тысяч|тыщ|штук|миллионов|косарей|кусков", loose=0)
    lexicon.add("тысячи|тыщи|штуки|миллиона|косаря|куска|ляма", loose=1)
    lexicon.add("к|т|k", glued_multiplier=1000)
    lexicon.add("м", glued_multiplier=10**6)
    lexicon.add("полтора|полутора|полторами", sesqui=0, nominative=1)
    lexicon.add("полторы", sesqui=1, nominative=1)
    lexicon.add("с половиной|и половина", half_more=1)
    lexicon.add("пол", half_of=1)
    for genitive, value in (("тысячи", 500), ("тыщи", 500), ("штуки", 500), ("миллиона", 500_000), ("ляма", 500_000),
                            ("лимона", 500_000), ("миллиарда", 5 * 10**8)):  # fmt: skip
        lexicon.add("пол" + genitive, lump=value)
    lexicon.add("пара|пару|пары|паре", pair=2)
    for slang, value in (
        ("пятерка|пятерку|пятерки", 5000), ("десятка|десятку|десятки|десяточку", 10_000), ("пятнашка|пятнашку|пятнашки", 15_000),
        ("двадцатка|двадцатку|двадцатки", 20_000), ("тридцатка|тридцатку", 30_000), ("полтинник|полтинника|полтос", 50_000),
        ("сотка|сотку|соточку", 100_000), ("пятихатка|пятихатку|пятисотка|пятисотку", 500),
        ("полторашка|полторашку", 1500),
    ):  # fmt: skip
        lexicon.add(slang, lump=value)
    lexicon.add("и", **{"and": 1})
    lexicon.add("или|либо|до", **{"or": 1})


def _add_money(lexicon: Lexicon) -> None:
    lexicon.add("тенге|теньге|тэнге|тенька|тенек|тг|тнг", currency=1)
    lexicon.add("₸", currency=1, currency_first=1)
    for lemma, role, value in (("рубль", "currency", 2), ("копейка", "minor", 2), ("тиын", "minor", 1)):
        for row in _NOUNS[lemma][:2]:
            lexicon.add(_forms(row), **{role: value})
    lexicon.add("руб|р|₽", currency=2)
    lexicon.add("рублей|рубля|₽", currency_first=1)
    lexicon.add("коп", minor=2)
    lexicon.add("$|доллар|доллара|долларов|бакс|баксов", currency=0)
    lexicon.add("$", currency_first=1)
    lexicon.add("%|процент|процента|процентов|процентам|процентами|процентах", percent=1)
    lexicon.add(
        "раз|раза|разу|дети|детей|детьми|ребенка|ребенок|человек|человека|людей|минут|минуты|минуту|минуточку|секунд|"
        "секунды|секунду|час|часа|часов|часу|лет|года|год|году|месяц|месяца|месяцев|неделя|недели|неделю|недель|день|дня|"
        "дней|дни|сутки|суток|дом|дома|квартира|этаж|номер|номера|банка|банков|кредита|кредитов|платежа|платежей|"
        "звонка|звонков|смены|смен|работы|работах|договора|договоров|звонок|момент|вопрос|вопроса|варианта|карты|карт|детям|"
        "из", counted=1)  # fmt: skip
    lexicon.add("половина|половину|половиной|половинку|половине|половины", share=102)
    lexicon.add("треть|трети", share=103)
    lexicon.add("четверть|четверти", share=104)
    lexicon.add("все|всё|полностью|целиком|до копейки|до копеечки|полным погашением|закрою полностью", share=101)
    lexicon.add("вся|всю|всей|весь|всего долга|полная|полную|полный|целую|оставшуюся", whole_of=1)
    lexicon.add("сумма|сумму|суммы|долг|долга|задолженность|задолженности|кредит", debt=1)
    lexicon.add("часть|части|долю", part=1)
    # «все» that is no sum
    for phrase in (
        "все равно|все хорошо|все понятно|все ясно|все нормально|все еще|все время|все верно|все правильно|все таки|"
        "все в порядке|у меня все|это все|на этом все|вот и все|все спасибо|все до свидания|все пока|все знаю|все поняла|"
        "все понял|и все|все это|все так|все отлично|все ок|все давайте|все ладно|все может|все слышно|все слышу|мы все|все они|"
        "при всем|все дела|за все время|все пока|все уже|все сроки|все номера|все деньги ушли|все что ли|раз и все|все больше"
    ).split("|"):
        lexicon.add(phrase)
    lexicon.add("все уже оплатил|все оплатил|все заплатил|все погасил")


def _add_days(lexicon: Lexicon) -> None:
    masculine = {2: "ой", 6: "ой", 7: "ой", 8: "ой", 40: "ой", 3: "ий"}
    for value, stem in _ORDINAL_STEMS.items():
        endings = _SOFT_ADJECTIVE if value == 3 else _ADJECTIVE
        lexicon.add([stem + ending for ending in endings], ordinal=value)
        lexicon.add(stem + masculine.get(value, "ый"), ordinal=value)
        lexicon.add([stem + ending for ending in endings[:4]], day_ordinal=value)
        soft = "ь" if value == 3 else ""
        lexicon.add(
            [stem + soft + ending for ending in (("я", "ю", "ей") if soft else ("ая", "ую", "ой"))], fraction=value
        )
        lexicon.add(stem + ("ьих" if value == 3 else "ых"), fraction=value)
        if value <= 12:
            lexicon.add("пол" + stem + endings[1], half_hour=value)
    lexicon.add("десятых числах|10 числах|10-х числах", day_ordinal=10, ordinal=10, weak_day=10)
    lexicon.add("двадцатых числах|20 числах|20-х числах", day_ordinal=20, ordinal=20, weak_day=20)
    for value, genitive in enumerate(MONTHS, 1):
        stem = genitive[:-1]
        nominative = {3: "март", 5: "май", 8: "август"}.get(value, stem + "ь")
        soft = value not in (3, 8)
        lexicon.add(
            [genitive, nominative, stem + ("ю" if soft else "у"), stem + ("ем" if soft else "ом"), stem + "е"],
            month=value,
        )
    for value, forms in enumerate(WEEKDAYS):
        lexicon.add(forms, weekday=value)
    lexicon.add("воскресение|воскресения", weekday=6)
    lexicon.add("выходные|выходных|выходным", weekend=1)
    for words, offset in (
        ("сегодня|сегодняшний день|сегодняшнего дня|сегодняшним днем", 0), ("завтра|завтрашний день|завтрашнего дня", 1),
        ("послезавтра|после завтра|послезавтрашнего дня", 2), ("после послезавтра|послепослезавтра", 3),
        ("вчера|вчерашний день|вчерашнего дня", -1), ("позавчера|поза вчера", -2),
    ):  # fmt: skip
        lexicon.add(words, rel_day=offset)
    lexicon.add("день|дня|дню|дней|дни|денек|денька|деньков|днем|сутки|суток", period=1)
    lexicon.add("неделя|недели|неделе|неделю|недель|неделей|недельку|недельки", period=7)
    lexicon.add("месяц|месяца|месяцу|месяце|месяцев|месяцем", period=30)
    lexicon.add("год|года|году", period=365, year_word=1)
    lexicon.add("полмесяца", period=15)
    lexicon.add("полгода", period=182)
    lexicon.add("число|числа|числу|числе|числом", day_word=1)
    lexicon.add([f"следующ{e}" for e in ("ий", "ая", "ее", "его", "ей", "ему", "ую", "ем")], next=1)
    lexicon.add([f"будущ{e}" for e in ("ий", "ая", "ее", "его", "ей", "ему", "ую", "ем")], next=1)
    lexicon.add(
        "этот|эта|этой|эту|этого|этом|этому|ближайший|ближайшую|ближайшая|ближайшее|текущий|текущего|текущей|текущем",
        this=1,
    )
    lexicon.add("через", after=1)
    lexicon.add("в течение|в течении|в пределах", within=1)
    lexicon.add("спустя|позже|позднее", later=1)
    lexicon.add("начало|начале|начала|началу", edge=0)
    lexicon.add("середина|середине|середины|середину|середине", edge=1)
    lexicon.add("конец|конце|конца|концу|концом", edge=2)
    lexicon.add(
        "в|во|на|к|ко|до|после|с|со|по|где то|где-то|примерно|около|а|а вот|именно|уже|только|ровно", before_day=1
    )
    lexicon.add("не|ни", **{"not": 1})
    lexicon.ordinal_suffixes |= {"го", "ого", "его", "е", "ое", "му", "ому", "ему", "й", "ый", "ье", "ого"}
    lexicon.case_suffixes |= {"ти", "ми", "ю", "мя", "х", "и", "а", "ых"}
    # ordinals that count something else
    for noun in ("раза", "раз", "лица", "лицу", "лицо", "этажа", "звонка", "звонку", "этаже", "банка", "года", "класса", "ребенка",
                 "платежа", "платежу", "время", "кредита", "брака", "дома", "подъезда", "сорта", "дня", "месте", "место",
                 "человека", "курса"):  # fmt: skip
        for value in range(1, 11):
            stem, endings = _ORDINAL_STEMS[value], _SOFT_ADJECTIVE if value == 3 else _ADJECTIVE
            for ending in endings[:3]:
                lexicon.add(f"{stem}{ending} {noun}")


def _add_times(lexicon: Lexicon) -> None:
    lexicon.add("в|во|к|ко|после|часам к", at=1)
    lexicon.add("до|с|со|около|на|где-то", at=0)
    lexicon.add("час|часу", oclock=1)
    lexicon.add("часа|часов|часам|ч", oclock=0)
    lexicon.add("минута|минуты|минут|минуту", minute=1)
    lexicon.add("ночи|ночью", daypart=0)
    lexicon.add("утра|утром|с утра", daypart=1)
    lexicon.add("дня|днем", daypart=2)
    lexicon.add("вечера|вечером|вечерком", daypart=3)
    lexicon.add("без", without=1)
    lexicon.add("четверти|четверть", quarter=15)
    lexicon.add("полдень|полудня|полудню", named_time=720)
    lexicon.add("полночь|полуночи", named_time=0)


def lexicon() -> Lexicon:
    """Return the words of Russian."""
    words = Lexicon()
    _add_numbers(words)
    _add_money(words)
    _add_days(words)
    _add_times(words)
    return words
