"""Proves the measurement before it is believed: a stream with known faults on loopback, captured and judged."""

import socket
import struct
import tempfile
import time
from pathlib import Path

from benchmarks.load.packets import Capture, CaptureError, Spacing, read_rtp, rtp_between, spacing, streams

_PACKETS = 600
_EVERY_S = 0.002
_DROP_EVERY = 100
_PAUSE_AT, _PAUSE_S = 350, 0.080


def check(port: int) -> Spacing:
    """Send a stream with gaps and a pause on loopback, and see that just these are found.

    Args:
        port: of two UDP ports that are free.

    Raises:
        CaptureError: they are not, so that no other figure can be believed either.
    """
    with tempfile.TemporaryDirectory(prefix="load-check-") as folder:
        path = Path(folder) / "check.pcap"
        with Capture(path, rtp_between(port, port + 3)) as capture:
            dropped = _send(port)
        found = spacing(streams(read_rtp(path)))
    if capture.dropped:
        raise CaptureError(f"tcpdump missed {capture.dropped} of {_PACKETS} packets: this machine is too busy")
    if (found.packets, found.missing, found.disordered) != (_PACKETS - dropped, dropped, 0):
        raise CaptureError(f"sent {_PACKETS - dropped} packets and left out {dropped}, but found {found}")
    if not 1000 * _PAUSE_S <= found.max_ms < 1000 * (_PAUSE_S + 1.0):
        raise CaptureError(f"a pause of {1000 * _PAUSE_S:g} ms was found as one of {found.max_ms:g} ms")
    return found


def _send(port: int) -> int:
    """Send, and return how many packets were left out."""
    dropped = 0
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
    ):
        sender.bind(("127.0.0.1", port))
        receiver.bind(("127.0.0.1", port + 2))
        for number in range(_PACKETS):
            if number % _DROP_EVERY == _DROP_EVERY - 1 and number < _PACKETS - 1:
                dropped += 1
                continue
            time.sleep(_PAUSE_S if number == _PAUSE_AT else _EVERY_S)
            header = struct.pack("!BBHII", 0x80, 8, (65300 + number) & 0xFFFF, 160 * number, 0xC0FFEE)
            sender.sendto(header + bytes([0xD5]) * 160, ("127.0.0.1", port + 2))
    return dropped
