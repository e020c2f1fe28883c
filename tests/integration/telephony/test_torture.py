"""RFC 4475 against a real worker: each message gets what it may be answered, and nothing is left behind."""

import asyncio
import contextlib
import os
import re
import socket
from typing import Any

import numpy as np
import pytest

from benchmarks.hostile.rfc4475 import Torture, messages
from engine.calls import LineEnded, PlayoutFinished

pytestmark = pytest.mark.sip

# Answers go to the source's address but to the port that Via names, hence the fixed ones; the address is ours alone.
_HOST = f"127.44.{os.getpid() >> 8 & 255}.{os.getpid() & 255 or 1}"
_PORTS = (5060, 5050)
_BRANCH = re.compile(rb"branch\s*=\s*z9hG4bK[^\s;,]+")
_ANSWER_S = 0.03


class _Peer:
    """Sends a message from port 5060 and gathers what comes back."""

    def __init__(self, sockets: list[socket.socket], target: tuple[str, int]) -> None:
        self._sockets, self._target = sockets, target
        self._probe = 0

    def send(self, data: bytes) -> None:
        self._sockets[0].sendto(data, self._target)

    async def probe(self) -> None:
        """Ask OPTIONS, from a socket of its own, and wait until it is answered: all before it has been read by then."""
        self._probe += 1
        port = self._sockets[-1].getsockname()[1]
        self._sockets[-1].sendto(
            f"OPTIONS sip:{self._target[0]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {_HOST}:{port};branch=z9hG4bKprobe{self._probe}\r\n"
            f"From: <sip:probe@{_HOST}>;tag=p\r\nTo: <sip:bot@{self._target[0]}>\r\nCall-ID: probe-{self._probe}\r\n"
            f"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n".encode(),
            self._target,
        )
        async with asyncio.timeout(1.0):
            answer = b""
            while f"probe-{self._probe}".encode() not in answer:
                answer = await asyncio.get_running_loop().sock_recv(self._sockets[-1], 65536)
        assert answer.startswith(b"SIP/2.0 200")

    async def answer(self) -> bytes:
        """Return the next answer that is more than 100, or nothing."""
        loop = asyncio.get_running_loop()
        readers = [asyncio.create_task(loop.sock_recv(one, 65536)) for one in self._sockets[:-1]]
        done, late = await asyncio.wait(readers, timeout=_ANSWER_S, return_when=asyncio.FIRST_COMPLETED)
        for task in late:
            task.cancel()
        answer = next(iter(done)).result() if done else b""
        return await self.answer() if answer.startswith(b"SIP/2.0 100") else answer

    def acknowledge(self, invite: bytes, answer: bytes) -> None:
        """Confirm a final answer to an INVITE, so that it is not repeated."""
        head = answer.partition(b"\r\n\r\n")[0]
        taken = [row for row in head.split(b"\r\n")[1:] if re.match(rb"(via|from|to|call-id)\s*:", row, re.IGNORECASE)]
        number = re.search(rb"^cseq\s*:\s*(\d+)", head, re.IGNORECASE | re.MULTILINE)
        assert number is not None
        first = b"ACK " + invite.split(b" ", 1)[1].split(b"\r\n", 1)[0]
        self.send(b"\r\n".join([first, *taken, b"CSeq: %s ACK" % number[1], b"Content-Length: 0", b"", b""]))


def _with_a_branch_of_its_own(message: Torture) -> bytes:
    """The RFC uses some branches again and again; the second message would pass for the first one's repeat."""
    return _BRANCH.sub(lambda found: found[0] + b"-" + message.name.encode(), message.data, count=1)


@contextlib.contextmanager
def _sockets() -> Any:
    with contextlib.ExitStack() as stack:
        made = []
        for port in (*_PORTS, 0):
            one = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            one.setblocking(False)
            one.bind((_HOST, port))
            made.append(one)
        yield made


async def _observed(peer: _Peer, message: Torture) -> int:
    """Send a message, see that the worker answers others, and return its first answer; 0 for silence."""
    data = _with_a_branch_of_its_own(message)
    peer.send(data)
    await peer.probe()
    answer = await peer.answer()
    status = int(answer.split(b" ")[1]) if answer else 0
    while answer and data.startswith(b"INVITE"):
        if int(answer.split(b" ")[1]) >= 200:
            peer.acknowledge(data, answer)
        answer = await peer.answer()
    return status


def test_every_torture_message_gets_what_it_may_be_answered(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """All 49, each followed by OPTIONS; then as many real calls as there are channels, so that none can be lost."""

    async def scenario() -> None:
        with _sockets() as sockets:
            async with station(channels=3) as bot:
                worker = bot.telephone.worker_pid
                peer = _Peer(sockets, bot.telephone.address)
                wrong = {}
                for message in messages():
                    observed = await _observed_and_declined(bot, peer, message)
                    if observed not in message.expected:
                        wrong[message.name] = observed, message.expected
                assert not wrong
                await sip_tools.eventually(lambda: not bot.telephone.lines)
                assert bot.telephone.worker_pid == worker
                await _calls_with_audio(bot, raw_phone, sip_tools)

    asyncio.run(scenario())


async def _observed_and_declined(bot: Any, peer: _Peer, message: Torture) -> int:
    """The same, while the bot declines whatever reaches it as a call."""

    async def decline() -> None:
        while True:
            line = await bot.inbound.get()
            await line.hang_up()

    declining = asyncio.create_task(decline())
    try:
        return await _observed(peer, message)
    finally:
        declining.cancel()


async def _calls_with_audio(bot: Any, raw_phone: Any, sip_tools: Any) -> None:
    async with contextlib.AsyncExitStack() as stack:
        talking = []
        for _ in range(3):
            phone = await stack.enter_async_context(raw_phone(bot.telephone.address))
            phone.call, phone.remote_tag = f"after-torture-{len(talking)}", ""
            line = await sip_tools.answered(bot, phone)
            talking.append((phone, line))
        for phone, line in talking:
            line.play(np.full(1600, 6000, dtype=np.int16))
            await sip_tools.until(line, PlayoutFinished)
            assert len(phone.arrived()) >= 10
            phone.request("BYE")
            await sip_tools.until(line, LineEnded)
