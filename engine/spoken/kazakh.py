"""Kazakh: numerals, money, dates and times with endings by vowel harmony, and the lexicon by which they are found again.

Endings follow the school grammar: the vowel of the ending by the last vowel of the word, its first consonant by the last sound.
"""

from datetime import date, time

from engine.accounts import Currency, Money
from engine.spoken.readings import Case
from engine.spoken.scanning import Lexicon

_FRONT, _BACK = "әөүіеэ", "аоұыяёю"
_VOWELS = _FRONT + _BACK + "и"
_NASALS, _LIQUIDS, _BUZZING = "мнң", "рлйу", "зж"

_UNITS = "бір екі үш төрт бес алты жеті сегіз тоғыз".split()
_TENS = "он жиырма отыз қырық елу алпыс жетпіс сексен тоқсан".split()
_PLACES = {1000: "мың", 10**6: "миллион", 10**9: "миллиард"}
MONTHS = "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан".split()
WEEKDAYS = "дүйсенбі сейсенбі сәрсенбі бейсенбі жұма сенбі жексенбі".split()


def is_front(word: str) -> bool:
    """Whether endings of this word take front vowels; и and у are neutral, a soft sign makes a loan front."""
    for char in reversed(word):
        if char in _FRONT or char == "ь":
            return True
        if char in _BACK:
            return False
    return False


def _ending(word: str, front: str, back: str, **first: str) -> str:
    """Return word plus ending; ``first`` gives its first sound after vowels, nasals, liquids, buzzing, voiceless sounds."""
    last = word.rstrip("ь")[-1]
    kind = (
        "vowel" if last in _VOWELS
        else "nasal" if last in _NASALS
        else "liquid" if last in _LIQUIDS
        else "buzzing" if last in _BUZZING
        else "voiceless"
    )  # fmt: skip
    return word + first[kind] + (front if is_front(word) else back)


def genitive(word: str) -> str:
    """-ның/-нің, -дың/-дің, -тың/-тің."""
    return _ending(word, "ің", "ың", vowel="н", nasal="н", liquid="д", buzzing="д", voiceless="т")


def dative(word: str) -> str:
    """-ға/-ге, -қа/-ке."""
    hard, soft = ("қа", "ке") if word.rstrip("ь")[-1] not in _VOWELS + _NASALS + _LIQUIDS + _BUZZING else ("ға", "ге")
    return word + (soft if is_front(word) else hard)


def accusative(word: str) -> str:
    """-ны/-ні, -ды/-ді, -ты/-ті."""
    return _ending(word, "і", "ы", vowel="н", nasal="д", liquid="д", buzzing="д", voiceless="т")


def locative(word: str) -> str:
    """-да/-де, -та/-те."""
    return _ending(word, "е", "а", vowel="д", nasal="д", liquid="д", buzzing="д", voiceless="т")


def ablative(word: str) -> str:
    """-дан/-ден, -нан/-нен, -тан/-тен."""
    return _ending(word, "ен", "ан", vowel="д", nasal="н", liquid="д", buzzing="д", voiceless="т")


def instrumental(word: str) -> str:
    """-мен, -бен, -пен; it has no harmony."""
    return _ending(word, "ен", "ен", vowel="м", nasal="м", liquid="м", buzzing="б", voiceless="п")


def possessive(word: str) -> str:
    """-сы/-сі, -ы/-і: of the month, «айдың бесі»."""
    if word[-1] in _VOWELS:
        return word + ("сі" if is_front(word) else "сы")
    return word + ("і" if is_front(word) else "ы")


def possessive_cases(word: str) -> list[str]:
    """All forms of «бесі»: бесінің, бесіне, бесін, бесінде, бесінен, бесімен."""
    own = possessive(word)
    front = is_front(word)
    endings = ("нің", "не", "н", "нде", "нен", "мен") if front else ("ның", "на", "н", "нда", "нан", "мен")
    return [own, *(own + ending for ending in endings)]


def ordinal(word: str) -> str:
    """-ншы/-нші, -ыншы/-інші."""
    if word in ("жиырма", "қырық"):
        return {"жиырма": "жиырмасыншы", "қырық": "қырқыншы"}[word]
    if word[-1] in _VOWELS:
        return word + ("нші" if is_front(word) else "ншы")
    return word + ("інші" if is_front(word) else "ыншы")


def approximate(word: str) -> str:
    """-дай/-дей, -тай/-тей: about so many."""
    return _ending(word, "ей", "ай", vowel="д", nasal="д", liquid="д", buzzing="д", voiceless="т")


_ENDINGS = {
    Case.GENITIVE: genitive,
    Case.DATIVE: dative,
    Case.ACCUSATIVE: accusative,
    Case.PREPOSITIONAL: locative,
    Case.INSTRUMENTAL: instrumental,
}


def inflect(word: str, case: Case) -> str:
    """Put a word, or the last word of a phrase, into a case."""
    return _ENDINGS[case](word) if case in _ENDINGS else word


def _inflected(word: str) -> list[str]:
    return [ending(word) for ending in (*_ENDINGS.values(), ablative)]


def _words(n: int) -> list[str]:
    words: list[str] = []
    for place in sorted(_PLACES, reverse=True):
        count, n = divmod(n, place)
        if count:
            words += [*_words(count), _PLACES[place]]
    hundreds, n = divmod(n, 100)
    if hundreds:
        words += [*([_UNITS[hundreds - 1]] if hundreds > 1 else []), "жүз"]
    if n >= 10:
        words.append(_TENS[n // 10 - 1])
    if n % 10:
        words.append(_UNITS[n % 10 - 1])
    return words


def number(n: int, case: Case) -> str:
    """Put a whole number into words; the case ending goes to the last word."""
    *head, last = _words(n) or ["нөл"]
    return " ".join([*head, inflect(last, case)])


def money(amount: Money, case: Case) -> str:
    """Put a sum into words; minor units only where there are any, and the case ending at the very end."""
    rouble = amount.currency is Currency.ROUBLE
    major, minor = divmod(amount.minor, 100)
    parts = [] if minor and not major else [(major, "рубль" if rouble else "теңге")]
    if minor:
        parts.append((minor, "копейка" if rouble else "тиын"))
    words = " ".join(f"{number(count, Case.NOMINATIVE)} {noun}" for count, noun in parts)
    return inflect(words, case)


def _ordinal_of(n: int) -> str:
    *head, last = _words(n)
    return " ".join([*head, ordinal(last)])


def day(day: date, case: Case, with_weekday: bool, with_year: bool) -> str:
    """Put a date into words: «екі мың жиырма алтыншы жылғы жетінші желтоқсан, дүйсенбі»."""
    # For a native speaker's check: the weekday behind the date, uninflected.
    words = f"{_ordinal_of(day.day)} {inflect(MONTHS[day.month - 1], case)}"
    if with_year:
        words = f"{_ordinal_of(day.year)} жылғы {words}"
    return f"{words}, {WEEKDAYS[day.weekday()]}" if with_weekday else words


def weekday(weekday: int, case: Case) -> str:
    """Name a day of the week, 0 is Monday."""
    return inflect(WEEKDAYS[weekday], case)


def clock(t: time) -> str:
    """Put a time of day into words by the 24-hour clock: «сағат он сегіз отыз»."""
    # For a native speaker's check: the short form without «минут».
    hour = f"сағат {number(t.hour, Case.NOMINATIVE)}"
    return f"{hour} {number(t.minute, Case.NOMINATIVE)} минут" if t.minute else hour


def days(n: int, case: Case) -> str:
    """Count days: «үш күн»."""
    return f"{number(n, Case.NOMINATIVE)} {inflect('күн', case)}"


def _add_numbers(lexicon: Lexicon) -> None:
    numerals = [(word, "unit", value) for value, word in enumerate(_UNITS, 1)]
    numerals += [(word, "tens", 10 * value) for value, word in enumerate(_TENS, 1)]
    numerals += [("жүз", "hundred", 100), *((word, "multiplier", place) for place, word in _PLACES.items())]
    for word, role, value in numerals:
        lexicon.add(word, **{role: value})
        lexicon.add([*_inflected(word), approximate(word)], **{role: value}, final=1)
        lexicon.add(ablative(word), ablative=1)
    for joined_tens in _TENS:
        for value, unit in enumerate(_UNITS, 1):
            tens = 10 * (_TENS.index(joined_tens) + 1)
            lexicon.add(joined_tens + unit, tens=tens + value, final=0)
    lexicon.add("он", lone=1)
    lexicon.add("нөл|нол", zero=0)
    lexicon.add("тысячаны|тысячаға|тысячадан|тысячадай|тысячалай", multiplier=1000, final=1)
    lexicon.add("жарым", half_more=1)
    lexicon.add("жарты|жарым", half_of=1)
    lexicon.add("немесе|әлде|не", **{"or": 1})
    # «онда» then, «оны» him, «оның» his, «үшін» for, «бірге» together, «бірден» at once, «бірде» once: never numbers
    for word in ("онда", "оны", "оның", "үшін", "бірге", "бірден", "бірде", "бірі", "бірін"):
        lexicon.remove(word)


def _add_money(lexicon: Lexicon) -> None:
    for noun, role, value in (
        ("теңге", "currency", 1),
        ("рубль", "currency", 2),
        ("тиын", "minor", 1),
        ("доллар", "currency", 0),
    ):
        lexicon.add([noun, *_inflected(noun), approximate(noun)], **{role: value})
    lexicon.add("теңгесін|теңгесі|теңгелік", currency=1)
    lexicon.add("пайыз|пайызын|пайызы|пайызды", percent=1)
    lexicon.add("рет|бала|балам|балаға|адам|минут|минутқа|секунд|сағат|сағатта|жас|жаста|жыл|ай|апта|күн|кредит|банк|нөмір|"
                "айдан|аптадан|күннен|жылдан|сағаттан|минуттан", counted=1)  # fmt: skip
    lexicon.add("жартысын|жартысы|жартысына|жартысынан|жарымын|жарымы|жарты ақшасын|тең жартысын", share=102)
    lexicon.add("ширегін|ширегі|ширек", share=104)
    lexicon.add("бәрін|барлығын|толығымен|толық|түгел|түгелімен|түгелдей|бүкілін|барын|толықтай|барлық соманы|барлық ақшаны|"
                "бүкіл соманы|барлық қарызды|бүкіл қарызды", share=101)  # fmt: skip
    lexicon.add("бәрін түсіндім|бәрін айттым|толық емес|толық түсінбедім|толық аты|толық есімім|бәрін білемін")


def _loan_forms(word: str) -> list[str]:
    """Forms of a Russian word under Kazakh endings, as code switching has them: «пятницада», «декабрьде»."""
    forms = [word]
    for root in {word, word.rstrip("ь")}:
        for hard, soft in (("да", "де"), ("та", "те"), ("ға", "ге"), ("қа", "ке"), ("дан", "ден"), ("тан", "тен"), ("ның", "нің"),
                           ("дың", "дің"), ("тың", "тің"), ("ды", "ді"), ("ны", "ні"), ("ты", "ті")):  # fmt: skip
            forms += [root + hard, root + soft]
    return forms


def _add_days(lexicon: Lexicon) -> None:
    for value, word in [*enumerate(_UNITS, 1), *((10 * tens, word) for tens, word in enumerate(_TENS, 1))]:
        first = ordinal(word)
        lexicon.add(first, ordinal=value, weak_day=value)
        lexicon.add(_inflected(first), ordinal=value, day_ordinal=value)
        lexicon.add(possessive_cases(first), ordinal=value, day_ordinal=value)
        if value <= 30:
            owned = possessive_cases(word)
            for form in owned:
                if form not in ("оны", "оның", "онын", "үшін", "бірі", "бірін", "екісі"):
                    lexicon.add(form, ordinal=value)
            lexicon.add(
                [form for form in owned[2:] if form not in ("үшін", "онын", "бірін", "бесін")], day_ordinal=value
            )
            lexicon.add([owned[2]] if value not in (1, 3, 10) else [], day_ordinal=value)
    lexicon.add("бірі|бірін|үшін|оны", fraction=0)
    for value, month in enumerate(MONTHS, 1):
        lexicon.add([month, *_inflected(month)], month=value)
        lexicon.add(genitive(month), month_first=1)
    russian = "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь".split()
    for value, month in enumerate(russian, 1):
        lexicon.add(_loan_forms(month), month=value)
        lexicon.add([month.rstrip("ь") + "дің", month.rstrip("ь") + "дың", month + "дің", month + "дың"], month_first=1)
    for value, weekday in enumerate(WEEKDAYS):
        lexicon.add([weekday, *_inflected(weekday)], weekday=value)
        lexicon.add([f"{weekday} күні", f"{weekday} күніне", f"{weekday} күнге", f"{weekday} күнгі"], weekday=value)
    lexicon.add("жұмасында|жұмасына", weekday=4)
    lexicon.add("дуйсембі|дүйсембі|дүйсембіде", weekday=0)
    for value, weekday in enumerate("понедельник вторник среда четверг пятница суббота воскресенье".split()):
        lexicon.add(_loan_forms(weekday), weekday=value)
        lexicon.add([f"{weekday} күні", f"{weekday} күніне", f"{weekday} күнге"], weekday=value)
    lexicon.add("демалыста|демалыс күні|демалыс күндері|демалысқа", weekend=1)
    for words, offset in (
        ("бүгін|бүгінге|бүгінгі|бүгіннен", 0), ("ертең|ертеңге|ертеңгі|ертеңіне|ертеңгі күні|ертен|ертеңнен|ертенге", 1),
        ("бүрсігүні|бүрсігүнге|бүрсүгүні|бүрсүгіні|бүрсікүні|бүрсүкүні|арғы күні|бүрсігүнгі", 2), ("кеше|кешегі", -1),
        ("алдыңғы күні", -2),
    ):  # fmt: skip
        lexicon.add(words, rel_day=offset)
    for word, length in (("күн", 1), ("апта", 7), ("ай", 30), ("жыл", 365)):
        lexicon.add([word, *_inflected(word), *possessive_cases(word)], period=length)
    lexicon.add("ай", counted=1)
    lexicon.add("неделядан|неделяда", period=7)
    lexicon.add("месяцтан|месяцте", period=30)
    lexicon.add(
        "күні|күніне|күнге|күніне|числода|числоға|числосында|числосына|числосы|число|санына|күнінде", day_word=1
    )
    lexicon.add("жылы|жылғы|жылдың", year_word=1)
    lexicon.add("келесі|келер|келесі келетін|алдағы", next=1)
    lexicon.add("осы|мына|бұл|биылғы", this=1)
    lexicon.add("кейін|соң", later=1)
    lexicon.add("ішінде", later=2)
    lexicon.add("басында|басы|басына|басынан", edge=0)
    lexicon.add("ортасында|ортасына|ортасы", edge=1)
    lexicon.add("соңында|соңы|соңына|аяғында|аяғына|аяғы|аяғынан|соңғысында|соңғы күні", edge=2)
    lexicon.add("дейін|қарай|болады|бола ма|дейінгі|кейін|аралығында|берем|беремін|төлеймін|төлейім|төлеп|саламын|салам|саламыз|"
                "төлейміз|төлесем|емес|а|ғой|шығар|жабамын|күні|төлейін|аударамын|құямын|жақсы|деп", after_day=1)  # fmt: skip
    lexicon.add("емес", not_before=1)
    lexicon.add("жоқ|ия|иә|шамамен|мүмкін|онда|мен|сол", before_day=1)
    lexicon.ordinal_suffixes |= {"ші", "шы", "інші", "ынші", "ыншы", "нші", "ншы", "сында", "інде", "ында", "нде", "нда", "сіне", "сына",
                                 "іне", "ына", "сінде", "шісінде", "шысында"}  # fmt: skip
    lexicon.case_suffixes |= {
        "ды",
        "ді",
        "ны",
        "ні",
        "ға",
        "ге",
        "қа",
        "ке",
        "да",
        "де",
        "та",
        "те",
        "дай",
        "дей",
        "тай",
        "тей",
    }
    lexicon.ordinal_suffixes = {word.replace("і", "и") for word in lexicon.ordinal_suffixes}
    lexicon.case_suffixes = {
        word.replace("і", "и").replace("ғ", "г").replace("қ", "к") for word in lexicon.case_suffixes
    }


def _add_times(lexicon: Lexicon) -> None:
    lexicon.add("сағат|сагат", hour_word=1)
    lexicon.add("минут|минутта", minute=1)
    lexicon.add("түнгі|түнде", daypart=0)
    lexicon.add("таңғы|таңертең|таңертеңгі|таңертеңгісін|таңда", daypart=1)
    lexicon.add("түскі|күндізгі|түстен кейін|түстен кейінгі", daypart=2)
    lexicon.add("кешкі|кешке|кештете|кешкісін", daypart=3)
    lexicon.add("жарымда|жарымға|жарымнан", half_more=1, final=1)
    lexicon.add("түсте|түскі уақытта", named_time=720)


def lexicon() -> Lexicon:
    """Return the words of Kazakh, and Russian words under Kazakh endings."""
    words = Lexicon()
    _add_numbers(words)
    _add_money(words)
    _add_days(words)
    _add_times(words)
    return words
