"""How well callers are understood: intents, confidence and time over a set of utterances.

    python -m benchmarks.understanding                       the held-out set by the built-in reader
    python -m benchmarks.understanding --set tests/data/understanding/development --unlearn 4 --json - --plot ''

A turn is right where its intent, or one that a careful annotator could give instead (`or`), is understood; in a turn of
several intents the one that leads may be any of them, as long as the annotated one is heard too. Macro-F1 is the mean
over the intents that occur; its interval holds 95 % of 1 000 resamples. Calibration is over the turns that are
understood at all: where 80 % are claimed, 80 % should be right (ECE is the mean distance).

Whoever changes rules or examples looks at the figures of the held-out set and never at its words, so none are printed.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.hardware import hardware
from benchmarks.rasa_reader import rasa
from benchmarks.word_errors import RESULTS, percentile
from dialogs.documents import read_document
from dialogs.understanding.intents import Intent
from dialogs.understanding.lessons import Lesson, load_lessons
from dialogs.understanding.normalising import without_names
from dialogs.understanding.understanding import Context, Understanding, Understood, load_understanding
from engine.accounts import Currency
from engine.folding import fold
from engine.speech import Expect, Hypothesis, Language, Transcript

HELD_OUT = Path(__file__).parents[1] / "tests/data/understanding/heldout"
LABELS = tuple(str(intent) for intent in Intent)
YES_NO_QUESTIONS = frozenset({"right_party", "ask_for_person", "read_back"})
UNCONFIRMED = frozenset({"right_party", "ask_for_person"})
TODAY = date(2026, 11, 20)
RESAMPLES = 1000
BINS = 10

Read = Callable[[Transcript, Context], Understood]
"""What is measured: a transcript and the dialog's context to their meaning."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said, with what a person hears in it."""

    text: str
    language: Language
    intent: str
    either: frozenset[str] = frozenset()
    also: tuple[str, ...] = ()
    after: str = "free"
    asr: bool = False
    mixed: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """An utterance, what was understood of it, and in how long."""

    said: Utterance
    read: Understood
    took_ms: float

    @property
    def right(self) -> bool:
        """Whether it is understood as annotated."""
        intent, heard = str(self.read.intent), {self.read.intent, *self.read.also}
        accepted = {self.said.intent, *self.said.either}
        return intent in accepted or (intent in self.said.also and self.said.intent in heard)


def load(folder: Path) -> list[Utterance]:
    """Read a set: a folder of annotated utterances, a file by language."""
    found = []
    for language in Language:
        cases: Any = read_document(folder / f"{language}.yaml").data
        for case in cases:
            either, also = frozenset(case.get("or", ())), tuple(case.get("also", ()))
            flags = {"asr": "asr" in case, "mixed": "mixed" in case}
            found.append(Utterance(case["text"], language, case["intent"], either, also, case["after"], **flags))
    return found


def context(said: Utterance) -> Context:
    """Return what a dialog knows: its language and the kind of answer; every intent is awaited alike."""
    expect = Expect.YES_NO if said.after in YES_NO_QUESTIONS else Expect(said.after)
    named = frozenset(Intent) if said.after == "right_party" else frozenset(Intent) - {Intent.NAME_GIVEN}
    names = "Alex Sample" if said.language is Language.ENGLISH else "Алекс Пример"
    return Context(
        said.language, expect, named, names, names.split()[0], Currency.TENGE, TODAY, said.after not in UNCONFIRMED
    )


def builtin() -> Read:
    """Return the built-in reader."""
    return load_understanding().read


READERS: dict[str, Callable[[], Read]] = {"builtin": builtin, "rasa": rasa}


def measure(utterances: Iterable[Utterance], read: Read) -> list[Turn]:
    """Read every utterance."""
    turns = []
    for said in utterances:
        heard = Transcript((Hypothesis(said.text, 1.0),), 0.0, 1.0, said.language)
        begun = time.perf_counter()
        understood = read(heard, context(said))
        turns.append(Turn(said, understood, (time.perf_counter() - begun) * 1000))
    return turns


def measure_unlearned(utterances: Sequence[Utterance], parts: int) -> list[Turn]:
    """Read every utterance of a taught set with an understanding that has not seen it, nor the rest of its part."""
    lessons, _ = load_lessons()
    shuffled = list(utterances)
    random.Random(parts).shuffle(shuffled)
    turns = []
    for part in range(parts):
        asked = shuffled[part::parts]
        forgotten = {without_names(fold(said.text), context(said).names) for said in asked}
        remembered = {language: _without(lesson, forgotten) for language, lesson in lessons.items()}
        turns += measure(asked, Understanding(remembered, "").read)
        sys.stderr.write(f"part {part + 1} of {parts}\n")
    return turns


def _without(lesson: Lesson, forgotten: Set[str]) -> Lesson:
    wholes = {lesson.bare(text) for text in forgotten}
    return replace(
        lesson,
        examples={name: tuple(t for t in texts if t not in forgotten) for name, texts in lesson.examples.items()},
        whole={text: name for text, name in lesson.whole.items() if text not in wholes},
    )


def labels(turns: Sequence[Turn]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return annotated and understood labels as indices; a right turn counts for the annotated one."""
    said = [LABELS.index(turn.said.intent) for turn in turns]
    read = [truth if turn.right else _index(turn.read.intent) for truth, turn in zip(said, turns, strict=True)]
    return np.array(said), np.array(read)


def _index(intent: str) -> int:
    return LABELS.index(intent) if intent in LABELS else LABELS.index(Intent.NOT_UNDERSTOOD)


def confusion(said: npt.NDArray[np.int64], read: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return counts, annotated x understood."""
    size = len(LABELS)
    return np.bincount(said * size + read, minlength=size * size).reshape(size, size)


def f1_of(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return F1 by label; NaN where it does not occur."""
    said, read = counts.sum(axis=1), counts.sum(axis=0)
    return np.where(said > 0, 2 * np.diag(counts) / np.maximum(said + read, 1), np.nan)


def figures(turns: Sequence[Turn], rng: np.random.Generator) -> dict[str, Any]:
    """Return accuracy and macro-F1 with intervals."""
    said, read = labels(turns)
    samples = rng.integers(0, len(turns), (RESAMPLES, len(turns)))
    f1 = [float(np.nanmean(f1_of(confusion(said[rows], read[rows])))) for rows in samples]
    hits = (said == read)[samples].mean(axis=1)
    return {
        "utterances": len(turns),
        "accuracy": round(float((said == read).mean()), 4),
        "accuracy_95": [round(float(x), 4) for x in np.quantile(hits, (0.025, 0.975))],
        "macro_f1": round(float(np.nanmean(f1_of(confusion(said, read)))), 4),
        "macro_f1_95": [round(float(x), 4) for x in np.quantile(f1, (0.025, 0.975))],
    }


def reliability(turns: Sequence[Turn]) -> list[dict[str, float]]:
    """Return, for each tenth of confidence, how many turns it has, what they claim and how many are right."""
    understood = [turn for turn in turns if turn.read.intent != Intent.NOT_UNDERSTOOD]
    rows = []
    for lower in range(BINS):
        inside = [turn for turn in understood if min(int(turn.read.confidence * BINS), BINS - 1) == lower]
        if inside:
            claimed = float(np.mean([turn.read.confidence for turn in inside]))
            rows.append({"turns": len(inside), "claimed": claimed, "right": sum(t.right for t in inside) / len(inside)})
    return rows


def several(turns: Sequence[Turn]) -> dict[str, Any]:
    """Return how turns of several intents are heard, and how often one of one intent seems to have more."""
    many = [turn for turn in turns if turn.said.also]
    one = [turn for turn in turns if not turn.said.also]
    whole = [{t.said.intent, *t.said.also} <= {t.read.intent, *t.read.also} for t in many]
    return {
        "turns": len(many),
        "leading_right": _share(turn.right for turn in many),
        "all_heard": _share(whole),
        "more_heard_than_said": _share(bool(turn.read.also) for turn in one),
    }


def tongues(turns: Sequence[Turn]) -> dict[str, Any]:
    """Return how often a language is told from a dialog in another: each unmixed turn's words are in its file's."""
    plain = [turn for turn in turns if not turn.said.mixed]
    return {"turns": len(plain), "told_another": _share(turn.read.spoken is not None for turn in plain)}


def _share(values: Iterable[bool]) -> float | None:
    every = list(values)
    return round(sum(every) / len(every), 4) if every else None


def report(turns: Sequence[Turn], seed: int) -> dict[str, Any]:
    """Return all figures of a reader."""
    rng = np.random.default_rng(seed)
    groups = {str(language): [t for t in turns if t.said.language is language] for language in Language}
    groups |= {"asr": [t for t in turns if t.said.asr], "mixed": [t for t in turns if t.said.mixed], "all": list(turns)}
    counts = confusion(*labels(turns))
    by_language = {name: f1_of(confusion(*labels(groups[name]))) for name in map(str, Language) if groups[name]}
    bins = reliability(turns)
    understood = sum(row["turns"] for row in bins)
    strict = [t.read.intent in {t.said.intent, *t.said.either} for t in turns]
    times = [turn.took_ms for turn in turns]
    return {
        **{name: figures(group, rng) for name, group in groups.items() if group},
        "accuracy_where_the_annotated_one_must_lead": _share(strict),
        "several_intents": several(turns),
        "language_of_the_words": tongues(turns),
        "ece": round(sum(row["turns"] * abs(row["claimed"] - row["right"]) for row in bins) / max(understood, 1), 4),
        "reliability": [{key: round(value, 3) for key, value in row.items()} for row in bins],
        "turn_ms": {"p50": percentile(times, 0.5), "p95": percentile(times, 0.95)},
        "by_intent": {
            label: {
                "utterances": int(counts[i].sum()),
                "precision": round(float(counts[i, i] / max(counts[:, i].sum(), 1)), 3),
                "recall": round(float(counts[i, i] / counts[i].sum()), 3),
                "f1": {name: round(float(f1[i]), 3) for name, f1 in by_language.items() if not np.isnan(f1[i])},
                "taken_for": {
                    LABELS[j]: int(counts[i, j]) for j in np.argsort(-counts[i])[:4] if j != i and counts[i, j]
                },
            }
            for i, label in enumerate(LABELS)
            if counts[i].sum()
        },
    }


def table(result: dict[str, Any]) -> str:
    """Return the figures as lines to read."""
    lines = [f"{'':24}{'turns':>6} {'right':>7} {'macro-F1':>9}  95 %"]
    for name in (*map(str, Language), "asr", "mixed", "all"):
        if name in result:
            row = result[name]
            low, high = row["macro_f1_95"]
            lines.append(
                f"{name:24}{row['utterances']:6} {row['accuracy']:7.3f} {row['macro_f1']:9.3f}  {low:.3f}-{high:.3f}"
            )
    for name, row in result["by_intent"].items():
        f1 = "  ".join(f"{language} {value:.2f}" for language, value in row["f1"].items())
        taken = ", ".join(f"{other} {count}" for other, count in row["taken_for"].items())
        lines.append(f"{name:24}{row['utterances']:6} {row['recall']:7.3f}            {f1}  {taken}")
    lines.append(f"ECE {result['ece']}, turn {result['turn_ms']}, several {result['several_intents']}")
    lines.append(f"strict {result['accuracy_where_the_annotated_one_must_lead']}, {result['language_of_the_words']}")
    return "\n".join(lines)


def main() -> None:
    """Measure the chosen readers, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, default=HELD_OUT, help="folder (default: the held-out set)")
    parser.add_argument(
        "--reader", action="append", choices=list(READERS), help="may be given twice (default: builtin)"
    )
    parser.add_argument("--json", default=str(RESULTS / "understanding.json"), help="where to, '-' for the terminal")
    parser.add_argument("--plot", default=str(RESULTS / "understanding.png"), help="picture; '' for none")
    parser.add_argument("--seed", type=int, default=1, help="of the resamples")
    parser.add_argument("--unlearn", type=int, default=0, metavar="PARTS", help="for a taught set: forget each in turn")
    chosen = parser.parse_args()
    utterances = load(chosen.set)
    readers, turns = {}, []
    for name in chosen.reader or ["builtin"]:
        if chosen.unlearn:
            turns = measure_unlearned(utterances, chosen.unlearn)
        else:
            turns = measure(utterances, READERS[name]())
        readers[name] = report(turns, chosen.seed)
        sys.stdout.write(f"{name}\n{table(readers[name])}\n")
    if chosen.json == "-":
        return
    target = Path(chosen.json)
    before = json.loads(target.read_text("utf-8"))["readers"] if target.exists() else {}
    body = {
        "command": " ".join(["python", "-m", "benchmarks.understanding", *sys.argv[1:]]),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "hardware": hardware(),
        "readers": before | readers,
    }
    target.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", "utf-8")
    if chosen.plot:
        from benchmarks.understanding_plot import draw  # here, since drawing takes a second to import

        draw(confusion(*labels(turns)), LABELS, reliability(turns), Path(chosen.plot))


if __name__ == "__main__":
    main()
