"""How well personal data are found: recall and precision by kind and language on the published conversations.

``python -m benchmarks.redaction`` writes ``results/redaction.json`` and the figures in
``analytics/redaction/README.md``; with ``--development`` it prints the half that may be read, and writes nothing.
A word counts as found where any span holds it; a number counts as found where all its words are. Precision is of
words: how many of those that were taken out had to go. Spoken numbers are measured again with words left out, or
exchanged for others, at random. The conversations about promises tell how often sums and days are taken for numbers.
"""

import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from analytics.redaction import Kind, redact
from benchmarks import promise_set
from benchmarks.promises import conversation_of
from benchmarks.redaction_set import Marked, MarkedConversation, Split, load
from benchmarks.word_errors import keep
from engine.speech import Language

README: Final = Path(__file__).parents[1] / "analytics" / "redaction" / "README.md"
SLIPS: Final = (0.05, 0.1)
"""Shares of words that are left out or misheard."""
MISHEARD: Final = ("а", "дома", "есть", "так", "вот", "это", "там", "бар", "and", "the", "so", "well")
_NOT_NUMBERS: Final = frozenset({Kind.NAME, Kind.EMAIL})


@dataclass(slots=True)
class Score:
    """Counts of a group.

    Args:
        words: that must go.
        found: of them, taken out.
        items: numbers or names that must go.
        whole: of them, taken out whole.
        taken: words that were taken out, right or wrong.
        right_kind: of those found, under their own kind.
    """

    words: int = 0
    found: int = 0
    items: int = 0
    whole: int = 0
    taken: int = 0
    right_kind: int = 0

    def figures(self) -> dict[str, float | int | None]:
        """Return shares with the counts that they are of."""
        return {
            "recall_words": share(self.found, self.words),
            "recall_whole": share(self.whole, self.items),
            "precision_words": share(self.found, self.taken),
            "kind_right": share(self.right_kind, self.found),
            "words": self.words,
            "items": self.items,
        }


def share(part: int, whole: int) -> float | None:
    """Return part of whole to four digits; None of nothing."""
    return round(part / whole, 4) if whole else None


def measured(conversations: Sequence[MarkedConversation]) -> dict[str, dict[str, Score]]:
    """Return scores by what conversations and marks are grouped by."""
    groups: dict[str, dict[str, Score]] = defaultdict(lambda: defaultdict(Score))
    for one in conversations:
        language = str(one.conversation.utterances[0].language)
        spans = redact(one.conversation, one.people).spans
        taken = {(span.utterance, at): span.kind for span in spans for at in range(span.first, span.stop)}
        meant: dict[tuple[int, int], Kind] = {}
        for mark in one.marks:
            places = [(mark.utterance, at) for at in range(mark.first, mark.stop)]
            meant |= dict.fromkeys(places, mark.kind)
            for group, key in _keys(one, language, mark.kind):
                score = groups[group][key]
                score.items += 1
                score.whole += all(place in taken for place in places)
                score.words += len(places)
                score.found += sum(place in taken for place in places)
                score.right_kind += sum(taken.get(place) is mark.kind for place in places)
        for place, kind in taken.items():
            for group, key in _keys(one, language, meant.get(place, kind)):
                groups[group][key].taken += 1
    return groups


def _keys(one: MarkedConversation, language: str, kind: Kind) -> Iterator[tuple[str, str]]:
    form = "spoken" if one.spoken else "written"
    what = "names" if kind in _NOT_NUMBERS else "numbers"
    yield "all", "all"
    yield "all", f"{form} {what}"
    yield "language", f"{language} {form} {what}"
    yield "kind", kind.value


def slipped(one: MarkedConversation, rate: float, chance: random.Random) -> MarkedConversation:
    """Return a conversation in which words are left out or misheard at random; marks go with their words."""
    utterances, marks = [], []
    for index, utterance in enumerate(one.conversation.utterances):
        words, places = [], []
        for word in utterance.words:
            places.append(len(words))
            slip = chance.random()
            if slip >= rate / 2:
                words.append(word if slip >= rate else replace(word, text=chance.choice(MISHEARD)))
        places.append(len(words))
        utterances.append(replace(utterance, words=tuple(words)))
        marks += [
            Marked(index, places[mark.first], places[mark.stop], mark.kind)
            for mark in one.marks
            if mark.utterance == index and places[mark.first] < places[mark.stop]
        ]
    return replace(one, conversation=replace(one.conversation, utterances=tuple(utterances)), marks=tuple(marks))


def report(split: Split) -> dict[str, Any]:
    """Return all figures of a half."""
    conversations = [one for language in Language for one in load(language, split)]
    begun_s = time.process_time()
    groups = measured(conversations)
    took_s = time.process_time() - begun_s
    body: dict[str, Any] = {
        "conversations": len(conversations),
        "ms_per_conversation": round(1000 * took_s / len(conversations), 2),
        **{group: {key: score.figures() for key, score in sorted(rows.items())} for group, rows in groups.items()},
        "slips": {},
    }
    for rate in SLIPS:
        chance = random.Random(17)
        spoken = [slipped(one, rate, chance) for _ in range(5) for one in conversations if one.spoken]
        body["slips"][f"{rate:.0%}"] = measured(spoken)["all"]["spoken numbers"].figures()
    return body


def false_alarms() -> dict[str, Any]:
    """Return how many numbers were taken out of the conversations about promises, which hold sums and days alone."""
    conversations = words = taken = 0
    for language in Language:
        for split in promise_set.Split:
            for one in promise_set.load(promise_set.path_of(language, split)):
                conversation, _ = conversation_of(one, language)
                conversations += 1
                words += sum(len(utterance.words) for utterance in conversation.utterances)
                taken += sum(span.kind not in _NOT_NUMBERS for span in redact(conversation).spans)
    return {"conversations": conversations, "words": words, "numbers_taken": taken}


def table(body: dict[str, Any]) -> str:
    """Return the table of the README."""
    rows = [
        "| Held out | words found | numbers or names found whole | precision, words | numbers or names |",
        "|---|---|---|---|---|",
    ]
    named = [(key, row) for key, row in body["all"].items() if key != "all"]
    named += [(key, row) for key, row in body["language"].items() if "spoken numbers" in key]
    named += [(f"spoken numbers, {rate} of all words lost or misheard", row) for rate, row in body["slips"].items()]
    for key, row in named:
        figures = (row["recall_words"], row["recall_whole"], row["precision_words"])
        rows.append(
            f"| {key} | {' | '.join('–' if one is None else f'{one:.3f}' for one in figures)} | {row['items']} |"
        )
    return "\n".join(rows)


def main() -> None:
    """Measure, print and write."""
    if "--development" in sys.argv:
        body = report(Split.DEVELOPMENT)
        sys.stdout.write(json.dumps(body, indent=1) + "\n" + table(body) + "\n")
        return
    body = {
        "heldout": report(Split.HELDOUT),
        "development": report(Split.DEVELOPMENT),
        "conversations_about_promises": false_alarms(),
    }
    sys.stdout.write(table(body["heldout"]) + "\n")
    keep("redaction", "benchmarks.redaction", body)
    before, _, rest = README.read_text("utf-8").partition("<!-- figures -->\n")
    _, _, behind = rest.partition("<!-- end of figures -->")
    README.write_text(f"{before}<!-- figures -->\n{table(body['heldout'])}\n<!-- end of figures -->{behind}", "utf-8")


if __name__ == "__main__":
    main()
