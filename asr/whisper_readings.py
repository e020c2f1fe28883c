"""What Whisper read, and whether to believe it.

Whisper makes words up over silence and noise. Measured with tiny.en in a window of 15 s: over 33 pieces of silence,
noise, hum, tones, breath and clicks it put the probability of "no speech" at 0.60-0.99 and gave its made-up words
("you", mostly) a mean log-probability of -0.61 to -1.92; over 100 spoken answers with noise at 15-25 dB the same
figures were 0.52 at most and -0.90 at least. Of a human speaker's prompts (asterisk-core-sounds-en) only those of
silence, two beeps and the single word "IAX" were dropped.
"""

import re
import zlib
from dataclasses import dataclass
from math import exp

from engine.speech import Hypothesis

NO_SPEECH = 0.6
"""Above it silence is likely (Whisper's own limit)."""

DOUBTFUL = -0.4
"""Mean log-probability below which words over likely silence are not believed."""

INCREDIBLE = -1.0
"""Mean log-probability below which words are never believed (Whisper's own limit)."""

REPETITIVE = 2.4
"""Compression ratio above which the text runs in a loop (Whisper's own limit)."""

# What the subtitles that Whisper was trained on say over silence; no debtor says one of these and nothing else.
_PHANTOMS = (
    r"(thanks|thank you)( so much| very much)? for (watching|listening|viewing)",
    r"(please )?(like and )?subscribe( to (my|our|the) channel)?",
    r"(subtitles|captions|transcribed|transcription) by .*",
    r"продолжение следует",
    r"(спасибо|благодарю) за (просмотр|внимание|подписку)",
    r"(субтитры|редактор субтитров|корректор|титры) .*",
    r"подписывайтесь на( мой| наш)? канал.*",
    r"(ставьте лайки|ставьте лайк).*",
    r"назарларыңызға рақмет",
    r"(көргендеріңізге|қарағандарыңызға) рахмет",
)
_PHANTOM = re.compile("|".join(f"(?:{phrase})" for phrase in _PHANTOMS))


@dataclass(frozen=True, slots=True)
class Reading:
    """One hypothesis of Whisper's.

    Args:
        text: as written by Whisper, stripped.
        score: mean log-probability of its tokens.
        no_speech: probability that there is no speech, 0..1.
        cut: whether it ran into the limit of tokens.
    """

    text: str
    score: float
    no_speech: float
    cut: bool = False

    @property
    def suspect(self) -> bool:
        """Whether another look with the whole window is worth its time.

        Not where silence is likely: there the whole window only makes Whisper surer of what it makes up.
        """
        if self.no_speech > NO_SPEECH:
            return False
        return self.cut or self.score < -0.7 or repeats_itself(self.text)

    @property
    def hypothesis(self) -> Hypothesis:
        """The reading as the engine takes it; confidence is the mean probability of its tokens."""
        return Hypothesis(self.text, min(1.0, exp(self.score)))


def believable(reading: Reading) -> bool:
    """Whether somebody said this; otherwise it is "not heard"."""
    words = " ".join(re.findall(r"\w+", reading.text.lower()))
    if not words or _PHANTOM.fullmatch(words):
        return False
    if reading.score < INCREDIBLE or repeats_itself(reading.text):
        return False
    return not (reading.no_speech > NO_SPEECH and reading.score < DOUBTFUL)


def repeats_itself(text: str) -> bool:
    """Whether the text compresses as only a loop does."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) > REPETITIVE
