"""Asks a Rasa server what callers' words are for; a `dialogs.reader.Reader` that no call waits long for.

Whatever the server does, the answer is there within the time that is allowed, or there is none, and the built-in
classifier guesses. After a few failures in a row no call asks any more; a word of ours does, ever more seldom, until
the server answers again. The log tells of that change alone, and never what was said.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Final

import httpx2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dialogs.understanding.lessons import OUT_OF_SCOPE

FALLBACK: Final = "nlu_fallback"
"""What Rasa's own FallbackClassifier calls words that it does not understand, where a pipeline has one."""

LARGEST_ANSWER_BYTES: Final = 64 * 1024
_FAILURES: Final = 3
"""In a row; then the server is left alone."""
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 30.0
_PROBE_S: Final = 2.0
"""How long a word of ours may take: no call waits for it, and a server that was just started is slow at first."""
_PROBE: Final = "ok"
_AT_ONCE: Final = 32
_IDLE_S: Final = 20.0
"""Less than the 30 s after which Rasa closes a connection itself."""

_log = logging.getLogger(__name__)


class _Label(BaseModel):
    model_config = ConfigDict(strict=True)
    name: str = Field(min_length=1, max_length=200)
    confidence: float = Field(ge=0, le=1.001, allow_inf_nan=False)  # Rasa reckons in 32 bits


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True)
    intent: _Label
    intent_ranking: list[_Label] = Field(min_length=1, max_length=1000)


class _Unusable(Exception):
    """The server answered, but nothing that can be used; the text says why, and holds nothing of the answer."""


class RasaClient:
    """One server, for all calls; an asynchronous context, on the event loop.

    Args:
        url: of the server, without a path.
        token: that it asks for, None for none.
        timeout_s: for the whole of an answer, in seconds.
        monotonic_s: the clock that pauses go by.
    """

    def __init__(
        self, url: str, token: str | None, timeout_s: float, *, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._timeout_s = timeout_s
        self._monotonic_s = monotonic_s
        self._http = httpx2.AsyncClient(
            base_url=url,
            params={"token": token} if token else None,
            headers={"Accept-Encoding": "identity"},  # so that what is counted is what is unpacked
            timeout=None,  # of our own, over all of it
            limits=httpx2.Limits(
                max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE, keepalive_expiry=_IDLE_S
            ),
            follow_redirects=False,  # they would take the words, and the token, to another host
            trust_env=False,
        )
        self._answers: bool | None = None
        """As the log was told last."""
        self._failures = 0
        self._pause_s = _FIRST_PAUSE_S
        self._until_s: float | None = None
        """While set, no call asks; from then on a word of ours does."""
        self._probing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "RasaClient":
        self._probing = asyncio.create_task(self._probe(), name="rasa probe")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)
        await self._http.aclose()

    @property
    def resting(self) -> bool:
        """Whether the server failed so often that calls do without it for now."""
        return self._until_s is not None

    async def probabilities(self, text: str) -> Mapping[str, float] | None:
        """Return the probability of every label that the server knows; None where it does not answer properly in time.

        Never raises; while the server rests, returns at once.
        """
        if self._until_s is not None:
            if self._monotonic_s() >= self._until_s and (self._probing is None or self._probing.done()):
                self._probing = asyncio.create_task(self._probe(), name="rasa probe")
            return None
        return await self._attempt(text, self._timeout_s)

    async def _probe(self) -> None:
        await self._attempt(_PROBE, _PROBE_S, probe=True)

    async def _attempt(self, text: str, timeout_s: float, *, probe: bool = False) -> Mapping[str, float] | None:
        try:
            async with asyncio.timeout(timeout_s):
                found = await self._ask(text)
        except TimeoutError:
            reason = f"does not answer within {1000 * timeout_s:.0f} ms"
        except _Unusable as error:
            reason = str(error)
        except Exception as error:  # of HTTP, or a fault of the library's: no call may break over it
            reason = f"cannot be asked ({type(error).__name__})"
        else:
            self._answered()
            return found
        self._failed(reason, probe=probe)
        return None

    async def _ask(self, text: str) -> Mapping[str, float]:
        async with self._http.stream("POST", "/model/parse", json={"text": text}) as answer:
            if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                raise _Unusable(f"refused our token ({answer.status_code}): set VOICEBOT_RASA__TOKEN as on the server")
            if answer.status_code != HTTPStatus.OK:
                raise _Unusable(f"answered {answer.status_code}")
            body = bytearray()
            async for piece in answer.aiter_raw():
                body += piece
                if len(body) > LARGEST_ANSWER_BYTES:
                    raise _Unusable(f"answered more than {LARGEST_ANSWER_BYTES >> 10} KB")
        try:
            read = _Answer.model_validate_json(bytes(body))
        except ValidationError as error:
            raise _Unusable(f"answered something else than intents ({error.error_count()} faults)") from None
        if read.intent.name == FALLBACK:
            return {OUT_OF_SCOPE: 1.0}
        return {label.name: label.confidence for label in read.intent_ranking}

    def _failed(self, reason: str, *, probe: bool) -> None:
        self._failures += 1
        if not probe and (self.resting or self._failures < _FAILURES):
            return
        if self._answers is not False:
            self._answers = False
            _log.warning("Rasa %s; the built-in classifier guesses alone until it answers", reason)
        self._until_s = self._monotonic_s() + self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def _answered(self) -> None:
        if not self._answers:
            self._answers = True
            _log.info("Rasa answers")
        self._failures, self._pause_s, self._until_s = 0, _FIRST_PAUSE_S, None
