"""The simulated debtor seen from the bot's side: prompted where the bot asks again, and taken at their word."""

import asyncio
from datetime import UTC, datetime

import pytest

from config.demo.actor import Actor
from config.demo.cast import debtors, spoken_lines
from config.demo.stage import Stage
from engine.calls import Speaker, Turn
from engine.dialog import Move
from engine.speech import Hypothesis, Language, Transcript

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


class Ear:
    """Takes what a debtor's process would read."""

    def __init__(self) -> None:
        self.prompts: list[int] = []

    def is_closing(self) -> bool:
        return False

    def write(self, line: bytes) -> None:
        self.prompts.append(int(line))


class Simulated:
    """A debtor's process in small: says line after line, unless it is prompted."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        self.lines = lines
        self.ear = Ear()
        self.actor = Actor(lines)
        self.mouth = asyncio.StreamReader()
        self.playing = asyncio.get_running_loop().create_task(self.actor.play(self.ear, self.mouth))  # type: ignore[arg-type]
        self.next = 0

    async def answer(self, move: Move) -> str:
        await asyncio.sleep(0)
        self.actor.watch("c", move)
        number = min(self.ear.prompts.pop() if self.ear.prompts else self.next, len(self.lines) - 1)
        self.next = number + 1
        self.mouth.feed_data(b'{"said": %d}\n' % number)
        await asyncio.sleep(0)
        return self.lines[number]


def heard(text: str, language: Language) -> Transcript:
    return Transcript((Hypothesis(text, 0.9),) if text else (), 0.0, 1.0, language)


@pytest.mark.parametrize("deaf_to", [None, 0, 1, 2])
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    "name", [name for name, one in debtors().items() if not one.person and one.lines[Language.ENGLISH]]
)
async def test_a_debtor_who_is_asked_again_answers_that_question(
    name: str, language: Language, deaf_to: int | None
) -> None:
    """Where one answer is not heard, and where all are, each debtor reaches their ending."""
    stage = Stage(language, NOW)
    dialog = stage.open_dialog(stage.request("sip:debtor@127.0.0.1"))
    debtor = Simulated(spoken_lines(debtors()[name], language, NOW))
    move, answers = dialog.begin(), 0
    while move.ending is None:
        if move.errand is not None:
            move = dialog.done(stage.errands.outcome(move.errand.action))
            continue
        said = await debtor.answer(move)
        move = dialog.reply(heard("" if answers == deaf_to else said, language))
        answers += 1
        assert answers < 12
    assert move.ending.disposition == debtors()[name].disposition
    debtor.mouth.feed_eof()
    await debtor.playing


async def test_turns_know_what_was_really_said() -> None:
    """By their index; what the bot says, and what is said in another call, is none of the debtor's."""
    debtor = Simulated(("Yes, speaking.",))
    stage = Stage(Language.ENGLISH, NOW)
    dialog = stage.open_dialog(stage.request("sip:debtor@127.0.0.1"))
    await debtor.answer(dialog.begin())
    for call_id, index, speaker in (("c", 0, Speaker.BOT), ("c", 1, Speaker.CALLER), ("person", 2, Speaker.CALLER)):
        debtor.actor.watch(call_id, Turn(call_id, index, speaker, "yes speaking", "", 0.0, 1.0, "right_party"))
    assert debtor.actor.said == {1: "Yes, speaking."}
    debtor.mouth.feed_eof()
    await debtor.playing
