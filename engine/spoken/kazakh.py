"""Kazakh: numerals, money, dates and times with endings by vowel harmony, and the lexicon that finds them again.

Endings follow the school grammar: their vowel goes by the last vowel of the word, their first consonant by the last
sound.
"""

from datetime import date, time
from pathlib import Path

from engine.accounts import Currency, Money
from engine.spoken.readings import Case
from engine.spoken.scanning import Lexicon, fold, listed

_FRONT, _BACK = "әөүіеэ", "аоұыяёю"
_VOWELS = _FRONT + _BACK + "и"
_NASALS, _LIQUIDS, _BUZZING = "мнң", "рлйу", "зж"

_UNITS = listed("бір екі үш төрт бес алты жеті сегіз тоғыз")
_TENS = listed("он жиырма отыз қырық елу алпыс жетпіс сексен тоқсан")
_PLACES = {1000: "мың", 10**6: "миллион", 10**9: "миллиард"}
MONTHS = listed("қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан")
_ON_DAY = ("күні", "күніне", "күнге", "күнгі")
_RUSSIAN_MONTHS = listed("январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь")
_RUSSIAN_WEEKDAYS = listed("понедельник вторник среда четверг пятница суббота воскресенье")
_LOAN_ENDINGS = listed("да та ға қа дан тан ның дың тың ды ны ты де те ге ке ден тен нің дің тің ді ні ті")
WEEKDAYS = listed("дүйсенбі сейсенбі сәрсенбі бейсенбі жұма сенбі жексенбі")


_SHORTEST_NAME = 7
"""Endings put other words a letter away from the shorter names of the calendar."""
_SLIPS = (
    ("жиырма", "жирма"), ("жиырма", "жыйырма"), ("жиырма", "жырма"), ("отыз", "отыс"), ("кырык", "кырк"),
    ("алпыс", "алпс"), ("сексен", "сегсен"), ("жеті", "жеты"), ("сегіз", "сегыз"), ("тоғыз", "тогыс"), ("жүз", "жүс"),
    ("нбі", "мби"), ("сәрсенб", "сэрсенб"), ("сәрсемб", "сэрсемб"), ("желтоқсан", "жел тоқсан"), ("інші", "ін ші"),
    ("ыншы", "ын шы"), ("келесі", "келес"), ("ертең", "ертен"), ("бүрсігүн", "бүрсі гүн"),
)  # fmt: skip
"""Spellings of recognisers: a vowel lost or changed, an ending apart."""
_DEPENDENT = ("онда", "оны", "оның", "бірге", "бірде", "бірден")
"""Forms of ten and one that are "then", "him", "his", "together", "once", "at once" by themselves."""
_NEVER_DAYS = ("үшін",)
"""The form of "its third" that is "for"."""
_NEVER_ABOUT = ("он", "бір")
"""«Ондай» is "such", «бірдей» "alike", not about ten, about one."""


def is_front(word: str) -> bool:
    """Whether endings of this word take front vowels; и and у are neutral, a soft sign makes a loan front."""
    for char in reversed(word):
        if char in _FRONT or char == "ь":
            return True
        if char in _BACK:
            return False
    return False


def _ending(word: str, front: str, back: str, **first: str) -> str:
    """Return word plus ending; ``first`` gives the ending's first sound by the kind of the word's last."""
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


def _of_it(word: str) -> str:
    """-сын/-сін, -ын/-ін: «жиырмасын төлеймін»."""
    return possessive_cases(word)[3]


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
    """Put a time of day into words by the 24-hour clock: «сағат он сегіз», «он сегіз сағат отыз минут»."""
    # For a native speaker's check. «Сағат он бір минут» could be 10:01 or 11:00, so with minutes the hour comes first.
    hour = number(t.hour, Case.NOMINATIVE)
    return f"{hour} сағат {number(t.minute, Case.NOMINATIVE)} минут" if t.minute else f"сағат {hour}"


def days(n: int, case: Case) -> str:
    """Count days: «үш күн»."""
    return f"{number(n, Case.NOMINATIVE)} {inflect('күн', case)}"


def percent(n: int, case: Case) -> str:
    """Count hundredths: «он пайыз»."""
    return f"{number(n, Case.NOMINATIVE)} {inflect('пайыз', case)}"


def _add_numbers(lexicon: Lexicon) -> None:
    numerals = [(word, "unit", value) for value, word in enumerate(_UNITS, 1)]
    numerals += [(word, "tens", 10 * value) for value, word in enumerate(_TENS, 1)]
    numerals += [("жүз", "hundred", 100), *((word, "multiplier", place) for place, word in _PLACES.items())]
    numerals.append(("тысяча", "multiplier", 1000))
    for word, role, value in numerals:
        about = [] if word in _NEVER_ABOUT else [approximate(word)]
        lexicon.add([word, *_inflected(word), *about], **{role: value})
        lexicon.add(_inflected(word) if role != "multiplier" else [*_inflected(word), *about], final=1)
        lexicon.add([ablative(word)], ablative=1)
    # «отызын»: thirty of it; «онын» would be "his" as well, and of the units only «жиырма бесін» is no pronoun
    for value, word in [*((10 * tens, word) for tens, word in enumerate(_TENS[1:], 2)), (100, "жүз")]:
        lexicon.add([_of_it(word)], **{"tens" if value < 100 else "hundred": value}, final=1)
    for tens, first in enumerate(_TENS, 1):
        for unit, second in enumerate(_UNITS, 1):
            lexicon.add([first + second], tens=10 * tens + unit)
            lexicon.add([f"{first} {_of_it(second)}"], tens=10 * tens + unit, final=1)
    for value, word in enumerate(_UNITS, 1):
        lexicon.add(possessive_cases(word)[:4:3], numerator=value)
    lexicon.add(_DEPENDENT, dependent=1)
    lexicon.add([form for _, word in _hours() if (form := locative(word)) not in _DEPENDENT], locative=1)
    for noun, role, value in (
        ("теңге", "currency", 1),
        ("рубль", "currency", 2),
        ("доллар", "currency", 0),
        ("тиын", "minor", 1),
        ("копейка", "minor", 2),
    ):
        lexicon.add([noun, *_inflected(noun), approximate(noun)], **{role: value})


def _hours() -> list[tuple[int, str]]:
    """Return the numerals in which an hour may end, with their values."""
    return [*enumerate(_UNITS, 1), (10, _TENS[0]), (20, _TENS[1]), (30, _TENS[2])]


def _add_ordinals(lexicon: Lexicon) -> None:
    for value, word in [*enumerate(_UNITS, 1), *((10 * tens, word) for tens, word in enumerate(_TENS, 1))]:
        first = ordinal(word)
        lexicon.add([first], ordinal=value, weak_day=value)
        lexicon.add([*_inflected(first), *possessive_cases(first)], ordinal=value, day_ordinal=value)
        if value > 30:
            continue
        # «бесі», «бесін» may be five of them, «біріне» "to one of them"; «бесіне», «бесінде», «бесінен» are days
        owned = possessive_cases(word)
        lexicon.add([form for form in owned if form not in _NEVER_DAYS], ordinal=value)
        lexicon.add(owned[2:3], **{"weak_day" if value == 1 else "day_ordinal": value})
        lexicon.add(owned[4:6], day_ordinal=value)


def _loan_forms(word: str) -> list[str]:
    """Return a Russian word under Kazakh endings, as code switching has it: «пятницада», «декабрьде»."""
    return [word, *(root + ending for root in {word, word.rstrip("ь")} for ending in _LOAN_ENDINGS)]


def _brief(name: str) -> dict[str, int]:
    return {"brief": 1} if len(name) < _SHORTEST_NAME else {}


def _add_calendar(lexicon: Lexicon) -> None:
    for value, month in enumerate(MONTHS, 1):
        lexicon.add([month, *_inflected(month), *possessive_cases(month)], month=value, **_brief(month))
        lexicon.add([genitive(month)], month_first=1)
    for value, month in enumerate(_RUSSIAN_MONTHS, 1):
        forms = _loan_forms(month)
        lexicon.add(forms, month=value, **_brief(month))
        lexicon.add([form for form in forms if form.endswith(("ің", "ың"))], month_first=1)
    for value, weekday in enumerate(WEEKDAYS):
        forms = [*_inflected(weekday), *possessive_cases(weekday), *(f"{weekday} {day}" for day in _ON_DAY)]
        lexicon.add([weekday, *forms], weekday=value, **_brief(weekday))
    for value, weekday in enumerate(_RUSSIAN_WEEKDAYS):
        lexicon.add([*_loan_forms(weekday), *(f"{weekday} {day}" for day in _ON_DAY)], weekday=value)
    for word, length in (("күн", 1), ("апта", 7), ("ай", 30), ("жыл", 365)):
        lexicon.add([word, *_inflected(word), *possessive_cases(word)], period=length)


def lexicon() -> Lexicon:
    """Return the words of Kazakh, and Russian words under Kazakh endings."""
    words = Lexicon()
    _add_numbers(words)
    _add_ordinals(words)
    _add_calendar(words)
    words.read(Path(__file__).with_suffix(".toml"))
    words.slip([(fold(right), fold(wrong)) for right, wrong in _SLIPS])
    return words
