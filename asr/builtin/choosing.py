"""Which language a caller speaks, by how sure each language's readings are."""

from collections.abc import Mapping

from engine.speech import Language

Confidences = Mapping[Language, float]

HOME_ADVANTAGE = 0.05
"""Added to the confidence of the language that the dialog speaks: it is the likelier one."""

SETTLED = 0.6
"""Lead in confidence, added up over a caller's utterances, by which their language is settled."""


def choose(here: Confidences, before: Confidences, home: Language) -> Language:
    """Return the language of an utterance.

    Args:
        here: confidence of the utterance's best reading, by the languages it was read in.
        before: confidences of the caller's earlier utterances, added up; they count half.
        home: language of the dialog.
    """
    return max(here, key=lambda one: here[one] + before.get(one, 0.0) / 2 + HOME_ADVANTAGE * (one is home))


def settled(total: Confidences, language: Language) -> bool:
    """Return whether a caller speaks this language beyond doubt, by confidences added up over their utterances."""
    own = total.get(language, 0.0)
    return own > 0 and all(own - other >= SETTLED for one, other in total.items() if one is not language)
