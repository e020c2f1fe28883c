"""What the packaged voices say: callers' and operators' lines, promises with sums and days, single words, books.

Short answers are drawn oftener than their share of the texts: a word alone is what the recogniser hears worst.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, time, timedelta
from pathlib import Path
from random import Random

from asr.training.corpora import ALPHABETS, is_held_out
from asr.training.language_model import texts
from asr.training.language_model.texts import Sentence
from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import (
    Case,
    date_in_words,
    digits_in_words,
    money_in_words,
    number_in_words,
    time_in_words,
    weekday_in_words,
)

FACTS = 3000
PROMISES = 10_000

_SHORT_WORDS = 3
_LONGEST_WORDS = 14
_PLAIN_LETTERS = str.maketrans("ёәғқңөұүһі", "еагкноуухи")

_NAMES = {
    "ru": "александр алексей анна андрей айгуль болат виктор галина дана данияр дмитрий екатерина елена ержан зарина "
    "игорь ирина карина лариса марат мария михаил наталья николай нурлан ольга павел руслан самат светлана сергей "
    "татьяна тимур юлия",
    "kk": "айгүл айжан асан асел әсел бақыт болат гүлнар дана данияр динара ержан жанар қанат мадина марат нұрлан "
    "раушан самат сәуле серік тимур",
}

_PATTERNS = {
    "ru": (
        "{verb} {sum} {day}",
        "{day} {verb} {sum}",
        "{sum} {day}",
        "{day} {sum}",
        "{verb} {day}",
        "{day} {verb}",
        "{verb} {sum}",
        "{start} {verb} {sum} {day}",
        "{start} {day} {sum}",
        "{start} {sum}",
        "{start} {day}",
        "по {each} в месяц",
        "могу по {each} в месяц",
        "давайте по {each} в месяц",
        "только {sum}",
        "могу только {sum} {day}",
        "у меня есть только {sum}",
        "{sum} {day} а остальное {day}",
        "половину {day}",
        "половину {day} вторую половину {day}",
        "всё {verb} {day}",
        "я уже заплатил {sum} {day}",
        "я {day} заплатила {sum}",
        "{day} будет зарплата",
        "зарплата {day} тогда и {verb}",
        "перезвоните {day}",
        "перезвоните {day} в {time}",
        "позвоните в {time}",
        "меня зовут {name}",
        "это {name}",
        "нет это не {name}",
        "{name} слушаю вас",
        "да я {name}",
        "{name} здесь больше не живёт",
        "мой номер {phone}",
        "запишите {phone}",
        "код {code}",
        "последние цифры {code}",
        "{code} {code}",
    ),
    "kk": (
        "{verb} {sum} {day}",
        "{day} {sum} {verb}",
        "{sum} {verb}",
        "{day} {verb}",
        "{day} {sum}",
        "{sum} {day}",
        "{start} {day} {sum} {verb}",
        "{start} {sum} {verb}",
        "{start} {day}",
        "айына {sum}",
        "айына {sum} {verb}",
        "{sum} ғана бар",
        "менде {sum} ғана бар",
        "{day} жартысын {verb}",
        "қалғанын {day} {verb}",
        "{day} қоңырау шалыңыз",
        "{time} қоңырау шалыңыз",
        "менің атым {name}",
        "мен {name}",
        "бұл {name} емес",
        "{name} тыңдап тұрмын",
        "нөмірім {phone}",
        "код {code}",
    ),
}  # review: kk

_FILLERS = {
    "verb": {
        "ru": "заплачу|оплачу|внесу|переведу|закину|погашу|отдам|смогу заплатить|смогу внести|готов оплатить|"
        "готова внести|попробую закрыть|обещаю перевести",
        "kk": "төлеймін|төлей аламын|төлейін|саламын|аударамын|беремін|жабамын",
    },
    "start": {
        "ru": "да|ну|хорошо|ладно|давайте|нет|алло|так|тогда|наверное|ну давайте|да хорошо|слушайте|я думаю",
        "kk": "иә|жарайды|онда|жоқ|ал|мақұл|сонда|алло",
    },
    "soon": {
        "ru": "сегодня|завтра|послезавтра|сегодня вечером|завтра утром|через неделю|через два дня|через три дня|"
        "через месяц|на следующей неделе|в конце месяца|в начале месяца|после зарплаты|на этой неделе|в выходные|потом",
        "kk": "бүгін|ертең|бүрсігүні|бүгін кешке|ертең таңертең|бір аптадан кейін|үш күннен кейін|келесі аптада|"
        "айдың аяғында|айлықтан кейін|демалыста|кейін",
    },
}


def scripts(language: Language, speech: Path, books: Path | None, seed: int) -> list[tuple[float, list[str]]]:
    """Return the pools to draw from, each with its share of the utterances; no text of a test is in them.

    Args:
        language: of the texts.
        speech: folder of the corpora, whose manifests tell the tests' texts and the spelling of words.
        books: folder of plain Russian texts; without it the general sentences come from the manifests alone.
        seed: of sums and days.

    Raises:
        ConfigurationError: there is no manifest of the language.
    """
    manifests = texts.manifests(speech, language)
    read = [line for path in manifests if "synth" in path.parent.name for line in texts.manifest(path)]
    facts = [line for _, line in texts.facts(language, FACTS, seed)]
    prompts = list(texts.prompts(language))
    proper = spelling([*read, *prompts, *facts])
    lines = [tuple(proper.get(word, word) for word in line) for line in dict.fromkeys(texts.callers(language))]
    promises = [texts.sentence(line) for line in _promises(language, PROMISES, Random(seed))]
    general = list(texts.plain(texts.books(books))) if books and language is Language.RUSSIAN else []
    single = [texts.sentence(line) for line in _single(language, Random(seed))]
    vocabulary = dict.fromkeys((word,) for line in [*lines, *prompts, *promises] for word in line if len(word) > 2)
    pools: list[tuple[float, Iterable[Sentence]]] = [
        (0.18, [line for line in [*single, *lines] if len(line) == 1]),
        (0.07, vocabulary),
        (0.13, [line for line in single if len(line) > 1]),
        (0.16, [line for line in lines if 1 < len(line) <= _SHORT_WORDS]),
        (0.06, [line for line in lines if len(line) > _SHORT_WORDS]),
        (0.20, promises),
        (0.04, facts),
        (0.04, prompts),
        (0.05, read),
        (0.07, [line for line in general if len(line) > _SHORT_WORDS]),
    ]
    tested = texts.tested(manifests)
    sayable = [(share, _sayable(language, texts.untested(pool, tested))) for share, pool in pools]
    return [(share, pool) for share, pool in sayable if pool]


def draws(pools: Sequence[tuple[float, Sequence[str]]], random: Random) -> Iterator[str]:
    """Yield texts for ever."""
    shares = [share for share, _ in pools]
    while True:
        ((_, pool),) = random.choices(pools, weights=shares)
        yield random.choice(pool)


def spelling(lines: Iterable[Sentence]) -> dict[str, str]:
    """Return how words that were typed without ё or Kazakh letters are spelled, where no other word is spelled so."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        for word in line:
            found[word.translate(_PLAIN_LETTERS)].add(word)
    return {plain: min(forms) for plain, forms in found.items() if len(forms) == 1 and plain not in forms}


def _sayable(language: Language, lines: Iterable[Sentence]) -> list[str]:
    letters = set(ALPHABETS[language])
    said = (" ".join(line) for line in dict.fromkeys(lines) if len(line) <= _LONGEST_WORDS)
    return [line for line in said if set(line) <= letters and not is_held_out(line)]


def _promises(language: Language, count: int, random: Random) -> Iterator[str]:
    for _ in range(count):
        pattern = random.choice(_PATTERNS[language])
        while "{" in pattern:
            before, _, rest = pattern.partition("{")
            name, _, after = rest.partition("}")
            pattern = before + _MAKERS[name](language, random) + after
        yield pattern


def _single(language: Language, random: Random) -> Iterator[str]:
    """Yield numbers, days, times, names and openings as they stand alone, each that there is."""
    for number in [*range(100), *range(100, 1000, 50), *range(1000, 100_000, 1000), *range(100_000, 1_000_001, 50_000)]:
        yield number_in_words(number, language)
    for day in range(1, 32):
        yield _number_of_day(date(2026, 1, day), language)
    for day in range(365):
        yield date_in_words(date(2026, 1, 1) + timedelta(days=day), language, case=Case.GENITIVE)
    for day in range(7):
        for case in Case:
            yield weekday_in_words(date(2026, 1, 5) + timedelta(days=day), language, case=case)
    for hour in range(24):
        yield time_in_words(time(hour, 0), language)
    yield from _FILLERS["soon"][language].split("|")
    yield from _FILLERS["start"][language].split("|")
    yield from _NAMES[language].split()
    for _ in range(100):
        yield _code(language, random)


def _sum(language: Language, random: Random) -> str:
    amount = _amount(random)
    case = Case.ACCUSATIVE if language is Language.RUSSIAN else Case.NOMINATIVE
    if random.random() < 0.6:
        return number_in_words(amount, language, case=case)
    return money_in_words(Money(amount * 100, random.choice(list(Currency))), language, case=case)


def _each(language: Language, random: Random) -> str:
    return number_in_words(_amount(random), language)


def _amount(random: Random) -> int:
    return random.choice((500, 1000, 1000, 1000, 1000, 5000, 10_000, 50_000)) * random.randrange(1, 60)


def _day(language: Language, random: Random) -> str:
    day = date(2026, 1, 1) + timedelta(days=random.randrange(365))
    russian = language is Language.RUSSIAN
    match random.randrange(5):
        case 0:
            return random.choice(_FILLERS["soon"][language].split("|"))
        case 1 if russian:
            weekday = weekday_in_words(day, language, case=Case.ACCUSATIVE)
            return f"{'во' if weekday.startswith('вт') else 'в'} {weekday}"
        case 1:
            return weekday_in_words(day, language, case=Case.PREPOSITIONAL)
        case 2 if russian:
            return random.choice(("", "до ")) + _number_of_day(day, language) + random.choice(("", " числа"))
        case 2:
            return f"{weekday_in_words(day, language)} күні"
        case 3 if russian:
            return "до " + weekday_in_words(day, language, case=Case.GENITIVE)
        case _:
            return date_in_words(day, language, case=Case.GENITIVE if russian else Case.PREPOSITIONAL)


def _number_of_day(day: date, language: Language) -> str:
    return date_in_words(day, language, case=Case.GENITIVE).rsplit(" ", 1)[0]


def _time(language: Language, random: Random) -> str:
    return time_in_words(time(random.randrange(8, 22), random.choice((0, 0, 30))), language)


def _code(language: Language, random: Random) -> str:
    return digits_in_words("".join(random.choices("0123456789", k=random.choice((1, 2, 3, 4)))), language)


def _phone(language: Language, random: Random) -> str:
    return digits_in_words("".join(random.choices("0123456789", k=random.choice((7, 10)))), language)


def _name(language: Language, random: Random) -> str:
    return random.choice(_NAMES[language].split())


def _filler(name: str) -> Callable[[Language, Random], str]:
    return lambda language, random: random.choice(_FILLERS[name][language].split("|"))


_MAKERS: dict[str, Callable[[Language, Random], str]] = {
    "sum": _sum,
    "each": _each,
    "day": _day,
    "time": _time,
    "code": _code,
    "phone": _phone,
    "name": _name,
    "verb": _filler("verb"),
    "start": _filler("start"),
}
