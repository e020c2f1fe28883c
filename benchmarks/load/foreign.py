"""Someone else's RTP in the middle of calls: is any of it heard, does any of ours go there, is anything lost?

The attacker is a process of its own that sees every packet on loopback, and so sends what is hardest to tell from the
genuine: the caller's SSRC, with sequence numbers and times just ahead of the caller's, packet by packet and in bursts
that outnumber the caller, from a port of its own. Now and then it also says goodbye in the caller's name (RTCP BYE). It
sends a tone that nobody else does.
"""

import multiprocessing
import secrets
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bare_phone import FRAME_SAMPLES, a_law
from benchmarks.load.bench import CALLS_A_SECOND, Bench, PortPlan, bench
from benchmarks.load.generator import audio
from benchmarks.load.packets import sent_from, sent_to
from benchmarks.load.recordings import channels, strange_frames, tone_frames
from benchmarks.load.rows import Step
from benchmarks.load.sound import Said
from engine.audio import SAMPLE_RATE_HZ

TONE_HZ = 1300.0
_ATTACK_S = 20.0
_SETTLE_S = 3.0
_A_LAW = 8
_BURST_EVERY, _BURST = 50, 15
"""The library takes a new source for the right one after 10 packets."""
_BYE_EVERY = 100
_ETH_P_IP = 0x0800
_EDGE_SAMPLES = 8000
_TAG_BYTES = 10
"""Of SRTP; every other packet of the attacker carries one that it made up."""


@dataclass(slots=True)
class _Genuine:
    """The last packet of a caller."""

    ssrc: int
    sequence: int
    stamp: int
    payload_type: int


def attack(ports: frozenset[int], own_port: int, seconds: float, told: Connection) -> None:
    """Spray RTP at the media ports of calls, and tell how many packets that were; in a process of its own."""
    wave = 12000 * np.sin(2 * np.pi * TONE_HZ * np.arange(FRAME_SAMPLES) / SAMPLE_RATE_HZ)
    tone = a_law(wave.astype(np.int16))
    seen: dict[int, _Genuine] = {}
    sent = 0
    with (
        socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_IP)) as ear,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth,
    ):
        ear.bind(("lo", 0))
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        ear.setblocking(False)
        mouth.bind(("127.0.0.1", own_port))
        mouth.setblocking(False)
        end_s, next_s, turn = time.monotonic() + seconds, time.monotonic() + 0.5, 0
        while time.monotonic() < end_s:
            _listen(ear, ports, own_port, seen, until_s=next_s)
            next_s, turn = next_s + 0.02, turn + 1
            count = _BURST if turn % _BURST_EVERY == 0 else 1
            for port, genuine in seen.items():
                for ahead in range(1, count + 1):
                    header = struct.pack(
                        "!BBHII",
                        0x80,
                        genuine.payload_type,
                        (genuine.sequence + ahead) & 0xFFFF,
                        (genuine.stamp + ahead * FRAME_SAMPLES) & 0xFFFFFFFF,
                        genuine.ssrc,
                    )
                    tag = secrets.token_bytes(_TAG_BYTES) if ahead + turn & 1 else b""
                    sent += mouth.sendto(header + tone + tag, ("127.0.0.1", port)) > 0
                if turn % _BYE_EVERY == 0:
                    mouth.sendto(struct.pack("!BBHI", 0x81, 203, 1, genuine.ssrc), ("127.0.0.1", port + 1))
    told.send({"sent": sent, "streams": len(seen)})
    told.close()


def _listen(
    ear: socket.socket, ports: frozenset[int], own_port: int, seen: dict[int, _Genuine], *, until_s: float
) -> None:
    """Note the last packet of every caller until a moment."""
    while (left_s := until_s - time.monotonic()) > 0:
        if not select.select([ear], [], [], left_s)[0]:
            return
        packet = ear.recv(2048)
        if len(packet) < 40 or packet[0] != 0x45 or packet[9] != socket.IPPROTO_UDP:
            continue
        source, target = struct.unpack_from("!HH", packet, 20)
        if target not in ports or source == own_port or packet[28] >> 6 != 2:
            continue
        sequence, stamp, ssrc = struct.unpack_from("!HII", packet, 30)
        seen[target] = _Genuine(ssrc, sequence, stamp, packet[29] & 0x7F)


@contextmanager
def _encrypted(made: Bench, calls: int) -> Iterator[None]:
    """Let callers with SRTP call while entered."""
    words = [sys.executable, "-m", "benchmarks.load.encrypted_callers", "--calls", str(calls)]
    words += ["--target", str(made.engine.addresses[0][1]), "--rtp-min", str(made.ports.callers_rtp(0))]
    words += ["--run-directory", str(made.folder / "callers-run")]
    with (made.folder / "callers.log").open("w") as log:
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=log)
    try:
        yield
    finally:
        process.communicate(timeout=30)


def measure(calls: int, ports: PortPlan, tell: Callable[[Step], None], *, srtp: bool) -> dict[str, Any]:
    """Hold calls under attack and return what came of it.

    Args:
        calls: at once.
        ports: to use.
        tell: is told how far it is.
        srtp: whether the callers encrypt their media.

    Raises:
        CaptureError: packets cannot be captured.
        RuntimeError: SIPp is missing, or the engine ended.
    """
    with bench("prompts", calls, 1, ports, srtp=srtp) as (made, captures), ExitStack() as callers:
        if srtp:
            callers.enter_context(_encrypted(made, calls))
        else:
            made.call(calls, stay_s=calls / CALLS_A_SECOND + _ATTACK_S + 30)
        up = made.wait_up(calls, lambda up: tell(Step("setting up", up / calls)))
        time.sleep(_SETTLE_S)
        targets = frozenset(made.signalling().our_rtp().values())
        spawn = multiprocessing.get_context("spawn")
        told, tells = spawn.Pipe(duplex=False)
        attacker = spawn.Process(target=attack, args=(targets, ports.attacker, _ATTACK_S, tells))
        attacker.start()
        tells.close()
        tell(Step("under attack", 0.5))
        attacked: dict[str, int] = told.recv()
        attacker.join()
        time.sleep(1.0)
        still_up = made.engine.order("account")["up"]
        account = made.engine.stop()
        callers.close()
        captures.close()
        tell(Step("comparing", 0.9))
        everything = made.packets()
        leaked = sent_to(everything, [ports.attacker])
        recordings = {one["remote"]: channels(Path(one["path"])) for one in account["recordings"]}
        said = Said(audio())
        injected = disturbed = frames_recorded = strange = 0
        for caller in made.signalling().our_rtp():
            stereo = recordings[caller]
            frames = tone_frames(stereo[:, 1], TONE_HZ) + tone_frames(stereo[:, 0], TONE_HZ)
            injected, disturbed = injected + frames, disturbed + (frames > 0)
            # From after the answer on, until before the end.
            spoken = stereo[_EDGE_SAMPLES:-_EDGE_SAMPLES, 1]
            frames_recorded += len(spoken) // FRAME_SAMPLES
            strange += strange_frames(spoken, said)
        ours = list(made.signalling().our_rtp().values())
        return {
            "calls": calls,
            "up": up,
            "up_after_the_attack": still_up,
            "attacked_streams": attacked["streams"],
            "packets_of_the_attacker": attacked["sent"],
            "injected_frames": injected,
            "calls_with_injected_audio": disturbed,
            "leaked_packets": len(sent_from(leaked, ours)),
            "frames_recorded": frames_recorded,
            "of_these_not_the_callers": strange,
            "packets_missed_by_tcpdump": made.rtp.dropped + made.sip.dropped,
        }
