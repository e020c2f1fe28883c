"""The rules over a turn: whole utterances, patterns, names, and what each clause says by itself."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dialogs.understanding.context import Context
from dialogs.understanding.intents import COMMITMENTS, COURTESIES, DISCLAIMS, PROMISES, Intent
from dialogs.understanding.lessons import Lesson
from dialogs.understanding.slots import Slotted
from engine.folding import fold
from engine.speech import Expect, Language

_OF_VALUES: Final = frozenset({Expect.PROMISE, Expect.SUM})

_STOPS: Final = re.compile(r"[.,;:!?…—]+\s|\s[-–]\s")

MAX_CLAUSES: Final = 6
"""Clauses of a turn that are looked at by themselves."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the rules find in a turn.

    Args:
        intent: the main one; None where the rules say nothing.
        also: further ones, in the order in which they were said.
        open: folded clauses of which the rules say nothing.
        core: the folded turn without the greeting that leads in and the goodbye that closes it.
        strong: known word by word or by name, or a scenario's own, so that no guess outweighs it.
        whole: known word by word.
        unable: a payment is ruled out, so that no guess takes it for a promise.
    """

    intent: str | None
    also: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    core: str = ""
    strong: bool = False
    whole: bool = False
    unable: bool = False


class Rules:
    """The rules of all languages together, since callers mix them.

    Args:
        lessons: by language.
    """

    def __init__(self, lessons: Mapping[Language, Lesson]) -> None:
        self._lessons = lessons
        own = sorted({name for lesson in lessons.values() for name in lesson.patterns} - set(Intent))
        before = list(Intent).index(Intent.SCAM_DOUBT)
        self._priority: tuple[str, ...] = (*list(Intent)[:before], *own, *list(Intent)[before:])
        joins = {word for lesson in lessons.values() for word in lesson.joins}
        self._words = frozenset(
            word
            for lesson in lessons.values()
            for label, texts in (*lesson.examples.items(), ("", tuple(lesson.whole)))
            if label != Intent.NAME_GIVEN
            for text in texts
            for word in text.split()
        )
        self._leads = re.compile(rf"^(?:(?:{self._either(Intent.GREETING)}) )+")
        self._closes = re.compile(rf"(?: (?:{self._either(Intent.GOODBYE)}))+$")
        self._joins = re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, joins), key=len, reverse=True)) + r")\b")

    def _either(self, intent: Intent) -> str:
        """Return a pattern of all whole utterances of an intent, longer ones first."""
        texts = {text for lesson in self._lessons.values() for text, of in lesson.whole.items() if of == intent}
        return "|".join(sorted(map(re.escape, texts), key=len, reverse=True))

    def ordered(self, language: Language) -> Sequence[Lesson]:
        """Return the lessons, the dialog's language first."""
        return sorted(self._lessons.values(), key=lambda lesson: lesson.language is not language)

    def whole(self, folded: str, language: Language) -> str | None:
        """Return the intent of an utterance that is known as a whole, word by word."""
        found = (_whole(lesson, folded) for lesson in self.ordered(language))
        return next((intent for intent in found if intent is not None), None)

    def said(self, text: str, slots: Slotted, context: Context) -> Said:
        """Return what the rules find in a turn.

        Whoever disclaims being the debtor is heard wherever he says so. Otherwise what is said first leads, but
        courtesies and reasons yield to what they come with.
        """
        folded = fold(text)
        core = self._core(folded)
        intent = self.whole(folded, context.language) or self.whole(core, context.language)
        if intent in PROMISES and core != folded and context.expect not in _OF_VALUES:
            intent = None  # «всё, пока»: nobody asked how much
        if intent is not None:
            return Said(intent, core=core, strong=True, whole=True)
        main = self._main(core, slots, context)
        clauses = self._clauses(text)
        by_clause = [self._of_clause(clause, context.language) for clause in clauses]
        unsaid = tuple(clause for clause, intent in zip(clauses, by_clause, strict=True) if not intent)
        found = [intent for intent in by_clause if intent] + self._apart(core)
        several = [intent for intent in dict.fromkeys(found) if intent not in COURTESIES]
        if main in (None, Intent.NO, Intent.INFORM):
            return Said(main, (), unsaid, core, unable=self._possible(core) != core)
        assert main is not None
        if main not in DISCLAIMS and main in several:
            main = _leading(main, several)
        apart = PROMISES if main in PROMISES else {main, Intent.RPC_CONFIRM} if main in DISCLAIMS else {main}
        also = (intent for intent in several if intent != main and intent not in apart)
        strong = main in (*DISCLAIMS, Intent.RPC_CONFIRM) or main not in set(Intent)
        unable = main not in COMMITMENTS and self._possible(core) != core
        return Said(main, tuple(also), unsaid, core, strong, unable=unable)

    def _core(self, folded: str) -> str:
        """Return a turn without the greeting that leads in and the goodbye that closes it, where more is said."""
        for bound in (self._leads, self._closes):
            rest = bound.sub("", folded).strip()
            folded = rest or folded
        return folded

    def _apart(self, folded: str) -> list[str]:
        """Return the intents whose patterns match apart from each other, in the order in which they were said."""
        spans: list[tuple[int, int, str]] = []
        for intent in self._priority:
            said = self._possible(folded) if intent == Intent.PTP_FULL else folded
            matches = (
                lesson.patterns[intent].search(said) for lesson in self._lessons.values() if intent in lesson.patterns
            )
            if (match := next((match for match in matches if match), None)) is None:
                continue
            begin, end = match.span()
            if all(end <= other_begin or other_end <= begin for other_begin, other_end, _ in spans):
                spans.append((begin, end, intent))
        return [intent for _, _, intent in sorted(spans)]

    def _main(self, folded: str, slots: Slotted, context: Context) -> str | None:
        lessons = self.ordered(context.language)
        found = self._by_pattern(folded, lessons)
        if found in DISCLAIMS:  # "you have reached Ann, leave a message", «это Анна, его нет дома»
            return found
        names = _introduced(folded, lessons)
        if not names.isdisjoint(fold(context.given_name).split()):
            return Intent.RPC_CONFIRM
        if not names.isdisjoint(fold(context.names).split()):
            return Intent.GREETING
        if found == Intent.PTP_VAGUE and slots.days and slots.exact_day:  # «как получу, двадцатого оплачу»
            found = self._by_pattern(folded, lessons, COMMITMENTS) or found
        if found == Intent.PTP_FULL and not slots.any and not self._bound(folded):
            return None  # «оплачу»: whether it is more than a vague promise is for the classifier
        if found is not None:
            return _in_context(found, folded, lessons[0], context)
        if names - self._words and Intent.NAME_GIVEN in context.awaited:
            return Intent.NAME_GIVEN
        if not slots.any:
            return None
        rest = fold(slots.rest)
        if all(any(word in lesson.glue for lesson in lessons) for word in rest.split()):
            return Intent.INFORM
        return self.whole(rest, context.language)

    def _bound(self, folded: str) -> bool:
        """Whether a promise without values is one all the same: now, or all of it."""
        return any(
            pattern.search(folded) for lesson in self._lessons.values() for pattern in (lesson.now, lesson.all_of_it)
        )

    def _by_pattern(self, folded: str, lessons: Iterable[Lesson], among: Container[str] | None = None) -> str | None:
        for intent in self._priority:
            if among is not None and intent not in among:
                continue
            said = self._possible(folded) if intent == Intent.PTP_FULL else folded
            if any(intent in lesson.patterns and lesson.patterns[intent].search(said) for lesson in lessons):
                return intent
        return None

    def _possible(self, folded: str) -> str:
        """Return a text with what rules a payment out blanked: «в пятницу не смогу заплатить» promises nothing."""
        for lesson in self._lessons.values():
            folded = lesson.cannot.sub(lambda match: " " * len(match[0]), folded)
        return folded

    def _clauses(self, text: str) -> list[str]:
        """Return the folded clauses of a turn of several; some words part too, since recognisers write few commas."""
        parts = [clause for part in _STOPS.split(text) for clause in self._joins.split(fold(part))]
        clauses = [clause.strip() for clause in parts if " " in clause.strip()]
        return clauses[:MAX_CLAUSES] if len(clauses) > 1 else []

    def _of_clause(self, clause: str, language: Language) -> str | None:
        return self.whole(clause, language) or self._by_pattern(clause, self._lessons.values())


def _leading(main: str, several: Sequence[str]) -> str:
    """Return what a turn of several clauses is for: a commitment before its reasons, else what comes first."""
    if main in PROMISES:
        return main
    if not {Intent.PTP_VAGUE, Intent.REFUSE}.intersection(several):
        several = [intent for intent in several if intent in COMMITMENTS] or several
    return next((intent for intent in several if intent != Intent.REPEAT), main)


def _whole(lesson: Lesson, folded: str) -> str | None:
    bare = lesson.bare(folded)
    first, _, rest = bare.partition(" ")
    if bare not in lesson.whole and lesson.whole.get(first) == Intent.YES:  # "yep, that's right", «да, именно я»
        after = lesson.whole.get(rest)
        return after if after in (Intent.YES, Intent.RPC_CONFIRM) else None
    return lesson.whole.get(bare)


def _introduced(folded: str, lessons: Iterable[Lesson]) -> set[str]:
    """Return the names by which the caller introduces himself."""
    return {
        match["name"]
        for lesson in lessons
        for pattern in lesson.introductions
        for match in pattern.finditer(folded)
        if match["name"] not in lesson.not_names
    }


def _in_context(intent: str, folded: str, lesson: Lesson, context: Context) -> str:
    """Return the intent, but for «нет, неправильная сумма» after a read-back: a no, not a dispute of the debt."""
    asked = context.expect is Expect.YES_NO and Intent.NO in context.awaited
    if intent == Intent.DISPUTE and asked and _whole(lesson, folded.split()[0]) == Intent.NO:
        return Intent.NO
    return intent
