"""What a caller's words mean here and now: rules, then the classifier, over all hypotheses of the recogniser."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from operator import itemgetter
from types import MappingProxyType
from typing import Final

import numpy as np

from dialogs.understanding.classifier import Halves
from dialogs.understanding.context import Context, Understood, likelihood
from dialogs.understanding.folding import fold, without_names
from dialogs.understanding.intents import COMMITMENTS, COURTESIES, DISCLAIMS, PROMISES, Intent
from dialogs.understanding.lessons import OUT_OF_SCOPE, Lesson, OwnIntents, Phrases, compile_pattern, load_lessons
from dialogs.understanding.rules import Rules, Said
from dialogs.understanding.slots import Slotted, find_slots
from dialogs.understanding.tongue import Tongues
from dialogs.understanding.trained import classifier_of
from engine.errors import ScenarioError
from engine.speech import Expect, Language, Transcript

__all__ = ["Context", "Understanding", "Understood", "load_understanding"]

MAX_HYPOTHESES: Final = 5
"""Readings that are looked at; each further one counts half of the one before."""

RULE_CONFIDENCE: Final = 0.98
_RULE_FLOOR: Final = 0.75
"""A rule that the classifier contradicts is as often right."""

REJECT_BELOW: Final = 0.15
"""With less confidence nothing is understood: in cross-validation only a quarter of such guesses were right."""

SURE_FROM: Final = 0.85
"""So likely must an intent be by the best hypothesis alone to confirm a promise. Nobody is confirmed by guess."""

ALSO_FROM: Final = 0.8
"""So likely must a clause's intent be by guess to count as clearly said."""

OVERRULES_FROM: Final = 0.5
"""So likely must another intent be to outweigh a pattern: on the development set it is right four times out of five
then, and the pattern once out of six. Disclaimers, names and what a scenario teaches are never outweighed.
"""

HALF_FROM: Final = 0.96
"""So likely must what either part of a turn says be to count as said."""

HEARD_IN_ALL: Final = 0.005
"""And so likely must it be by the whole turn: "do I owe" says something else in "how much do I owe"."""

CLOSE: Final = 0.2
"""With less between the two likeliest intents it takes a question to tell which is meant."""

BETWEEN_THEM: Final = 0.5
"""With less for both together it is likelier a third."""

_EXPECTED_WEIGHT: Final = 1.0
_UNEXPECTED_WEIGHT: Final = 0.4
"""Weight of an intent that the open question does not itself wait for."""

MAX_CHARACTERS: Final = 600
"""Longer answers are cut: nobody speaks so long on the phone in one turn."""


_ONLY_SURE: Final = frozenset({Intent.DECEASED, Intent.ANSWERING_MACHINE})
"""Hardly ever guessed: condolences to the living, or a caller taken for a machine."""

NEARLY_CERTAIN: Final = 0.97
"""So likely must these be by guess; what falls short is asked again, and says more."""

_NEVER_OF_A_HALF: Final = COURTESIES | {Intent.RPC_CONFIRM, OUT_OF_SCOPE}
_NEVER_ALSO: Final = _NEVER_OF_A_HALF | _ONLY_SURE | {Intent.REPEAT}
_LEADING: Final[Mapping[str, int]] = {
    intent: rank for rank, intent in enumerate(Intent) if intent not in _NEVER_OF_A_HALF
}
_CONFIRMING: Final = frozenset({Intent.YES, Intent.RPC_CONFIRM})
"""Only rules make sure of them: whoever says so is told of the debt."""
_NEVER_OVERRULES: Final = _CONFIRMING | COMMITMENTS | {Intent.NO, Intent.INFORM, Intent.NAME_GIVEN, OUT_OF_SCOPE}
_NEVER_RIVALS: Final = COURTESIES | DISCLAIMS | {Intent.NOT_UNDERSTOOD}

_Own = tuple[tuple[tuple[str, Language], Phrases], ...]
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
        self._rules = Rules(lessons)
        self._tongues = Tongues(lessons)
        examples: dict[str, list[str]] = {}
        for lesson in lessons.values():
            for label, texts in lesson.examples.items():
                examples.setdefault(label, []).extend(texts)
        self.examples: Mapping[str, Sequence[str]] = {label: texts for label, texts in examples.items() if texts}
        self._classifier = classifier_of(self.examples)

    def undecided(self, heard: Transcript, context: Context) -> str | None:
        """Return the best hypothesis, folded, where no rule decides it, so that `read` has to guess."""
        text = heard.text[:MAX_CHARACTERS]
        folded = fold(text)
        if not folded:
            return None
        slots = find_slots(text, context.language, context.currency, context.today, context.payday)
        undecided = self._rules.said(text, slots, context).intent is None
        return without_names(folded, context.names) if undecided else None

    def read(self, heard: Transcript, context: Context, guesses: Guesses = _NO_GUESSES) -> Understood:
        """Return the likeliest meaning of an utterance over its hypotheses.

        Args:
            heard: the hypotheses.
            context: of the call.
            guesses: they stand in for our own classifier's, but never make sure of anything, nor take back that the
                caller is not the debtor. Labels that we do not know are passed over.
        """
        totals: dict[str, float] = {}
        readings: list[_Reading] = []
        whole_weight = 0.0
        for rank, hypothesis in enumerate(heard.hypotheses[:MAX_HYPOTHESES]):
            text = hypothesis.text[:MAX_CHARACTERS]
            if not fold(text):
                continue
            weight = 0.5**rank
            whole_weight += weight
            reading = self._reading(text, context, guesses)
            readings.append(reading)
            for intent, score in reading.scores.items():
                totals[intent] = totals.get(intent, 0.0) + weight * score
        if not readings:
            return NOTHING
        best, second, *_ = *sorted(totals, key=totals.__getitem__, reverse=True), Intent.NOT_UNDERSTOOD
        confidence, runner_up = totals[best] / whole_weight, totals.get(second, 0.0) / whole_weight
        reading = _agreeing(best, readings)
        slots = reading.slots
        sure = readings[0].surely(best)
        spoken = self._tongues.spoken(readings[0].slots.rest)
        spoken = None if spoken is context.language else spoken
        if best == Intent.NOT_UNDERSTOOD or confidence < REJECT_BELOW or (best in _ONLY_SURE and not sure):
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

    def _reading(self, text: str, context: Context, guesses: Guesses) -> "_Reading":
        """Return what one hypothesis means."""
        folded = without_names(fold(text), context.names)
        slots = find_slots(text, context.language, context.currency, context.today, context.payday)
        said = self._rules.said(text, slots, context)
        unsaid = [without_names(clause, context.names) for clause in said.open]
        core = without_names(said.core, context.names)
        own = self._guess(folded, core)
        if said.unable:
            own = {label: 0.0 if label in COMMITMENTS else share for label, share in own.items()}
        weighed = _weighed(own, context)
        guessed = (_likeliest(self._classifier.probabilities(clause)) for clause in unsaid)
        clear = [intent for intent, share in guessed if share >= ALSO_FROM and intent not in _NEVER_ALSO]
        two = () if said.whole else _two_meanings(self._classifier.halves(core), own)
        if said.intent is not None and self._outweighed(said, own):
            said = replace(said, intent=None)
        clear += [intent for intent in two if intent not in _NEVER_OF_A_HALF]
        if said.intent is None:
            elsewhere = self._elsewhere(own, guesses.get(folded, {}))
            scores = _led(_weighed(elsewhere, context) if elsewhere else weighed, two)
            return _Reading(text, slots, scores, _led(weighed, two), None, tuple(dict.fromkeys((*said.also, *clear))))
        main = next((intent for intent in clear if intent in DISCLAIMS), said.intent)
        also = dict.fromkeys((*said.also, *clear))
        confidence = _ruled(own.get(main))
        rest = {intent: share for intent, share in weighed.items() if intent != main}
        left = (1 - confidence) / (sum(rest.values()) or 1.0)
        scores = {main: confidence} | {intent: share * left for intent, share in rest.items()}
        also_said = tuple(intent for intent in also if not {intent, main} <= PROMISES)
        return _Reading(text, slots, scores, scores, said.intent, also_said)

    def _outweighed(self, said: Said, own: Mapping[str, float]) -> bool:
        """Whether the classifier is so sure of another intent that a pattern is likelier wrong."""
        likeliest, share = _likeliest(own)
        if likeliest == said.intent or likeliest in said.also:
            return False
        if said.strong:  # whoever is not the debtor may be told for the wrong one, but never for the debtor
            return {likeliest, said.intent} <= DISCLAIMS and share >= NEARLY_CERTAIN
        return share >= OVERRULES_FROM and likeliest not in _NEVER_OVERRULES

    def _guess(self, folded: str, core: str) -> Mapping[str, float]:
        """Return the classifier's probabilities, the mean of the whole turn and of what is left without courtesies."""
        whole = self._classifier.probabilities(folded)
        bare = whole if core == folded else self._classifier.probabilities(core)
        return {label: (share + bare[label]) / 2 for label, share in whole.items()}

    def _elsewhere(self, own: Mapping[str, float], guess: Mapping[str, float]) -> Mapping[str, float] | None:
        """Return another classifier's guess, unless our own takes the caller for someone else than the debtor."""
        known = {label: share for label, share in guess.items() if label in self.examples}
        likeliest = max(own, key=own.__getitem__)
        disclaims = likeliest in DISCLAIMS and own[likeliest] >= REJECT_BELOW
        return known if any(known.values()) and not disclaims else None

    def _wished_language(self, text: str, current: Language) -> Language | None:
        folded = fold(text)
        for lesson in self._rules.ordered(current):
            for language, pattern in lesson.languages.items():
                if pattern.search(folded):
                    return language
        return None


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one hypothesis means.

    Args:
        text: of the hypothesis.
        slots: values in it.
        scores: probability by intent.
        own: the same without another classifier's guess.
        ruled: the intent that the rules give it.
        also: further intents that are clearly said.
    """

    text: str
    slots: Slotted
    scores: Mapping[str, float]
    own: Mapping[str, float]
    ruled: str | None
    also: tuple[str, ...]

    def surely(self, intent: str) -> bool:
        """Whether it plainly says so."""
        enough = NEARLY_CERTAIN if intent in _ONLY_SURE else SURE_FROM
        return self.ruled == intent or (intent not in _CONFIRMING and self.own.get(intent, 0.0) >= enough)

    @property
    def best(self) -> str:
        """The likeliest intent."""
        return max(self.scores, key=self.scores.__getitem__)


def _likeliest(shares: Mapping[str, float]) -> tuple[str, float]:
    return max(shares.items(), key=itemgetter(1))


def _two_meanings(halves: Halves, own: Mapping[str, float]) -> tuple[str, ...]:
    """Return what both parts of a turn mean where, cut at the best place, each clearly says something else."""
    sides = [(side.argmax(axis=1), side.max(axis=1)) for side in (halves.before, halves.after)]
    (first, first_share), (second, second_share) = ((found[1:-1], share[1:-1]) for found, share in sides)
    both = np.where(first != second, first_share * second_share, 0.0)  # a part has two words at least
    if not both.size:
        return ()
    cut = int(both.argmax())
    pair = (halves.labels[first[cut]], halves.labels[second[cut]])
    clear = both[cut] > 0 and min(first_share[cut], second_share[cut]) >= HALF_FROM
    clear = clear and min(own[intent] for intent in pair) >= HEARD_IN_ALL
    return pair if clear and not set(pair) <= PROMISES else ()


def _led(scores: Mapping[str, float], two: Sequence[str]) -> Mapping[str, float]:
    """Return scores by which one of two clear meanings leads: what comes first in the order of the intents."""
    best, _ = _likeliest(scores)
    leads = min((intent for intent in two if intent in _LEADING), key=_LEADING.__getitem__, default=None)
    if leads is None or best in two or leads not in scores:
        return scores
    return {**scores, leads: scores[best], best: scores[leads]}


def _agreeing(best: str, readings: Sequence[_Reading]) -> _Reading:
    """Return the first reading that has the winning intent, preferring one with values."""
    same = [reading for reading in readings if reading.best == best] or list(readings)
    return next((reading for reading in same if reading.slots.any), same[0])


def _weighed(probabilities: Mapping[str, float], context: Context) -> Mapping[str, float]:
    """Return probabilities of intents, those that the open question waits for the likelier."""
    weighed = {
        Intent.NOT_UNDERSTOOD if label == OUT_OF_SCOPE else label: probability
        * likelihood(label, context)
        * (_EXPECTED_WEIGHT if label in context.awaited or label == OUT_OF_SCOPE else _UNEXPECTED_WEIGHT)
        for label, probability in probabilities.items()
    }
    total = sum(weighed.values())
    return {intent: score / total for intent, score in weighed.items()}


def _ruled(agreement: float | None) -> float:
    """Return how sure a rule is, given the probability that the classifier gives to the same intent."""
    return RULE_CONFIDENCE if agreement is None else _RULE_FLOOR + (RULE_CONFIDENCE - _RULE_FLOOR) * agreement**0.5


def load_understanding(own: OwnIntents = _NONE) -> Understanding:
    """Return what the shipped language files and a scenario's own phrases teach.

    Trained once a process for every different content (about a second), so that scenarios without intents of their own
    share one.

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


@cache
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
        if name not in _CONFIRMING:
            continue
        lesson = lessons[language]
        taken = [text for text in (*phrases.whole, *phrases.examples) if lesson.bare(fold(text)) in greetings]
        taken += [line for line in phrases.patterns if any(map(compile_pattern([line]).search, greetings))]
        if taken:
            raise ScenarioError(
                f"intents: {name}: {language}: `{taken[0]}` is how a phone is answered and confirms nobody; delete it"
            )
