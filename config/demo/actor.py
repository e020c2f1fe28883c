"""The simulated debtor as the bot's side sees them: which line they say, and what the bot heard of it.

The debtor's process only hears when the bot falls silent, and says its lines one after another. Whoever is asked the
same again says the same again: that is told to it here, by what the dialog asks.
"""

import asyncio
import json
from collections.abc import Sequence

from engine.calls import Speaker, Turn
from engine.dialog import Move
from engine.services import News


class Actor:
    """Follows a call beside the live view.

    Args:
        lines: what the debtor says, one for each question.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = tuple(lines)
        self._asked: dict[str, int] = {}
        self._call_id: str | None = None
        self._ear: asyncio.StreamWriter | None = None
        self._saying = ""
        self._heard: dict[int, str] = {}

    @property
    def said(self) -> dict[int, str]:
        """What the debtor said, by the index of the turn in which it was heard."""
        return dict(self._heard)

    async def play(self, ear: asyncio.StreamWriter, mouth: asyncio.StreamReader) -> None:
        """Prompt a debtor's process, and note what it says, until it ends.

        Args:
            ear: takes the number of the line to say next.
            mouth: gives a JSON line for each line that it begins to say.
        """
        self._ear = ear
        while told := await mouth.readline():
            number = min(json.loads(told)["said"], len(self._lines) - 1)
            self._saying = self._lines[number]

    def watch(self, call_id: str, news: News) -> None:
        """Follow the debtor's call, the first that is heard of; given to the session as ``Services.watch``."""
        self._call_id = self._call_id or call_id
        if call_id != self._call_id:
            return
        if isinstance(news, Turn) and news.speaker is Speaker.CALLER and self._saying:
            self._heard[news.index] = self._saying
        elif isinstance(news, Move) and news.question is not None:
            self._ask(news.state)

    def _ask(self, state: str) -> None:
        again = state in self._asked
        line = self._asked.setdefault(state, len(self._asked))
        if again and self._ear is not None and not self._ear.is_closing():
            self._ear.write(f"{line}\n".encode())
