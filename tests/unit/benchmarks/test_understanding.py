"""The understanding benchmark: what counts as right, and its figures."""

import numpy as np
import pytest

from benchmarks.understanding import LABELS, Turn, Utterance, confusion, f1_of, labels
from dialogs.understanding.understanding import Understood
from engine.speech import Language

SAID = Utterance("x", Language.ENGLISH, "dispute", frozenset({"already_paid"}), ("refuse",))


@pytest.mark.parametrize(
    ("read", "right"),
    [
        (Understood("dispute", 1.0), True),
        (Understood("already_paid", 1.0), True),
        (Understood("refuse", 1.0), False),
        (Understood("refuse", 1.0, also=("dispute",)), True),
        (Understood("callback", 1.0, also=("dispute",)), False),
    ],
)
def test_what_counts_as_right(read: Understood, right: bool) -> None:
    """An alternative label does; another intent of the turn leads only where the annotated one is heard too."""
    assert Turn(SAID, read, 0.0).right is right


def test_f1_is_over_the_intents_that_occur() -> None:
    """Two of three disputes right, nothing else taken for one: 0.8; what never occurs has no figure."""
    turns = [Turn(SAID, Understood(intent, 1.0), 0.0) for intent in ("dispute", "already_paid", "callback")]
    f1 = f1_of(confusion(*labels(turns)))

    assert f1[LABELS.index("dispute")] == pytest.approx(0.8)
    assert np.isnan(f1[LABELS.index("callback")])
