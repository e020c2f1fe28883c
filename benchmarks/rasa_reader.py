"""Rasa as a reader to be measured by `benchmarks.understanding`: the rules are ours, and Rasa guesses where none tells.

It needs a server that was trained on today's examples; its address and token are the settings' own:

    nice voicebot rasa train && voicebot rasa serve
    VOICEBOT_RASA__URL=http://127.0.0.1:5005 python -m benchmarks.understanding --reader builtin --reader rasa
"""

import asyncio
import sys
from collections.abc import Callable, Mapping

from config import settings
from dialogs.rasa.client import RasaClient
from dialogs.understanding.understanding import Context, Understanding, Understood, load_understanding
from engine.speech import Transcript

_PATIENCE_S = 10.0
"""More than a call's: what is measured is Rasa, not the classifier that stands in for one that is late."""


def rasa() -> Callable[[Transcript, Context], Understood]:
    """Return a reader that asks the server of the settings; the first word that it does not answer ends the run."""
    chosen = settings.load().rasa
    if chosen.url is None:
        sys.exit("set VOICEBOT_RASA__URL to a server: voicebot rasa serve")
    runner = asyncio.Runner()
    client = RasaClient(chosen.url, chosen.token.get_secret_value() if chosen.token else None, _PATIENCE_S)
    return _Reader(load_understanding(), lambda text: runner.run(client.probabilities(text)), chosen.url)


class _Reader:
    def __init__(
        self, understanding: Understanding, ask: Callable[[str], Mapping[str, float] | None], url: str
    ) -> None:
        self._understanding, self._ask, self._url = understanding, ask, url

    def __call__(self, heard: Transcript, context: Context) -> Understood:
        text = self._understanding.undecided(heard, context)
        if text is None:
            return self._understanding.read(heard, context)
        guess = self._ask(text)
        if guess is None:
            sys.exit(f"{self._url} does not answer: voicebot rasa status")
        return self._understanding.read(heard, context, {text: guess})
