"""Measure the search on the test sets, with and without what a dialog would expect; or choose how to search first.

Run: python -m asr.training.decoding --cache /tmp/asr-cache [--model asr/builtin/model] [--tune]

Expected kinds are those that the dialog would expect: a text with a sum and a day answers a question for a promise, and
so on; what no question asks for is expected to be anything.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from asr.builtin.model import DECODING, Model
from asr.training import tuning
from asr.training.corpora import Split
from asr.training.errors import Errors
from asr.training.hearing import Heard, listen, search

_HEAD = "# How to search and how sure to be, by language: chosen by `python -m asr.training.decoding --tune`.\n\n"


def main() -> None:
    """Print a table of all test sets, after choosing how to search if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"))
    parser.add_argument("--model", type=Path, default=Path(__file__).parents[1] / "builtin" / "model")
    parser.add_argument("--most", type=int, default=300, help="utterances of a set")
    parser.add_argument("--tune", action="store_true", help="choose how to search, and write it to the model")
    chosen = parser.parse_args()
    model = Model.load(chosen.model)
    if chosen.tune:
        heard = {
            language: [one for split in splits for one in listen(model, chosen.cache, split, chosen.most)[::2]]
            for language, splits in tuning.SETS.items()
        }
        tables = [one.table(language) for language, one in tuning.tune(model.tongues, heard).items()]
        (chosen.model / DECODING).write_text(_HEAD + "\n".join(tables), encoding="utf-8")
        model = Model.load(chosen.model)
    print("| Set | Words | greedy CER | WER | search CER | WER | expected CER | WER | facts, not expected | expected |")  # noqa: T201
    for split in Split:
        if split is not Split.TRAIN:
            print(_row(model, split, listen(model, chosen.cache, split, chosen.most)))  # noqa: T201


def _row(model: Model, split: Split, heard: Sequence[Heard]) -> str:
    plain = Errors()
    for one in heard:
        plain.add(one.text, one.greedy)
    tongue = model.tongues[heard[0].language]
    free, biased = (search(tongue, heard, tongue.search, biased=biased) for biased in (False, True))
    cells = [f"{errors.cer:.3f} | {errors.wer:.3f}" for errors in (plain, free.errors, biased.errors)]
    shares = ["–" if share is None else f"{share:.3f}" for share in (free.facts_right, biased.facts_right)]
    return f"| {split} | {plain.words} | {' | '.join([*cells, *shares])} |"


if __name__ == "__main__":
    main()
