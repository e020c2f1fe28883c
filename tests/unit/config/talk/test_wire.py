"""The websocket of a conversation: what a browser may send, and what becomes of its call when it does not."""

import asyncio
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from config.talk import TALK
from config.talk.wire import Misused, SocketWire
from engine.accounts import Account, Money, Person
from engine.audio import FRAME_SAMPLES
from engine.calls import CallRequest, DigitPressed, EndCause, LineEnded
from engine.speech import Language
from telephony.browser_line import BrowserLine, BrowserTelephone

_FRAME = bytes(2 * FRAME_SAMPLES)


class _Browser:
    """Both ends of an ASGI websocket: what the browser sends, and what it got."""

    def __init__(self, *messages: bytes | str) -> None:
        self._messages = list(messages)
        self.got: list[dict[str, Any]] = []

    def socket(self) -> WebSocket:
        """Return our end, which was accepted."""
        socket = WebSocket({"type": "websocket", "headers": []}, self._receive, self._send)
        socket.client_state = socket.application_state = WebSocketState.CONNECTED
        return socket

    async def _receive(self) -> dict[str, Any]:
        if not self._messages:
            return {"type": "websocket.disconnect", "code": 1006}
        message = self._messages.pop(0)
        return {"type": "websocket.receive", "bytes" if isinstance(message, bytes) else "text": message}

    async def _send(self, message: Any) -> None:
        self.got.append(message)


def _request() -> CallRequest:
    person = Person("Alex Sample", "Alex", Language.ENGLISH, "77010000001")
    account = Account(
        "a-1", person, "the bank", {Language.ENGLISH: "loan"}, Money.of(1), 3, date(2026, 1, 1), Money.of(1)
    )
    return CallRequest("c-1", "browser", account, "demo", Language.ENGLISH)


async def _connected(browser: _Browser) -> tuple[SocketWire, BrowserLine, BrowserTelephone]:
    wire, telephone = SocketWire(browser.socket()), BrowserTelephone(1)
    await telephone.start(lambda line: None, [])
    telephone.expect("c-1", wire)
    return wire, await telephone.dial(_request()), telephone


async def _end(line: BrowserLine) -> LineEnded:
    while not isinstance(event := await asyncio.wait_for(line.next_event(), 1), LineEnded):
        pass
    return event


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (b"", "whole frames"),
        (b"\0" * 321, "whole frames"),
        (_FRAME * 11, "at most 10"),
        ("nonsense", "not understood"),
        ('{"type": "key", "key": "99"}', "not understood"),
        ('{"type": "key", "more": 1}', "not understood"),
        ("[" * 900, "not understood"),
        ("x" * 1001, "at most"),
    ],
)
async def test_what_no_page_sends_ends_the_call(message: bytes | str, told: str) -> None:
    """Garbage is named, and the line ends."""
    wire, line, telephone = await _connected(_Browser(message))
    with pytest.raises(Misused, match=told):
        await wire.receive()
    assert (await _end(line)).cause is EndCause.REMOTE_HANGUP
    await telephone.stop()


async def test_more_audio_than_a_microphone_brings_ends_the_call() -> None:
    """A few seconds at once may be a stall of the network; more is none."""
    wire, line, telephone = await _connected(_Browser(*[_FRAME * 10] * 20))
    with pytest.raises(Misused, match="more audio"):
        await wire.receive()
    assert line.ended
    await telephone.stop()


async def test_too_many_messages_end_the_call() -> None:
    """Nobody presses keys so fast."""
    wire, line, telephone = await _connected(_Browser(*['{"type": "key", "key": "1"}'] * 30))
    with pytest.raises(Misused, match="too many"):
        await wire.receive()
    assert line.ended
    await telephone.stop()


async def test_a_lost_connection_ends_the_call_as_hung_up() -> None:
    """The key before it is heard; so would be a line that is connected only afterwards."""
    browser = _Browser('{"type": "key", "key": "5"}')
    wire, line, telephone = await _connected(browser)
    await wire.receive()
    await line.next_event()
    key = await line.next_event()
    assert isinstance(key, DigitPressed)
    assert key.digit == "5"
    assert (await _end(line)).cause is EndCause.REMOTE_HANGUP
    telephone.expect("c-1", wire)
    assert (await telephone.dial(_request())).ended
    await telephone.stop()


async def test_audio_and_news_go_out_in_their_order() -> None:
    """A flush stands behind the frames that it drops, and before those that follow."""
    browser = _Browser()
    wire, line, telephone = await _connected(browser)
    line.play(np.full(FRAME_SAMPLES, 7, np.int16))
    telephone.tick()
    line.flush()
    wire.show({"type": "partial", "text": "да"})
    wire.close()
    await wire.deliver()
    kinds = [message.get("bytes", b"") or json.loads(message["text"])["type"] for message in browser.got]
    assert kinds[1:] == ["drop", "partial"]
    assert np.frombuffer(kinds[0], "<i2").tolist() == [7] * FRAME_SAMPLES
    await telephone.stop()


async def test_a_browser_that_does_not_read_loses_its_call() -> None:
    """What waits for it is bounded."""
    wire, line, telephone = await _connected(_Browser())
    for _ in range(1001):
        wire.show({"type": "partial", "text": "x"})
    assert (await _end(line)).cause is EndCause.REJECTED
    await telephone.stop()


class TestDoor:
    """Who may open the websocket, and with what."""

    @pytest.mark.parametrize(
        ("role", "origin", "reason"),
        [
            ("admin", "http://127.0.0.1", "not allowed"),
            ("designer", "http://elsewhere.example", "foreign origin"),
        ],
    )
    def test_who_may_not_is_refused(self, open_pages: Callable[..., Any], role: str, origin: str, reason: str) -> None:
        """A role without the permission, and a foreign page."""
        client = open_pages(TALK).signed_in("alex", role)
        with (
            pytest.raises(WebSocketDisconnect) as refused,
            client.websocket_connect("ws://127.0.0.1/talk/line", headers={"origin": origin}),
        ):
            pass
        assert (refused.value.code, refused.value.reason) == (1008, reason)

    @pytest.mark.parametrize(
        ("first", "told"),
        [
            ("garbage", "load the page again"),
            ('{"scenario": "soft_collection", "more": 1}', "load the page again"),
            ("[" * 3000, "load the page again"),
            ("x" * 5000, "load the page again"),
            ('{"scenario": "../x"}', "no such scenario"),
            ('{"scenario": "soft_collection", "debt": "much"}', "debt: "),
        ],
    )
    def test_a_wrong_beginning_is_refused_in_words(self, open_pages: Callable[..., Any], first: str, told: str) -> None:
        """Nothing is loaded for it."""
        pages = open_pages(TALK)
        client = pages.signed_in("alex", "operator")
        with client.websocket_connect("ws://127.0.0.1/talk/line", headers={"origin": "http://127.0.0.1"}) as socket:
            socket.send_text(first)
            while (refused := socket.receive_json())["type"] == "wait":
                pass
        assert refused["type"] == "refused"
        assert told in refused["reason"]
        assert not pages.app.state.talk.engine.loaded
