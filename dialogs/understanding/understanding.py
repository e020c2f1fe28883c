"""What a caller's words mean here and now: rules, then the classifier, over all hypotheses of the recogniser."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from types import MappingProxyType
from typing import Final

from dialogs.understanding.context import Context, Understood
from dialogs.understanding.intents import COMMITMENTS, COURTESIES, DISCLAIMS, Intent
from dialogs.understanding.lessons import Lesson, OwnIntents, Phrases, compile_pattern, load_lessons
from dialogs.understanding.reading import (
    CONFIRMING,
    NO_GUESSES,
    ONLY_SURE,
    REJECT_BELOW,
    Guesses,
    Reader,
    Reading,
    as_learned,
)
from dialogs.understanding.rules import Rules
from dialogs.understanding.slots import Slotted, find_slots
from dialogs.understanding.tongue import Tongues
from dialogs.understanding.trained import classifier_of
from dialogs.understanding.voting import CONSEQUENTIAL, tally, values, votes, weakened, without_doubtful_words
from engine.errors import ScenarioError
from engine.folding import fold
from engine.speech import Expect, Hypothesis, Language, Transcript

__all__ = ["Context", "Understanding", "Understood", "load_understanding"]

MAX_HYPOTHESES: Final = 5
"""Readings that are looked at."""

AGREED_FROM: Final = 0.6
"""So much of the readings' weight must be for an intent that is to confirm something."""

CLEAR_FROM: Final = 0.6
"""So likely must an intent be where the words themselves are doubtful."""

CLOSE: Final = 0.2
"""With less between the two likeliest intents it takes a question to tell which is meant."""

BETWEEN_THEM: Final = 0.5
"""With less for both together it is likelier a third."""

MAX_KEPT: Final = 8
"""Sets of own intents, each with some 20 MB of weights, that are held at once."""

MAX_CHARACTERS: Final = 600
"""Longer answers are cut: nobody speaks so long on the phone in one turn."""

_NEVER_RIVALS: Final = COURTESIES | DISCLAIMS | {Intent.NOT_UNDERSTOOD}

_Own = tuple[tuple[tuple[str, Language], Phrases], ...]
_NONE: Final[OwnIntents] = MappingProxyType({})

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
        self._rules = Rules(lessons)
        self._tongues = Tongues(lessons)
        examples: dict[str, list[str]] = {}
        for lesson in lessons.values():
            for label, texts in lesson.examples.items():
                examples.setdefault(label, []).extend(texts)
        self.examples: Mapping[str, Sequence[str]] = {label: texts for label, texts in examples.items() if texts}
        self._reader = Reader(self._rules, classifier_of(self.examples))

    def undecided(self, heard: Transcript, context: Context) -> str | None:
        """Return the best hypothesis, folded, where no rule decides it, so that `read` has to guess."""
        text = heard.text[:MAX_CHARACTERS]
        folded = fold(text)
        if not folded:
            return None
        slots = find_slots(text, context.language, context.currency, context.today, context.payday)
        undecided = self._rules.said(text, slots, context).intent is None
        return as_learned(folded, context) if undecided else None

    def read(self, heard: Transcript, context: Context, guesses: Guesses = NO_GUESSES) -> Understood:
        """Return the likeliest meaning of an utterance over its hypotheses.

        Args:
            heard: the hypotheses.
            context: of the call.
            guesses: they stand in for our own classifier's, but never make sure of anything, nor take back that the
                caller is not the debtor. Labels that we do not know are passed over.
        """
        hypotheses = [one for one in heard.hypotheses[:MAX_HYPOTHESES] if fold(one.text)]
        if not hypotheses:
            return NOTHING
        readings = [self._read(hypothesis, context, guesses) for hypothesis in hypotheses]
        cast = votes(readings, hypotheses)
        totals = tally(cast)
        best, second, *_ = *sorted(totals, key=totals.__getitem__, reverse=True), Intent.NOT_UNDERSTOOD
        confidence, runner_up = totals[best], totals.get(second, 0.0)
        reading = next((each for each in readings if each.best == best), readings[0])
        slots = values(cast, reading, context.expect)
        agreed = sum(vote.share for vote in cast if vote.reading.best == best)
        sure = readings[0].surely(best) and agreed >= AGREED_FROM and not heard.doubtful
        spoken = self._tongues.spoken(readings[0].slots.rest)
        spoken = None if spoken is context.language else spoken
        unclear = confidence < (CLEAR_FROM if heard.doubtful else REJECT_BELOW)
        disputed = best == Intent.INFORM and reading.slots.any and not slots.any
        if best == Intent.NOT_UNDERSTOOD or unclear or disputed or (best in ONLY_SURE and not sure):
            return Understood(Intent.NOT_UNDERSTOOD, confidence, slots=slots, spoken=spoken)
        if best in COMMITMENTS and not slots.days and self._lessons[context.language].now.search(fold(reading.text)):
            slots = replace(slots, days=(context.today,))
        if best == Intent.PTP_VAGUE and not slots.exact_day:
            slots = replace(slots, days=())
        close = confidence - runner_up <= CLOSE and confidence + runner_up >= BETWEEN_THEM
        close = close and not {best, second} & _NEVER_RIVALS
        return Understood(
            best,
            confidence,
            sure,
            slots,
            self._wished_language(reading.text, context.language) if best == Intent.SWITCH_LANGUAGE else None,
            tuple(intent for intent in reading.also if intent != best),
            second if close else None,
            spoken,
        )

    def _read(self, hypothesis: Hypothesis, context: Context, guesses: Guesses) -> Reading:
        """Return what one hypothesis means, doubtful words telling nothing of consequence."""
        reading = self._reader.read(hypothesis.text[:MAX_CHARACTERS], context, guesses)
        if CONSEQUENTIAL.isdisjoint((reading.best, *reading.also)):
            return reading
        firm = without_doubtful_words(hypothesis)
        if firm is None:
            return reading
        return weakened(reading, self._reader.read(firm[:MAX_CHARACTERS], context, guesses) if fold(firm) else None)

    def rule(self, text: str, slots: Slotted, context: Context) -> str | None:
        """Return what the rules say of a text, or None where they say nothing."""
        return self._rules.said(text, slots, context).intent

    def backchannel(self, text: str, language: Language) -> bool:
        """Whether a text only accompanies the bot's words."""
        return fold(text) in self._lessons[language].backchannels

    def whole(self, text: str, language: Language) -> str | None:
        """Return the intent of an utterance that is known as a whole, word by word."""
        return self._rules.whole(fold(text), language)

    def hints(self, expect: Expect, language: Language) -> tuple[str, ...]:
        """Return words that an answer of this kind may hold."""
        return self._lessons[language].hints.get(expect, ())

    def _wished_language(self, text: str, current: Language) -> Language | None:
        folded = fold(text)
        for lesson in self._rules.ordered(current):
            for language, pattern in lesson.languages.items():
                if pattern.search(folded):
                    return language
        return None


def load_understanding(own: OwnIntents = _NONE) -> Understanding:
    """Return what the shipped language files and a scenario's own phrases teach.

    Learned once for every different content and kept on disk (`dialogs.understanding.trained`), and shared by all
    scenarios of a process without intents of their own.

    Args:
        own: a scenario's intents, and its additions to the known ones. Empty ones change nothing.

    Raises:
        ScenarioError: a language file is wrong, or a phrase would take «алло» for a confirmation.
        re.error: a pattern of `own` is no regular expression (see `dialogs.understanding.lessons.compile_pattern`).
    """
    said = {
        (name, language): phrases
        for name, by_language in own.items()
        for language, phrases in by_language.items()
        if phrases != Phrases()
    }
    return _load(tuple(sorted(said.items(), key=itemgetter(0))))


@lru_cache(MAX_KEPT)
def _load(own: _Own) -> Understanding:
    lessons, shipped = load_lessons()
    digest = sha256(shipped.encode())
    _refuse_greetings(own, lessons)
    if own:
        digest.update(repr(own).encode())
        by_name: dict[str, dict[Language, Phrases]] = {}
        for (name, language), phrases in own:
            by_name.setdefault(name, {})[language] = phrases
        lessons = {language: lesson.with_own(by_name) for language, lesson in lessons.items()}
    return Understanding(lessons, digest.hexdigest())


def _refuse_greetings(own: _Own, lessons: Mapping[Language, Lesson]) -> None:
    """Raise where a scenario would take an answered phone for a confirmation."""
    greetings = {text for lesson in lessons.values() for text, of in lesson.whole.items() if of == Intent.GREETING}
    for (name, language), phrases in own:
        if name not in CONFIRMING:
            continue
        lesson = lessons[language]
        taken = [text for text in (*phrases.whole, *phrases.examples) if lesson.bare(fold(text)) in greetings]
        taken += [line for line in phrases.patterns if any(map(compile_pattern([line]).search, greetings))]
        if taken:
            raise ScenarioError(
                f"intents: {name}: {language}: `{taken[0]}` is how a phone is answered and confirms nobody; delete it"
            )
