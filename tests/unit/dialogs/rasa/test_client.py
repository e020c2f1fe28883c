"""The client of a Rasa server: what it asks, and that no call waits longer for it than is allowed."""

import asyncio
import gzip
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from dialogs.rasa.client import LARGEST_ANSWER_BYTES, RasaClient
from dialogs.understanding.lessons import OUT_OF_SCOPE
from engine.clock import VirtualClock

WORDS = "верните мне мою корову"
Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


def labels(*ranking: tuple[str, Any]) -> bytes:
    """Return Rasa's answer with this ranking."""
    listed = [{"name": name, "confidence": confidence} for name, confidence in ranking]
    return json.dumps({"text": WORDS, "intent": listed[0], "entities": [], "intent_ranking": listed}).encode()


def http(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """Return an answer in HTTP/1.1, after which the connection is kept."""
    head = (f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join((*head, "", "")).encode() + body


GOOD = http(labels(("operator", 0.75), ("refuse", 0.25)))


class Server:
    """Gives one answer to every request, and counts requests and connections."""

    def __init__(self) -> None:
        self.answer, self.delay_s = GOOD, 0.0
        self.requests: list[bytes] = []
        self.connections = 0
        self._writers: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def up(self, port: int = 0) -> AsyncIterator[str]:
        """Answer while the context is open."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for writer in self._writers:
                writer.close()
            await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
                )
                self.requests.append(head + await reader.readexactly(length))
                await asyncio.sleep(self.delay_s)
                writer.write(self.answer)
                await writer.drain()


async def asked(client: RasaClient, server: Server, times: int = 1) -> None:
    """Ask, and let the first probe be over before."""
    for _ in range(2000):
        if server.requests or client.resting:
            break
        await asyncio.sleep(0.01)
    for _ in range(times):
        await client.probabilities(WORDS)


async def test_words_are_sent_with_the_token_over_a_kept_connection() -> None:
    """And the whole ranking comes back."""
    server = Server()
    async with server.up() as url, RasaClient(url, "secret", 1.0) as client:
        await asked(client, server)
        before = server.connections
        for _ in range(3):
            assert await client.probabilities(WORDS) == {"operator": 0.75, "refuse": 0.25}
        assert server.connections == before
    head, _, body = server.requests[-1].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /model/parse?token=secret HTTP/1.1")
    assert json.loads(body) == {"text": WORDS}


async def test_rasas_own_fallback_means_out_of_scope() -> None:
    """A pipeline of the user's own may have a FallbackClassifier."""
    server = Server()
    server.answer = http(labels(("nlu_fallback", 0.4), ("operator", 0.3)))
    async with server.up() as url, RasaClient(url, None, 1.0) as client:
        assert await client.probabilities(WORDS) == {OUT_OF_SCOPE: 1.0}
    assert b"token" not in server.requests[-1]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (http(b"", "500 Internal Server Error"), "answered 500"),
        (http(b"{}", "401 Unauthorized"), "VOICEBOT_RASA__TOKEN"),
        (http(b"", "302 Found", "Location: http://127.0.0.1:9/"), "answered 302"),
        (http(b"nonsense"), "something else than intents"),
        (http(b"[" * 20_000), "something else than intents"),
        (http(b'{"intent": null, "intent_ranking": []}'), "something else than intents"),
        (http(labels(("operator", 1.5))), "something else than intents"),
        (http(labels(("operator", float("nan")))), "something else than intents"),
        (http(labels(("operator", True))), "something else than intents"),
        (http(labels(("operator", "0.9"))), "something else than intents"),
        (http(labels(("operator", 0.5)) + b" " * LARGEST_ANSWER_BYTES), "more than 64 KB"),
        (http(gzip.compress(labels(("operator", 0.5))), "200 OK", "Content-Encoding: gzip"), "something else"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "cannot be asked"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "cannot be asked"),
    ],
)
async def test_a_lie_is_no_answer(answer: bytes, why: str, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is raised, the log names the reason once, and no word of the caller."""
    server = Server()
    server.answer = answer
    async with server.up() as url, RasaClient(url, None, 1.0) as client:
        assert await client.probabilities(WORDS) is None
        await asked(client, server, 4)
        assert client.resting
    assert len(caplog.messages) == 1
    assert why in caplog.text
    assert "корову" not in caplog.text


async def test_a_slow_server_costs_a_call_the_time_allowed_and_then_none() -> None:
    """Three calls wait for it, the fourth does not."""
    server = Server()
    async with server.up() as url, RasaClient(url, None, 0.1) as client:
        await asked(client, server)
        server.delay_s = 30.0
        for _ in range(3):
            began_s = time.monotonic()
            assert await client.probabilities(WORDS) is None
            assert 0.09 < time.monotonic() - began_s < 1.0
        before = len(server.requests)
        began_s = time.monotonic()
        assert await client.probabilities(WORDS) is None
        assert time.monotonic() - began_s < 0.05
        assert len(server.requests) == before


async def test_a_server_that_comes_back_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    """After a pause a word of ours tries it, and no caller's; the log tells of its going and its coming, once each."""
    caplog.set_level(logging.INFO)
    server, clock = Server(), VirtualClock()
    async with server.up() as url:
        port = int(url.rpartition(":")[2])
    async with RasaClient(url, None, 1.0, monotonic_s=clock.monotonic_s) as client:
        await asked(client, server)
        assert client.resting
        for _ in range(3):  # still away: the pause doubles
            clock.advance(60)
            await client.probabilities(WORDS)
            await asyncio.sleep(0.1)
        async with server.up(port):
            clock.advance(60)
            assert await client.probabilities(WORDS) is None
            for _ in range(2000):
                if not client.resting:
                    break
                await asyncio.sleep(0.01)
            assert [json.loads(one.partition(b"\r\n\r\n")[2])["text"] for one in server.requests] == ["ok"]
            assert await client.probabilities(WORDS) == {"operator": 0.75, "refuse": 0.25}
    assert [record.levelname for record in caplog.records if record.name.startswith("dialogs")] == ["WARNING", "INFO"]
