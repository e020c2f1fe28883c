"""The websocket of a conversation: audio both ways, news to the page, and limits on what a browser may send.

Everything that is sent goes through one queue, so that a flush stands where it belongs between the frames. A browser
that does not read, or sends more than a microphone can, is disconnected.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Final

import numpy as np
from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from config.talk.messages import Order
from engine.audio import FRAME_S, FRAME_SAMPLES, Samples
from engine.calls import DigitPressed, EndCause
from telephony.browser_line import BrowserLine

_FRAME_BYTES: Final = 2 * FRAME_SAMPLES
_MOST_FRAMES: Final = 10
"""In one message: 200 ms."""
_TEXT_BYTES: Final = 1000
_UNREAD: Final = 1000
"""Messages that may wait for the browser: 20 s of speech."""
_BURST_S: Final = 3.0
"""Audio that may come at once beyond what real time brings: a network's stall, not a file."""
_ORDERS_A_SECOND: Final = 10


class Misused(Exception):
    """The browser sent what no page of ours sends; the message is the close reason."""


class SocketWire:
    """A `config.talk.engine.Screen` over a websocket that was accepted.

    Args:
        socket: of the browser.
    """

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._out: asyncio.Queue[bytes | str | None] = asyncio.Queue(_UNREAD)
        self._line: BrowserLine | None = None
        self._gone = False
        self._audio_s = self._orders = 0.0
        self._since_s: float | None = None

    def connected(self, line: BrowserLine) -> None:
        """Take the line that the browser's audio, keys and end are told."""
        self._line = line
        if self._gone:
            self.lost()

    def send_audio(self, frame: Samples) -> None:
        """Send 20 ms of the bot's."""
        self._send(frame.astype("<i2", copy=False).tobytes())

    def drop_audio(self) -> None:
        """Have the page forget what it has not played yet."""
        self.show({"type": "drop"})

    def line_ended(self) -> None:
        """Nothing is heard any more; the page is told of the end once the record is closed."""

    def show(self, news: Mapping[str, object]) -> None:
        """Send what the page shows."""
        self._send(json.dumps(news, ensure_ascii=False))

    def close(self) -> None:
        """Let `deliver` return once all has been sent."""
        while self._out.full():
            self._out.get_nowait()
        self._out.put_nowait(None)

    async def deliver(self) -> None:
        """Send what is to be sent, until `close` or until the browser is gone."""
        try:
            while (message := await self._out.get()) is not None:
                if isinstance(message, bytes):
                    await self._socket.send_bytes(message)
                else:
                    await self._socket.send_text(message)
        except (WebSocketDisconnect, RuntimeError):  # starlette's words for a socket that is closed already
            self.lost()

    async def receive(self) -> None:
        """Take what the browser sends, until it is gone.

        Raises:
            Misused: it sends what no page of ours does.
        """
        try:
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                if (audio := message.get("bytes")) is not None:
                    self._take_audio(audio)
                else:
                    self._take_order(message.get("text") or "")
        finally:
            self.lost()

    def lost(self) -> None:
        """End the line, also one that is still to come: the browser is gone."""
        self._gone = True
        if self._line is not None:
            self._line.remote_ends(EndCause.REMOTE_HANGUP, 0, "the browser is gone")

    def hang_up(self, reason: str) -> None:
        """End the line for a reason of ours."""
        if self._line is not None:
            self._line.remote_ends(EndCause.REJECTED, 0, reason)

    def _take_audio(self, audio: bytes) -> None:
        if not audio or len(audio) % _FRAME_BYTES or len(audio) > _MOST_FRAMES * _FRAME_BYTES:
            raise Misused(f"audio comes in whole frames of {_FRAME_BYTES} bytes, at most {_MOST_FRAMES} at once")
        self._audio_s += len(audio) / _FRAME_BYTES * FRAME_S
        if self._audio_s > self._elapsed_s() * 1.05 + _BURST_S:
            raise Misused("more audio than a microphone brings")
        if self._line is not None:
            self._line.remote_says(np.frombuffer(audio, dtype="<i2").astype(np.int16))

    def _take_order(self, text: str) -> None:
        self._orders += 1
        if self._orders > self._elapsed_s() * _ORDERS_A_SECOND + 2 * _ORDERS_A_SECOND:
            raise Misused("too many messages")
        if len(text) > _TEXT_BYTES:
            raise Misused(f"a text message has at most {_TEXT_BYTES} characters")
        try:
            order = Order.model_validate_json(text)
        except ValidationError:
            raise Misused("this text message is not understood") from None
        if self._line is None:
            return
        if order.type == "hang_up":
            self._line.remote_ends()
        elif order.key:
            self._line.report(DigitPressed(order.key, self._line.position_s))

    def _elapsed_s(self) -> float:
        now_s = asyncio.get_running_loop().time()
        self._since_s = now_s if self._since_s is None else self._since_s
        return now_s - self._since_s

    def _send(self, message: bytes | str) -> None:
        try:
            self._out.put_nowait(message)
        except asyncio.QueueFull:  # it does not read: what is lost now would be missed by everything that follows
            self.hang_up("the browser does not read")
