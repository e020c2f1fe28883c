"""The language files: rules (``data``) and examples (``examples``) of every intent, read from YAML.

``whole`` lists utterances that mean the intent when nothing else is said (fillers aside); ``patterns`` are regular
expressions found anywhere, a line each. Examples teach the classifier, a line each, and are known as wholes too;
``{debtor}`` stands for the debtor's name in them. ``introductions`` are patterns whose ``{name}`` stands for one word
that is compared with the debtor's name. Everything is folded (`engine.folding`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import groupby
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from dialogs.documents import Document, read_document
from dialogs.understanding.intents import TAUGHT, Intent
from engine.errors import ScenarioError
from engine.folding import fold, fold_pattern
from engine.speech import Expect, Language

_NAME: Final = r"(?P<name>[^\W\d_]{2,})"

OUT_OF_SCOPE: Final = "out_of_scope"
"""Key of examples that mean nothing to a collection call."""


class _IntentSpec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    whole: str = ""
    patterns: str = ""


class _LessonSpec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    language: Language
    fillers: str
    glue: str
    joins: str
    now: str
    all_of_it: str
    cannot: str
    backchannels: str
    languages: dict[Language, str]
    hints: dict[Expect, str]
    introductions: str
    not_names: str
    intents: dict[str, _IntentSpec]


@dataclass(frozen=True, slots=True)
class Phrases:
    """What a scenario teaches of one intent in one language; each phrase as written.

    Args:
        whole: utterances that mean the intent when nothing else is said.
        patterns: regular expressions that mean it wherever they are found.
        examples: utterances that the classifier learns from.
    """

    whole: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


OwnIntents = Mapping[str, Mapping[Language, Phrases]]
"""A scenario's own intents, and its additions to the known ones, by name and language."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one language file teaches, folded.

    Args:
        language: it is about.
        fillers: words that change nothing.
        glue: words that only join values: «в», «где-то», "about".
        joins: words that join clauses: «а», «потому что», "but".
        now: pattern of words that mean today when payment is promised: «сейчас», "right now".
        all_of_it: pattern of words that mean the whole debt: «полностью», "in full".
        cannot: pattern of words that take a payment back: «не смогу заплатить».
        backchannels: whole utterances that only accompany the bot's.
        languages: pattern of the words that name a language.
        hints: words for recognisers that can be biased, as written.
        introductions: patterns with a group ``name``.
        not_names: words that stand where a name could and are none.
        whole: intent of whole utterances.
        patterns: by intent.
        examples: by intent, and out of scope.
    """

    language: Language
    fillers: frozenset[str]
    glue: frozenset[str]
    joins: frozenset[str]
    now: re.Pattern[str]
    all_of_it: re.Pattern[str]
    cannot: re.Pattern[str]
    backchannels: frozenset[str]
    languages: Mapping[Language, re.Pattern[str]]
    hints: Mapping[Expect, tuple[str, ...]]
    introductions: tuple[re.Pattern[str], ...]
    not_names: frozenset[str]
    whole: Mapping[str, str]
    patterns: Mapping[str, re.Pattern[str]]
    examples: Mapping[str, tuple[str, ...]]

    def bare(self, folded: str) -> str:
        """Return a folded utterance without fillers and repetitions, as the keys of `whole` are."""
        return _bare(folded, self.fillers)

    def with_own(self, own: OwnIntents) -> "Lesson":
        """Return the lesson with a scenario's own phrases in its language, which win over those that ship."""
        whole, patterns, examples = dict(self.whole), dict(self.patterns), dict(self.examples)
        for name, by_language in own.items():
            phrases = by_language.get(self.language, Phrases())
            whole |= {self.bare(fold(text)): name for text in phrases.whole}
            if phrases.patterns:
                both = [patterns[name].pattern] if name in patterns else []
                patterns[name] = re.compile("|".join([*both, compile_pattern(phrases.patterns).pattern]))
            examples[name] = (*examples.get(name, ()), *map(fold, phrases.examples), *map(fold, phrases.whole))
        return replace(self, whole=whole, patterns=patterns, examples=examples)


@cache
def load_lessons() -> tuple[Mapping[Language, Lesson], str]:
    """Read the language files that ship with the product.

    Returns:
        The lessons by language, and a hash of the files behind them.

    Raises:
        ScenarioError: a file is wrong; the message names it, the line and the mend.
    """
    folder = files("dialogs.understanding")
    lessons, digest = {}, sha256()
    for language in Language:
        document = read_document(folder / "data" / f"{language}.yaml")
        examples = _read_examples(folder / "examples" / language)
        lessons[language] = read_lesson(document, examples)
        digest.update(document.content + repr(sorted(examples.items())).encode())
    return lessons, digest.hexdigest()


def read_lesson(document: Document, examples: Mapping[str, tuple[str, ...]]) -> Lesson:
    """Make a lesson of a language's parsed rules and of its examples, folded, by intent.

    Raises:
        ScenarioError: as `load_lessons`.
    """
    try:
        spec = _LessonSpec.model_validate(document.data)
    except ValidationError as error:
        first = error.errors()[0]
        raise ScenarioError(document.problem(first["loc"], first["msg"])) from None
    for name in spec.intents:
        _refuse_unknown(name, document.position(("intents", name)))
    fillers = frozenset(fold(spec.fillers).split())
    whole: dict[str, str] = {}
    patterns: dict[str, re.Pattern[str]] = {}
    for intent in Intent:
        entry = spec.intents.get(intent, _IntentSpec())
        for line in _lines(entry.whole):
            whole.setdefault(_bare(fold(line), fillers), intent)
        if entry.patterns:
            patterns[intent] = _pattern(document, ("intents", intent, "patterns"), entry.patterns)
    for name, texts in examples.items():
        for line in texts:
            if name != OUT_OF_SCOPE and " " in line:
                whole.setdefault(_bare(line, fillers), name)
    return Lesson(
        language=spec.language,
        fillers=fillers,
        glue=fillers | frozenset(fold(spec.glue).split()),
        joins=frozenset(map(fold, _lines(spec.joins))),
        now=_pattern(document, ("now",), spec.now),
        all_of_it=_pattern(document, ("all_of_it",), spec.all_of_it),
        cannot=_pattern(document, ("cannot",), spec.cannot),
        backchannels=frozenset(map(fold, _lines(spec.backchannels))),
        languages={name: _pattern(document, ("languages", name), text) for name, text in spec.languages.items()},
        hints={expect: tuple(_lines(text)) for expect, text in spec.hints.items()},
        introductions=tuple(
            _pattern(document, ("introductions",), line.replace("{name}", _NAME)) for line in _lines(spec.introductions)
        ),
        not_names=frozenset(fold(spec.not_names).split()),
        whole=whole,
        patterns=patterns,
        examples=examples,
    )


def _read_examples(folder: Traversable) -> Mapping[str, tuple[str, ...]]:
    """Return folded examples by intent: a text file each, an example a line."""
    found = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        name = file.name.removesuffix(".txt")
        _refuse_unknown(name, file)
        found[name] = tuple(map(fold, _lines(file.read_text("utf-8"))))
    return found


def _refuse_unknown(name: str, place: object) -> None:
    if name not in TAUGHT | {OUT_OF_SCOPE}:
        raise ScenarioError(f"{place}: unknown intent `{name}`; known are in dialogs/understanding/intents.py")


def _bare(folded: str, fillers: frozenset[str]) -> str:
    """Return the words that are no fillers, each once in a row; all of them where there are only fillers."""
    words = folded.split()
    return " ".join(word for word, _ in groupby([word for word in words if word not in fillers] or words))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def compile_pattern(lines: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds any of several regular expressions between word boundaries, in folded text.

    Raises:
        re.error: one is no regular expression.
    """
    return re.compile(r"\b(?:" + "|".join(f"(?:{fold_pattern(line)})" for line in lines) + r")\b")


def _pattern(document: Document, steps: tuple[str, ...], text: str) -> re.Pattern[str]:
    try:
        return compile_pattern(_lines(text))
    except re.error as error:
        raise ScenarioError(document.problem(steps, f"not a regular expression: {error}; mend or delete it")) from None
