"""Stations (our telephony with its own worker) and a telephone of bare sockets, for tests over real SIP and RTP."""

import asyncio
import contextlib
import itertools
import re
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np
import pytest

from engine.accounts import Account, Money, Person
from engine.audio import AudioBatch
from engine.calls import Answered, CallRequest, LineEnded, LineEvent
from engine.errors import DialRefused
from engine.ports import CallLine
from engine.speech import Language
from telephony.settings import FleetSettings, SipSettings, WorkerSettings
from telephony.sip_telephone import SipTelephone

WAIT_S = 15.0
_ranges = itertools.count(20000, 100)
_serial = itertools.count(1)
_E = TypeVar("_E")


class Permission:
    """Allows every number, at an address that the test sets."""

    def __init__(self) -> None:
        self.target = ("127.0.0.1", 9)
        self.uri: str | None = None
        self.refusal: str | None = None
        self.through_trunks = False

    def allow(self, destination: str, time_zone: str) -> str:
        if self.refusal:
            raise DialRefused(self.refusal)
        if self.through_trunks:
            return destination
        return self.uri or f"sip:{destination}@{self.target[0]}:{self.target[1]}"


class Tape:
    """A sink that keeps every frame by channel."""

    def __init__(self) -> None:
        self.heard: dict[int, list[np.ndarray]] = {}
        self.spoken: dict[int, list[np.ndarray]] = {}
        self.ticks: dict[int, list[int]] = {}

    def accept(self, batch: AudioBatch) -> None:
        for row, channel in enumerate(batch.channels.tolist()):
            self.ticks.setdefault(channel, []).append(int(batch.ticks[row]))
            self.heard.setdefault(channel, []).append(batch.heard[row].copy())
            self.spoken.setdefault(channel, []).append(batch.spoken[row].copy())


@dataclass
class Station:
    """Our telephony, up and running."""

    telephone: SipTelephone
    permission: Permission
    tape: Tape
    run_directory: Path
    inbound: "asyncio.Queue[CallLine]" = field(default_factory=asyncio.Queue)

    async def next_inbound(self) -> Any:
        return await asyncio.wait_for(self.inbound.get(), WAIT_S)

    async def dial(self, destination: str = "77010000001", call_id: str = "") -> Any:
        return await self.telephone.dial(request(call_id or f"call-{next(_serial)}", destination))

    async def call(self, other: "Station") -> tuple[Any, Any]:
        """Call another station, let it answer, and return both lines once they are up."""
        self.permission.target = other.telephone.address
        mine = await self.dial()
        theirs = await other.next_inbound()
        await theirs.answer()
        return mine, theirs


def request(call_id: str, destination: str) -> CallRequest:
    """Return an order to call somebody."""
    person = Person("Full Name", "Name", Language.ENGLISH, "77010000001")
    account = Account(
        "a-1", person, "the bank", {Language.ENGLISH: "loan"}, Money.of(1), 3, date(2026, 1, 1), Money.of(1)
    )
    return CallRequest(call_id, destination, account, "demo", Language.ENGLISH)


async def until(line: CallLine, kind: type[_E]) -> tuple[_E, list[LineEvent]]:
    """Return the next event of a kind, and all before it."""
    before: list[LineEvent] = []
    while True:
        event = await asyncio.wait_for(line.next_event(), WAIT_S)
        if isinstance(event, kind):
            return event, before
        assert not isinstance(event, LineEnded), f"ended with {event} after {before}, waiting for {kind.__name__}"
        before.append(event)


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110 - what it waits for changes in another process
            await asyncio.sleep(0.02)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[bytes, Any]] = asyncio.Queue()
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.queue.put_nowait((data, addr))


@dataclass
class Packet:
    """A SIP message that arrived."""

    text: str

    @property
    def status(self) -> int:
        return int(self.text.split(" ", 2)[1]) if self.text.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return "" if self.status else self.text.split(" ", 1)[0]

    @property
    def body(self) -> str:
        return self.text.partition("\r\n\r\n")[2]

    def header(self, name: str) -> str:
        match = re.search(rf"^{name}\s*:\s*(.*?)\r?$", self.text, re.IGNORECASE | re.MULTILINE)
        return match[1] if match else ""


class RawPhone:
    """A telephone of bare UDP sockets: it does what the test says and nothing else, and so can misbehave."""

    def __init__(self, sip: _Datagrams, rtp: _Datagrams, target: tuple[str, int]) -> None:
        self._sip, self._rtp, self.target = sip, rtp, target
        self.host, self.port = sip.transport.get_extra_info("sockname")
        self.rtp_port = rtp.transport.get_extra_info("sockname")[1]
        self.call = f"raw-{next(_serial)}"
        self.cseq = 0
        self.remote_tag = ""
        self.branch = ""
        self.routes: list[str] = []
        self.remote_uri = ""
        self._sequence = 0
        self.remote_rtp: tuple[str, int] | None = None

    def sdp(self, payloads: str = "8 101", direction: str = "sendrecv", version: int = 1) -> str:
        return (
            f"v=0\r\no=- 1 {version} IN IP4 {self.host}\r\ns=-\r\nc=IN IP4 {self.host}\r\nt=0 0\r\n"
            f"m=audio {self.rtp_port} RTP/AVP {payloads}\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
            f"a={direction}\r\n"
        )

    def request(
        self,
        method: str,
        body: str = "",
        *,
        kind: str = "application/sdp",
        same: bool = False,
        extra: str = "",
        uri: str = "",
    ) -> None:
        """Send a request of the call; ``same`` repeats CSeq and branch, as ACK to a failure and CANCEL must."""
        if not same and method != "ACK":
            self.cseq += 1
        if not same:
            self.branch = f"z9hG4bK{next(_serial)}"
        to = f"<sip:bot@{self.target[0]}>" + (
            f";tag={self.remote_tag}" if self.remote_tag and method != "CANCEL" else ""
        )
        uri = uri or f"sip:bot@{self.target[0]}:{self.target[1]}"
        if self.remote_tag and self.routes and not same:
            uri = self.remote_uri
            extra += f"Route: {', '.join(self.routes)}\r\n"
        self.send(
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.host}:{self.port};branch={self.branch};rport\r\nMax-Forwards: 70\r\n"
            f"From: <sip:77015550000@{self.host}>;tag=raw\r\nTo: {to}\r\nCall-ID: {self.call}\r\n"
            f"CSeq: {self.cseq} {method}\r\nContact: <sip:raw@{self.host}:{self.port}>\r\n{extra}"
            + (f"Content-Type: {kind}\r\n" if body else "")
            + f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def reply(self, request: Packet, status: str, body: str = "", extra: str = "") -> None:
        """Answer a request, the same To tag always."""
        to = request.header("To")
        to = to if "tag=" in to else f"{to};tag=raw"
        way = "".join(f"{row}\r\n" for row in request.text.split("\r\n") if row.lower().startswith("via:"))
        self.send(
            f"SIP/2.0 {status}\r\n{way}From: {request.header('From')}\r\nTo: {to}\r\n"
            f"Call-ID: {request.header('Call-ID')}\r\nCSeq: {request.header('CSeq')}\r\n"
            f"Contact: <sip:raw@{self.host}:{self.port}>\r\n{extra}"
            + ("Content-Type: application/sdp\r\n" if body else "")
            + f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def send(self, text: str) -> None:
        self._sip.transport.sendto(text.encode(), self.target)

    async def packet(self, wanted: Callable[[Packet], bool]) -> Packet:
        """Return the next packet that is wanted; others are dropped."""
        async with asyncio.timeout(WAIT_S):
            while True:
                data, _ = await self._sip.queue.get()
                packet = Packet(data.decode())
                if packet.body.startswith("v=0"):
                    self._note_rtp(packet.body)
                if tag := re.search(r"tag=([^;\s]+)", packet.header("To")):
                    self.remote_tag = tag[1] if packet.status else self.remote_tag
                if packet.status // 100 == 2 and packet.header("CSeq").endswith("INVITE"):
                    self._note_route(packet)
                if wanted(packet):
                    return packet

    async def status(self, method: str = "INVITE", least: int = 200) -> Packet:
        """Return the next response to a method with at least that status."""
        return await self.packet(lambda p: p.status >= least and p.header("CSeq").endswith(method))

    async def method(self, method: str) -> Packet:
        """Return the next request of a method."""
        return await self.packet(lambda p: p.method == method)

    async def newest(self, method: str) -> Packet:
        """Return the next request of a method that arrives after all that wait already."""
        await self.rest()
        return await self.method(method)

    async def rest(self, within_s: float = 0.5) -> list[Packet]:
        """Return what has arrived and what arrives in a little while."""
        packets = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while True:
                    data, _ = await self._sip.queue.get()
                    packets.append(Packet(data.decode()))
        return packets

    async def talk(self, body: str | None = None) -> None:
        """Send an INVITE and acknowledge the answer, which someone else must cause."""
        self.request("INVITE", self.sdp() if body is None else body)
        assert (await self.status()).status == 200
        self.request("ACK")

    def rtp(self, payload: bytes, *, kind: int = 8, marker: bool = False, stamp: int | None = None) -> None:
        """Send one RTP packet."""
        assert self.remote_rtp is not None
        self._sequence += 1
        head = struct.pack(
            "!BBHII", 0x80, kind | (0x80 if marker else 0), self._sequence, stamp or self._sequence * 160, 0xCAFE
        )
        self._rtp.transport.sendto(head + payload, self.remote_rtp)

    async def press(self, event: int, kind: int = 101) -> None:
        """Press a key by RFC 4733: three packets of one event, three times its end.

        Args:
            event: the key.
            kind: payload type that the other side has given to telephone events.
        """
        stamp = (self._sequence + 1) * 160
        for step, end in enumerate((0, 0, 0, 0x80, 0x80, 0x80)):
            duration = 160 * (min(step, 3) + 1)
            self.rtp(struct.pack("!BBH", event, end | 10, duration), kind=kind, marker=step == 0, stamp=stamp)
            await asyncio.sleep(0.02)

    def waiting(self) -> int:
        """Return how many SIP messages have arrived and were not asked for yet."""
        return self._sip.queue.qsize()

    def arrived(self) -> list[bytes]:
        """Return the RTP packets that have arrived since the last time."""
        packets = []
        while not self._rtp.queue.empty():
            packets.append(self._rtp.queue.get_nowait()[0])
        return packets

    def _note_route(self, answer: Packet) -> None:
        """Keep the way through proxies, nearest first, where there are any (RFC 3261 section 12.1.2)."""
        rows = re.findall(r"^Record-Route\s*:\s*(.*?)\r?$", answer.text, re.IGNORECASE | re.MULTILINE)
        self.routes = [hop.strip() for hop in reversed(",".join(rows).split(",")) if hop.strip()]
        contact = re.search(r"<([^>]+)>", answer.header("Contact"))
        self.remote_uri = contact[1] if contact else ""

    def _note_rtp(self, body: str) -> None:
        port = re.search(r"^m=audio (\d+)", body, re.MULTILINE)
        if port:
            self.remote_rtp = ("127.0.0.1", int(port[1]))


@pytest.fixture
def station(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Station]]:
    """Make stations, each with its workers, free SIP ports and RTP ports of its own."""
    runs = itertools.count(1)

    @contextlib.asynccontextmanager
    async def make(
        worker: dict[str, Any] | None = None, fleet: FleetSettings | None = None, **sip: Any
    ) -> AsyncIterator[Station]:
        first = 20000 + (next(_ranges) - 20000) % 20000
        values = {"sip_port": 0, "rtp_port_min": first, "rtp_port_max": first + 99, **sip}
        run = tmp_path / f"run{next(runs)}"  # short: its sockets' paths may have 107 bytes
        permission, tape = Permission(), Tape()
        supervision = WorkerSettings(**(worker or {}))
        permission.through_trunks = bool(values.get("trunks"))
        telephone = SipTelephone(SipSettings(**values), permission, run, supervision, fleet)
        made = Station(telephone, permission, tape, run)
        await telephone.start(made.inbound.put_nowait, [tape])
        try:
            yield made
        finally:
            await telephone.stop()

    return make


@pytest.fixture
def raw_phone() -> Callable[..., AbstractAsyncContextManager[RawPhone]]:
    """Make raw telephones that talk to an address."""

    @contextlib.asynccontextmanager
    async def make(target: tuple[str, int] = ("127.0.0.1", 9), host: str = "127.0.0.1") -> AsyncIterator[RawPhone]:
        loop = asyncio.get_running_loop()
        _, sip = await loop.create_datagram_endpoint(_Datagrams, (host, 0), family=socket.AF_INET)
        _, rtp = await loop.create_datagram_endpoint(_Datagrams, (host, 0), family=socket.AF_INET)
        try:
            yield RawPhone(sip, rtp, target)
        finally:
            sip.transport.close()
            rtp.transport.close()

    return make


async def answered(bot: Any, phone: Any) -> CallLine:
    """Call a bot by a raw phone, let it answer, and return its line."""
    phone.request("INVITE", phone.sdp())
    line: CallLine = await bot.next_inbound()
    await line.answer()
    assert (await phone.status()).status == 200
    phone.request("ACK")
    await until(line, Answered)
    return line


@pytest.fixture
def sip_tools() -> SimpleNamespace:
    """The helpers that tests share, since no test imports another module of tests."""
    return SimpleNamespace(until=until, eventually=eventually, answered=answered, request=request)
