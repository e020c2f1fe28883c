"""Whether the dialog understands of what the built-in recogniser heard what it understands of the words themselves.

Test sets of the recogniser's training: utterances whose text means an intent to the dialog, heard through the network
and the search, biased to what a dialog would expect. The reference is the understanding of the text, right or wrong:
what is measured is what recognition costs. Needs the cache of asr/training.

Run: python -m benchmarks.recognised_intents --cache /tmp/asr-cache [--model asr/builtin/model] [--most 400]
"""

import argparse
from pathlib import Path

from asr.builtin.model import Model
from asr.builtin.readings import Clock, hypotheses
from asr.training.corpora import Split
from asr.training.hearing import Heard, facts, listen, search
from benchmarks.understanding import TODAY
from benchmarks.word_errors import save
from dialogs.understanding.intents import Intent
from dialogs.understanding.understanding import Context, load_understanding
from engine.accounts import Currency
from engine.speech import Expect, Hypothesis, Transcript

SETS = (Split.VOICE, Split.TEXTS, Split.KAZAKH)
MODEL = Path(__file__).parents[1] / "asr" / "builtin" / "model"
_CLOCK = Clock(0.04, 0.2)
_ALTERNATIVES = 5


def understood(said: Heard, readings: tuple[Hypothesis, ...]) -> str:
    """Return the intent that the dialog takes from readings."""
    names = "Алекс Пример"
    context = Context(
        said.language, said.expect, frozenset(Intent), names, names.split()[0], Currency.TENGE, TODAY, True
    )
    return load_understanding().read(Transcript(readings, 0.0, 1.0, said.language), context).intent


def measure(model: Model, cache: Path, split: Split, most: int) -> dict[str, float]:
    """Return the shares that are understood alike."""
    heard = listen(model, cache, split, most)
    tongue = model.tongues[heard[0].language]
    readings = search(tongue, heard, tongue.search, biased=True).readings
    meant = alike = unheard = valued = same = 0
    for one, words in zip(heard, readings, strict=True):
        intent = understood(one, (Hypothesis(one.text, 1.0),))
        found = hypotheses(words, tongue.calibration, _CLOCK, _ALTERNATIVES)
        if intent != Intent.NOT_UNDERSTOOD:
            meant += 1
            unheard += not found
            alike += understood(one, found) == intent
        if one.expect in (Expect.SUM, Expect.DATE, Expect.PROMISE):
            valued += 1
            same += facts(found[0].text if found else "", one.language) == facts(one.text, one.language)
    return {
        "utterances": meant,
        "intent_alike": round(alike / meant, 3),
        "not_heard": round(unheard / meant, 3),
        "with_values": valued,
        "values_alike": round(same / max(1, valued), 3),
    }


def main() -> None:
    """Measure each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"))
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--most", type=int, default=400, help="utterances of a set")
    chosen = parser.parse_args()
    model = Model.load(chosen.model)
    figures = {str(split): measure(model, chosen.cache, split, chosen.most) for split in SETS}
    save("recognised_intents", "benchmarks.recognised_intents", {"model": model.network.description.version, **figures})


if __name__ == "__main__":
    main()
