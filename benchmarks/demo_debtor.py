"""How often the demo's debtors are understood to the right ending, by voice and pitch, without a telephone line.

    python -m benchmarks.demo_debtor --raised 1.0,1.12 --days 12 --debtor pays
    python -m benchmarks.demo_debtor --voice espeak:kk --language kk

The debtor's lines are spoken for calls on different days, since they name one, and given to the recogniser that the
settings choose, with what the dialog expects at that time; the dialog goes on with what was heard. A promise counts
where sum and day are those that were said, and it was confirmed. The telephone's codec, voice activity detection and
time are left out: real calls can only be worse, and `benchmarks/latency.py` holds them.
"""

import argparse
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import soxr

from benchmarks.word_errors import save
from config import settings as files
from config.demo.cast import DEBTOR_VOICE, Debtor, debtors, pay_date, spoken_lines
from config.demo.stage import Stage
from config.wiring import find_recognizers
from engine.accounts import Currency, Money
from engine.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples
from engine.calls import Disposition
from engine.dialog import Ending, Question
from engine.ports import Recognizer
from engine.speech import Language, Talker, Transcript
from tts.telephone_voice import TelephoneVoice
from tts.voices import load_voice

_FIRST = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
_APART = timedelta(days=13)
_MOST_TURNS = 12
_QUIET_S = (0.3, 0.5)
_NOISE = 8.0
"""Standard deviation of the line's noise, of 32768."""


class Speaking:
    """A debtor's voice.

    Args:
        voice: that speaks.
        raised: how much higher and faster than the voice itself.
    """

    def __init__(self, voice: TelephoneVoice, raised: float) -> None:
        self._voice = voice
        self._raised = raised
        self._said: dict[str, Samples] = {}

    def say(self, text: str) -> Samples:
        """Return a line as the bot's ear gets it: int16, 8 kHz, with quiet around and noise below it."""
        if text not in self._said:
            clip = soxr.resample(self._voice.synthesize(text).samples, SAMPLE_RATE_HZ * self._raised, SAMPLE_RATE_HZ)
            before, after = (np.zeros(round(quiet_s * SAMPLE_RATE_HZ)) for quiet_s in _QUIET_S)
            line = np.concatenate([before, clip, after])
            noise = np.random.default_rng(0).normal(0, _NOISE, len(line))
            self._said[text] = np.clip(line + noise, -32768, 32767).astype(np.int16)
        return self._said[text]


def hear(recognizer: Recognizer, question: Question, talker: Talker, audio: Samples) -> Transcript:
    """Read an answer frame by frame, as in a call."""
    stream = recognizer.open(question.expect, question.hints, talker)
    try:
        for begin in range(0, len(audio), FRAME_SAMPLES):
            stream.accept(audio[begin : begin + FRAME_SAMPLES])
        return stream.result()
    finally:
        stream.close()


def converse(
    debtor: Debtor, language: Language, now: datetime, speaking: Speaking, ears: Mapping[Language, Recognizer]
) -> tuple[Ending | None, list[str]]:
    """Hold one conversation; a question that comes again is answered with the same line again."""
    stage = Stage(language, now)
    lines = spoken_lines(debtor, language, now)
    dialog, talker = stage.open_dialog(stage.request("sip:debtor@127.0.0.1")), Talker()
    move, asked, told = dialog.begin(), dict[str, int](), list[str]()
    while move.ending is None and len(told) < _MOST_TURNS:
        if move.errand is not None:
            move = dialog.done(stage.errands.outcome(move.errand.action))
            continue
        assert move.question is not None
        said = lines[asked.setdefault(move.state, min(len(asked), len(lines) - 1))]
        heard = hear(ears.get(move.language, ears[language]), move.question, talker, speaking.say(said))
        move = dialog.reply(heard)
        told.append(f"{said} ▸ {heard.text or '(not heard)'} ({heard.language}, {heard.confidence:.2f}): {move.intent}")
    return move.ending, told


def reached(debtor: Debtor, ending: Ending | None, now: datetime) -> bool:
    """Whether the conversation came to the debtor's ending, the promise being the one that was made."""
    if ending is None or ending.disposition is not debtor.disposition:
        return False
    if debtor.disposition is not Disposition.PROMISE_TO_PAY:
        return True
    promise, debt = ending.promise, Money.of(45_000, Currency.TENGE)
    return promise is not None and promise.confirmed and (promise.amount, promise.due) == (debt, pay_date(now))


def measure(
    debtor: Debtor, language: Language, days: int, speaking: Speaking, ears: Mapping[Language, Recognizer]
) -> Iterator[bool]:
    """Hold conversations on different days; print those that went wrong."""
    for day in range(days):
        now = _FIRST + day * _APART
        ending, told = converse(debtor, language, now, speaking, ears)
        right = reached(debtor, ending, now)
        if not right:
            print(f"{now:%d.%m.%Y}: {ending.disposition if ending else 'no end'}", *told, sep="\n  ")  # noqa: T201
        yield right


def main() -> None:
    """Measure each pitch and save the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [name for name, one in debtors().items() if one.lines[Language.RUSSIAN] and not one.person]
    parser.add_argument("--voice", default=DEBTOR_VOICE[Language.RUSSIAN], help="as `voicebot say --voice` takes it")
    parser.add_argument("--raised", default="1.12", help="pitches to try, by how much above the voice's own (1.12)")
    parser.add_argument("--language", choices=list(Language), default=Language.RUSSIAN, type=Language)
    parser.add_argument("--debtor", choices=names, action="append", help="only this one; may be repeated")
    parser.add_argument("--days", type=int, default=12)
    given = parser.parse_args()
    settings = files.load()
    voice = load_voice(given.voice, given.language, settings.models_dir)
    ears = find_recognizers(settings, tuple(Language))
    shares: dict[str, dict[str, str]] = {}
    for name in given.debtor or names:
        shares[name] = {}
        for raised in map(float, given.raised.split(",")):
            right = list(measure(debtors()[name], given.language, given.days, Speaking(voice, raised), ears))
            shares[name][f"raised {raised}"] = f"{sum(right)} of {len(right)}"
    voice.close()
    found = {"voice": given.voice, "recogniser": ears[given.language].name, "right": shares}
    save(f"demo_debtor-{given.voice.partition(':')[0]}-{given.language}", "benchmarks.demo_debtor", found)


if __name__ == "__main__":
    main()
