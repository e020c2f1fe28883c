"""What the built-in recogniser gets wrong, and what of that the dialog notices: words, values and intents.

Test sets of the recogniser's training, clean and over spoilt telephone lines, read greedily, by the search, and by the
search with what a dialog would expect. Values are the sums and days, an intent is alike where the dialog takes the same
from what was heard as from the words themselves: that reference may be wrong, what is measured is what recognition
costs. So an intent of which the dialog is sure by the words counts for itself too, and of what means nothing, the share
that is taken for something. Values are taken where readings agree, wrong ones to be read back, and the rest is asked
again. Of speech that no debtor said, the part that bears an intent counts for itself: utterances whose text means an
intent or holds a value to the dialog. The classifier finds intents in sentences of novels, too, so those where a rule
is sure of the intent, or that hold a value, count once more. Needs the cache of asr/training.

Run: python -m benchmarks.recognised_intents --cache /tmp/asr-cache [--model asr/builtin/model] [--most 250]
    [--sets voice texts] [--lines clean 20dB]
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from asr.builtin.model import Model, Tongue
from asr.builtin.readings import Clock, hypotheses
from asr.training import cache
from asr.training.corpora import TESTS, Split
from asr.training.errors import Errors
from asr.training.hearing import VALUES, Heard, Readings, facts, free_and_expected, listen
from asr.training.telephone import LINES
from benchmarks.understanding import TODAY
from benchmarks.word_errors import save
from dialogs.understanding.intents import Intent
from dialogs.understanding.slots import Slotted
from dialogs.understanding.understanding import Context, Understood, load_understanding
from engine.accounts import Currency
from engine.speech import Expect, Hypothesis, Language, Transcript

DEBTORS_ALONE = frozenset({Split.KAZAKH})
"""Sets that hold nothing else. What people read, and a third of the Russian synthetic voices' lines, no debtor says."""

MODEL = Path(__file__).parents[1] / "asr" / "builtin" / "model"
_CLOCK = Clock(0.04, 0.2)
_ALTERNATIVES = 5
_NAMES = "Алекс Пример"


_ANSWERS = frozenset({Intent.YES, Intent.NO, Intent.RPC_CONFIRM})


def understood(language: Language, expect: Expect, readings: Sequence[Hypothesis]) -> Understood:
    """Return what the dialog takes from readings."""
    context = Context(language, expect, frozenset(Intent), _NAMES, _NAMES.split()[0], Currency.TENGE, TODAY, True)
    return load_understanding().read(Transcript(tuple(readings), 0.0, 1.0, language), context)


def asked(heard: Heard) -> Heard:
    """Return an utterance as the answer to a yes-or-no question where it answers one."""
    meant = understood(heard.language, Expect.YES_NO, (Hypothesis(heard.text, 1.0),)).intent
    return replace(heard, expect=Expect.YES_NO) if heard.expect is Expect.FREE and meant in _ANSWERS else heard


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of a set, or of a part of it, over a line.

    Args:
        set: name of the test.
        line: it came over.
        part: ``all``, ``intent-bearing``, or ``surely intent-bearing``.
        utterances: their number.
        words: that were said.
        greedy: shares of words and letters wrong.
        search: the same.
        expected: the same, with what a dialog would expect.
        values: utterances with a sum or a day.
        values_free: share of them whose sums and days are all alike.
        values_expected: the same, with what a dialog would expect.
        values_taken: share of them from which the dialog takes the sum and the day that it takes from the text.
        values_wrong: share of them from which it takes another sum or day, to be read back; the rest is asked again.
        meant: utterances whose text has an intent.
        intents_alike: share of them that are understood alike, with what a dialog would expect.
        sure_alike: the same of those of whose text the dialog is sure.
        not_heard: share of them without a reading.
        asked_again: share of them in which nothing is understood.
        false_intents: share of the utterances whose text means nothing that are taken for something.
    """

    set: str
    line: str
    part: str
    utterances: int
    words: int
    greedy: tuple[float, float]
    search: tuple[float, float]
    expected: tuple[float, float]
    values: int
    values_free: float | None
    values_expected: float | None
    values_taken: float | None
    values_wrong: float | None
    meant: int
    intents_alike: float | None
    sure_alike: float | None
    not_heard: float | None
    asked_again: float | None
    false_intents: float | None

    def shown(self) -> str:
        """Return the row of a Markdown table."""
        rates = (f"{wer:.2f} ({cer:.2f})" for wer, cer in (self.greedy, self.search, self.expected))
        values = _shown(self.values_free, self.values_expected, self.values_taken, self.values_wrong)
        intents = _shown(self.intents_alike, self.sure_alike, self.not_heard, self.asked_again, self.false_intents)
        name = f"`{self.set}`" + (f", {self.part}" if self.part != "all" else "")
        cells = (name, self.line, f"{self.utterances}, {self.words}", *rates, f"{self.values}", *values)
        return f"| {' | '.join([*cells, f'{self.meant}', *intents])} |"


def _shown(*shares: float | None) -> list[str]:
    return ["–" if share is None else f"{share:.2f}" for share in shares]


_COLUMNS = (
    "Set", "Line", "Utterances, words", "greedy", "search", "with what is expected",
    "values", "alike", "expected", "taken", "wrong",
    "intents", "alike", "sure", "not heard", "asked again", "false",
)  # fmt: skip
HEAD = f"| {' | '.join(_COLUMNS)} |\n{'|---' * len(_COLUMNS)}|"


@dataclass(frozen=True, slots=True)
class Judged:
    """An utterance, and what the dialog takes from its text and from what was heard."""

    heard: Heard
    free: str
    expected: str
    meant: Understood
    taken: Understood
    free_said: str
    expected_said: str

    @property
    def bears_intent(self) -> bool:
        """Whether its text means an intent or holds a value."""
        return self.meant.intent != Intent.NOT_UNDERSTOOD or self.heard.expect is not Expect.FREE

    @property
    def surely_bears_intent(self) -> bool:
        """Whether a rule, not a guess, tells its intent, or it holds a value."""
        return self.meant.sure or self.heard.expect is not Expect.FREE


def judged(tongue: Tongue, heard: Sequence[Heard]) -> list[Judged]:
    """Search and understand utterances of one language."""
    free, expected = free_and_expected(tongue, heard)
    return [_judged(tongue, *one) for one in zip(heard, free.readings, expected.readings, strict=True)]


def _judged(tongue: Tongue, heard: Heard, free: Readings, expected: Readings) -> Judged:
    plain, biased = (hypotheses(one, tongue.calibration, _CLOCK, _ALTERNATIVES) for one in (free, expected))
    return Judged(
        heard,
        free[0].text,
        expected[0].text,
        understood(heard.language, heard.expect, (Hypothesis(heard.text, 1.0),)),
        understood(heard.language, heard.expect, biased),
        plain[0].text if plain else "",
        biased[0].text if biased else "",
    )


def row(line: str, part: str, said: Sequence[Judged]) -> Row:
    """Count a part of a set; not empty."""
    valued = [one for one in said if one.heard.expect in VALUES]
    meant = [one for one in said if one.meant.intent != Intent.NOT_UNDERSTOOD]
    sure = [one for one in meant if one.meant.sure]
    nothing = [one for one in said if one.meant.intent == Intent.NOT_UNDERSTOOD]
    return Row(
        str(said[0].heard.split),
        line,
        part,
        len(said),
        sum(len(one.heard.text.split()) for one in said),
        _rates((one.heard.text, one.heard.greedy) for one in said),
        _rates((one.heard.text, one.free) for one in said),
        _rates((one.heard.text, one.expected) for one in said),
        len(valued),
        _share(_same_values(one.heard, one.free_said) for one in valued),
        _share(_same_values(one.heard, one.expected_said) for one in valued),
        _share(_values(one.taken) == _values(one.meant) for one in valued),
        _share(_wrong(one) for one in valued),
        len(meant),
        _share(one.meant.intent == one.taken.intent for one in meant),
        _share(one.meant.intent == one.taken.intent for one in sure),
        _share(not one.expected_said for one in meant),
        _share(one.taken.intent == Intent.NOT_UNDERSTOOD for one in meant),
        _share(one.taken.intent != Intent.NOT_UNDERSTOOD for one in nothing),
    )


def _rates(pairs: Iterator[tuple[str, str]]) -> tuple[float, float]:
    errors = Errors()
    for expected, heard in pairs:
        errors.add(expected, heard)
    return round(errors.wer, 4), round(errors.cer, 4)


def _share(marks: Iterator[bool]) -> float | None:
    counted = list(marks)
    return round(sum(counted) / len(counted), 4) if counted else None


def _values(taken: Understood) -> tuple[object, ...]:
    """Return the sum, or the share of the debt, and the day that the dialog takes."""
    slots = taken.slots if taken.intent != Intent.NOT_UNDERSTOOD else Slotted()
    return slots.amount, slots.share, slots.days[:1]


def _wrong(one: Judged) -> bool:
    return any(taken and taken != meant for taken, meant in zip(_values(one.taken), _values(one.meant), strict=True))


def _same_values(heard: Heard, text: str) -> bool:
    return facts(text, heard.language) == facts(heard.text, heard.language)


def rows(model: Model, folder: Path, split: Split, line: str, most: int) -> Iterator[Row]:
    """Measure a set over a line, and what of it bears intents where not all is debtors' speech."""
    heard = [asked(one) for one in listen(model, folder, split, most, line)]
    said = judged(model.tongues[heard[0].language], heard)
    yield row(line, "all", said)
    if split not in DEBTORS_ALONE:
        if bearing := [one for one in said if one.bears_intent]:
            yield row(line, "intent-bearing", bearing)
        if bearing := [one for one in said if one.surely_bears_intent]:
            yield row(line, "surely intent-bearing", bearing)


def main() -> None:
    """Measure each set over each line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"))
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--most", type=int, default=250, help="utterances of a set")
    parser.add_argument("--sets", nargs="+", type=Split, choices=TESTS, default=TESTS)
    parser.add_argument("--lines", nargs="+", choices=LINES, default=list(LINES))
    chosen = parser.parse_args()
    model = Model.load(chosen.model)
    found = []
    print(HEAD)  # noqa: T201
    for split in chosen.sets:
        for line in cache.lines_of(chosen.cache, split, chosen.lines):
            for one in rows(model, chosen.cache, split, line, chosen.most):
                print(one.shown(), flush=True)  # noqa: T201
                found.append(asdict(one))
    about = {"model": model.network.description.version, "rates": ["words", "letters"], "rows": found}
    save("recognised_intents", "benchmarks.recognised_intents", about)


if __name__ == "__main__":
    main()
