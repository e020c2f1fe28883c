"""A whole handover over real SIP and RTP: caller, bot and person are three telephones, and both legs are recorded."""

import asyncio
import contextlib
import re
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audio import AudioClip, read_wav, write_wav
from engine.calls import CallClosed, CallEvent, CallOpened, CallRequest, Disposition, EndCause, LineEnded, Turn
from engine.clock import SystemClock
from engine.desk import CallDesk, refuse
from engine.dialog import Briefing, Ending, Line, Move
from engine.handover import Colleague, TransferPlan, Way
from engine.services import Services
from engine.speech import Language, Transcript
from telephony.recorder import StereoRecorder
from telephony.settings import SipSettings
from telephony.sip_telephone import SipTelephone

pytestmark = pytest.mark.sip

RING_BACK = {400, 450}
CONNECTING, ABSENT, INVITATION, SUMMARY = 600, 650, 700, 800
CALLER, PERSON = 1000, 1500


def tone(duration_s: float, hz: float) -> np.ndarray:
    """Return a loud tone."""
    times = np.arange(round(duration_s * 8000)) / 8000
    return (8000 * np.sin(2 * np.pi * hz * times)).astype(np.int16)


def pitches(samples: np.ndarray) -> set[int]:
    """Return the pitches, to the nearest 50 Hz, that at least a fifth of a second is loud of."""
    found: dict[int, int] = {}
    for frame in samples[: len(samples) // 160 * 160].reshape(-1, 160):
        if np.abs(frame.astype(int)).max() > 3000:
            pitch = 50 * int(np.argmax(np.abs(np.fft.rfft(frame))))
            found[pitch] = found.get(pitch, 0) + 1
    return {pitch for pitch, frames in found.items() if frames >= 10}


def linear(code: int) -> int:
    """Decode one A-law octet (ITU-T G.711, table 2)."""
    code ^= 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    value = (mantissa << 4) + 8 if not exponent else ((mantissa << 4) + 0x108) << (exponent - 1)
    return value if code & 0x80 else -value


LINEAR = np.array([linear(code) for code in range(256)])


def alaw(samples: np.ndarray) -> bytes:
    """Encode: the octet whose value is nearest."""
    return np.abs(LINEAR[None, :] - samples[:, None].astype(int)).argmin(axis=1).astype(np.uint8).tobytes()


def decoded(packets: list[bytes]) -> np.ndarray:
    """Return the audio of RTP packets of A-law."""
    return LINEAR[np.frombuffer(b"".join(p[12:] for p in packets if p[1] & 0x7F == 8), np.uint8)].astype(np.int16)


class HandsOver:
    """Says that it connects, and hands over; says good-bye where nobody took the call."""

    scenario, scenario_hash, scenario_version, language = "hands_over", "0", "", Language.ENGLISH

    def begin(self) -> Move:
        return self._end(CONNECTING, transfer=True)

    def unreached(self) -> Move:
        return self._end(ABSENT, transfer=False)

    def briefing(self, language: Language) -> Briefing:
        return Briefing(Line(str(INVITATION), language, "invitation"), (Line(str(SUMMARY), language, "summary"),), "v")

    def upcoming(self) -> Sequence[Line]:
        return ()

    def reply(self, heard: Transcript) -> Move:
        raise AssertionError("nothing is heard")

    foresee = no_input = completes = unfinished = backchannel = reply

    def _end(self, hz: int, *, transfer: bool) -> Move:
        line = Line(str(hz), Language.ENGLISH, "words")
        return Move("end", (line,), None, Ending(Disposition.OPERATOR, transfer=transfer), Language.ENGLISH)


class Tones:
    """Speaks a line as a tone of the pitch that its text names."""

    def prepare(self, lines: Sequence[Line], within_s: float) -> None:
        pass

    async def clip(self, line: Line) -> AudioClip:
        return AudioClip(tone(0.5, float(line.text)))

    def forget(self, lines: Sequence[Line]) -> None:
        pass


class Deaf:
    """An ear that hears nothing."""

    def open(self, *about: Any) -> "Deaf":
        return self

    def listen_in(self, language: Language) -> bool:
        return True

    def press(self, digit: str, at_s: float) -> None:
        pass

    def close(self) -> None:
        pass


@dataclass
class Rows:
    """A store in lists."""

    begins: list[CallOpened] = field(default_factory=list)
    ends: list[CallClosed] = field(default_factory=list)
    events: list[CallEvent] = field(default_factory=list)

    def opened(self, call: CallOpened) -> None:
        self.begins.append(call)

    def event(self, event: CallEvent) -> None:
        self.events.append(event)

    def turn(self, turn: Turn) -> None:
        pass

    async def closed(self, call: CallClosed) -> None:
        self.ends.append(call)

    def kinds(self, call_id: str) -> list[str]:
        return [event.kind for event in self.events if event.call_id == call_id]


@dataclass
class Bot:
    """A bot that calls and hands over at once."""

    telephone: SipTelephone
    desk: CallDesk
    rows: Rows
    folder: Path
    request: Callable[[str, str], CallRequest]

    def call(self, address: tuple[str, int]) -> "asyncio.Task[CallClosed]":
        host, port = address
        return asyncio.create_task(self.desk.call(self.request("call", f"sip:debtor@{host}:{port}")))

    def recording(self, call_id: str) -> tuple[set[int], set[int]]:
        """Return the pitches on the left and on the right channel."""
        (path,) = self.folder.rglob(f"{call_id}.wav")
        samples, _ = read_wav(path)
        return pitches(samples[:, 0]), pitches(samples[:, 1])


class Loopback:
    """Allows every address that is given."""

    def allow(self, destination: str, time_zone: str) -> str:
        return destination


@pytest.fixture
def bot(tmp_path: Path, sip_tools: Any) -> Callable[..., Any]:
    """Make a bot whose callers are handed over to one address."""

    @contextlib.asynccontextmanager
    async def make(target: tuple[str, int], **plan: Any) -> AsyncIterator[Bot]:
        host, port = target
        plan = {"way": Way.BRIDGE, "accept_s": 10.0, "language": Language.ENGLISH, **plan}
        people = TransferPlan((Colleague("operators", f"sip:operators@{host}:{port}"),), **plan)
        rows, recorder = Rows(), StereoRecorder()
        services = Services(Deaf(), Tones(), rows, SystemClock(), transfer=people)  # type: ignore[arg-type]
        settings = SipSettings(sip_port=0, rtp_port_min=24000, rtp_port_max=24199)
        telephone = SipTelephone(settings, Loopback(), tmp_path / "run-bot")
        desk = CallDesk(
            telephone,
            recorder,
            services,
            recordings=tmp_path / "recordings",
            open_dialog=lambda request: HandsOver(),  # type: ignore[arg-type]
            meet=refuse,
        )
        await telephone.start(desk.receive, [recorder])
        try:
            yield Bot(telephone, desk, rows, tmp_path / "recordings", sip_tools.request)
        finally:
            await telephone.stop()
            await desk.settle(5.0)
            recorder.stop()

    return make


async def answer(station: Any) -> Any:
    """Answer the next call to a station, and return its line."""
    line = await station.next_inbound()
    await line.answer()
    return line


def test_a_bridged_caller_talks_with_a_person_who_was_told_about_the_call(
    bot: Any, station: Any, raw_phone: Any, sip_tools: Any
) -> None:
    """Ring-back, invitation, key, summary, both voices both ways, both in both recordings; one end ends the other."""

    async def scenario() -> None:
        async with station() as debtor, raw_phone(("127.0.0.1", 9)) as desk, bot((desk.host, desk.port)) as one:
            desk.target = one.telephone.address
            calling = one.call(debtor.telephone.address)
            caller = await answer(debtor)
            invite = await desk.method("INVITE")
            desk.reply(invite, "180 Ringing")
            await asyncio.sleep(0.5)
            desk.reply(invite, "200 OK", desk.sdp())
            await desk.method("ACK")
            await asyncio.sleep(0.8)
            assert INVITATION in pitches(decoded(desk.arrived()))
            assert RING_BACK & pitches(np.concatenate(debtor.tape.heard[caller.channel]))
            await desk.press(1, events_in(invite.body))
            await sip_tools.eventually(lambda: "joined" in one.rows.kinds("call-1"))
            assert SUMMARY in pitches(decoded(desk.arrived()))

            caller.play(tone(1.0, CALLER))
            mark = len(debtor.tape.heard[caller.channel])
            for frame in tone(1.0, PERSON).reshape(-1, 160):
                desk.rtp(alaw(frame))
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.3)
            assert pitches(decoded(desk.arrived())) == {CALLER}
            assert pitches(np.concatenate(debtor.tape.heard[caller.channel][mark:])) == {PERSON}

            await caller.hang_up()
            await desk.method("BYE")
            closed = await asyncio.wait_for(calling, 10)
            assert closed.disposition is Disposition.OPERATOR
            await sip_tools.eventually(lambda: len(one.rows.ends) == 2)
            assert {end.disposition for end in one.rows.ends} == {Disposition.OPERATOR, Disposition.CONNECTED}
            left, right = one.recording("call")
            assert {CONNECTING, PERSON} <= left <= {CONNECTING, PERSON, *RING_BACK}
            assert right == {CALLER}
            assert one.recording("call-1") == ({INVITATION, SUMMARY, CALLER}, {PERSON})

    asyncio.run(scenario())


def test_a_caller_whom_nobody_takes_hears_the_bot_again(bot: Any, station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """On the same call, and both records say how it went."""

    async def scenario() -> None:
        async with station() as debtor, raw_phone(("127.0.0.1", 9)) as desk, bot((desk.host, desk.port)) as one:
            desk.target = one.telephone.address
            calling = one.call(debtor.telephone.address)
            caller = await answer(debtor)
            desk.reply(await desk.method("INVITE"), "486 Busy Here")
            await asyncio.wait_for(calling, 10)
            assert (await sip_tools.until(caller, LineEnded))[0].cause is EndCause.REMOTE_HANGUP
            assert pitches(np.concatenate(debtor.tape.heard[caller.channel])) >= {CONNECTING, ABSENT}
            assert "transfer_failed" in one.rows.kinds("call")
            assert {end.call_id for end in one.rows.ends} == {"call", "call-1"}

    asyncio.run(scenario())


@pytest.mark.full
def test_a_caller_who_hangs_up_stops_the_persons_telephone(
    bot: Any, station: Any, raw_phone: Any, sip_tools: Any
) -> None:
    """It gets CANCEL, and nothing is left up."""

    async def scenario() -> None:
        async with station() as debtor, raw_phone(("127.0.0.1", 9)) as desk, bot((desk.host, desk.port)) as one:
            desk.target = one.telephone.address
            calling = one.call(debtor.telephone.address)
            caller = await answer(debtor)
            invite = await desk.method("INVITE")
            desk.reply(invite, "180 Ringing")
            await sip_tools.eventually(lambda: "ringing" in one.rows.kinds("call-1"))
            await caller.hang_up()
            cancel = await desk.method("CANCEL")
            desk.reply(cancel, "200 OK")
            desk.reply(invite, "487 Request Terminated")
            await asyncio.wait_for(calling, 10)
            await sip_tools.eventually(lambda: len(one.rows.ends) == 2)
            assert {end.disposition for end in one.rows.ends} == {Disposition.OPERATOR, Disposition.CANCELLED}
            assert one.telephone.lines == ()

    asyncio.run(scenario())


@pytest.mark.parametrize("takes", [pytest.param(True, marks=pytest.mark.full), False])
def test_a_trunk_that_takes_no_refer_is_bridged(bot: Any, raw_phone: Any, sip_tools: Any, takes: bool) -> None:
    """The same setting serves both: the far end decides, and its last word on the REFER ends our call."""

    async def scenario() -> None:
        async with (
            raw_phone(("127.0.0.1", 9)) as trunk,
            raw_phone(("127.0.0.1", 9)) as desk,
            bot((desk.host, desk.port), way=Way.AUTO) as one,
        ):
            trunk.target = desk.target = one.telephone.address
            calling = one.call((trunk.host, trunk.port))
            invite = await trunk.method("INVITE")
            trunk.call = invite.header("Call-ID")
            trunk.reply(invite, "200 OK", trunk.sdp())
            await trunk.method("ACK")
            refer = await trunk.method("REFER")
            assert f"{desk.host}:{desk.port}" in refer.header("Refer-To")
            if takes:
                trunk.reply(refer, "202 Accepted")
                for report, state in (("100 Trying", "active"), ("200 OK", "terminated;reason=noresource")):
                    notify(trunk, refer, report, state)
                await trunk.method("BYE")
                await asyncio.wait_for(calling, 10)
                assert [end.call_id for end in one.rows.ends] == ["call"]
                assert "transferred" in one.rows.kinds("call")
            else:
                trunk.reply(refer, "405 Method Not Allowed")
                await desk.method("INVITE")

    asyncio.run(scenario())


_ENGINE = """
import asyncio, sys
from pathlib import Path
from engine.calls import Answered
from telephony.settings import SipSettings, WorkerSettings
from telephony.sip_telephone import SipTelephone

async def main(run, apology, target):
    telephone = SipTelephone(
        SipSettings(sip_port=0, rtp_port_min=24200, rtp_port_max=24399),
        None,
        Path(run),
        WorkerSettings(apology=Path(apology), engine_silence_s=1.5),
    )
    inbound = asyncio.Queue()
    await telephone.start(inbound.put_nowait, [])
    print(telephone.address[1], flush=True)
    line = await inbound.get()
    await line.answer()
    people = [await telephone.consult(target, beside=line, call_id=name, ring_s=30.0) for name in ("talks", "rings")]
    while not isinstance(await people[0].next_event(), Answered):
        pass
    line.join(people[0])
    print("joined", flush=True)
    await asyncio.sleep(60)

asyncio.run(main(*sys.argv[1:]))
"""


def test_an_engine_that_dies_leaves_nobody_on_the_line(station: Any, sip_tools: Any, tmp_path: Path) -> None:
    """Caller and person, who talk, hear the apology instead of each other, and whose telephone rings, rings no more."""
    apology = tmp_path / "apology.wav"
    write_wav(apology, tone(1.0, 2000))

    async def scenario() -> None:
        async with station() as debtor, station() as desk:
            target = f"sip:operators@127.0.0.1:{desk.telephone.address[1]}"
            command = [sys.executable, "-c", _ENGINE, str(tmp_path / "engine"), str(apology), target]
            engine = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            assert engine.stdout is not None
            debtor.permission.target = ("127.0.0.1", int(await engine.stdout.readline()))
            caller = await debtor.dial()
            person = await answer(desk)
            rings = await desk.next_inbound()
            assert await engine.stdout.readline() == b"joined\n"
            caller.play(tone(20.0, CALLER))
            await asyncio.sleep(0.5)
            engine.kill()
            await engine.wait()
            for line, tape in ((caller, debtor.tape), (person, desk.tape)):
                assert (await sip_tools.until(line, LineEnded))[0].cause is EndCause.REMOTE_HANGUP
                assert 2000 in pitches(np.concatenate(tape.heard[line.channel]))
            assert CALLER in pitches(np.concatenate(desk.tape.heard[person.channel]))
            assert (await sip_tools.until(rings, LineEnded))[0].cause is EndCause.CANCELLED

    asyncio.run(scenario())


def events_in(sdp: str) -> int:
    """Return the payload type that an SDP gives to telephone events."""
    match = re.search(r"a=rtpmap:(\d+) telephone-event/8000", sdp)
    assert match is not None
    return int(match[1])


def notify(phone: Any, refer: Any, status: str, state: str) -> None:
    """Report how the call goes that a REFER asked for, within the dialog of a call that came to the phone."""
    phone.cseq += 1
    body = f"SIP/2.0 {status}\r\n"
    phone.send(
        f"NOTIFY sip:bot@{phone.target[0]}:{phone.target[1]} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {phone.host}:{phone.port};branch=z9hG4bKnotify{phone.cseq};rport\r\nMax-Forwards: 70\r\n"
        f"From: {refer.header('To')}\r\nTo: {refer.header('From')}\r\nCall-ID: {refer.header('Call-ID')}\r\n"
        f"CSeq: {phone.cseq} NOTIFY\r\nContact: <sip:raw@{phone.host}:{phone.port}>\r\nEvent: refer\r\n"
        f"Subscription-State: {state}\r\nContent-Type: message/sipfrag;version=2.0\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
