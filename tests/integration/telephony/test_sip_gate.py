"""What the native library refuses or answers at its gate, over real SIP."""

import asyncio
import re
from typing import Any

import pytest

from engine.calls import Answered, DigitPressed, LineEnded

pj = pytest.importorskip("pjsua2")
pytestmark = [
    pytest.mark.sip,
    pytest.mark.skipif(not hasattr(pj, "SipGate"), reason="the wheel has no gate; `make native` builds one"),
]


async def _options(phone: Any) -> Any:
    """Ask OPTIONS outside of any call; what the phone had sent before has been handled when it is answered."""
    phone.remote_tag = ""
    phone.request("OPTIONS")
    return await phone.status("OPTIONS")


async def _all_sent(phone: Any) -> list[Any]:
    """Return every response that has arrived by now."""
    packets = []
    while True:
        try:
            packets.append(await asyncio.wait_for(phone.packet(lambda packet: packet.status > 0), 0.3))
        except TimeoutError:
            return packets


def test_options_tell_whether_calls_are_taken(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """200 while a channel is free, 503 with Retry-After while none is, or while calls are drained."""

    async def scenario() -> None:
        async with station(channels=1) as bot, raw_phone(bot.telephone.address) as phone:
            free = await _options(phone)
            assert free.status == 200
            assert "INVITE" in free.header("Allow")
            async with raw_phone(bot.telephone.address) as caller:
                line = await sip_tools.answered(bot, caller)
                await asyncio.sleep(0.1)
                full = await _options(phone)
                assert (full.status, full.header("Retry-After")) == (503, "10")
                caller.request("BYE")
                await sip_tools.until(line, LineEnded)
            await asyncio.sleep(0.3)  # until the call number and the slot are free again
            assert (await _options(phone)).status == 200
            await bot.telephone.drain(0.1)
            await asyncio.sleep(0.1)
            assert (await _options(phone)).status == 503

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("caller", "agent"),
    [("77015550000", "friendly-scanner"), ("77015550000", "VaxSIPUserAgent/3.1"), ("sipvicious", "x")],
)
def test_a_scanner_gets_no_answer_at_all(station: Any, raw_phone: Any, caller: str, agent: str) -> None:
    """So that it takes nobody to be here. Its call reaches nobody."""

    async def scenario() -> None:
        async with (
            station() as bot,
            raw_phone(bot.telephone.address) as phone,
            raw_phone(bot.telephone.address) as good,
        ):
            send = phone.send
            phone.send = lambda text: send(text.replace("From: <sip:77015550000@", f"From: <sip:{caller}@"))
            for method in ("OPTIONS", "INVITE", "REGISTER"):
                phone.request(method, phone.sdp(), extra=f"User-Agent: {agent}\r\n")
            assert (await _options(good)).status == 200
            assert await _all_sent(phone) == []
            assert bot.inbound.empty()

    asyncio.run(scenario())


def test_a_stranger_is_refused_whatever_it_asks_and_a_flood_in_silence(station: Any, raw_phone: Any) -> None:
    """A To tag of its own making changes nothing; nothing is said to an ACK, and to 300 requests very little."""

    async def scenario() -> None:
        async with (
            station(allowed_peers=("127.0.0.1/32",)) as bot,
            raw_phone(bot.telephone.address, host="127.0.0.9") as phone,
            raw_phone(bot.telephone.address) as good,
        ):
            for method in ("INVITE", "OPTIONS", "REGISTER", "SUBSCRIBE", "MESSAGE"):
                phone.remote_tag = ""
                phone.request(method, phone.sdp())
                assert (await phone.status(method)).status == 403
            phone.remote_tag = "madeup"
            phone.request("BYE")
            assert (await phone.status("BYE")).status == 403
            phone.request("ACK")
            for _ in range(300):
                phone.request("INVITE", phone.sdp())
            assert (await _options(good)).status == 200
            assert len(await _all_sent(phone)) < 60
            assert bot.inbound.empty()

    asyncio.run(scenario())


def test_whoever_we_call_may_end_the_call_wherever_it_is(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """A request of a dialog that we have passes, from networks that may not call us too."""

    async def scenario() -> None:
        async with (
            station(allowed_peers=("127.0.0.1/32",)) as bot,
            raw_phone(bot.telephone.address, host="127.0.0.9") as phone,
        ):
            bot.permission.target = (phone.host, phone.port)
            line = await bot.dial()
            invite = await phone.method("INVITE")
            phone.reply(invite, "200 OK", phone.sdp())
            await phone.method("ACK")
            await sip_tools.until(line, Answered)
            ours = re.search(r"tag=([^;\s]+)", invite.header("From"))
            assert ours is not None
            phone.send(
                f"BYE sip:bot@127.0.0.1 SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {phone.host}:{phone.port};branch=z9hG4bKbye;rport\r\n"
                f"Max-Forwards: 70\r\nFrom: <sip:raw@{phone.host}>;tag=raw\r\nTo: <sip:bot@127.0.0.1>;tag={ours[1]}\r\n"
                f"Call-ID: {invite.header('Call-ID')}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
            )
            assert (await phone.status("BYE")).status == 200
            await sip_tools.until(line, LineEnded)

    asyncio.run(scenario())


def test_an_answer_goes_to_nobody_but_who_asked(station: Any, raw_phone: Any) -> None:
    """A Via that asks for it to be sent to a third address is dropped."""

    async def scenario() -> None:
        async with (
            station() as bot,
            raw_phone(bot.telephone.address) as phone,
            raw_phone(bot.telephone.address, host="127.0.0.9") as victim,
        ):
            send = phone.send
            via = f"Via: SIP/2.0/UDP {phone.host}:{victim.port};maddr={victim.host};"
            phone.send = lambda text: send(text.replace(f"Via: SIP/2.0/UDP {phone.host}:{phone.port};", via))
            phone.request("OPTIONS")
            phone.send = send
            assert (await _options(phone)).status == 200
            assert await _all_sent(victim) == []

    asyncio.run(scenario())


def test_a_key_in_an_info_is_confirmed_and_counts_once(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """However often the INFO is repeated; a body without a key is confirmed too, but is none."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            line = await sip_tools.answered(bot, phone)
            phone.request("INFO", "9", kind="application/dtmf")
            assert (await phone.status("INFO")).status == 200
            phone.request("INFO", "9", kind="application/dtmf", same=True)
            assert (await phone.status("INFO")).status == 200
            phone.request("INFO", "no key", kind="application/dtmf")
            assert (await phone.status("INFO")).status == 200
            phone.request("INFO", "Signal=5\r\n", kind="application/dtmf-relay")
            assert (await phone.status("INFO")).status == 200
            phone.request("INFO", "x", kind="text/plain")
            assert (await phone.status("INFO")).status == 500
            phone.request("BYE")
            _, before = await sip_tools.until(line, LineEnded)
            assert [event.digit for event in before if isinstance(event, DigitPressed)] == ["9", "5"]

    asyncio.run(scenario())


def test_a_host_name_in_a_contact_is_never_looked_up(station: Any, raw_phone: Any, sip_tools: Any) -> None:
    """Requests of that call go to where it came from, at once, both ways round."""

    async def scenario() -> None:
        async with station() as bot, raw_phone(bot.telephone.address) as phone:
            send = phone.send
            named = f"Contact: <sip:raw@pbx.invalid:{phone.port + 1}>"
            phone.send = lambda text: send(text.replace(f"Contact: <sip:raw@{phone.host}:{phone.port}>", named))
            line = await sip_tools.answered(bot, phone)
            await line.hang_up()
            bye = await asyncio.wait_for(phone.method("BYE"), 1.0)
            assert bye.text.startswith(f"BYE sip:raw@{phone.host}:{phone.port} ")
            phone.reply(bye, "200 OK")
            await sip_tools.until(line, LineEnded)

            bot.permission.target = (phone.host, phone.port)
            placed = await bot.dial()
            phone.reply(await phone.method("INVITE"), "200 OK", phone.sdp())
            await asyncio.wait_for(phone.method("ACK"), 1.0)
            await sip_tools.until(placed, Answered)
            await placed.hang_up()
            phone.reply(await asyncio.wait_for(phone.method("BYE"), 1.0), "200 OK")
            await sip_tools.until(placed, LineEnded)

    asyncio.run(scenario())
