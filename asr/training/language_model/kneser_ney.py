"""Interpolated Kneser-Ney with modified discounts (Chen and Goodman), over sources that share one set of n-grams.

Each source (domain, general text) is smoothed by itself and the probabilities are mixed, so that a large general text
does not drown a small domain. A source's share in the mixture grows with how likely it is to have said the words before
(Weintraub et al., 1996). As the sources share the n-grams, the mixture is an ordinary backoff model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from asr.builtin.ngrams import BEGIN, END, SPECIAL, UNKNOWN, NGrams

Sentence = Sequence[str]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_NEVER = 1e-300


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of text.

    Args:
        sentences: of it.
        weight: in the mixture.
        thinned: whether n-grams of three words or more are left out that occur once, and only here.
    """

    sentences: Sequence[Sentence]
    weight: float
    thinned: bool = False


@dataclass(frozen=True, slots=True)
class _Level:
    """The n-grams of one length: the node at each position of the text (-1 where a sentence is too short)."""

    at: Ints
    parent: Ints
    suffix: Ints
    word: Ints
    first: int

    @property
    def size(self) -> int:
        return len(self.parent)


def estimate(
    vocabulary: Sequence[str],
    sources: Sequence[Source],
    order: int,
    *,
    frequencies: Floats | None = None,
    frequency_weight: float = 0.0,
) -> NGrams:
    """Estimate a model.

    Args:
        vocabulary: words without the special ones; any other counts as unknown.
        sources: their weights and ``frequency_weight`` are scaled to a sum of 1.
        order: length of the longest n-gram.
        frequencies: of the vocabulary's words in speech at large, shape (words,), any scale.
        frequency_weight: of these frequencies in the mixture.
    """
    words = (*SPECIAL, *vocabulary)
    tokens, source = _tokens(words, [one.sentences for one in sources])
    levels = _levels(tokens, len(words), order)
    weights = np.array([one.weight for one in sources] + [frequency_weight if frequencies is not None else 0.0])
    weights = weights / weights.sum()
    each = [_smoothed(levels, source == number) for number in range(len(sources))]
    if frequencies is not None:
        of_texts = np.tensordot(weights[:-1], each, axes=1)
        each.append(_unigrams(levels, np.concatenate([np.zeros(len(SPECIAL)), frequencies]), of_texts))
    mixed = _mixed(levels, np.array(each), weights[: len(each)])
    return _backed_off(words, *_thinned(levels, mixed, np.array([one.thinned for one in sources])[source]))


def _tokens(words: Sequence[str], sources: Sequence[Sequence[Sentence]]) -> tuple[Ints, Ints]:
    """Return the text as word numbers, each sentence from `BEGIN` to `END`, and the source of each."""
    numbers = {word: number for number, word in enumerate(words)}
    tokens: list[int] = []
    source: list[int] = []
    for place, sentences in enumerate(sources):
        for sentence in sentences:
            tokens += [BEGIN, *(numbers.get(word, UNKNOWN) for word in sentence), END]
            source += [place] * (len(sentence) + 2)
    return np.array(tokens, np.int64), np.array(source, np.int64)


def _levels(tokens: Ints, vocabulary: int, order: int) -> list[_Level]:
    nothing = np.full(vocabulary, -1, np.int64)
    levels = [_Level(tokens, nothing, nothing, np.arange(vocabulary), 0)]
    for _ in range(order - 1):
        below = levels[-1]
        before = np.concatenate([[-1], below.at[:-1]])
        fits = (before >= 0) & (tokens != BEGIN)
        keys, inverse = np.unique(before[fits] * vocabulary + tokens[fits], return_inverse=True)
        first = below.first + below.size
        at = np.full(len(tokens), -1, np.int64)
        at[fits] = inverse + first
        suffix = np.empty(len(keys), np.int64)
        suffix[inverse] = below.at[fits]
        levels.append(_Level(at, keys // vocabulary, suffix, keys % vocabulary, first))
    return levels


def _smoothed(levels: Sequence[_Level], mine: npt.NDArray[np.bool_]) -> Floats:
    """Return one source's probability of each n-gram's last word behind the others."""
    probability = np.zeros(sum(level.size for level in levels))
    for depth, level in enumerate(levels):
        raw = np.bincount(level.at[mine & (level.at >= 0)] - level.first, minlength=level.size).astype(float)
        if depth + 1 < len(levels):
            longer = levels[depth + 1]
            seen = np.bincount(longer.at[mine & (longer.at >= 0)] - longer.first, minlength=longer.size) > 0
            continued = np.bincount(longer.suffix[seen] - level.first, minlength=level.size).astype(float)
            counts = np.where(continued > 0, continued, raw)  # what begins an utterance has nothing before it
        else:
            counts = raw
        if depth == 0:
            counts[BEGIN] = 0.0
            base = np.full(level.size, 1.0 / (level.size - 1))
            base[BEGIN] = 0.0
            parents = np.zeros(level.size, np.int64)
            families = 1
        else:
            base = probability[level.suffix]
            parents = level.parent - levels[depth - 1].first
            families = levels[depth - 1].size
        discount = _discounts(counts)[np.minimum(counts, 3).astype(int)]
        total = np.bincount(parents, counts, minlength=families)
        saved = np.bincount(parents, discount, minlength=families)
        known = total > 0
        share = np.where(known, saved / np.where(known, total, 1.0), 1.0)[parents]
        own = (counts - discount) / np.where(known, total, 1.0)[parents]
        probability[level.first : level.first + level.size] = own + share * base
    return probability


def _mixed(levels: Sequence[_Level], each: Floats, weights: Floats) -> Floats:
    """Return the mixture of the sources' probabilities, shape (sources, n-grams), by their weights."""
    mixed = np.zeros(each.shape[1])
    said = np.zeros(each.shape)  # by each source how likely an n-gram is, up to a factor that all sources share
    words = levels[0].size
    mixed[:words], said[:, :words] = weights @ each[:, :words], each[:, :words]
    said[:, BEGIN] = 1.0
    for level in levels[1:]:
        mine = slice(level.first, level.first + level.size)
        shares = np.maximum(weights[:, None] * said[:, level.parent], _NEVER)
        mixed[mine] = (shares / shares.sum(axis=0) * each[:, mine]).sum(axis=0)
        likely = said[:, level.parent] * each[:, mine]
        said[:, mine] = likely / np.maximum(likely.max(axis=0), _NEVER)
    return mixed


def _thinned(levels: Sequence[_Level], probability: Floats, thin: npt.NDArray[np.bool_]) -> tuple[list[_Level], Floats]:
    """Leave out the longer n-grams that occur once, at a place in the text that may be thinned.

    What is kept has its beginning and its end kept as well: they occur at least as often, and in the same sources.
    """
    kept = []
    for depth, level in enumerate(levels):
        found = level.at >= 0
        count = np.bincount(level.at[found] - level.first, minlength=level.size)
        needed = np.bincount(level.at[found & ~thin] - level.first, minlength=level.size)
        kept.append((needed > 0) | (count > 1) if depth > 1 else np.ones(level.size, np.bool_))
    renumbered = np.cumsum(np.concatenate(kept)) - 1
    remaining = [levels[0]]
    for level, mine in zip(levels[1:], kept[1:], strict=True):
        first = int(renumbered[level.first - 1]) + 1
        places = np.zeros(0, np.int64)  # in the text, of no use any more
        parent, suffix = renumbered[level.parent[mine]], renumbered[level.suffix[mine]]
        remaining.append(_Level(places, parent, suffix, level.word[mine], first))
    return remaining, probability[np.concatenate(kept)]


def _discounts(counts: Floats) -> Floats:
    """Return what is taken from counts of 0, 1, 2 and more."""
    n1, n2, n3, n4 = (float(np.sum(counts == number)) for number in (1, 2, 3, 4))
    if not (n1 and n2 and n3):
        return np.array([0.0, 0.5, 0.75, 0.9])
    y = n1 / (n1 + 2 * n2)
    found = [0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]
    return np.clip(found, [0.0, 0.1, 0.1, 0.1], [0.0, 0.95, 1.9, 2.9])


def _unigrams(levels: Sequence[_Level], frequencies: Floats, mixed: Floats) -> Floats:
    """Return the frequencies as a model of single words; unknown words and the end keep the mixture's share."""
    single = mixed[: levels[0].size] / mixed[: levels[0].size].sum()
    kept = single[END] + single[UNKNOWN]
    model = frequencies / frequencies.sum() * (1 - kept)
    model[END], model[UNKNOWN] = single[END], single[UNKNOWN]
    return np.concatenate([model, *(model[level.word] for level in levels[1:])])


def _backed_off(words: Sequence[str], levels: Sequence[_Level], probability: Floats) -> NGrams:
    suffix = np.concatenate([level.suffix for level in levels])
    backoff = np.zeros(len(probability))
    for level in levels[1:]:
        mine = slice(level.first, level.first + level.size)
        parents = level.parent
        spent = np.bincount(parents, probability[mine], minlength=len(probability))
        lower = np.bincount(parents, probability[level.suffix], minlength=len(probability))
        has = np.bincount(parents, minlength=len(probability)) > 0
        left = np.maximum(1 - spent, 1e-9) / np.maximum(1 - lower, 1e-9)
        backoff[has] = np.log(left[has])
    longer = [level.parent * len(words) + level.word for level in levels[1:]]
    keys = np.concatenate(longer) if longer else np.zeros(0, np.int64)
    with np.errstate(divide="ignore"):
        log_prob = np.maximum(np.log(probability), -99.0)
    return NGrams(tuple(words), keys, log_prob.astype(np.float32), backoff.astype(np.float32), suffix)
