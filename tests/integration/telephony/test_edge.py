"""The real Kamailio between a trunk of bare sockets and two real media workers."""

import asyncio
import contextlib
import getpass
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from engine.calls import Answered, EndCause, LineEnded
from telephony.edge.files import kamailio_program
from telephony.edge.kamailio import CONFIGURATION, configuration
from telephony.edge.settings import EdgeSettings, Endpoint, Tls

pytestmark = [
    pytest.mark.sip,
    pytest.mark.skipif(kamailio_program() is None, reason="apt-get install kamailio"),
]

TRUNK = "127.0.0.1"
STRANGER = "127.0.0.9"
FAILOVER_S = 0.5
START_S = 10.0


@dataclass
class Edge:
    """A Kamailio that runs."""

    address: tuple[str, int]
    folder: Path
    log: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        command = (str(kamailio_program()), "-f", str(self.folder / CONFIGURATION), "-DD", "-E", "-M", "4")
        with self.log.open("a") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command, "-Y", str(self.folder), stdout=log, stderr=log
            )
        deadline_s = time.monotonic() + START_S
        while self._asked("core.version").returncode:  # its control socket is there before it listens to anybody
            assert self.process.returncode is None, self.said()
            assert time.monotonic() < deadline_s, self.said()
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def command(self, *words: str) -> str:
        """Ask it over its control socket, as an operator would."""
        asked = self._asked(*words)
        assert asked.returncode == 0, asked.stderr
        return asked.stdout

    def _asked(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = ["kamcmd", "-s", f"unix:{self.folder}/kamailio_ctl", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)

    def states(self) -> dict[int, str]:
        """Return each worker's flags by port: A active, I inactive, D disabled, then P when it is probed."""
        listed = self.command("dispatcher.list")
        return {int(port): flags for port, flags in re.findall(r"URI: sip:[\d.]+:(\d+)\s+FLAGS: (\w+)", listed)}

    def loads(self) -> dict[int, int]:
        """Return how many calls each worker is thought to have, by port."""
        listed = self.command("dispatcher.list", "full")
        return {
            int(port): int(load) for port, load in re.findall(r"URI: sip:[\d.]+:(\d+).*?DLGLOAD: (\d+)", listed, re.S)
        }


def _free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


MakeEdge = Callable[..., AbstractAsyncContextManager[Edge]]


@pytest.fixture
def edge(tmp_path: Path) -> MakeEdge:
    """Start edges before workers; the trunk is 127.0.0.1 unless said otherwise."""

    @contextlib.asynccontextmanager
    async def make(*workers: tuple[str, int], **changes: Any) -> AsyncIterator[Edge]:
        port = _free_port(socket.SOCK_DGRAM)
        trunk = (IPv4Network(f"{TRUNK}/32"),)
        values = {
            "listen": Endpoint(IPv4Address("127.0.0.1"), port),
            "workers": tuple(Endpoint(IPv4Address(host), port) for host, port in workers),
            "peers": trunk,
            "trunks": trunk,
            "probe_interval_s": 1,
            "failover_ms": int(1000 * FAILOVER_S),
            "user": getpass.getuser(),
            "run_directory": tmp_path,
            "processes": 2,
            "memory_mb": 32,
        }
        for name, text in configuration(EdgeSettings(**values | changes), tmp_path).items():
            (tmp_path / name).write_text(text)
        made = Edge(("127.0.0.1", port), tmp_path, tmp_path / "kamailio.log")
        await made.start()
        try:
            yield made
        finally:
            said = made.said()  # at its end it calls its own shutting down critical
            await made.stop()
        assert not re.search(r"\b7701\d{7}", made.said()), "a telephone number was logged"
        assert " CRITICAL:" not in said

    return make


async def _invite(phone: Any, call: str) -> None:
    phone.call, phone.remote_tag = call, ""
    phone.request("INVITE", phone.sdp())


async def _up(phone: Any, call: str, *stations: Any) -> tuple[Any, Any]:
    """Call, let whichever station it is answer, and return station and line."""
    await _invite(phone, call)
    waiting = {asyncio.create_task(one.inbound.get()): one for one in stations}
    done, late = await asyncio.wait(waiting, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    for task in late:
        task.cancel()
    (first,) = done
    line = first.result()
    await line.answer()
    assert (await phone.status()).status == 200
    phone.request("ACK")
    return waiting[first], line


async def _refused(phone: Any, call: str) -> Any:
    """Call, expect a refusal, acknowledge and return it."""
    await _invite(phone, call)
    answer = await phone.status()
    phone.request("ACK", same=True)
    return answer


def test_calls_are_spread_and_end_from_either_side(
    edge: MakeEdge, station: Any, raw_phone: Any, sip_tools: Any
) -> None:
    """The second call goes to the other worker; BYE finds its way both ways; nobody is counted afterwards.

    One of the two gives its Contact by a name that nobody can look up.
    """

    async def scenario() -> None:
        async with station(channels=2) as one, station(channels=2) as two:
            both = one.telephone.address, two.telephone.address
            async with edge(*both) as front, raw_phone(front.address) as first, raw_phone(front.address) as second:
                plain = second.send
                second.send = lambda text: plain(text.replace("<sip:raw@127.0.0.1:", "<sip:raw@sbc.bank.example:"))
                for turn in range(2):
                    here, line = await _up(first, f"spread-{turn}-1", one, two)
                    there, other = await _up(second, f"spread-{turn}-2", one, two)
                    assert {id(here), id(there)} == {id(one), id(two)}
                    await sip_tools.until(line, Answered)
                    await sip_tools.until(other, Answered)
                    first.request("BYE")
                    assert (await first.status("BYE")).status == 200
                    assert (await sip_tools.until(line, LineEnded))[0].cause is EndCause.REMOTE_HANGUP
                    await other.hang_up()
                    second.reply(await second.method("BYE"), "200 OK")
                    assert (await sip_tools.until(other, LineEnded))[0].cause is EndCause.LOCAL_HANGUP
                    assert list(front.loads().values()) == [0, 0]

    asyncio.run(scenario())


def test_every_call_too_many_is_refused_and_the_others_go_on(
    edge: MakeEdge, station: Any, raw_phone: Any, sip_tools: Any
) -> None:
    """With all channels of both workers taken: 503 with Retry-After, each time; a channel that is freed is used."""

    async def scenario() -> None:
        async with station(channels=2) as one, station(channels=2) as two:
            both = one.telephone.address, two.telephone.address
            async with contextlib.AsyncExitStack() as stack:
                front = await stack.enter_async_context(edge(*both))
                phones = [await stack.enter_async_context(raw_phone(front.address)) for _ in range(4)]
                crowd = await stack.enter_async_context(raw_phone(front.address))
                calls = [await _up(phone, f"held-{n}", one, two) for n, phone in enumerate(phones)]
                assert sorted(len(there.telephone.lines) for there in (one, two)) == [2, 2]
                for number in range(8):
                    refusal = await _refused(crowd, f"excess-{number}")
                    assert (refusal.status, refusal.header("Retry-After")) == (503, "10")
                assert not any(line.ended for _, line in calls)
                assert list(front.loads().values()) == [2, 2]
                where, line = calls[2]
                phones[2].request("BYE")
                await phones[2].status("BYE")
                await sip_tools.until(line, LineEnded)
                there, _ = await _up(crowd, "after", one, two)
                assert there is where

    asyncio.run(scenario())


def test_a_killed_worker_costs_new_calls_a_moment_and_is_used_again(
    edge: MakeEdge, station: Any, raw_phone: Any, sip_tools: Any
) -> None:
    """Every call after the kill is answered by the other worker; the killed one comes back by its probe."""

    async def scenario() -> None:
        away = {"restart_delay_s": 2.0}
        async with station(worker=away, channels=3) as one, station(worker=away, channels=3) as two:
            both = one.telephone.address, two.telephone.address
            port = both[0][1]
            async with contextlib.AsyncExitStack() as stack:
                front = await stack.enter_async_context(edge(*both))
                phones = [await stack.enter_async_context(raw_phone(front.address)) for _ in range(4)]
                here, lost = await _up(phones[0], "lost", one, two)
                victim, other = (one, two) if here is one else (two, one)
                port = victim.telephone.address[1]
                there, kept = await _up(phones[1], "kept", one, two)
                assert there is other
                os.kill(victim.telephone.worker_pid, signal.SIGKILL)
                killed_s = time.monotonic()
                for number in (2, 3):
                    there, _ = await _up(phones[number], f"after-the-kill-{number}", other)
                    assert there is other
                    if number == 2:
                        assert time.monotonic() - killed_s < FAILOVER_S + 1.0
                assert not kept.ended
                assert front.states()[port].startswith("I")
                await sip_tools.until(lost, LineEnded)
                phones[0].request("BYE")  # the trunk notices at last that nobody is there
                await sip_tools.eventually(lambda: front.states()[port] == "AP")
                there, _ = await _up(phones[0], "back again", one, two)
                assert there is victim

    asyncio.run(scenario())


def test_only_the_trunk_and_the_workers_are_served(edge: MakeEdge, station: Any, raw_phone: Any) -> None:
    """Strangers are refused, scanners get no answer, and nothing is passed on to where nobody of ours is."""

    async def scenario() -> None:
        async with (
            station(channels=2) as bot,
            edge(bot.telephone.address) as front,
            raw_phone(front.address) as trunk,
            raw_phone(front.address, host=STRANGER) as stranger,
            raw_phone(front.address, host="127.0.0.8") as elsewhere,
        ):
            assert (await _refused(stranger, "stranger")).status == 403
            for method in ("OPTIONS", "REGISTER"):
                stranger.remote_tag = ""
                stranger.request(method)
                assert (await stranger.status(method)).status == 403
            for phone in (trunk, stranger):
                phone.send("INVITE sip:77015550000@[ SIP/2.0\r\nVia: 77015550000\r\n\r\n")
                phone.send("77015550000 at your service\r\n\r\n")
            trunk.request("INVITE", uri="sip:77015550000@127.0.0.1:port", extra="From: <sip:77015550000\r\n")
            for scanner in (trunk, stranger):
                scanner.call, scanner.remote_tag = "scan", ""
                scanner.request("INVITE", scanner.sdp(), extra="User-Agent: Friendly-Scanner\r\n")
                scanner.request("OPTIONS", extra="User-Agent: sipvicious\r\n")
            trunk.request("OPTIONS")
            answer = await trunk.status("OPTIONS")
            assert (answer.status, answer.header("CSeq")) == (200, f"{trunk.cseq} OPTIONS")
            trunk.remote_tag = ""
            trunk.request("REGISTER")
            assert (await trunk.status("REGISTER")).status == 405

            await _up(trunk, "misused", bot)
            away = f"sip:raw@{elsewhere.host}:{elsewhere.port}"
            genuine = trunk.remote_uri
            trunk.remote_uri = away
            trunk.request("BYE")
            assert (await trunk.status("BYE")).status == 403
            trunk.remote_uri, trunk.routes = genuine, [*trunk.routes, f"<{away};lr>"]
            trunk.request("INFO")
            assert (await trunk.status("INFO")).status == 403
            trunk.routes, trunk.remote_tag, trunk.call = [], "", "open relay"
            trunk.request("INVITE", uri=away)
            assert (await trunk.status()).status == 403
            elsewhere.send(
                f"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP {front.address[0]}:{front.address[1]};branch=z9hG4bKr.0\r\n"
                f"Via: SIP/2.0/UDP {trunk.host}:{trunk.port};branch=z9hG4bKr\r\nFrom: <sip:x@y>;tag=x\r\n"
                f"To: <sip:x@y>;tag=y\r\nCall-ID: reflected\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
            )
            for phone in (stranger, elsewhere, trunk):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(phone.packet(lambda p: p.method != "BYE"), 0.3)

    asyncio.run(scenario())


def test_a_flood_is_cut_and_calls_go_on(edge: MakeEdge, station: Any, raw_phone: Any) -> None:
    """A stranger's flood gets silence after a while; the trunk's own gets 503; a call that is up is ended as always."""

    async def scenario() -> None:
        async with (
            station(channels=1) as bot,
            edge(bot.telephone.address, requests_per_s=20) as front,
            raw_phone(front.address) as trunk,
            raw_phone(front.address) as crowd,
            raw_phone(front.address, host=STRANGER) as stranger,
        ):
            await _up(trunk, "up", bot)
            for number in range(400):
                stranger.call = f"flood-{number}"
                stranger.request("OPTIONS")
                if number % 20 == 0:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)
            assert stranger.waiting() < 200
            answers = []
            for number in range(150):
                crowd.call, crowd.remote_tag = f"crowd-{number}", ""
                crowd.request("OPTIONS")
                if number % 20 == 0:
                    await asyncio.sleep(0.01)
            answers.append((await _refused(crowd, "too fast")).status)
            assert answers == [503]
            trunk.request("BYE")
            assert (await trunk.status("BYE")).status == 200
            assert "PIKE" in front.said()

    asyncio.run(scenario())


def test_a_call_that_is_given_up_or_declined_is_counted_no_more(
    edge: MakeEdge, station: Any, raw_phone: Any, sip_tools: Any
) -> None:
    """CANCEL reaches the worker and 487 the caller; a refusal of the worker's that is final is passed on."""

    async def scenario() -> None:
        async with station(channels=2) as bot, edge(bot.telephone.address) as front, raw_phone(front.address) as phone:
            await _invite(phone, "given up")
            line = await bot.next_inbound()
            await phone.status(least=180)
            phone.request("CANCEL", same=True)
            # Two processes of the edge send them: the worker's 487 may overtake the edge's own 200.
            answers = [await phone.packet(lambda packet: packet.status >= 200) for _ in range(2)]
            assert {(answer.header("CSeq").split()[1], answer.status) for answer in answers} == {
                ("CANCEL", 200),
                ("INVITE", 487),
            }
            phone.request("ACK", same=True)
            await sip_tools.until(line, LineEnded)
            await _invite(phone, "declined")
            line = await bot.next_inbound()
            await line.hang_up()
            assert (await phone.status()).status == 480
            phone.request("ACK", same=True)
            assert list(front.loads().values()) == [0]

    asyncio.run(scenario())


@contextlib.asynccontextmanager
async def _worker(phone: Any, probe: Callable[[], str]) -> AsyncIterator["asyncio.Queue[Any]"]:
    """Let bare sockets stand for a worker: OPTIONS are answered as told, what else comes is queued."""
    others: asyncio.Queue[Any] = asyncio.Queue()

    async def answer() -> None:
        while True:
            packet = await phone.packet(lambda p: True)
            if packet.method == "OPTIONS":
                phone.reply(packet, probe())
            else:
                others.put_nowait(packet)

    task = asyncio.create_task(answer())
    try:
        yield others
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def test_workers_go_and_come_by_probe_by_hand_and_by_list(
    edge: MakeEdge, station: Any, raw_phone: Any, sip_tools: Any
) -> None:
    """503 to OPTIONS takes a worker out, 200 brings it back; so do an operator's orders and a new list."""
    answer = "503 Draining"

    async def scenario() -> None:
        nonlocal answer
        async with contextlib.AsyncExitStack() as stack:
            bot = await stack.enter_async_context(station(channels=3))
            bare = await stack.enter_async_context(raw_phone(("127.0.0.1", 9), host="127.0.0.2"))
            other = (bare.host, bare.port)
            front = await stack.enter_async_context(edge(other, bot.telephone.address))
            bare.target = front.address
            caught = await stack.enter_async_context(_worker(bare, lambda: answer))
            phone = await stack.enter_async_context(raw_phone(front.address))
            bot_port = bot.telephone.address[1]
            await sip_tools.eventually(lambda: front.states()[bare.port].startswith("I"))
            await _up(phone, "while it drains", bot)
            assert caught.empty()

            answer = "200 OK"
            await sip_tools.eventually(lambda: front.states()[bare.port] == "AP")
            for code in ("500 Broken", "302 Try Elsewhere", "486 Busy Here"):
                await _invite(phone, f"now it fails with {code}")
                invite = await asyncio.wait_for(caught.get(), 5)
                bare.reply(invite, code)
                assert (await asyncio.wait_for(caught.get(), 5)).method == "ACK"
                if not code.startswith("486"):  # broken, or full: the next worker is asked
                    await (await bot.next_inbound()).hang_up()
                    assert (await phone.status()).status == 480
                else:
                    assert (await phone.status()).status == 486
                phone.request("ACK", same=True)

            front.command("dispatcher.set_state", "d", "1", f"sip:127.0.0.1:{bot_port}")
            await _invite(phone, "nobody else is left")
            bare.reply(await asyncio.wait_for(caught.get(), 5), "302 Try Elsewhere")
            assert (await asyncio.wait_for(caught.get(), 5)).method == "ACK"
            assert (await phone.status()).header("Contact") == f"<sip:raw@{bare.host}:{bare.port}>"
            phone.request("ACK", same=True)
            front.command("dispatcher.set_state", "ap", "1", f"sip:127.0.0.1:{bot_port}")

            front.command("dispatcher.set_state", "d", "1", f"sip:127.0.0.2:{bare.port}")
            await asyncio.sleep(1.2)  # a good answer to the next OPTIONS changes nothing
            assert front.states()[bare.port].startswith("D")
            there, line = await _up(phone, "taken out by hand", bot)
            assert there is bot

            rows = (front.folder / "dispatcher.list").read_text().splitlines(keepends=True)
            (front.folder / "dispatcher.list").write_text("".join(row for row in rows if str(bot_port) in row))
            front.command("dispatcher.reload")
            assert list(front.states()) == [bot_port]
            await front.stop()
            await front.start()
            phone.request("BYE")  # begun before the restart
            assert (await phone.status("BYE")).status == 200
            await sip_tools.until(line, LineEnded)

    asyncio.run(scenario())


def test_behind_nat_each_side_hears_the_address_that_it_can_reach(
    edge: MakeEdge, station: Any, raw_phone: Any, sip_tools: Any
) -> None:
    """The trunk hears the public address; workers, who could not reach that one, end their calls all the same."""
    public = "203.0.113.7"

    async def scenario() -> None:
        inner = _free_port(socket.SOCK_DGRAM)
        async with (
            station(channels=2) as bot,
            edge(bot.telephone.address, public_address=IPv4Address(public), inner_port=inner) as front,
            raw_phone(front.address) as phone,
        ):
            for hangs_up in ("bot", "phone"):
                _, line = await _up(phone, f"nat-{hangs_up}", bot)
                outer, within = phone.routes
                assert f"sip:{public}:{front.address[1]};" in outer
                assert f"sip:127.0.0.1:{inner};" in within
                await sip_tools.until(line, Answered)
                if hangs_up == "bot":
                    await line.hang_up()
                    bye = await phone.method("BYE")
                    assert f"SIP/2.0/UDP {public}:" in bye.header("Via")
                    phone.reply(bye, "200 OK")
                else:
                    phone.request("BYE")
                    assert (await phone.status("BYE")).status == 200
                await sip_tools.until(line, LineEnded)
            assert list(front.loads().values()) == [0]

    asyncio.run(scenario())


@pytest.mark.parametrize("public", [None, "203.0.113.7"])
def test_a_worker_may_call_the_trunk_and_nobody_else(edge: MakeEdge, raw_phone: Any, public: str | None) -> None:
    """A call through the edge is set up and ended from the far end; one to any other address gets 403."""
    nat = {"public_address": IPv4Address(public), "inner_port": _free_port(socket.SOCK_DGRAM)} if public else {}

    async def scenario() -> None:
        async with contextlib.AsyncExitStack() as stack:
            worker = await stack.enter_async_context(raw_phone(("127.0.0.1", 9), host="127.0.0.2"))
            front = await stack.enter_async_context(edge((worker.host, worker.port), **nat))
            worker.target = front.address[0], nat.get("inner_port", front.address[1])
            others = await stack.enter_async_context(_worker(worker, lambda: "200 OK"))
            trunk = await stack.enter_async_context(raw_phone(front.address))
            stranger = await stack.enter_async_context(raw_phone(front.address, host=STRANGER))
            way = "Route: <sip:{}:{};lr>\r\n".format(*worker.target)
            plain = trunk.send
            trunk.send = lambda text: plain(text.replace("<sip:raw@127.0.0.1:", "<sip:raw@sbc.bank.example:"))

            worker.request("INVITE", worker.sdp(), uri=f"sip:77010000001@{trunk.host}:{trunk.port}", extra=way)
            invite = await trunk.method("INVITE")
            assert not invite.header("Route")
            assert invite.header("Via").startswith(f"SIP/2.0/UDP {public or front.address[0]}:{front.address[1]};")
            rows = re.findall(r"^Record-Route: .*\r\n", invite.text, re.MULTILINE)
            trunk.reply(invite, "200 OK", trunk.sdp(), extra="".join(rows))
            answer = await asyncio.wait_for(others.get(), 5)
            while answer.status < 200:
                answer = await asyncio.wait_for(others.get(), 5)
            assert answer.status == 200
            worker.request("ACK")
            await trunk.method("ACK")
            trunk.call, trunk.remote_tag = worker.call, "raw"
            trunk.routes = [row.partition(": ")[2].strip() for row in rows]
            trunk.remote_uri = f"sip:raw@{worker.host}:{worker.port}"
            trunk.request("BYE")
            bye = await asyncio.wait_for(others.get(), 5)
            assert bye.method == "BYE"
            worker.reply(bye, "200 OK")
            assert (await trunk.status("BYE")).status == 200

            for target in (stranger, worker):
                worker.call, worker.remote_tag = f"out to {target.host}", ""
                worker.request("INVITE", worker.sdp(), uri=f"sip:1@{target.host}:{target.port}", extra=way)
                assert (await asyncio.wait_for(others.get(), 5)).status == 403
                worker.request("ACK", same=True)
            worker.remote_tag = ""
            worker.request("REGISTER", uri=f"sip:{trunk.host}:{trunk.port}")
            assert (await asyncio.wait_for(others.get(), 5)).status == 405

    asyncio.run(scenario())


def _certificate(folder: Path) -> Tls:
    """Make a certificate that signs itself, for the edge and for its callers alike."""
    certificate, key = folder / "edge.pem", folder / "edge.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=edge"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *names], check=True, capture_output=True, timeout=30)
    return Tls(_free_port(socket.SOCK_STREAM), certificate, key, authorities=certificate)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="apt-get install openssl")
@pytest.mark.skipif(
    not list(Path("/usr/lib").glob("*/kamailio/modules/tls.so")), reason="apt-get install kamailio-tls-modules"
)
def test_a_trunk_calls_over_tls(edge: MakeEdge, station: Any, tmp_path: Path, sip_tools: Any) -> None:
    """With its certificate it is answered by a worker, who speaks UDP; without one it gets no connection."""
    tls = _certificate(tmp_path)

    async def scenario() -> None:
        async with station(channels=1) as bot, edge(bot.telephone.address, tls=tls):
            context = ssl.create_default_context(cafile=str(tls.certificate))
            reader, writer = await asyncio.open_connection("127.0.0.1", tls.port, ssl=context)
            with pytest.raises((ssl.SSLError, ConnectionError, asyncio.IncompleteReadError)):
                await asyncio.wait_for(reader.readexactly(1), 30)  # in TLS 1.3 the refusal comes after the handshake
            writer.close()
            context.load_cert_chain(tls.certificate, tls.key)
            reader, writer = await asyncio.open_connection("127.0.0.1", tls.port, ssl=context)
            host, port = writer.get_extra_info("sockname")
            sdp = f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 34998 RTP/AVP 8\r\n"
            routes, to = "", "<sip:bot@127.0.0.1>"

            def send(method: str, number: int, uri: str, body: str = "") -> None:
                kind = "Content-Type: application/sdp\r\n" if body else ""
                writer.write(
                    f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/TLS {host}:{port};branch=z9hG4bKtls{number}{method}\r\n"
                    f"Max-Forwards: 70\r\nFrom: <sip:77010000001@{host}>;tag=t\r\nTo: {to}\r\nCall-ID: over-tls\r\n"
                    f"CSeq: {number} {method}\r\nContact: <sip:t@{host}:{port};transport=tls>\r\n{routes}{kind}"
                    f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
                )

            async def answer(least: int = 200) -> str:
                while True:
                    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)).decode()
                    length = re.search(r"Content-Length:\s*(\d+)", head)
                    await reader.readexactly(int(length[1]) if length else 0)
                    if int(head.split()[1]) >= least:
                        return head

            send("INVITE", 1, f"sip:bot@127.0.0.1:{tls.port};transport=tls", sdp)
            line = await bot.next_inbound()
            await line.answer()
            head = await answer()
            assert head.startswith("SIP/2.0 200")
            hops = re.findall(r"^Record-Route:\s*(.*?)\r$", head, re.M)
            assert len(hops) == 2  # one for each transport
            routes = "".join(f"Route: {hop}\r\n" for hop in reversed(hops))
            to = re.findall(r"^To:\s*(.*?)\r$", head, re.M)[0]
            contact = re.findall(r"^Contact:\s*<([^>]+)>", head, re.M)[0]
            send("ACK", 1, contact)
            await sip_tools.until(line, Answered)
            send("BYE", 2, contact)
            assert (await answer()).startswith("SIP/2.0 200")
            await sip_tools.until(line, LineEnded)
            writer.close()

    asyncio.run(scenario())
