"""A call held by typing: the same session and dialog, on a line in memory, with a keyboard for an ear."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import numpy as np

from engine.audio import FRAME_S, FRAME_SAMPLES, AudioClip
from engine.calls import EndCause
from engine.dialog import Line
from engine.hearing import Heard, Sound, Understanding
from engine.speech import Hypothesis, Language, Transcript
from engine.turns import NoInput, TurnTaker
from telephony.memory_line import MemoryLine, MemoryTelephone


class SilentPrompter:
    """Gives every line one frame of silence, so that a typed call goes as fast as it is typed."""

    def prepare(self, lines: Sequence[Line], within_s: float) -> None:
        """Nothing has to be rendered."""

    async def clip(self, line: Line) -> AudioClip:
        """Return one frame of silence."""
        return AudioClip(np.zeros(FRAME_SAMPLES, np.int16))

    def forget(self, lines: Sequence[Line]) -> None:
        """Nothing is kept."""


class Keyboard:
    """What the caller types is what the bot hears; an `engine.hearing.Hearer` for one call."""

    def __init__(self) -> None:
        self.turns: TurnTaker | None = None
        self._tell: Callable[[Sound], None] | None = None
        self._language = Language.ENGLISH
        self._typed = False

    def open(
        self,
        channel: int,
        turns: TurnTaker,
        language: Language,
        understanding: Understanding,
        tell: Callable[[Sound], None],
    ) -> "Keyboard":
        """Begin to listen."""
        self.turns, self._tell, self._language = turns, tell, language
        return self

    def close(self) -> None:
        """Stop listening."""
        self.turns = self._tell = None

    def listen_in(self, language: Language) -> bool:
        """Take typing in any language."""
        self._language = language
        return True

    def press(self, digit: str, at_s: float) -> None:
        """Keys of a telephone cannot be typed here."""

    @property
    def wanted(self) -> bool:
        """Whether the bot waits for words, and has not been given any yet."""
        if self.turns is None or self.turns.bot_has_floor:
            self._typed = False
            return False
        return not self._typed

    @property
    def unanswered(self) -> bool:
        """Whether words were typed that the bot has not begun to answer."""
        return self._typed and self.turns is not None and not self.turns.bot_has_floor

    def type(self, text: str, at_s: float) -> None:
        """Say this; an empty text is silence."""
        if self._tell is None:
            return
        self._typed = True
        if not text.strip():
            self._tell(NoInput(at_s))
            return
        said = Transcript((Hypothesis(text.strip(), 1.0),), at_s, at_s, self._language)
        self._tell(Heard(said, interrupted=False, decided_s=at_s))


class TypedLines:
    """Lines from a descriptor, read on the event loop: a thread that waits for Enter would outlive Ctrl-C."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pending = b""
        self._over = False

    async def next(self) -> str | None:
        """Return the next line, None at the end of input."""
        while b"\n" not in self._pending and not self._over:
            await self._readable()
            chunk = os.read(self._descriptor, 4096)
            self._pending += chunk
            self._over = not chunk
        if not self._pending:
            return None
        line, _, self._pending = self._pending.partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r")

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        try:
            loop.add_reader(self._descriptor, ready.set)
        except PermissionError:  # epoll takes no regular file; these can always be read
            return
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._descriptor)


async def type_through(
    telephone: MemoryTelephone,
    line: MemoryLine,
    keyboard: Keyboard,
    read: Callable[[], Awaitable[str | None]],
    *,
    real_time: bool = False,
) -> None:
    """Drive a typed call to its end.

    Args:
        telephone: whose ticks this drives.
        line: the call.
        keyboard: its ear.
        read: waits for the next line typed; None hangs up.
        real_time: a tick takes its 20 ms, for a bot that really speaks.
    """
    line.remote_answers()
    while not line.ended:
        telephone.tick()
        # Where the bot has to ask elsewhere first, that takes its time in the call as well.
        await asyncio.sleep(FRAME_S if real_time or keyboard.unanswered else 0)
        if keyboard.wanted:
            text = await read()
            if text is None:
                line.remote_ends(EndCause.REMOTE_HANGUP)
                return
            keyboard.type(text, line.position_s)


class NoRecorder:
    """Records nothing, since nothing sounds."""

    def open(self, channel: int, path: Path) -> None:
        """Take note of nothing."""

    async def close(self, channel: int) -> None:
        """Have nothing to finish."""
