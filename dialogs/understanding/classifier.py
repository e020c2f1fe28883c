"""An intent classifier over character n-grams, trained at load on the examples of all languages together.

One model for all languages, since callers mix them within a sentence. Texts come in folded.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

_NGRAMS: Final = (2, 5)

_SHARPNESS: Final = 5.5
"""Turns the SVM's margins into probabilities by softmax. In 5-fold cross-validation on the examples it makes the mean
confidence equal the accuracy (0.63: the examples are worded to differ, and the rules come first in use)."""


class Classifier:
    """Gives every intent a probability.

    Args:
        examples: texts by label, folded; every label with at least one.
    """

    def __init__(self, examples: Mapping[str, Sequence[str]]) -> None:
        texts = [text for label in sorted(examples) for text in examples[label]]
        labels = [label for label in sorted(examples) for _ in examples[label]]
        self._vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=_NGRAMS, sublinear_tf=True, dtype=np.float32)
        self._model = LinearSVC(C=1.0, class_weight="balanced", random_state=0, tol=1e-3)
        self._model.fit(self._vectorizer.fit_transform(texts), labels)
        self._labels: tuple[str, ...] = tuple(str(label) for label in self._model.classes_)

    def probabilities(self, text: str) -> Mapping[str, float]:
        """Return the probability of every label; a text that shares no n-gram with any example gets an even one."""
        features = self._vectorizer.transform([text])
        if features.nnz == 0:
            return dict.fromkeys(self._labels, 1 / len(self._labels))
        scores = _SHARPNESS * self._model.decision_function(features)[0]
        weights = np.exp(scores - scores.max())
        return dict(zip(self._labels, (weights / weights.sum()).tolist(), strict=True))
