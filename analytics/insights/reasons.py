"""Root causes: clusters of the reasons that clients give, with names that last over weeks."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from analytics.insights.observed import Week
from analytics.insights.practice import Example
from analytics.insights.rates import Interval, difference, rate
from analytics.insights.statements import Statement
from engine.speech import Language

_SEED: Final = 20261123
_MOST_CLUSTERS: Final = 12
_DIMENSIONS: Final = 40
_SAMPLE: Final = 2000
"""Statements by which the number of clusters is judged."""
_GOOD_ENOUGH: Final = 0.9
"""The fewest clusters whose silhouette is so much of the best are taken: a reason in few words is one, not five."""
_LEAST_LIKE: Final = 0.25
"""A statement that is less like its cluster's centre (cosine) belongs to none."""
_LEAST_MATCH: Final = 0.35
"""A cluster that is less like an earlier one (cosine of their terms) is a new reason."""
_NAMED_BY: Final = 3
_KEPT_TERMS: Final = 30


@dataclass(frozen=True, slots=True)
class Known:
    """A reason as it is remembered from week to week.

    Args:
        reason_id: stays the same as long as the reason is found.
        name: its most telling words when it was first found.
        language: of its statements.
        terms: with their weights.
    """

    reason_id: str
    name: str
    language: Language
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Share:
    """How many people gave a reason.

    Args:
        people: who gave it.
        of: who gave any.
        share: with its interval.
    """

    people: int
    of: int
    share: Interval


@dataclass(frozen=True, slots=True)
class Reason:
    """A cluster of statements.

    Args:
        known: its name, and by what it is found again.
        words: its most telling words now, as they are said.
        whole: over the whole period, among people who gave a reason in any language.
        segments: the same by segment, those of few people left out.
        weeks: the same by week, likewise.
        trend: share of the last week less that of all weeks before; None where either has few people.
        examples: statements nearest its centre.
    """

    known: Known
    words: tuple[str, ...]
    whole: Share
    segments: Mapping[str, Share]
    weeks: Mapping[Week, Share]
    trend: Interval | None
    examples: tuple[Example, ...]


@dataclass(slots=True)
class _Cluster:
    language: Language
    statements: list[Statement]
    terms: dict[str, float]
    words: tuple[str, ...]
    known: Known | None = field(default=None)


def find_reasons(
    statements: Sequence[Statement], last: Week, *, known: Sequence[Known] = (), least_people: int = 20
) -> tuple[Reason, ...]:
    """Return the reasons that clients gave, the commonest first.

    Statements are clustered by language: TF-IDF of lemmas, reduced by a singular value decomposition, k-means with the
    fewest clusters whose silhouette is close to the best. The same statements give the same reasons, in whatever order.

    Args:
        statements: of a period.
        last: its last week, whose shares are compared with those before.
        known: reasons of earlier reports; what is like one has its name.
        least_people: of a cluster, and of a word in its name; nothing is told of fewer.
    """
    ordered = sorted(statements, key=lambda one: (one.contact_id, one.start_s))
    clusters = [
        cluster
        for language in Language
        for cluster in _clusters([one for one in ordered if one.language is language], language, least_people)
    ]
    _name(clusters, known)
    reasons = [_reason(cluster, ordered, last, least_people) for cluster in clusters]
    return tuple(sorted(reasons, key=lambda one: (-one.whole.people, one.known.reason_id)))


def _clusters(statements: list[Statement], language: Language, least_people: int) -> list[_Cluster]:
    from sklearn.cluster import KMeans  # slow to load, and not needed by whoever reads a report
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics import silhouette_score
    from sklearn.preprocessing import normalize

    people: dict[str, set[str]] = defaultdict(set)
    for one in statements:
        for term in one.terms:
            people[term].add(one.client)
    told = {term for term, who in people.items() if len(who) >= least_people}
    taken = [one for one in statements if told.intersection(one.terms)]
    if len({one.client for one in taken}) < 2 * least_people or len(told) < 2:
        return []
    vectorizer = TfidfVectorizer(analyzer=lambda one: one.terms, vocabulary=sorted(told), sublinear_tf=True)
    weights = vectorizer.fit_transform(taken)
    size = min(_DIMENSIONS, weights.shape[1] - 1)
    points = normalize(TruncatedSVD(size, random_state=_SEED).fit_transform(weights))
    most = min(_MOST_CLUSTERS, len(taken) // least_people, len(np.unique(points.round(6), axis=0)) - 1)
    tried: list[tuple[float, NDArray[np.int_]]] = [(0.0, np.zeros(len(taken), np.int_))]
    for count in range(2, most + 1):
        labels = KMeans(count, n_init=5, random_state=_SEED).fit_predict(points)
        sample = min(_SAMPLE, len(taken))
        score = float(silhouette_score(points, labels, metric="cosine", sample_size=sample, random_state=_SEED))
        tried.append((score, labels))
    least = _GOOD_ENOUGH * max(score for score, _ in tried)
    best = next(labels for score, labels in tried if score >= least)
    return _told(taken, weights, points, best, (language, least_people, list(vectorizer.get_feature_names_out())))


def _told(
    taken: list[Statement],
    weights: Any,
    points: NDArray[np.float64],
    labels: NDArray[np.int_],
    told: tuple[Language, int, list[str]],
) -> list[_Cluster]:
    """Return the clusters of enough people, without statements that are far from their centre."""
    language, least_people, terms = told
    everywhere = np.asarray(weights.mean(axis=0)).ravel()
    found = []
    for label in range(int(labels.max()) + 1):
        rows = np.flatnonzero(labels == label)
        centre = points[rows].mean(axis=0)
        like = points[rows] @ centre / max(float(np.linalg.norm(centre)), 1e-12)
        order = np.argsort(-like, kind="stable")
        near = [int(rows[at]) for at in order if like[at] >= _LEAST_LIKE]
        if len({taken[at].client for at in near}) < least_people:
            continue
        means = np.asarray(weights[near].mean(axis=0)).ravel()
        telling = np.argsort(-means * np.maximum(means - everywhere, 0), kind="stable")[:_KEPT_TERMS]
        kept = {terms[at]: float(means[at]) for at in telling if means[at] > everywhere[at]}
        own = [taken[at] for at in near]
        found.append(_Cluster(language, own, kept, _words(own, list(kept)[:_NAMED_BY])))
    return found


def _words(statements: list[Statement], terms: list[str]) -> tuple[str, ...]:
    """Return terms as they are said most often."""
    texts: dict[str, Counter[str]] = {term: Counter() for term in terms}
    for one in statements:
        for term, text in zip(one.terms, one.texts, strict=True):
            if term in texts:
                texts[term][text] += 1
    return tuple(min(counts, key=lambda one: (-counts[one], one)) for counts in texts.values())


def _name(clusters: list[_Cluster], known: Sequence[Known]) -> None:
    """Give clusters the names of earlier ones that they are like, one to one, and new names to the rest."""
    if clusters and known:
        like = np.array([[_cosine(cluster, one) for one in known] for cluster in clusters])
        for row, column in zip(*linear_sum_assignment(-like), strict=True):
            if like[row, column] >= _LEAST_MATCH:
                before = known[column]
                clusters[row].known = Known(before.reason_id, before.name, before.language, clusters[row].terms)
    numbers = [int(one.reason_id.rpartition("-")[2]) for one in known]
    free = max(numbers, default=0) + 1
    for cluster in sorted(clusters, key=lambda one: (-len(one.statements), one.words)):
        if cluster.known is None:
            cluster.known = Known(f"reason-{free}", ", ".join(cluster.words), cluster.language, cluster.terms)
            free += 1


def _cosine(cluster: _Cluster, known: Known) -> float:
    if cluster.language is not known.language:
        return 0.0
    both = sum(weight * known.terms.get(term, 0.0) for term, weight in cluster.terms.items())
    lengths = [sum(weight**2 for weight in terms.values()) ** 0.5 for terms in (cluster.terms, known.terms)]
    return both / (lengths[0] * lengths[1]) if all(lengths) else 0.0


def _reason(cluster: _Cluster, everybody: list[Statement], last: Week, least_people: int) -> Reason:
    assert cluster.known is not None, "named before"

    def share(fits: Callable[[Statement], bool]) -> Share:
        people = len({one.client for one in cluster.statements if fits(one)})
        of = len({one.client for one in everybody if fits(one)})
        return Share(people, of, rate(people, of))

    def of(name: str, value: object) -> Share:
        return share(lambda one: getattr(one, name) == value)

    segments = {name: of("segment", name) for name in sorted({one.segment for one in everybody})}
    weeks = {week: of("week", week) for week in sorted({one.week for one in everybody})}
    now, before = share(lambda one: one.week == last), share(lambda one: one.week < last)
    return Reason(
        cluster.known,
        cluster.words,
        share(lambda one: True),
        {name: one for name, one in segments.items() if _enough(one, least_people)},
        {week: one for week, one in weeks.items() if _enough(one, least_people)},
        difference(now.people, now.of, before.people, before.of)
        if _enough(now, least_people) and _enough(before, least_people)
        else None,
        tuple(Example(one.contact_id, one.start_s) for one in cluster.statements[:3]),
    )


def _enough(share: Share, least_people: int) -> bool:
    """Return whether neither those who gave the reason, unless nobody did, nor all who gave any are few."""
    return share.of >= least_people and not 0 < share.people < least_people
