"""Conversations and prompts made audible without a call: the bot by its own voice, the debtor by a higher one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from config.demo.stage import debtor_clips
from dialogs.conversation import Conversation, Exchange, Means, Nobody, Says, Silence
from dialogs.proofs.examples import phrase
from dialogs.samples import samples
from dialogs.scenario import Scenario
from engine.audio import SAMPLE_RATE_HZ, Samples, silence, write_wav
from engine.ports import Prompter
from engine.speech import Language

_BETWEEN_LINES_S: Final = 0.15
_BEFORE_ANSWER_S: Final = 0.7
_BEFORE_BOT_S: Final = 0.5
_RINGS_S: Final = 3.0
"""Stands for a transfer that nobody takes, and for an action's wait."""


async def render_conversation(
    conversation: Conversation, prompter: Prompter, tell: Callable[[int, int], None]
) -> Samples:
    """Return a conversation as it would sound, int16, shape (n, 2): bot left, debtor right, as calls are recorded.

    Args:
        conversation: that was held.
        prompter: speaks for both.
        tell: how many of the exchanges are done.

    Raises:
        ModelMissing: there is no voice for a language.
        SynthesisError: a voice failed.
    """
    track = _Track()
    exchanges = conversation.exchanges
    for done, exchange in enumerate(exchanges, 1):
        if exchange.turn is not None:
            before = exchanges[done - 2]
            await _debtor(track, conversation.scenario, before, exchange, prompter)
        for i, move in enumerate(exchange.moves):
            track.pause(_RINGS_S if i else _BEFORE_BOT_S)
            for line in move.lines:
                track.say((await prompter.clip(line)).samples, bot=True)
                track.pause(_BETWEEN_LINES_S)
        tell(done, len(exchanges))
    return track.samples()


async def render_prompts(
    scenario: Scenario,
    languages: Sequence[Language],
    folder: Path,
    prompter: Prompter,
    tell: Callable[[int, int], None],
) -> int:
    """Write every text of a scenario as a WAV file into a folder, in one folder a language, and return their number.

    Raises:
        ModelMissing: there is no voice for a language.
        SynthesisError: a voice failed.
    """
    found = [(language, sample) for language in languages for sample in samples(scenario, language)]
    for done, (language, sample) in enumerate(found, 1):
        (folder / language).mkdir(parents=True, exist_ok=True)
        write_wav(folder / language / f"{sample.name}.wav", (await prompter.clip(sample.line)).samples)
        tell(done, len(found))
    return len(found)


class _Track:
    """Two channels, one of which sounds at a time."""

    def __init__(self) -> None:
        self._pieces: list[Samples] = []

    def say(self, samples: Samples, *, bot: bool) -> None:
        piece = np.zeros((len(samples), 2), np.int16)
        piece[:, 0 if bot else 1] = samples
        self._pieces.append(piece)

    def pause(self, duration_s: float) -> None:
        self.say(silence(duration_s, SAMPLE_RATE_HZ), bot=True)

    def samples(self) -> Samples:
        return np.concatenate(self._pieces)


async def _debtor(track: _Track, scenario: Scenario, before: Exchange, exchange: Exchange, prompter: Prompter) -> None:
    language = before.progress.language
    match exchange.turn:
        case Silence():
            track.pause(scenario.spec.states[before.progress.state].wait_s)
            return
        case Nobody():
            track.pause(_RINGS_S)
            return
        case Says(text):
            words = text
        case Means(understood):
            words = phrase(scenario.spec, understood.intent, language)
        case _:
            return
    track.pause(_BEFORE_ANSWER_S)
    if words:
        [clip] = await debtor_clips([words], language, prompter)
        track.say(clip.samples, bot=False)
