"""Callers with SRTP, which SIPp 3.6.1 has not: a second telephony of ours that calls the measured one.

Started by `benchmarks.load.foreign`; it hangs up when its standard input ends.
"""

import argparse
import asyncio
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bare_phone import A_LAW_VALUES
from benchmarks.load.generator import audio
from engine.accounts import Account, Money, Person
from engine.calls import Answered, CallRequest, LineEnded
from engine.speech import Language
from telephony.settings import SipSettings
from telephony.sip_telephone import SipTelephone
from telephony.trunks import Srtp, Trunk

FIRST_NUMBER = 77010000000


class Everybody:
    """Allows every number."""

    def allow(self, destination: str, time_zone: str) -> str:
        """Return the digits to dial."""
        return destination


async def hold(line: Any) -> None:
    """Speak from the answer on."""
    said = A_LAW_VALUES[np.frombuffer(audio(), dtype=np.uint8)]
    while not isinstance(event := await line.next_event(), LineEnded):
        if isinstance(event, Answered):
            line.play(np.tile(said, 3))


async def call(options: argparse.Namespace) -> None:
    """Place the calls and hold them."""
    numbers = tuple(str(FIRST_NUMBER + call) for call in range(options.calls))
    bot = Trunk(
        name="bot",
        host="127.0.0.1",
        port=options.target,
        srtp=Srtp.REQUIRED,
        srtp_in_clear=True,
        caller_ids=numbers,
        probe_s=0.0,
    )
    sip = SipSettings(
        sip_port=0,
        channels=options.calls,
        rtp_port_min=options.rtp_min,
        rtp_port_max=options.rtp_min + 4 * options.calls + 99,
        trunks=(bot,),
    )
    telephone = SipTelephone(sip, Everybody(), options.run_directory)
    await telephone.start(lambda line: None, [])
    person = Person("A caller", "Caller", Language.ENGLISH, "77010000000")
    account = Account("a", person, "none", {Language.ENGLISH: "none"}, Money.of(1), 1, date(2026, 1, 1), Money.of(1))
    held = []
    for number in numbers:
        line = await telephone.dial(CallRequest(f"call-{number}", "77019999999", account, "none", Language.ENGLISH))
        held.append(asyncio.create_task(hold(line)))
        await asyncio.sleep(0.1)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await telephone.stop()
    await asyncio.gather(*held)


def main() -> None:
    """Read the command line and call."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", type=int, required=True, help="SIP port to call")
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--rtp-min", type=int, required=True)
    parser.add_argument("--run-directory", type=Path, required=True)
    asyncio.run(call(parser.parse_args()))


if __name__ == "__main__":
    main()
