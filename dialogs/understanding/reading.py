"""What one hypothesis of the recogniser means: rules, then the classifier over the turn, its clauses and its halves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from types import MappingProxyType
from typing import Final

import numpy as np

from dialogs.understanding.classifier import Classifier, Halves
from dialogs.understanding.context import Context, likelihood
from dialogs.understanding.intents import COMMITMENTS, COURTESIES, DISCLAIMS, PROMISES, Intent
from dialogs.understanding.lessons import OUT_OF_SCOPE
from dialogs.understanding.normalising import with_numbers_in_words, without_names
from dialogs.understanding.rules import Rules, Said
from dialogs.understanding.slots import Slotted, find_slots
from engine.folding import fold

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
"""So likely must another intent be to outweigh a pattern, by trial on the development set. Never outweighed are
disclaimers, names, what is known word by word and what a scenario teaches.
"""

HALF_FROM: Final = 0.96
"""So likely must what either part of a turn says be to count as said."""

HEARD_IN_ALL: Final = 0.005
"""And so likely must it be by the whole turn: "do I owe" says something else in "how much do I owe"."""

_EXPECTED_WEIGHT: Final = 1.0
_UNEXPECTED_WEIGHT: Final = 0.4
"""Weight of an intent that the open question does not itself wait for."""

ONLY_SURE: Final = frozenset({Intent.DECEASED, Intent.ANSWERING_MACHINE})
"""Hardly ever guessed: condolences to the living, or a caller taken for a machine."""

NEARLY_CERTAIN: Final = 0.97
"""So likely must these be by guess; what falls short is asked again, and says more."""

_NEVER_OF_A_HALF: Final = COURTESIES | {Intent.RPC_CONFIRM, OUT_OF_SCOPE}
_NEVER_ALSO: Final = _NEVER_OF_A_HALF | ONLY_SURE | {Intent.REPEAT}
_LEADING: Final[Mapping[str, int]] = {
    intent: rank for rank, intent in enumerate(Intent) if intent not in _NEVER_OF_A_HALF
}
CONFIRMING: Final = frozenset({Intent.YES, Intent.RPC_CONFIRM})
"""Only rules make sure of them: whoever says so is told of the debt."""
_NEVER_OVERRULES: Final = CONFIRMING | COMMITMENTS | {Intent.NO, Intent.INFORM, Intent.NAME_GIVEN, OUT_OF_SCOPE}

Guesses = Mapping[str, Mapping[str, float]]
"""What another classifier says: by folded text, the probability of every label that it knows."""

NO_GUESSES: Final[Guesses] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reading:
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
        enough = NEARLY_CERTAIN if intent in ONLY_SURE else SURE_FROM
        return self.ruled == intent or (intent not in CONFIRMING and self.own.get(intent, 0.0) >= enough)

    @property
    def best(self) -> str:
        """The likeliest intent."""
        return _likeliest(self.scores)[0]


def as_learned(folded: str, context: Context) -> str:
    """Return a folded text as the classifier's examples have it: numbers said, the debtor's name left open."""
    return without_names(with_numbers_in_words(folded, context.language), context.names)


class Reader:
    """Reads hypotheses.

    Args:
        rules: of all languages.
        classifier: of all intents.
    """

    def __init__(self, rules: Rules, classifier: Classifier) -> None:
        self._rules, self._classifier = rules, classifier

    def read(self, text: str, context: Context, guesses: Guesses) -> Reading:
        """Return what one hypothesis means."""
        folded = as_learned(fold(text), context)
        slots = find_slots(text, context.language, context.currency, context.today, context.payday)
        said = self._rules.said(text, slots, context)
        unsaid = [as_learned(clause, context) for clause in said.open]
        core = as_learned(said.core, context)
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
        clear = [intent for intent in clear if not (said.unable and intent in COMMITMENTS)]
        if said.intent is None:
            elsewhere = self._elsewhere(own, guesses.get(folded, {}))
            scores = _led(_weighed(elsewhere, context) if elsewhere else weighed, two)
            return Reading(text, slots, scores, _led(weighed, two), None, tuple(dict.fromkeys((*said.also, *clear))))
        main = next((intent for intent in clear if intent in DISCLAIMS), said.intent)
        also = dict.fromkeys((*said.also, *clear))
        confidence = _ruled(own.get(main))
        rest = {intent: share for intent, share in weighed.items() if intent != main}
        left = (1 - confidence) / (sum(rest.values()) or 1.0)
        scores = {main: confidence} | {intent: share * left for intent, share in rest.items()}
        also_said = tuple(intent for intent in also if not {intent, main} <= PROMISES)
        return Reading(text, slots, scores, scores, said.intent, also_said)

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
        known = {label: share for label, share in guess.items() if label in self._classifier.labels}
        likeliest, share = _likeliest(own)
        disclaims = likeliest in DISCLAIMS and share >= REJECT_BELOW
        return known if any(known.values()) and not disclaims else None


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
