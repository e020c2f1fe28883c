"""How well promises to pay are found: precision, recall and F1 on the published conversations, and how calibrated.

``python -m benchmarks.promises`` writes ``results/promises.json`` and ``results/promises.png``; with ``--development``
it prints the figures of the two parts that may be read, and writes nothing. Promises of a conversation are paired with
those of its annotation, the most alike first. A pair is a promise found; its sum, its day and its read-back count as
found where they are the annotated ones, its condition where there is one.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import Any, Final

import matplotlib

from analytics.conversation import Conversation, Medium, Utterance
from analytics.promises import DebtFacts, Promise, find_promises
from benchmarks import promise_set as published
from benchmarks.word_errors import RESULTS, save
from engine.accounts import Money
from engine.speech import Language, Word

PAUSE_S: Final = 0.5
WORD_S: Final = 0.4
BINS: Final = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
MEASURES: Final = ("promise", "amount", "date", "amount_and_date", "confirmed", "condition")


def conversation_of(one: published.AnnotatedConversation, language: Language) -> tuple[Conversation, DebtFacts]:
    """Return an annotated conversation as analytics has it, words at an even pace, and what is known of its debt."""
    utterances, now_s = [], 0.0
    for role, text in one.lines:
        words = tuple(
            Word(word, now_s + place * WORD_S, now_s + (place + 1) * WORD_S, 1.0)
            for place, word in enumerate(text.split())
        )
        end_s = now_s + len(words) * WORD_S
        utterances.append(Utterance(role, words, now_s, end_s, language))
        now_s = end_s + PAUSE_S
    due_now = None if one.due_now is None else Money(one.due_now, one.currency)
    return (
        Conversation(one.id, Medium.CALL, one.called_at, now_s, tuple(utterances)),
        DebtFacts(Money(one.debt, one.currency), one.called_at.date(), language, due_now),
    )


@dataclass(slots=True)
class Score:
    """Counts of one group of conversations, by measure: how many were meant, found, and right."""

    conversations: int = 0
    whole: int = 0
    meant: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    rated: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, meant: Sequence[published.Promise], found: Sequence[Promise]) -> None:
        """Count one conversation."""
        pairs = paired(meant, found)
        both = 0
        for one in meant:
            self.meant.update(named(one.confirmed_by, one.condition))
        for other in found:
            self.found.update(named(other.confirmed_by, other.condition))
        matched: dict[int, bool] = {}
        for one, place in pairs:
            other = found[place]
            sums, days = minor(other) == one.amount, other.due == one.date
            right = {"promise": True, "amount": sums, "date": days, "amount_and_date": sums and days}
            right["confirmed"] = one.confirmed_by is not None and one.confirmed_by == other.confirmed_by
            right["condition"] = one.condition is not None and other.condition is not None
            self.right.update(name for name, is_right in right.items() if is_right)
            matched[place] = sums and days
            both += sums and days
        self.rated += [(other.confidence, matched.get(place, False)) for place, other in enumerate(found)]
        self.conversations += 1
        self.whole += both == len(meant) == len(found)

    def figures(self) -> dict[str, Any]:
        """Return precision, recall and F1 by measure, and the share of conversations in which all is right."""
        body: dict[str, Any] = {
            "conversations": self.conversations,
            "all_right": round(self.whole / self.conversations, 3),
        }
        for name in MEASURES:
            meant, found, right = self.meant[name], self.found[name], self.right[name]
            if meant or found:
                body[name] = {
                    "precision": ratio(right, found),
                    "recall": ratio(right, meant),
                    "f1": ratio(2 * right, meant + found),
                    "meant": meant,
                    "found": found,
                }
        return body


def named(confirmed_by: int | None, condition: str | None) -> list[str]:
    """Return the measures that a promise counts in."""
    names = ["promise", "amount", "date", "amount_and_date"]
    return names + ["confirmed"] * (confirmed_by is not None) + ["condition"] * (condition is not None)


def minor(promise: Promise) -> int | None:
    """Return its sum in minor units."""
    return None if promise.amount is None else promise.amount.minor


def paired(meant: Sequence[published.Promise], found: Sequence[Promise]) -> list[tuple[published.Promise, int]]:
    """Return each annotated promise with the place of the found one that is most like it."""

    def likeness(pair: tuple[int, int]) -> tuple[int, int]:
        one, other = meant[pair[0]], found[pair[1]]
        return (one.date == other.due) + (one.amount == minor(other)), -abs(pair[0] - pair[1])

    pairs, left, right = [], set(range(len(meant))), set(range(len(found)))
    for one, other in sorted(product(left, right), key=likeness, reverse=True):
        if one in left and other in right:
            left.remove(one)
            right.remove(other)
            pairs.append((meant[one], other))
    return pairs


def ratio(part: int, whole: int) -> float | None:
    """Return part of whole to three digits; None of nothing."""
    return round(part / whole, 3) if whole else None


def scores(split: published.Split) -> Mapping[str, Mapping[str, Score]]:
    """Return the scores of a part by what its conversations are grouped by."""
    groups: dict[str, dict[str, Score]] = {name: {} for name in ("all", "language", "kind", "bank", "topic")}
    for language in Language:
        for one in published.load(published.path_of(language, split)):
            found = find_promises(*conversation_of(one, language))
            keys = {"all": "all", "language": language, "kind": one.kind, "bank": one.bank, "topic": one.topic}
            for group, key in keys.items():
                groups[group].setdefault(str(key), Score()).add(one.promises, found)
    return groups


def calibration(rated: Iterable[tuple[float, bool]]) -> list[dict[str, Any]]:
    """Return by bin of confidence how many promises there are, their mean confidence, and how many were right."""
    rated, rows = list(rated), []
    for low, high in pairwise(BINS):
        inside = [one for one in rated if low <= one[0] < high or (high == 1.0 and one[0] == 1.0)]
        if inside:
            mean = round(sum(one for one, _ in inside) / len(inside), 3)
            right = sum(right for _, right in inside)
            rows.append(
                {"from": low, "to": high, "promises": len(inside), "mean": mean, "right": ratio(right, len(inside))}
            )
    return rows


def brier(rated: Sequence[tuple[float, bool]]) -> float | None:
    """Return the mean squared difference of confidence and outcome."""
    return round(sum((one - right) ** 2 for one, right in rated) / len(rated), 4) if rated else None


def part(split: published.Split) -> dict[str, Any]:
    """Return all figures of one part."""
    groups = scores(split)
    rated = groups["all"]["all"].rated
    body: dict[str, Any] = {"all": groups["all"]["all"].figures()}
    body |= {
        f"by_{group}": {key: one.figures() for key, one in rows.items()}
        for group, rows in groups.items()
        if group != "all"
    }
    body["calibration"] = {"brier": brier(rated), "bins": calibration(rated)}
    return body


def plot(parts: Mapping[str, Mapping[str, Any]]) -> None:
    """Draw how often promises of a confidence were right."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 6))
    axes.plot((0, 1), (0, 1), color="grey", linewidth=1, linestyle="--", label="calibrated")
    for name, body in parts.items():
        rows = body["calibration"]["bins"]
        axes.plot([row["mean"] for row in rows], [row["right"] for row in rows], marker="o", label=name)
        for row in rows:
            axes.annotate(
                str(row["promises"]), (row["mean"], row["right"]), xytext=(5, -12), textcoords="offset points"
            )
    axes.set(xlabel="confidence", ylabel="share with sum and day right", xlim=(0, 1.02), ylim=(0, 1.02))
    axes.set_title("Promises to pay: confidence against truth (counts beside the points)")
    axes.legend()
    figure.savefig(RESULTS / "promises.png", dpi=110)
    pyplot.close(figure)


def main() -> None:
    """Measure, print, and write the results."""
    if "--development" in sys.argv:
        for split in (published.Split.DEVELOPMENT, published.Split.TRAINING):
            for rows in scores(split).values():
                for key, one in rows.items():
                    sys.stdout.write(f"{split} {key:14} {one.figures()}\n")
        return
    parts = {str(split): part(split) for split in published.Split}
    plot(parts)
    save("promises", "benchmarks.promises", parts)


if __name__ == "__main__":
    main()
