"""Texts that a voice cannot say, or that a listener cannot follow."""

import re
from collections.abc import Iterator
from typing import Final

from dialogs.checks.fault import Fault, Severity
from dialogs.checks.wordings import PLACEHOLDER, steps_of, texts
from dialogs.schema import PromptSpec, ScenarioSpec
from engine.speech import Language

MAX_WORDS_A_SENTENCE: Final = 30
"""Beyond it a listener has lost the beginning."""

_LINK = re.compile(r"https?://|www\.|\b[a-z0-9-]+\.(?:kz|ru|com|org|net)\b|\S@\S", re.IGNORECASE)
_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
_SYMBOLS = re.compile(r"[%№$€₸₽£§&@#*_/\\<>=+|~^\[\]]|№")
_LATIN = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_CYRILLIC = re.compile(r"[А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі][А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі-]*")
_MIXED = re.compile(r"(?:[A-Za-z][А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі]|[А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі][A-Za-z])")
_CAPITALS = re.compile(r"\b[A-ZА-ЯЁӘҒҚҢӨҰҮҺІ]{2,}\b")
_SENTENCE = re.compile(r"[.!?…]+(?:\s|$)")
_KAZAKH_LETTERS = re.compile(r"[ӘәҒғҚқҢңӨөҰұҮүҺһІі]")


def wording_faults(spec: ScenarioSpec) -> Iterator[Fault]:
    """Yield what a voice would stumble over in the prompts, at most one of each kind in a text."""
    for name, prompt in spec.prompts.items():
        for language in spec.languages:
            yield from _prompt(spec, name, prompt, language)


def _prompt(spec: ScenarioSpec, name: str, prompt: PromptSpec, language: Language) -> Iterator[Fault]:
    respelt = {word.casefold() for word in spec.pronunciations.get(language, {})}
    for tone, variant, text in texts(prompt, language):
        steps = steps_of(name, language, tone, variant)
        bare = PLACEHOLDER.sub(" ", text)
        for message, mend in _stumbles(bare, language, respelt):
            yield Fault("wording", steps, f"`{name}` {message}", mend)
        longest = max((len(sentence.split()) for sentence in _SENTENCE.split(text)), default=0)
        if longest > MAX_WORDS_A_SENTENCE:
            message = f"`{name}` has a sentence of {longest} words, too long to follow on the phone"
            yield Fault("wording", steps, message, "part it in two", Severity.WARNING)


def _stumbles(text: str, language: Language, respelt: set[str]) -> Iterator[tuple[str, str]]:
    if link := _LINK.search(text):
        yield (
            f"holds an address, `{link[0]}`, that nobody can write down while listening",
            "say where to find it instead",
        )
        return
    if digits := _DIGITS.search(text):
        yield f"holds digits, `{digits[0]}`, which each voice reads its own way", "write them in words, or use a fact"
    if symbol := _SYMBOLS.search(text):
        yield f"holds the symbol `{symbol[0]}`, which has no sound", "write it in words"
    if mixed := _MIXED.search(text):
        yield f"mixes alphabets within a word, at `{mixed[0]}`", "type the word anew in one alphabet"
    else:
        foreign = _CYRILLIC if language is Language.ENGLISH else _LATIN
        odd = [word for word in foreign.findall(text) if word.casefold() not in respelt]
        if odd:
            alphabet = "Cyrillic" if language is Language.ENGLISH else "Latin"
            mend = f"write it as it sounds, or give it a sound under `pronunciations: {{{language}: …}}`"
            yield f"holds a word in {alphabet} letters, `{odd[0]}`, in a text in {language}", mend
    for word in _CAPITALS.findall(text):
        if word.casefold() not in respelt:
            mend = f"spell it out, or give it a sound under `pronunciations: {{{language}: …}}`"
            yield f"holds an abbreviation, `{word}`, which voices spell or read at will", mend
            break
    if language is Language.RUSSIAN and (letter := _KAZAKH_LETTERS.search(text)):
        yield f"holds the Kazakh letter `{letter[0]}` in a text in ru", "check the language of the text"
    if (text.count("«") != text.count("»")) or text.count('"') % 2 or text.count("“") != text.count("”"):
        yield "has a quotation mark without its partner", "close or delete it"
