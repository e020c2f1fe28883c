"""A remote vosk-server as recogniser, over websockets in its own protocol.

The protocol: a text message with ``config``, then audio as binary messages, each answered by one text message (a
partial result, or a result where a segment ended), then ``{"eof" : 1}``, answered by the final result and the end of
the connection. The server compares the last one as text, so its spaces matter.

There is no message for "what has been said so far": a final result ends the connection. So a stream that is read and
then given more audio opens the next connection, and its transcript is the segments of all of them in their order.
A connection that breaks is opened again and given all of its audio once more, within the stream's deadline.
"""

import json
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import numpy as np
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from asr.named_recognizer import NamedRecognizer
from asr.resampling import Upsampler
from asr.vosk_results import Readings, is_segment, partial_text, segment_readings, utterance
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.errors import RecognitionError, SettingsError
from engine.ports import RecognizerStream
from engine.speech import Expect, Language, Talker, Transcript

_END = '{"eof" : 1}'
_RETRY_S = 0.05
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class VoskServerRecognizer(NamedRecognizer):
    """Implements `engine.ports.Recognizer`. Streams have a connection each, so they may run in parallel threads.

    Not biased by ``expect`` or ``hints``, for the reason given at `asr.vosk_recognizer.VoskRecognizer`.

    Args:
        url: ``ws://host:port`` or ``wss://host:port``.
        language: what the server's model understands.
        token: sent as ``Authorization: Bearer``; from the environment, never from a file.
        name: for people and records; by default the host and port.
        alternatives: readings to return at most.
        sample_rate_hz: what to send. 8000, unless the server's model does not allow upsampling.
        connect_s: seconds that connecting may take.
        answer_s: seconds that a final result may take, connecting again included.
        tls: for a certificate that the system does not know.

    Raises:
        SettingsError: the address is wrong, or a token would travel unencrypted.
    """

    def __init__(
        self,
        url: str,
        language: Language | str,
        *,
        token: str | None = None,
        name: str | None = None,
        alternatives: int = 1,
        sample_rate_hz: int = SAMPLE_RATE_HZ,
        connect_s: float = 2.0,
        answer_s: float = 5.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        address = urlsplit(url)
        if address.scheme not in ("ws", "wss") or not address.hostname:
            raise SettingsError(f"{url}: a vosk-server's address is ws://HOST:PORT or wss://HOST:PORT")
        if token and address.scheme == "ws" and address.hostname not in _LOOPBACK:
            raise SettingsError(f"{url}: the token would travel unencrypted; use wss://")
        super().__init__(f"vosk-server:{name or address.netloc.rpartition('@')[2]}", language, waits=True)
        self._dialler = _Dialler(url, token, alternatives, sample_rate_hz, connect_s, tls)
        self._alternatives = alternatives
        self._answer_s = answer_s

    @property
    def sample_rate_hz(self) -> int:
        """Samples a second that it is sent."""
        return self._dialler.sample_rate_hz

    def open(self, expect: Expect, hints: Sequence[str] = (), talker: Talker | None = None) -> RecognizerStream:
        """Begin an utterance; the connection is made with its first audio."""
        del expect, hints, talker
        return VoskServerStream(self._dialler, self._language, self._alternatives, self._answer_s)


class _Dialler:
    """Opens connections that are ready for audio."""

    def __init__(
        self,
        url: str,
        token: str | None,
        alternatives: int,
        sample_rate_hz: int,
        connect_s: float,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.url = url
        self.sample_rate_hz = sample_rate_hz
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._connect_s = connect_s
        self._tls = tls
        config = {
            "sample_rate": sample_rate_hz,
            "words": True,
            # 1 would make Vosk answer in its form for alternatives, which has no confidence per word.
            "max_alternatives": alternatives if alternatives > 1 else 0,
        }
        self._greeting = json.dumps({"config": config})

    @contextmanager
    def connection(self) -> Iterator[ClientConnection]:
        """Connect, configure, and close in the end.

        Raises:
            OSError: no connection, or not in time (`TimeoutError`).
            WebSocketException: refused, or broken at once.
        """
        with connect(
            self.url,
            additional_headers=self._headers,
            open_timeout=self._connect_s,
            close_timeout=0.5,
            ssl=self._tls,
            proxy=None,  # a recogniser stands in the bank's own network
        ) as connection:
            connection.send(self._greeting)
            yield connection


class VoskServerStream:
    """One utterance on a vosk-server; implements `engine.ports.RecognizerStream`."""

    def __init__(self, dialler: _Dialler, language: Language | str, alternatives: int, answer_s: float) -> None:
        self._dialler = dialler
        self._language = language
        self._limit = alternatives
        self._answer_s = answer_s
        self._upsampler = Upsampler(dialler.sample_rate_hz)
        self._connection: ClientConnection | None = None
        self._hang_up = ExitStack()
        self._finished: list[Readings] = []  # segments of earlier connections
        self._running: list[Readings] = []  # segments of this connection
        self._audio: list[bytes] = []  # of this connection, kept for sending it once more
        self._delivered = 0  # how many of them were sent
        self._answered = 0  # and how many answers came
        self._offset_s = 0.0  # where this connection's audio begins
        self._samples = 0
        self._partial = ""
        self._shown = ""

    def accept(self, samples: Samples) -> str | None:
        """Send the next audio; return the words so far where an answer brought new ones. Waits for no answer."""
        self._samples += len(samples)
        self._keep(self._upsampler.next(samples))
        if self._delivered < len(self._audio):
            self._on_connection(lambda connection, deadline_s: self._read_ready(connection))
        texts = [readings[0].text for readings in [*self._finished, *self._running] if readings]
        text = " ".join(filter(None, [*texts, self._partial]))
        if text == self._shown:
            return None
        self._shown = text
        return text

    def result(self) -> Transcript:
        """Return the reading of all audio so far; ends the connection, so that more audio opens the next one."""
        self._keep(self._upsampler.next(np.zeros(0, dtype=np.int16), last=True))
        heard_s = self._samples / SAMPLE_RATE_HZ
        if self._audio:
            self._on_connection(self._finish)
            self.close()
            self._finished += self._running
            self._running, self._audio, self._partial, self._offset_s = [], [], "", heard_s
            self._delivered = 0
        return utterance(self._finished, self._limit, heard_s, self._language)

    def close(self) -> None:
        """End the connection."""
        self._connection = None
        self._hang_up.close()

    def _keep(self, samples: Samples) -> None:
        if len(samples):
            self._audio.append(samples.astype("<i2").tobytes())

    def _on_connection(self, step: Callable[[ClientConnection, float], None]) -> None:
        """Deliver what is kept and do a step; where the connection breaks, do all of it again until the deadline."""
        deadline_s = time.monotonic() + self._answer_s
        while True:
            try:
                connection = self._connection or self._reconnect()
                while self._delivered < len(self._audio):
                    connection.send(self._audio[self._delivered])
                    self._delivered += 1
                step(connection, deadline_s)
                return
            except (WebSocketException, OSError) as error:
                self.close()
                if isinstance(error, ssl.SSLCertVerificationError):
                    raise RecognitionError(
                        f"{self._dialler.url}: its certificate is not trusted ({error.verify_message}); add the "
                        "authority that signed it to the system's, or name its file in SSL_CERT_FILE"
                    ) from error
                if isinstance(error, InvalidStatus) and 400 <= error.response.status_code < 500:
                    raise RecognitionError(f"{self._dialler.url}: {error}; check the address and the token") from error
                if time.monotonic() >= deadline_s:
                    why = f"no answer within {self._answer_s:g} s ({error or 'timed out'})"
                    raise RecognitionError(f"{self._dialler.url}: {why}") from error
                time.sleep(_RETRY_S)

    def _reconnect(self) -> ClientConnection:
        self._delivered = self._answered = 0
        self._running, self._partial = [], ""
        self._connection = self._hang_up.enter_context(self._dialler.connection())
        return self._connection

    def _read_ready(self, connection: ClientConnection) -> None:
        """Read the answers that are here already."""
        while self._answered < self._delivered:
            try:
                message = connection.recv(timeout=0)
            except TimeoutError:
                return
            self._read(message)

    def _finish(self, connection: ClientConnection, deadline_s: float) -> None:
        """Say that the audio ends and read all answers, the final result being the last."""
        connection.send(_END)
        while self._answered <= self._delivered:
            self._read(connection.recv(timeout=max(0.0, deadline_s - time.monotonic())))

    def _read(self, message: str | bytes) -> None:
        text = message if isinstance(message, str) else message.decode()
        self._answered += 1
        if is_segment(text):
            self._running.append(segment_readings(text, self._offset_s))
            self._partial = ""
        else:
            self._partial = partial_text(text)
