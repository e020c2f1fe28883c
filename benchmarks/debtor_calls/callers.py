"""The debtors' side: a process with a SIP stack of its own, ``python -m benchmarks.debtor_calls.callers --channels 8``.

It answers every call with a debtor of the demo (`config.demo.debtor`) and asks its parent what to say, one JSON object
a line. Out: ``{"address": "127.0.0.1:40000"}`` once, ``{"turn": CALLED}`` whenever it is the turn of the debtor who was
called by that name. In: ``{"to": CALLED, "say": WAV}`` or ``{"to": CALLED, "hang_up": true}``. It ends with its input.
"""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from asr.silero_detector import SileroDetector
from benchmarks.debtor_calls.line import Condition, NoisyLine
from config.demo.debtor import Debtor, Ears, Forbidden
from engine.audio import read_wav
from engine.ports import CallLine
from telephony.settings import SipSettings
from telephony.sip_telephone import SipTelephone

PORTS_A_CALL = 8


class Callers:
    """All debtors of this process.

    Args:
        condition: of their lines.
        patience_s: silence of the bot that is the end of its turn.
        ring_s: before a call is answered.
    """

    def __init__(self, condition: Condition, patience_s: float, ring_s: float) -> None:
        self._condition, self._patience_s, self._ring_s = condition, patience_s, ring_s
        self.ears, self._detector = Ears(), SileroDetector()
        self._debtors: dict[str, Debtor] = {}
        self._lives: set[asyncio.Task[None]] = set()

    def take(self, line: CallLine) -> None:
        """Take a call."""
        noise_db = self._condition.noise_db
        heard_as = line if noise_db is None else NoisyLine(line, noise_db, seed=sum(line.called.encode()))
        debtor = Debtor(
            heard_as,  # type: ignore[arg-type]
            self._detector,
            self._patience_s,
            lambda _: _tell({"turn": line.called}),
        )
        life = asyncio.get_running_loop().create_task(self._live(line.called, debtor))
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)

    async def obey(self, order: dict[str, object]) -> None:
        """Do what the parent says; the debtor's call may be over meanwhile."""
        debtor = self._debtors.get(str(order["to"]))
        if debtor is None:
            return
        if order.get("hang_up"):
            await debtor.hang_up()
        else:
            samples, _ = await asyncio.to_thread(read_wav, Path(str(order["say"])))
            debtor.say(samples[:, 0])

    async def _live(self, called: str, debtor: Debtor) -> None:
        self._debtors[called] = debtor
        self.ears.debtors.append(debtor)
        try:
            await debtor.live(self._ring_s)
        finally:
            self.ears.debtors.remove(debtor)
            del self._debtors[called]


async def _run(options: argparse.Namespace, run_dir: Path) -> None:
    callers = Callers(Condition.of(options.line), options.patience_s, options.ring_s)
    last_port = options.rtp_port_min + PORTS_A_CALL * options.channels - 1
    settings = SipSettings(
        sip_port=0,
        rtp_port_min=options.rtp_port_min,
        rtp_port_max=last_port,
        channels=options.channels,
        sent_loss_percent=Condition.of(options.line).loss_percent,
    )
    telephone = SipTelephone(settings, Forbidden(), run_dir)
    orders = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # Ctrl-C reaches this process too; the parent ends it in order
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    await telephone.start(callers.take, [callers.ears])
    try:
        _tell({"address": ":".join(map(str, telephone.address))})
        while order := await orders.readline():
            await callers.obey(json.loads(order))
    finally:
        await telephone.stop()


def _tell(message: dict[str, str]) -> None:
    print(json.dumps(message), flush=True)  # noqa: T201 - these lines are the interface


def main(arguments: Sequence[str] | None = None) -> None:
    """Take calls until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, default=8, help="calls at once (8)")
    parser.add_argument("--rtp-port-min", type=int, default=20000, help=f"first of {PORTS_A_CALL} ports a call (20000)")
    parser.add_argument("--line", default="clean", help="clean, such as 10dB, or such as 3%% (clean)")
    parser.add_argument("--patience-s", type=float, default=1.0, help="silence of the bot before a line (1.0)")
    parser.add_argument("--ring-s", type=float, default=0.5, help="how long it rings (0.5)")
    with tempfile.TemporaryDirectory(prefix="debtors-") as run_dir:
        asyncio.run(_run(parser.parse_args(arguments), Path(run_dir)))


if __name__ == "__main__":
    main()
