"""What a caller's words mean here and now: rules, then the classifier, over all hypotheses of the recogniser."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from hashlib import sha256
from operator import itemgetter
from types import MappingProxyType
from typing import Final

from dialogs.understanding.classifier import Classifier
from dialogs.understanding.folding import fold
from dialogs.understanding.intents import DISCLAIMS, Intent
from dialogs.understanding.lessons import OUT_OF_SCOPE, Lesson, OwnIntents, Phrases, load_lessons
from dialogs.understanding.slots import Slotted, find_slots
from engine.accounts import Currency
from engine.speech import Expect, Language, Transcript

MAX_HYPOTHESES: Final = 5
"""Readings that are looked at; each further one counts half of the one before."""

RULE_CONFIDENCE: Final = 0.97

REJECT_BELOW: Final = 0.30
"""With less confidence nothing is understood: in cross-validation only a quarter of such guesses were right."""

SURE_FROM: Final = 0.85
"""So likely must an intent be by the best hypothesis alone to confirm something. No held-out utterance that was wrongly
taken for a yes to "are you ...?" reaches it; a few that rightly were fall short, and the question is asked again.
"""

_EXPECTED_WEIGHT: Final = 1.0
_UNEXPECTED_WEIGHT: Final = 0.4
"""Weight of an intent that the open question does not itself wait for."""

MAX_CHARACTERS: Final = 600
"""Longer answers are cut: nobody speaks so long on the phone in one turn."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the dialog knows when it listens.

    Args:
        language: of the dialog.
        expect: kind of answer that is waited for.
        awaited: intents that the open question has an answer to.
        names: the debtor's full name.
        given_name: by it a caller confirms to be the debtor; the surname alone is the whole family's.
        currency: of the account.
        today: in the debtor's time zone.
    """

    language: Language
    expect: Expect
    awaited: frozenset[str]
    names: str
    given_name: str
    currency: Currency
    today: date


@dataclass(frozen=True, slots=True)
class Understood:
    """The meaning of an answer.

    Args:
        intent: what the words are for: an `Intent`, or the name of a scenario's own.
        confidence: in 0..1, calibrated: the share of such readings that are right; 0 where nothing was understood.
        sure: the best hypothesis says so plainly; a guess confirms neither a person nor a promise.
        slots: values in them.
        language: that the caller asked to speak, with `Intent.SWITCH_LANGUAGE`.
        also: what else was clearly said in the same turn, best first: «да это я, а кто звонит».
        rival: the other intent where two are too close to call, so that the dialog may ask which is meant.
        spoken: the language of the words where it is plainly another than the dialog's; None for mixed speech.
    """

    intent: str
    confidence: float
    sure: bool = False
    slots: Slotted = Slotted()
    language: Language | None = None
    also: tuple[str, ...] = ()
    rival: str | None = None
    spoken: Language | None = None


_PROMISES: Final = frozenset({Intent.PTP_FULL, Intent.PTP_PARTIAL})

_ONLY_SURE: Final = frozenset({Intent.DECEASED, Intent.ANSWERING_MACHINE})
"""Never guessed: condolences to the living, or a caller taken for a machine. All held-out ones are sure."""

_NONE: Final[OwnIntents] = MappingProxyType({})

Guesses = Mapping[str, Mapping[str, float]]
"""What another classifier says: by folded text, the probability of every label that it knows."""

_NO_GUESSES: Final[Guesses] = MappingProxyType({})

NOTHING: Final = Understood(Intent.NOT_UNDERSTOOD, 0.0)


class Understanding:
    """All that is taught about callers' words. Immutable, so calls share it.

    Args:
        lessons: by language.
        content_hash: of the files behind them.

    Attributes:
        examples: what the classifier learned from: folded texts by label, out of scope among them.
    """

    def __init__(self, lessons: Mapping[Language, Lesson], content_hash: str) -> None:
        self.content_hash = content_hash
        self._lessons = lessons
        examples: dict[str, list[str]] = {}
        for lesson in lessons.values():
            for label, texts in lesson.examples.items():
                examples.setdefault(label, []).extend(texts)
        own = sorted({name for lesson in lessons.values() for name in lesson.patterns} - set(Intent))
        after = list(Intent).index(Intent.SCAM_DOUBT)
        self._priority: tuple[str, ...] = (*list(Intent)[:after], *own, *list(Intent)[after:])
        self.examples: Mapping[str, Sequence[str]] = {label: texts for label, texts in examples.items() if texts}
        self._classifier = Classifier(self.examples)

    def undecided(self, heard: Transcript, context: Context) -> str | None:
        """Return the best hypothesis, folded, where no rule decides it, so that `read` has to guess."""
        text = heard.text[:MAX_CHARACTERS]
        folded = fold(text)
        if not folded:
            return None
        slots = find_slots(text, context.language, context.currency, context.today)
        return folded if self.rule(text, slots, context) is None else None

    def read(self, heard: Transcript, context: Context, guesses: Guesses = _NO_GUESSES) -> Understood:
        """Return the likeliest meaning of an utterance over its hypotheses.

        Args:
            heard: the hypotheses.
            context: of the call.
            guesses: they stand in for our own classifier's, but never make sure of anything, nor take back that the
                caller is not the debtor. Labels that we do not know are passed over.
        """
        totals: dict[str, float] = {}
        first: Mapping[str, float] = {}
        readings: list[tuple[str, Slotted, str]] = []
        weight = whole_weight = 0.0
        for rank, hypothesis in enumerate(heard.hypotheses[:MAX_HYPOTHESES]):
            text = hypothesis.text[:MAX_CHARACTERS]
            if not fold(text):
                continue
            weight = 0.5**rank
            whole_weight += weight
            slots = find_slots(text, context.language, context.currency, context.today)
            scores = self._scores(text, slots, context, guesses)
            first = first or (self._scores(text, slots, context, _NO_GUESSES) if guesses else scores)
            readings.append((max(scores, key=scores.__getitem__), slots, text))
            for intent, score in scores.items():
                totals[intent] = totals.get(intent, 0.0) + weight * score
        if not readings:
            return NOTHING
        best = max(totals, key=totals.__getitem__)
        confidence = totals[best] / whole_weight
        slots, text = self._agreeing(best, readings)
        sure = first.get(best, 0.0) >= SURE_FROM
        if best == Intent.NOT_UNDERSTOOD or confidence < REJECT_BELOW or (best in _ONLY_SURE and not sure):
            return Understood(Intent.NOT_UNDERSTOOD, confidence, slots=slots)
        if best in _PROMISES and not slots.days and self._lessons[context.language].now.search(fold(text)):
            slots = replace(slots, days=(context.today,))
        if best == Intent.PTP_VAGUE and not slots.exact_day:
            slots = replace(slots, days=())
        wished = self._wished_language(text, context.language) if best == Intent.SWITCH_LANGUAGE else None
        return Understood(best, confidence, sure, slots, wished)

    def rule(self, text: str, slots: Slotted, context: Context) -> str | None:
        """Return what the rules say of a text, or None where they say nothing."""
        folded = fold(text)
        lessons = self._ordered(context.language)
        for lesson in lessons:
            if (intent := self._whole(lesson, folded)) is not None:
                return intent
        found = self._by_pattern(folded, lessons)
        if found in DISCLAIMS:  # "you have reached Ann, leave a message", «это Анна, его нет дома»
            return found
        names = self._introduced(folded, lessons)
        if not names.isdisjoint(fold(context.given_name).split()):
            return Intent.RPC_CONFIRM
        if not names.isdisjoint(fold(context.names).split()):
            return Intent.GREETING
        if found is not None:
            return self._in_context(found, folded, lessons[0], context)
        if names and Intent.NAME_GIVEN in context.awaited:
            return Intent.NAME_GIVEN
        if not slots.any:
            return None
        rest = fold(slots.rest)
        if all(any(word in lesson.glue for lesson in lessons) for word in rest.split()):
            return Intent.INFORM
        whole = (self._whole(lesson, rest) for lesson in lessons)
        return next((intent for intent in whole if intent is not None), None)

    def backchannel(self, text: str, language: Language) -> bool:
        """Whether a text only accompanies the bot's words."""
        return fold(text) in self._lessons[language].backchannels

    def whole(self, text: str, language: Language) -> str | None:
        """Return the intent of an utterance that is known as a whole, word by word."""
        folded = fold(text)
        found = (self._whole(lesson, folded) for lesson in self._ordered(language))
        return next((intent for intent in found if intent is not None), None)

    def hints(self, expect: Expect, language: Language) -> tuple[str, ...]:
        """Return words that an answer of this kind may hold."""
        return self._lessons[language].hints.get(expect, ())

    def _ordered(self, language: Language) -> Sequence[Lesson]:
        return sorted(self._lessons.values(), key=lambda lesson: lesson.language is not language)

    @staticmethod
    def _whole(lesson: Lesson, folded: str) -> str | None:
        bare = lesson.bare(folded)
        first, _, rest = bare.partition(" ")
        if bare not in lesson.whole and lesson.whole.get(first) == Intent.YES:  # "yep, that's right", «да, именно я»
            after = lesson.whole.get(rest)
            return after if after in (Intent.YES, Intent.RPC_CONFIRM) else None
        return lesson.whole.get(bare)

    def _by_pattern(self, folded: str, lessons: Sequence[Lesson]) -> str | None:
        for intent in self._priority:
            if any(intent in lesson.patterns and lesson.patterns[intent].search(folded) for lesson in lessons):
                return intent
        return None

    @staticmethod
    def _introduced(folded: str, lessons: Sequence[Lesson]) -> set[str]:
        """Return the names by which the caller introduces himself."""
        matches = ((lesson, pattern.search(folded)) for lesson in lessons for pattern in lesson.introductions)
        return {match["name"] for lesson, match in matches if match and match["name"] not in lesson.not_names}

    def _in_context(self, intent: str, folded: str, lesson: Lesson, context: Context) -> str:
        """Return the intent, but for «нет, неправильная сумма» after a read-back: a no, not a dispute of the debt."""
        asked = context.expect is Expect.YES_NO and Intent.NO in context.awaited
        if intent == Intent.DISPUTE and asked and self._whole(lesson, folded.split()[0]) == Intent.NO:
            return Intent.NO
        return intent

    def _scores(self, text: str, slots: Slotted, context: Context, guesses: Guesses) -> Mapping[str, float]:
        if (intent := self.rule(text, slots, context)) is not None:
            return {intent: RULE_CONFIDENCE}
        weighed = {
            Intent.NOT_UNDERSTOOD if label == OUT_OF_SCOPE else label: probability
            * (_EXPECTED_WEIGHT if label in context.awaited or label == OUT_OF_SCOPE else _UNEXPECTED_WEIGHT)
            for label, probability in self._probabilities(fold(text), guesses).items()
        }
        total = sum(weighed.values())
        return {intent: score / total for intent, score in weighed.items()}

    def _probabilities(self, folded: str, guesses: Guesses) -> Mapping[str, float]:
        own = self._classifier.probabilities(folded)
        known = {label: share for label, share in guesses.get(folded, {}).items() if label in self.examples}
        likeliest = max(own, key=own.__getitem__)
        disclaims = likeliest in DISCLAIMS and own[likeliest] >= REJECT_BELOW
        return known if any(known.values()) and not disclaims else own

    @staticmethod
    def _agreeing(best: str, readings: Sequence[tuple[str, Slotted, str]]) -> tuple[Slotted, str]:
        """Return slots and text of the first hypothesis that has the winning intent, preferring one with values."""
        same = [reading for reading in readings if reading[0] == best] or list(readings)
        _, slots, text = next((reading for reading in same if reading[1].any), same[0])
        return slots, text

    def _wished_language(self, text: str, current: Language) -> Language | None:
        folded = fold(text)
        for lesson in self._ordered(current):
            for language, pattern in lesson.languages.items():
                if pattern.search(folded):
                    return language
        return None


def load_understanding(own: OwnIntents = _NONE) -> Understanding:
    """Return what the shipped language files and a scenario's own phrases teach.

    Trained once a process for every different content (about a second), so that scenarios without intents of their own
    share one.

    Args:
        own: a scenario's intents, and its additions to the known ones. Empty ones change nothing.

    Raises:
        ScenarioError: a language file is wrong.
        re.error: a pattern of `own` is no regular expression (see `dialogs.understanding.lessons.compile_pattern`).
    """
    said = {
        (name, language): phrases
        for name, by_language in own.items()
        for language, phrases in by_language.items()
        if phrases != Phrases()
    }
    return _load(tuple(sorted(said.items(), key=itemgetter(0))))


@cache
def _load(own: tuple[tuple[tuple[str, Language], Phrases], ...]) -> Understanding:
    lessons, documents = load_lessons()
    digest = sha256()
    for document in documents:
        digest.update(document.content)
    if own:
        digest.update(repr(own).encode())
        by_name: dict[str, dict[Language, Phrases]] = {}
        for (name, language), phrases in own:
            by_name.setdefault(name, {})[language] = phrases
        lessons = {language: lesson.with_own(by_name) for language, lesson in lessons.items()}
    return Understanding(lessons, digest.hexdigest())
