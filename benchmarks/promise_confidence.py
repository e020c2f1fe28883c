"""Fits how sure a promise is, on the parts of the published conversations that may be read.

The rules were written with those parts in sight, so they err on them too seldom to learn from. They are therefore read
again with words left out at random, as a bad line does. ``python -m benchmarks.promise_confidence`` writes the
weights to ``analytics/promises/data/confidence.yaml``, with the strength of regularisation that cross-validation over
conversations chose.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold, cross_val_predict

from analytics.conversation import Conversation
from analytics.promises.confidence import TRAITS, traits
from analytics.promises.extraction import find_drafts
from benchmarks import promise_set as published
from benchmarks.promises import conversation_of
from engine.speech import Language

TARGET: Final = Path(__file__).parents[1] / "analytics/promises/data/confidence.yaml"
LOST: Final = (0.0, 0.0, 0.0, 0.05, 0.1, 0.15, 0.2)
"""Share of words left out of each reading."""
STRENGTHS: Final = (0.03, 0.1, 0.3, 1.0)
FOLDS: Final = 5


def with_words_lost(conversation: Conversation, share: float, random: Random) -> Conversation:
    """Return a contact with a share of its words left out."""
    kept = tuple(
        replace(one, words=tuple(word for word in one.words if random.random() >= share))
        for one in conversation.utterances
    )
    return replace(conversation, utterances=kept)


def examples() -> Iterator[tuple[str, tuple[float, ...], bool]]:
    """Yield of every promise found: whose conversation's, its traits, whether sum and day are right."""
    random = Random(2026)
    for language, split in product(Language, (published.Split.DEVELOPMENT, published.Split.TRAINING)):
        for one in published.load(published.path_of(language, split)):
            meant = {(promise.amount, promise.date) for promise in one.promises}
            conversation, facts = conversation_of(one, language)
            for share in LOST:
                drafts = find_drafts(with_words_lost(conversation, share, random), facts)
                for draft in drafts:
                    yield one.id, traits(draft, len(drafts)), (draft.amount, draft.due) in meant


def main() -> None:
    """Fit, write the weights, and print how well they do."""
    groups, rows, right = zip(*examples(), strict=True)
    told, outcome = np.array(rows), np.array(right)

    def loss(strength: float) -> float:
        predicted = cross_val_predict(
            LogisticRegression(C=strength), told, outcome, groups=groups, cv=GroupKFold(FOLDS), method="predict_proba"
        )
        return float(log_loss(outcome, predicted[:, 1]))

    losses = {strength: loss(strength) for strength in STRENGTHS}
    best = min(losses, key=lambda one: losses[one])
    model = LogisticRegression(C=best).fit(told, outcome)
    weights = {"intercept": model.intercept_[0], **dict(zip(TRAITS, model.coef_[0], strict=True))}
    body = {
        "command": "python -m benchmarks.promise_confidence",
        "promises": len(rows),
        "right": round(float(outcome.mean()), 3),
        "strength": best,
        "log_loss_cross_validated": round(losses[best], 4),
        "weights": {name: round(float(value), 4) for name, value in weights.items()},
    }
    text = yaml.safe_dump(body, sort_keys=False)
    TARGET.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
