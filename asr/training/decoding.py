"""Measure the search on the test sets, with and without what a dialog would expect; or choose how to search first.

Run: python -m asr.training.decoding --cache /tmp/asr-cache [--model asr/builtin/model] [--tune]
    [--sets voice texts] [--lines clean 20dB]

Sets without audio (people as features) are read clean alone. `benchmarks.recognised_intents` tells in addition what the
dialog makes of it, and writes all down.
Expected kinds are those that the dialog would expect: a text with a sum and a day answers a question for a promise, and
so on; what no question asks for is expected to be anything. ``--tune`` chooses by half of some sets, clean and with the
noise of a room; of these the other half is measured.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from asr.builtin.model import DECODING, Model
from asr.training import cache, tuning
from asr.training.command import count, run
from asr.training.corpora import TESTS, Split
from asr.training.errors import Errors
from asr.training.hearing import Heard, free_and_expected, listen
from asr.training.telephone import CLEAN, LINES
from asr.training.tuning import chosen_by

_HEAD = "# How to search and how sure to be, by language: chosen by `python -m asr.training.decoding --tune`.\n\n"


def main() -> None:
    """Print a table of all test sets, after choosing how to search if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"))
    parser.add_argument("--model", type=Path, default=Path(__file__).parents[1] / "builtin" / "model")
    parser.add_argument("--most", type=count, default=300, help="utterances of a set")
    parser.add_argument("--sets", nargs="+", type=Split, choices=TESTS, default=TESTS)
    parser.add_argument("--lines", nargs="+", choices=LINES, default=[CLEAN])
    parser.add_argument("--tune", action="store_true", help="choose how to search, and write it to the model")
    chosen = parser.parse_args()
    model = Model.load(chosen.model)
    if chosen.tune:
        heard = {
            language: [
                one
                for split in splits
                for line in cache.lines_of(chosen.cache, split, tuning.LINES)
                for one in listen(model, chosen.cache, split, None, line)
                if chosen_by(one)
            ]
            for language, splits in tuning.SETS.items()
        }
        tables = [one.table(language) for language, one in tuning.tune(model.tongues, heard).items()]
        (chosen.model / DECODING).write_text(_HEAD + "\n".join(tables), encoding="utf-8")
        model = Model.load(chosen.model)
    print("| Set | Line | Words | greedy CER | WER | search CER | WER | expected CER | WER | facts, free | expected |")  # noqa: T201
    for split in chosen.sets:
        for line in cache.lines_of(chosen.cache, split, chosen.lines):
            heard_there = [one for one in listen(model, chosen.cache, split, chosen.most, line) if not chosen_by(one)]
            if heard_there:
                print(_row(model, line, heard_there), flush=True)  # noqa: T201


def _row(model: Model, line: str, heard: Sequence[Heard]) -> str:
    plain = Errors()
    for one in heard:
        plain.add(one.text, one.greedy)
    free, biased = free_and_expected(model.tongues[heard[0].language], heard)
    cells = [f"{errors.cer:.3f} | {errors.wer:.3f}" for errors in (plain, free.errors, biased.errors)]
    shares = ["–" if share is None else f"{share:.3f}" for share in (free.facts_right, biased.facts_right)]
    return f"| {heard[0].split} | {line} | {plain.words} | {' | '.join([*cells, *shares])} |"


if __name__ == "__main__":
    run(main)
