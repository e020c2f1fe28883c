"""A telephone of two UDP sockets, without any SIP library, that notes when the kernel received each RTP packet."""

import contextlib
import re
import secrets
import select
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

FRAME_SAMPLES = 160
FRAME_S = 0.02
_SO_TIMESTAMPNS = 35  # Linux, asm-generic/socket.h; Python has no name for it
_A_LAW = 8
_SILENCE = bytes([0xD5]) * FRAME_SAMPLES
_SILENT_CODES = frozenset({0xD5, 0x55})


def _decoded() -> np.ndarray:
    """Return the values of all A-law codes (ITU-T G.711, table 2), 16 bits wide."""
    code = np.arange(256) ^ 0x55
    exponent, mantissa = code >> 4 & 7, code & 15
    value = np.where(exponent > 0, (mantissa << 4) + 0x108 << np.maximum(exponent - 1, 0), (mantissa << 4) + 8)
    return np.where(code & 0x80, value, -value).astype(np.int16)


A_LAW_VALUES = _decoded()


def a_law(samples: np.ndarray) -> bytes:
    """Encode int16 samples: the nearest of all values."""
    order = np.argsort(A_LAW_VALUES)
    values = A_LAW_VALUES[order].astype(int)
    middle = (values[1:] + values[:-1]) / 2
    return order[np.searchsorted(middle, samples)].astype(np.uint8).tobytes()


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet that arrived."""

    at_ns: int
    """When the kernel received it, CLOCK_REALTIME."""
    sequence: int
    payload: bytes

    @property
    def loud(self) -> bool:
        """Whether it holds anything but digital silence."""
        return not _SILENT_CODES.issuperset(self.payload)


@dataclass
class BarePhone:
    """Calls one address. Single-threaded: `call`, then `stay`, then `hang_up`.

    Args:
        target: of the bot's SIP.
        number: who calls.
        speech: A-law, what it says from the answer on; silence after that.
        relay: announced, and sent from, in place of its own media socket, for a relay in between.
    """

    target: tuple[str, int]
    number: str = "77010000001"
    speech: bytes = b""
    relay: socket.socket | None = None
    packets: list[Packet] = field(default_factory=list)
    sent_frames: int = 0
    answered_ns: int = 0
    invited_ns: int = 0
    ended: bool = False

    def __post_init__(self) -> None:
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for one in (self._sip, self.rtp):
            one.bind(("127.0.0.1", 0))
        self.rtp.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.rtp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._port = self._sip.getsockname()[1]
        self._call_id, self._to, self._cseq = secrets.token_hex(8), "", 1
        self._uri = f"sip:voicebot@{self.target[0]}:{self.target[1]}"
        self._route = ""
        self._remote_rtp: tuple[str, int] | None = None
        self._next_s = 0.0

    def call(self, timeout_s: float) -> int:
        """Send an INVITE, again every half second, and return its final status; 0 when none came in time."""
        port = (self.relay or self.rtp).getsockname()[1]
        sdp = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na=sendrecv\r\n"
        )
        invite = self._request("INVITE", sdp)
        deadline_s = time.monotonic() + timeout_s
        self.invited_ns = time.time_ns()
        while time.monotonic() < deadline_s:
            with contextlib.suppress(OSError):
                self._sip.sendto(invite, self.target)
            until_s = min(deadline_s, time.monotonic() + 0.5)
            while (left_s := until_s - time.monotonic()) > 0:
                text = self._receive_sip(left_s)
                if not text.startswith("SIP/2.0") or "INVITE" not in _header(text, "CSeq"):
                    continue
                status = int(text.split()[1])
                until_s = deadline_s  # it has arrived
                if status < 200:
                    continue
                self._to = _header(text, "To")
                if status == 200 and (hops := _header(text, "Record-Route")):
                    self._route = f"Route: {', '.join(reversed(hops.split(',')))}\r\n"
                    self._uri = _header(text, "Contact").partition("<")[2].partition(">")[0]
                self._sip.sendto(self._request("ACK"), self.target)
                if status == 200:
                    self.answered_ns = time.time_ns()
                    media = re.search(r"^m=audio (\d+)", text, re.MULTILINE)
                    assert media is not None
                    self._remote_rtp = ("127.0.0.1", int(media[1]))
                    self._next_s = time.monotonic()
                return status
        return 0

    def stay(self, until: Callable[[], bool]) -> None:
        """Speak and listen until a condition holds or the far end hangs up."""
        while not self.ended and not until():
            now_s = time.monotonic()
            while now_s >= self._next_s:
                self._speak()
                self._next_s += FRAME_S
            with contextlib.suppress(OSError):
                ready, _, _ = select.select([self._sip, self.rtp], [], [], max(0.0, self._next_s - time.monotonic()))
                if self.rtp in ready:
                    self._listen()
                if self._sip in ready:
                    self._answer(self._receive_sip(0.0))

    def hang_up(self) -> None:
        """Send BYE and close."""
        if self._to and not self.ended:
            self._cseq += 1
            with contextlib.suppress(OSError):
                self._sip.sendto(self._request("BYE"), self.target)
                self._receive_sip(0.5)
        self._sip.close()
        self.rtp.close()

    def _speak(self) -> None:
        payload = self.speech[self.sent_frames * FRAME_SAMPLES :][:FRAME_SAMPLES]
        header = struct.pack("!BBHII", 0x80, _A_LAW, self.sent_frames & 0xFFFF, self.sent_frames * 160, 0xCAFE)
        assert self._remote_rtp is not None
        with contextlib.suppress(OSError):
            (self.relay or self.rtp).sendto(
                header + (payload if len(payload) == FRAME_SAMPLES else _SILENCE), self._remote_rtp
            )
        self.sent_frames += 1

    def _listen(self) -> None:
        data, extra, _, _ = self.rtp.recvmsg(2048, 128)
        if len(data) <= 12 or data[1] & 0x7F != _A_LAW:
            return
        at_ns = time.time_ns()
        for _, kind, value in extra:
            if kind == _SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("qq", value[:16])
                at_ns = seconds * 10**9 + nanoseconds
        self.packets.append(Packet(at_ns, struct.unpack("!H", data[2:4])[0], data[12:]))

    def _answer(self, text: str) -> None:
        if text.startswith("SIP/2.0") or not text:
            return
        rows = [
            row for row in text.split("\r\n") if row.lower().startswith(("via:", "from:", "to:", "call-id:", "cseq:"))
        ]
        with contextlib.suppress(OSError):
            self._sip.sendto("\r\n".join(["SIP/2.0 200 OK", *rows, "Content-Length: 0", "", ""]).encode(), self.target)
        self.ended = self.ended or text.startswith("BYE")

    def _receive_sip(self, timeout_s: float) -> str:
        try:
            ready, _, _ = select.select([self._sip], [], [], timeout_s)
            return self._sip.recv(65536).decode(errors="replace") if ready else ""
        except OSError:  # nobody listens there: an ICMP error, given to us on loopback
            time.sleep(0.02)
            return ""

    def _request(self, method: str, body: str = "") -> bytes:
        to = self._to or f"<sip:voicebot@{self.target[0]}>"
        return (
            f"{method} {self._uri} SIP/2.0\r\n{self._route}"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};branch=z9hG4bK{secrets.token_hex(6)};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{self.number}@127.0.0.1>;tag={self._call_id}\r\nTo: {to}\r\n"
            f"Call-ID: {self._call_id}\r\nCSeq: {self._cseq} {method}\r\n"
            f"Contact: <sip:{self.number}@127.0.0.1:{self._port}>\r\n"
            + ("Content-Type: application/sdp\r\n" if body else "")
            + f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def _header(text: str, name: str) -> str:
    match = re.search(rf"^{name}: *([^\r\n]*)", text, re.IGNORECASE | re.MULTILINE)
    return match[1] if match else ""


def spacing(calls: list[list[Packet]]) -> dict[str, Any]:
    """Return figures of the time between packets, in ms, and of what is missing."""
    gaps_ms, missing, packets = [], 0, 0
    for call in calls:
        times = np.array([packet.at_ns for packet in call], dtype=np.int64)
        numbers = np.array([packet.sequence for packet in call], dtype=np.int64)
        steps = np.diff(numbers) & 0xFFFF
        missing += int((steps - 1)[steps > 1].sum())
        gaps_ms.append(np.diff(times)[steps == 1] / 1e6)
        packets += len(call)
    taken = np.concatenate(gaps_ms)
    return {
        "packets": packets,
        "p50_ms": round(float(np.percentile(taken, 50)), 2),
        "p95_ms": round(float(np.percentile(taken, 95)), 2),
        "p99_ms": round(float(np.percentile(taken, 99)), 2),
        "max_ms": round(float(taken.max()), 2),
        "over_40_ms_percent": round(100 * float((taken > 40).mean()), 4),
        "sequence_gaps": missing,
    }
