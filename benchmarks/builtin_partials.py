"""How steady the built-in recogniser's partial results are, how early they come, and whether a turn could end by them.

A word that is shown has changed where another one is shown in its place later, or the reading at the end has another
or none there; it was only taken back where it vanished for a while. A word's delay is from its end in that reading to
its first showing that lasts. A turn that ends once the words have not changed for a time cuts callers who are still
speaking: how many, and how long after the last sound the others' turns would end, for several times. All is told in the
audio's own time, in which partial results come with each chunk of 160 ms; in a call computing comes on top
(`benchmarks.builtin_recognizer`). What is expected is rewarded as in a call. Needs the cache of asr/training.

Run: python -m benchmarks.builtin_partials --cache /tmp/asr-cache [--model asr/builtin/model] [--most 200]
    [--sets voice texts] [--line clean]
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from analytics.response import voiced_spans
from asr.builtin.batch import CHUNK_FRAMES
from asr.builtin.beam import BeamSearch
from asr.builtin.features import HOP_SAMPLES
from asr.builtin.model import Model
from asr.builtin.network import STEP_FRAMES
from asr.builtin.readings import Clock, evidence
from asr.training import cache
from asr.training.corpora import Split
from asr.training.hearing import Heard, listen, stepped
from asr.training.telephone import CLEAN, LINES
from benchmarks.word_errors import percentile, save
from engine.audio import SAMPLE_RATE_HZ

SETS = (Split.VOICE, Split.TEXTS, Split.ASTERISK, Split.KAZAKH)
UNCHANGED_S = (0.5, 0.8, 1.2, 1.6)
"""Times without a change after which a turn may end."""

MODEL = Path(__file__).parents[1] / "asr" / "builtin" / "model"
_ROWS = 64
_RIVALS = 8
_CHUNK_STEPS = CHUNK_FRAMES // STEP_FRAMES
_STEP_S = STEP_FRAMES * HOP_SAMPLES / SAMPLE_RATE_HZ
_INNER_PAUSE_S = 0.25


@dataclass(frozen=True, slots=True)
class Shown:
    """What a caller's utterance looked like while it was heard.

    Args:
        partials: when words were shown and which, in their order, only where they changed.
        final: words of the reading at the end, and when each ends.
        sound_end_s: of the last sound; that of the last word where there is no audio to tell.
    """

    partials: Sequence[tuple[float, tuple[str, ...]]]
    final: Sequence[tuple[str, float]]
    sound_end_s: float

    def steadiness(self) -> Counter[str]:
        """Return how many words were shown, and how many of them ``changed`` later or were ``taken back``."""
        showings = [words for _, words in self.partials]
        last = tuple(word for word, _ in self.final)
        found: Counter[str] = Counter()
        before: tuple[str, ...] = ()
        for at, words in enumerate(showings):
            for place, word in enumerate(words):
                if before[place : place + 1] != (word,):
                    later = {one[place : place + 1] for one in showings[at + 1 :]} - {(word,)}
                    changed = bool(later - {()}) or last[place : place + 1] != (word,)
                    found.update({"shown": 1, "changed": changed, "taken back": bool(later) and not changed})
            before = words
        return found

    def without_last_words(self) -> "Shown":
        """Return what it would look like were the last word, which may be half said, not shown until one follows."""
        kept: list[tuple[float, tuple[str, ...]]] = []
        for at_s, words in self.partials:
            if words[:-1] and (not kept or kept[-1][1] != words[:-1]):
                kept.append((at_s, words[:-1]))
        return replace(self, partials=kept)

    def delays_s(self) -> list[float]:
        """Return, for each word of the last reading that was shown before it, from its end to its lasting showing."""
        found = []
        for place, (word, end_s) in enumerate(self.final):
            since_s = None
            for at_s, words in self.partials:
                if words[place : place + 1] != (word,):
                    since_s = None
                elif since_s is None:
                    since_s = at_s
            if since_s is not None:
                found.append(since_s - end_s)
        return found

    def ends_s(self, unchanged_s: float) -> float | None:
        """Return when a turn would end that ends so long after the last change; None where no word was shown."""
        times = [at_s for at_s, _ in self.partials]
        for at_s, following_s in pairwise((*times, np.inf)):
            if following_s - at_s > unchanged_s:
                return at_s + unchanged_s
        return None


def shown(model: Model, folder: Path, split: Split, most: int, line: str) -> Iterator[Shown]:
    """Read a sample of a set chunk by chunk."""
    heard = listen(model, folder, split, most, line)
    tongue = model.tongues[heard[0].language]
    clock = Clock(_STEP_S, model.network.description.delay_s)
    for at in range(0, len(heard), _ROWS):
        part = heard[at : at + _ROWS]
        symbols = [one.log_probs[tongue.language] for one in part]
        beam = BeamSearch(tongue.model, tongue.search, len(part))
        partials: list[list[tuple[float, tuple[str, ...]]]] = [[] for _ in part]
        for row, one in enumerate(part):
            steering = tongue.steering(one.expect)
            beam.begin(row, steering.bias, steering.answers)
        for step, rows in stepped(beam, symbols):
            if (step + 1) % _CHUNK_STEPS == 0:
                for row in rows.tolist():
                    words = tuple(tongue.alphabet.text(beam.leading(row)).split())
                    if words and (not partials[row] or partials[row][-1][1] != words):
                        partials[row].append(((step + 1) * _STEP_S, words))
        for row, one in enumerate(part):
            reading = evidence(beam.paths(row, _RIVALS), symbols[row], tongue.alphabet)[0]
            final = [(word.text, clock.seconds(word.last + 1)) for word in reading.words]
            yield Shown(partials[row], final, _sound_end_s(folder, one))


def _sound_end_s(folder: Path, heard: Heard) -> float:
    spans = voiced_spans(cache.audio_over(folder, heard.utterance, CLEAN), _INNER_PAUSE_S)
    return spans[-1].end_s if spans else heard.utterance.frames * HOP_SAMPLES / SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class Ends:
    """What turns would be like that end by unchanged words.

    Args:
        unchanged_s: for which the words have to stay.
        cut: share of utterances that would end before their last sound, of those with words.
        after_the_sound_s_p50: how long after it the others would end; None without any.
    """

    unchanged_s: float
    cut: float
    after_the_sound_s_p50: float | None

    @classmethod
    def of(cls, utterances: Sequence[Shown], unchanged_s: float) -> "Ends":
        """Let utterances end so."""
        ends = [(one.ends_s(unchanged_s), one.sound_end_s) for one in utterances]
        late = [end_s - sound_end_s for end_s, sound_end_s in ends if end_s is not None]
        after = [lateness for lateness in late if lateness >= 0]
        cut = (len(late) - len(after)) / max(1, len(late))
        return cls(unchanged_s, round(cut, 4), percentile(after, 0.5) if after else None)


@dataclass(frozen=True, slots=True)
class Figures:
    """What is measured of a set.

    Args:
        utterances: their number.
        words_shown: before the end, each new showing at a place counted.
        changed_later: share of them.
        taken_back: share of them that vanished for a while.
        shown_early: share of the last readings' words that were shown before, and stayed.
        delay_s_p50: of these, from their end; None without any.
        delay_s_p95: the same.
        ends: of turns, for several times.
    """

    utterances: int
    words_shown: int
    changed_later: float
    taken_back: float
    shown_early: float
    delay_s_p50: float | None
    delay_s_p95: float | None
    ends: tuple[Ends, ...]

    @classmethod
    def of(cls, utterances: Sequence[Shown]) -> "Figures":
        """Measure a set."""
        counts = sum((one.steadiness() for one in utterances), Counter[str]())
        delays = [delay for one in utterances for delay in one.delays_s()]
        return cls(
            len(utterances),
            counts["shown"],
            round(counts["changed"] / max(1, counts["shown"]), 4),
            round(counts["taken back"] / max(1, counts["shown"]), 4),
            round(len(delays) / max(1, sum(len(one.final) for one in utterances)), 4),
            percentile(delays, 0.5) if delays else None,
            percentile(delays, 0.95) if delays else None,
            tuple(Ends.of(utterances, unchanged_s) for unchanged_s in UNCHANGED_S),
        )


_COLUMNS = (
    "Set", "utterances", "words shown", "changed later", "taken back", "delay p50, s", "p95, s",
    *(f"{unchanged_s} s unchanged: cut (later)" for unchanged_s in UNCHANGED_S),
)  # fmt: skip
HEAD = f"| {' | '.join(_COLUMNS)} |\n{'|---' * len(_COLUMNS)}|"


def table_row(name: str, figures: Figures) -> str:
    """Return the row of a Markdown table."""
    cells = [name, f"{figures.utterances}", f"{figures.words_shown}"]
    cells += [f"{share:.3f}" for share in (figures.changed_later, figures.taken_back)]
    cells += ["–" if delay is None else f"{delay:.2f}" for delay in (figures.delay_s_p50, figures.delay_s_p95)]
    cells += [f"{end.cut:.2f} ({end.after_the_sound_s_p50 or 0.0:.2f} s)" for end in figures.ends]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"))
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--most", type=int, default=200, help="utterances of a set")
    parser.add_argument("--sets", nargs="+", type=Split, choices=SETS, default=SETS)
    parser.add_argument("--line", choices=LINES, default=CLEAN)
    chosen = parser.parse_args()
    model = Model.load(chosen.model)
    found = {}
    print(HEAD)  # noqa: T201
    for split in chosen.sets:
        heard = list(shown(model, chosen.cache, split, chosen.most, chosen.line))
        whole, settled = Figures.of(heard), Figures.of([one.without_last_words() for one in heard])
        print(table_row(f"`{split}`", whole))  # noqa: T201
        print(table_row(f"`{split}`, last word held back", settled), flush=True)  # noqa: T201
        found[str(split)] = {"shown": asdict(whole), "last_word_held_back": asdict(settled)}
    about = {"model": model.network.description.version, "line": chosen.line, "sets": found}
    save("builtin_partials", "benchmarks.builtin_partials", about)


if __name__ == "__main__":
    main()
