"""A linear classifier of intents over pieces of letters, words and sounds (`dialogs.understanding.grams`).

One model for all languages, since callers mix them within a sentence. Texts come in folded. A linear SVM, by trial:
logistic regression one against the rest was 2 points of macro-F1 behind at twenty times the training time, ridge 2,
complement naive Bayes 6. Sounds gave 2 points, and 4 where the recogniser had slipped.

scikit-learn trains it; scores are summed here, since its vectorisers take 1 ms a text, and a turn asks for the whole,
its clauses and every place where it could be cut in two. Training takes seconds, so what was learned is kept on disk
(`dialogs.understanding.trained`), and scikit-learn, which takes a second to load, is loaded for training alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from dialogs.understanding.grams import VIEWS, See

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

_COMMON: Final = 2
"""Pieces of fewer examples are noise, and half of all."""

_SHARPNESS: Final = 5.0
"""Turns the SVM's margins into probabilities by softmax."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Halves:
    """What both halves of a text mean by themselves, cut after each of its words but the last.

    Args:
        labels: of the columns.
        before: probabilities, cuts x labels.
        after: the same of what follows.
    """

    labels: Sequence[str]
    before: Floats
    after: Floats


@dataclass(frozen=True, slots=True)
class View:
    """What one view has learned.

    Args:
        rows: row of each known piece.
        rarity: inverse document frequency by piece.
        weights: pieces x labels, the view's own weight in it.
    """

    rows: Mapping[str, int]
    rarity: Floats
    weights: Floats


class Classifier:
    """Gives every intent a probability.

    Args:
        labels: that it knows.
        views: what it learned by each of `VIEWS`.
        bias: by label.
    """

    def __init__(self, labels: Sequence[str], views: Sequence[View], bias: Floats) -> None:
        self.labels, self.views, self.bias = tuple(labels), tuple(views), bias

    def probabilities(self, text: str) -> Mapping[str, float]:
        """Return the probability of every label; a text that is like no example gets an even one."""
        words = text.split()
        margins = self.bias.copy()
        known = False
        for view, (_, see) in zip(self.views, VIEWS, strict=True):
            rows = list({view.rows[gram.text]: None for gram in see(words) if gram.text in view.rows})
            if rows:
                known = True
                rarity = view.rarity[rows]
                margins += (rarity / np.linalg.norm(rarity)) @ view.weights[rows]
        shares = _shares(margins if known else np.zeros_like(margins))
        return dict(zip(self.labels, shares.tolist(), strict=True))

    def halves(self, text: str) -> Halves:
        """Return what both halves of a text mean wherever it could be cut.

        A piece that a half holds twice counts twice: what `probabilities` says of a half alone differs by a hair.
        """
        words = text.split()
        cut = np.arange(1, len(words))[:, None]
        margins = np.tile(self.bias, (2, len(cut), 1))
        for view, (_, see) in zip(self.views, VIEWS, strict=True):
            found = [(view.rows[gram.text], gram.first, gram.last) for gram in see(words) if gram.text in view.rows]
            if not found:
                continue
            rows, first, last = np.array(found).T
            rarity, weights = view.rarity[rows], view.weights[rows]
            for half, inside in zip(margins, (last < cut, first >= cut), strict=True):
                values = inside * rarity
                length = np.linalg.norm(values, axis=1, keepdims=True)
                half += (values / np.where(length > 0, length, 1)) @ weights
        return Halves(self.labels, *_shares(margins))


def _shares(margins: Floats) -> Floats:
    """Return margins as probabilities along the last axis."""
    weights = np.exp(_SHARPNESS * (margins - margins.max(axis=-1, keepdims=True)))
    shares: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return shares


def train(examples: Mapping[str, Sequence[str]]) -> Classifier:
    """Learn intents from examples; takes seconds.

    Args:
        examples: texts by label, folded; every label with at least one.
    """
    from scipy.sparse import hstack
    from sklearn.svm import LinearSVC

    texts = [text.split() for label in sorted(examples) for text in examples[label]]
    labels = [label for label in sorted(examples) for _ in examples[label]]
    readers = [_reader(see) for _, see in VIEWS]
    weigh = [np.float32(weight) for weight, _ in VIEWS]
    features = [weight * reader.fit_transform(texts) for reader, weight in zip(readers, weigh, strict=True)]
    model = LinearSVC(C=1.0, class_weight="balanced", random_state=0, tol=1e-2)
    model.fit(hstack(features, format="csr"), labels)
    widths = np.cumsum([part.shape[1] for part in features])[:-1]
    learned = np.split(model.coef_.T.astype(np.float32), widths)
    views = [
        View(
            {text: int(row) for text, row in reader.vocabulary_.items()}, reader.idf_.astype(np.float32), weight * part
        )
        for reader, part, weight in zip(readers, learned, weigh, strict=True)
    ]
    return Classifier([str(label) for label in model.classes_], views, model.intercept_.astype(np.float32))


def _reader(see: See) -> "TfidfVectorizer":
    """Return what counts the pieces that a view sees."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer=partial(_texts, see), binary=True, min_df=_COMMON, dtype=np.float32)


def _texts(see: See, words: Sequence[str]) -> list[str]:
    return [gram.text for gram in see(words)]
