"""The texts that the language models and further synthetic voices learn from, as sentences of words.

No text that a test speaks is among them: not those of `asr.training.corpora.is_held_out`, not what the test speakers
read, and no longer text that holds one of either. Nothing is read of the tests of understanding.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import yaml

from asr.training.corpora import MANIFEST, held_out_speakers, is_held_out, require, rows
from engine.accounts import Currency, Money
from engine.speech import Expect, Language
from engine.spoken import (
    Case,
    date_in_words,
    digits_in_words,
    money_in_words,
    number_in_words,
    time_in_words,
    weekday_in_words,
)

Sentence = tuple[str, ...]

_ROOT = Path(__file__).parents[3]
_UNDERSTANDING = _ROOT / "dialogs" / "understanding"
_CONVERSATIONS = _ROOT / "tests" / "data" / "promises" / "training"
_NOT_A_LETTER = re.compile(r"[^а-яёәғқңөұүһі]+")
_PAUSE = re.compile(r"[.!?…;:()«»\"\n]|,? [-–—] ")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]|<[^<>]*>|\*")
_SPOKEN_KEYS = frozenset({"whole", "says"})
_STRESS = "\N{COMBINING ACUTE ACCENT}"
_LONGEST = 40
_FACTS = (*[Expect.SUM] * 2, *[Expect.DATE] * 4, Expect.DIGITS)
_CASES = {
    Case.NOMINATIVE: 6,
    Case.ACCUSATIVE: 4,
    Case.GENITIVE: 3,
    Case.DATIVE: 1,
    Case.INSTRUMENTAL: 1,
    Case.PREPOSITIONAL: 1,
}


def sentence(text: str) -> Sentence:
    """Return a text's words: lower case, anything but letters a gap."""
    return tuple(_NOT_A_LETTER.sub(" ", text.lower()).split())


def folded(words: Sentence) -> Sentence:
    """Return the words in the language models' spelling, ё as е."""
    return tuple(word.replace("ё", "е") for word in words)


def callers(language: Language) -> Iterator[Sentence]:
    """Yield what callers are taken to say: the understanding's rules and examples, and the scenarios' own tests."""
    yield from _spoken(_UNDERSTANDING / "data" / f"{language}.yaml")
    yield from examples(language, sorted(path.stem for path in (_UNDERSTANDING / "examples" / language).glob("*.txt")))
    for path in sorted((_ROOT / "dialogs" / "scenarios").rglob("tests/*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for talk in content if isinstance(content, list) else []:
            if talk.get("language") == language:
                yield from (sentence(line) for line in _lines(talk, _SPOKEN_KEYS))


def conversations(language: Language) -> Iterator[Sentence]:
    """Yield what both sides say in the written conversations about promises, of the part to learn from.

    Those with a recogniser's mistakes are left out, and what is written in digits.
    """
    for talk in yaml.safe_load((_CONVERSATIONS / f"{language}.yaml").read_text(encoding="utf-8")):
        if talk["kind"] == "clean":
            for _, text in talk["lines"]:
                yield from (sentence(part) for part in _PAUSE.split(text) if not re.search(r"\d", part))


def examples(language: Language, intents: Iterable[str]) -> Iterator[Sentence]:
    """Yield the understanding's examples of intents."""
    for intent in intents:
        yield from _written((_UNDERSTANDING / "examples" / language / f"{intent}.txt").read_text(encoding="utf-8"))


def prompts(language: Language) -> Iterator[Sentence]:
    """Yield what the bot says in the scenario packs; callers use its words."""
    for path in sorted((_ROOT / "dialogs" / "scenarios").rglob("*.yaml")):
        if path.parent.name != "tests":
            for text in _lines(yaml.safe_load(path.read_text(encoding="utf-8")), frozenset({language.value})):
                for part in _PAUSE.split(_PLACEHOLDER.sub(" ", text)):
                    yield sentence(part)


def manifests(speech: Path, language: Language) -> tuple[Path, ...]:
    """Return what lists a language's texts of speech and tells those of the tests.

    Raises:
        ConfigurationError: there is none in the folder, so that nothing would keep the tests' texts out.
    """
    pattern = f"{language}-*/{MANIFEST}"
    require(speech, pattern, mend="give the folder of the corpora, which tell what the tests speak")
    return tuple(sorted(speech.glob(pattern)))


def manifest(path: Path) -> Iterator[Sentence]:
    """Yield the training texts of a corpus of speech, each once."""
    listed = rows(path)
    tests = held_out_speakers(Counter(row["speaker"] for row in listed)) if "speaker" in listed[0] else set()
    read_in_tests = {row["text"] for row in listed if row.get("speaker") in tests}
    for text in dict.fromkeys(row["text"] for row in listed):
        if text not in read_in_tests and not is_held_out(text):
            yield sentence(text)


@cache
def tested(manifests: tuple[Path, ...]) -> frozenset[Sentence]:
    """Return the texts that the tests speak, ё as е."""
    found = set()
    for path in manifests:
        listed = rows(path)
        tests = held_out_speakers(Counter(row["speaker"] for row in listed)) if "speaker" in listed[0] else set()
        found |= {
            folded(sentence(row["text"])) for row in listed if row.get("speaker") in tests or is_held_out(row["text"])
        }
    return frozenset(found)


def untested(sentences: Iterable[Sentence], spoken_in_tests: frozenset[Sentence]) -> Iterator[Sentence]:
    """Yield the sentences that hold no text of a test of four words or more, and are none themselves."""
    lengths = _lengths(spoken_in_tests)
    for words in sentences:
        plainly = folded(words)
        inside = (
            plainly[at : at + length] in spoken_in_tests for length in lengths for at in range(len(words) - length + 1)
        )
        if words and plainly not in spoken_in_tests and not any(inside):
            yield words[:_LONGEST]


def books(folder: Path) -> list[Path]:
    """Return the plain texts of a folder; fortunes come with an index and a link beside each file."""
    whole = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.suffix]
    return whole + sorted(folder.glob("20*.??"))


@cache
def _lengths(spoken_in_tests: frozenset[Sentence]) -> tuple[int, ...]:
    return tuple(sorted({len(text) for text in spoken_in_tests if len(text) >= 4}))


def plain(paths: Iterable[Path]) -> Iterator[Sentence]:
    """Yield the Russian sentences of plain text files."""
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="ignore").replace("-\n", "").replace("\n", " ")
        for part in _PAUSE.split(text):
            words = sentence(part)
            if len(words) > 1:
                yield words


def translations(folder: Path) -> Iterator[Sentence]:
    """Yield the sentences of three words and more, each once, of the translations (``*.mo``) below a folder."""
    found = {
        sentence(part): None
        for path in sorted(folder.rglob("*.mo"))
        for text in _translated(path)
        for part in _PAUSE.split(_PLACEHOLDER.sub(" ", text.replace(_STRESS, "")))
    }
    yield from (words for words in found if len(words) > 2)


def facts(language: Language, count: int, seed: int) -> Iterator[tuple[Expect, Sentence]]:
    """Yield sums, days, times and digits in words, as they stand alone and in short answers, with what they answer.

    The sums are drawn evenly over their magnitudes, round ones oftener, as people name them.
    """
    random = Random(seed)
    for _ in range(count):
        (case,) = random.choices(list(_CASES), weights=list(_CASES.values()))
        amount = _amount(random)
        day = date(2026, 1, 1) + timedelta(days=random.randrange(365))
        clock = time(random.randrange(24), random.choice((0, 0, 0, 15, 30, 45, random.randrange(60))))
        digits = "".join(random.choice("0123456789") for _ in range(random.choice((2, 3, 4, 4, 6, 10, 12))))
        made = (
            number_in_words(amount, language, case=case),
            money_in_words(Money(amount * 100, random.choice(list(Currency))), language, case=case),
            date_in_words(day, language, case=random.choice((case, Case.GENITIVE))),
            date_in_words(day, language, case=Case.GENITIVE, weekday=True),
            weekday_in_words(day, language, case=case),
            time_in_words(clock, language),
            digits_in_words(digits, language),
        )
        which = random.randrange(len(made))
        yield _FACTS[which], sentence(made[which])
        yield Expect.PROMISE, sentence(f"{random.choice(made[:2])} {random.choice(made[2:5])}")


def _translated(path: Path) -> Iterator[str]:
    """Yield the texts of a catalogue of gettext, as its manual describes the file; the first one describes the rest."""
    content = path.read_bytes()
    magic, _, count, _, at = np.frombuffer(content, "<u4", 5).tolist()
    if magic != 0x950412DE:
        raise ValueError(f"{path} is no catalogue of gettext in little-endian order")
    for length, begin in np.frombuffer(content, "<u4", 2 * count, at).reshape(-1, 2).tolist()[1:]:
        yield from content[begin : begin + length].decode().split("\0")


def _amount(random: Random) -> int:
    magnitude = 10 ** random.randrange(2, 7)
    rough = random.randrange(1, 100) * magnitude // 10
    return max(1, rough if random.random() < 0.8 else random.randrange(magnitude, 10 * magnitude))


def _spoken(path: Path) -> Iterator[Sentence]:
    for text in _lines(yaml.safe_load(path.read_text(encoding="utf-8")), _SPOKEN_KEYS):
        yield from _written(text)


def _written(text: str) -> Iterator[Sentence]:
    for line in text.splitlines():
        yield sentence(_PLACEHOLDER.sub(" ", line))


def _lines(content: Any, keys: frozenset[str], wanted: bool = False) -> Iterator[str]:
    """Yield all texts at or below any of the keys."""
    if isinstance(content, str):
        if wanted:
            yield content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _lines(value, keys, wanted or key in keys)
    elif isinstance(content, list):
        for value in content:
            yield from _lines(value, keys, wanted)
