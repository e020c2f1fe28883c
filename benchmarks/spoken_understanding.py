"""What the bot understands of spoken English answers, against the same answers as text.

Two sets: a sample of the held-out utterances without recognition errors, for the intent (its words are never printed);
and promises with known sum and day, put together from the tables below, for the values, and for
whether the dialog takes the words for a whole answer (a turn then ends 600 ms earlier). Each is spoken by a synthetic
voice at 8 kHz with a pause behind it and read by the recogniser as a stream. One clear voice on a silent line: callers
are harder. The voice varies from run to run, so figures move by a few answers.

Run: python -m benchmarks.spoken_understanding [--sample 150] [--promises 80] [--seed 1]
"""

import argparse
import random
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from asr.catalogue import load_recognizer
from benchmarks.understanding import HELD_OUT, Turn, Utterance, context, load
from benchmarks.word_errors import save
from dialogs.facts import CallFacts
from dialogs.filling import promised_amount
from dialogs.loader import load_scenario
from dialogs.policy import ScenarioDialog
from dialogs.scenario import Scenario
from dialogs.understanding.slots import Slotted, find_slots
from dialogs.understanding.understanding import load_understanding
from engine.accounts import Account, Currency, Money, Person
from engine.audio import FRAME_SAMPLES, silence
from engine.ports import Recognizer
from engine.speech import Expect, Hypothesis, Language, Transcript
from engine.spoken import date_in_words, money_in_words
from tts.telephone_voice import TelephoneVoice
from tts.voices import load_voice

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=ZoneInfo("Asia/Almaty"))
"""A Monday."""
WEEKDAYS = ("Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SUMS = (5_000, 7_500, 8_000, 10_000, 12_000, 15_000, 17_500, 20_000, 22_000, 25_000, 30_000, 33_300, 40_000, 45_000)
FRAMES = (
    "I will pay {sum} {day}.",
    "I'll pay {sum} {day}.",
    "I can pay {sum} {day}.",
    "{sum} {day}.",
    "{day} I will pay {sum}.",
    "Well, I can do {sum} {day}, not before.",
    "Let's say {sum} {day}.",
    "I'm going to transfer {sum} {day}.",
)


@dataclass(frozen=True, slots=True)
class Said:
    """A promise with what it means."""

    text: str
    amount: Money
    day: date


def promises(count: int, rng: random.Random) -> list[Said]:
    """Put promises together, each frame as often as the others."""
    found = []
    for number in range(count):
        ahead = rng.randrange(1, 13)
        due = NOW.date() + timedelta(ahead)
        names = [f"on {date_in_words(due, Language.ENGLISH)}"]
        names += [f"on {WEEKDAYS[ahead - 1]}"] if ahead <= len(WEEKDAYS) else []
        names += ["tomorrow"] if ahead == 1 else [f"in {ahead} days"] if ahead < 6 else []
        amount = Money.of(rng.choice(SUMS))
        words = money_in_words(amount, Language.ENGLISH)
        text = FRAMES[number % len(FRAMES)].format(sum=words, day=rng.choice(names))
        found.append(Said(text[0].upper() + text[1:], amount=amount, day=due))
    return found


def sample(count: int, rng: random.Random) -> list[Utterance]:
    """Return a sample of the English utterances of one intent, as a caller means them."""
    every = [said for said in load(HELD_OUT) if said.language is Language.ENGLISH and not (said.asr or said.also)]
    return rng.sample(every, min(count, len(every)))


def hear(text: str, voice: TelephoneVoice, recognizer: Recognizer, expect: Expect) -> Transcript:
    """Speak a text and read it as a stream, as a call does."""
    audio = np.concatenate([voice.synthesize(text).samples, silence(0.3)])
    stream = recognizer.open(expect)
    for begin in range(0, len(audio), FRAME_SAMPLES):
        stream.accept(audio[begin : begin + FRAME_SAMPLES])
    result = stream.result()
    stream.close()
    return result


def typed(text: str) -> Transcript:
    """Return the transcript of a recogniser that makes no mistake."""
    return Transcript((Hypothesis(text, 1.0),), 0.0, 1.0, Language.ENGLISH)


def right(said: Utterance, transcript: Transcript) -> bool:
    """Return whether the meant intent is understood of a transcript."""
    return Turn(said, load_understanding().read(transcript, context(said)), 0.0).right


@cache
def scenario() -> Scenario:
    """Return the shipped scenario."""
    return load_scenario("soft_collection")


@cache
def facts() -> CallFacts:
    """Return what a call knows of a debt of 45 000 tenge, by which a bare number is judged."""
    debtor = Person("Alex Sample", "Alex", Language.ENGLISH, "+77000000000")
    debt, product = Money.of(45_000), {Language.ENGLISH: "consumer loan"}
    account = Account("1", debtor, "Example Bank", product, debt, 12, NOW.date(), Money.of(5_000))
    return CallFacts.of(account, NOW, scenario().spec.callback)


def asked_when_and_how_much() -> ScenarioDialog:
    """Return a dialog that has told the debt and waits for a promise."""
    dialog = scenario().open(facts().account, now=NOW)
    dialog.begin()
    dialog.reply(typed("Yes."))
    return dialog


def main() -> None:
    """Speak both sets, and write what was understood."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=150, help="utterances (default 150)")
    parser.add_argument("--promises", type=int, default=80, help="promises (default 80)")
    parser.add_argument("--seed", type=int, default=1, help="another one draws other utterances and promises")
    parser.add_argument("--voice", default="piper:en_US-joe-medium", help="who speaks (default %(default)s)")
    parser.add_argument("--models", type=Path, default=Path.home() / ".local/share/voicebot/models")
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    voice = load_voice(chosen.voice, Language.ENGLISH, chosen.models)
    recognizer = load_recognizer(Language.ENGLISH, (), chosen.models)
    figures = {
        "voice": chosen.voice,
        "recogniser": recognizer.name,
        "held_out": measure_intents(sample(chosen.sample, rng), voice, recognizer),
        "promises": measure_promises(promises(chosen.promises, rng), voice, recognizer),
    }
    voice.close()
    save("spoken_understanding", "benchmarks.spoken_understanding", figures)


def measure_intents(utterances: list[Utterance], voice: TelephoneVoice, recognizer: Recognizer) -> dict[str, Any]:
    """Compare the intents understood from text and from speech with the right ones."""
    from_text = from_speech = 0
    for number, said in enumerate(utterances, 1):
        from_text += right(said, typed(said.text))
        from_speech += right(said, hear(said.text, voice, recognizer, Expect.FREE))
        _progress("utterances", number, len(utterances))
    count = len(utterances)
    return {
        "utterances": count,
        "intent_right_from_text": round(from_text / count, 4),
        "intent_right_from_speech": round(from_speech / count, 4),
    }


def measure_promises(utterances: list[Said], voice: TelephoneVoice, recognizer: Recognizer) -> dict[str, Any]:
    """Count the sums and days that are right, and the answers that the dialog knows to be whole."""
    dialog = asked_when_and_how_much()
    rows = []
    for number, said in enumerate(utterances, 1):
        heard = hear(said.text, voice, recognizer, Expect.PROMISE)
        rows.append((said, typed(said.text), heard))
        _progress("promises", number, len(utterances))
    return {
        "utterances": len(rows),
        **{f"{key}_from_text": value for key, value in _shares([(one, text) for one, text, _ in rows], dialog).items()},
        **{f"{key}_from_speech": value for key, value in _shares([(one, it) for one, _, it in rows], dialog).items()},
        "wrong_from_speech": [_shown(said, it) for said, _, it in rows if not _right(said, it, dialog)],
    }


def _shares(rows: list[tuple[Said, Transcript]], dialog: ScenarioDialog) -> dict[str, float]:
    read = [(said, _slots(it), it) for said, it in rows]
    right = {
        "sum_right": [promised_amount(facts(), slots) == said.amount for said, slots, _ in read],
        "day_right": [slots.days[:1] == (said.day,) for said, slots, _ in read],
        "whole": [dialog.completes(it.text) for _, _, it in read],
        "all_right": [_right(said, it, dialog) for said, _, it in read],
    }
    return {key: round(sum(values) / len(rows), 4) for key, values in right.items()}


def _slots(transcript: Transcript) -> Slotted:
    return find_slots(transcript.text, Language.ENGLISH, Currency.TENGE, NOW.date())


def _right(said: Said, transcript: Transcript, dialog: ScenarioDialog) -> bool:
    slots = _slots(transcript)
    values = (promised_amount(facts(), slots), slots.days[:1]) == (said.amount, (said.day,))
    return values and dialog.completes(transcript.text)


def _shown(said: Said, transcript: Transcript) -> dict[str, str]:
    slots = _slots(transcript)
    days = ", ".join(day.isoformat() for day in slots.days)
    return {"said": said.text, "heard": transcript.text, "sum": str(promised_amount(facts(), slots)), "days": days}


def _progress(what: str, done: int, of: int) -> None:
    sys.stderr.write(f"\r{what}: {done} of {of}" + ("\n" if done == of else ""))


if __name__ == "__main__":
    main()
