"""RTP on the wire: captured by tcpdump with the kernel's time stamps, analysed in NumPy.

A packet on loopback passes the capture point twice; only its arrival is taken. The figures are those of one direction
of one stream each (ports and SSRC), put together over streams.
"""

import re
import shutil
import signal
import struct
import subprocess
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

PREFIX_BYTES = 20
"""Payload that is kept of each packet: enough to tell silence from sound and one frame of speech from any other."""

LATE_MS = 40.0
"""Two packets further apart than this are counted: the jitter buffer of a telephone runs dry."""

_ETHERNET, _IP, _UDP, _RTP = 14, 20, 8, 12
_HEADERS = _ETHERNET + _IP + _UDP + _RTP
_BUFFER_KB = 65536
_MAGIC_NS = 0xA1B23C4D
_BLOCK_S = 1.5
"""The kernel hands packets over in blocks, at the latest after the second that tcpdump asks for."""

PACKET = np.dtype(
    [
        ("at_ns", "i8"),
        ("source", "u2"),
        ("target", "u2"),
        ("ssrc", "u4"),
        ("sequence", "u2"),
        ("payload_type", "u1"),
        ("prefix", f"V{PREFIX_BYTES}"),
    ]
)
"""``at_ns`` is when the kernel passed it on, CLOCK_REALTIME."""

Packets = npt.NDArray[np.void]
"""dtype `PACKET`, shape (n,)."""


class CaptureError(RuntimeError):
    """Packets cannot be captured, or not without loss."""


class Capture:
    """Captures loopback into a file while it is entered; `dropped` is known afterwards.

    Args:
        path: of the capture.
        condition: filter in the language of pcap-filter(7).
        whole: keep whole packets rather than `PREFIX_BYTES` of payload.
    """

    def __init__(self, path: Path, condition: str, *, whole: bool = False) -> None:
        self.path, self._condition, self._whole = path, condition, whole
        self.dropped = 0

    def __enter__(self) -> "Capture":
        """Start, and return once packets are being captured.

        Raises:
            CaptureError: there is no tcpdump, or it may not capture.
        """
        program = shutil.which("tcpdump")
        if program is None:
            raise CaptureError("tcpdump is not installed: apt-get install tcpdump")
        length = 0 if self._whole else _HEADERS + PREFIX_BYTES
        self._process = subprocess.Popen(
            [
                *(program, "-i", "lo", "-Q", "in", "-n", "-s", str(length), "-B", str(_BUFFER_KB)),
                *("--time-stamp-precision=nano", "-U", "-Z", "root"),
                *(("--immediate-mode",) if self._whole else ()),
                *("-w", str(self.path), self._condition),
            ],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        first = self._process.stderr.readline()
        if "listening on" not in first:
            self._process.kill()
            reason = first.strip() or self._process.communicate()[1].strip()
            raise CaptureError(
                f"tcpdump cannot capture ({reason}); run this as root, or once: "
                f"sudo setcap cap_net_raw,cap_net_admin+ep {program}"
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and read from tcpdump how many packets it missed."""
        time.sleep(_BLOCK_S)
        self._process.send_signal(signal.SIGINT)
        _, said = self._process.communicate(timeout=60)
        missed = re.findall(r"(\d+) packets? dropped", said)
        self.dropped = sum(map(int, missed))

    @property
    def pid(self) -> int:
        """Process id of tcpdump."""
        return self._process.pid


def rtp_between(first: int, last: int) -> str:
    """Return the filter for RTP to or from a range of ports; RTCP, on the odd ports, is left out."""
    return f"ip[0] = 0x45 and udp and portrange {first}-{last} and udp[2:2] & 1 = 0 and greater {_HEADERS + 1}"


def datagrams(path: Path) -> list[tuple[int, int, int, bytes]]:
    """Return of every UDP datagram in a capture its time in ns, source port, target port and content.

    Raises:
        CaptureError: it is not a capture of tcpdump with nanoseconds.
    """
    data, starts = _records(path)
    found = []
    for start in starts:
        seconds, nanoseconds, captured, _ = struct.unpack_from("<IIII", data, start)
        packet = data[start + 16 : start + 16 + captured]
        source, target = struct.unpack_from("!HH", packet, _ETHERNET + _IP)
        found.append((seconds * 10**9 + nanoseconds, source, target, packet[_ETHERNET + _IP + _UDP :]))
    return found


def read_rtp(path: Path) -> Packets:
    """Return the RTP packets of a capture in the order of their arrival.

    Raises:
        CaptureError: it is not a capture of tcpdump with nanoseconds.
    """
    data, starts = _records(path)
    raw = np.frombuffer(data, dtype=np.uint8)
    begin = np.array(starts, dtype=np.int64)
    long_enough = _big(raw, begin + 8, 4, little=True) >= _HEADERS
    begin = begin[long_enough]
    packets = np.zeros(len(begin), dtype=PACKET)
    packets["at_ns"] = _big(raw, begin, 4, little=True) * 10**9 + _big(raw, begin + 4, 4, little=True)
    udp = begin + 16 + _ETHERNET + _IP
    packets["source"], packets["target"] = _big(raw, udp, 2), _big(raw, udp + 2, 2)
    rtp = udp + _UDP
    packets["payload_type"] = raw[rtp + 1] & 0x7F
    packets["sequence"], packets["ssrc"] = _big(raw, rtp + 2, 2), _big(raw, rtp + 8, 4)
    captured = _big(raw, begin + 8, 4, little=True) - _HEADERS
    at = np.arange(PREFIX_BYTES)
    inside = at[None, :] < captured[:, None]
    prefix = np.where(inside, raw[np.minimum(rtp[:, None] + _RTP + at, len(raw) - 1)], 0).astype(np.uint8)
    packets["prefix"] = prefix.view(f"V{PREFIX_BYTES}").reshape(-1)
    packets = packets[raw[rtp] >> 6 == 2]
    return packets[np.argsort(packets["at_ns"], kind="stable")]


def sent_from(packets: Packets, ports: Collection[int]) -> Packets:
    """Return the packets from some ports, shape (m,)."""
    found: Packets = packets[np.isin(packets["source"], np.array(list(ports), dtype=np.uint16))]
    return found


def sent_to(packets: Packets, ports: Collection[int]) -> Packets:
    """Return the packets to some ports, shape (m,)."""
    found: Packets = packets[np.isin(packets["target"], np.array(list(ports), dtype=np.uint16))]
    return found


def silent(packets: Packets) -> npt.NDArray[np.bool_]:
    """Return of each packet whether its beginning is digital silence in A-law (the codes of ±8), shape (n,)."""
    prefix = np.ascontiguousarray(packets["prefix"]).view(np.uint8).reshape(-1, PREFIX_BYTES)
    found: npt.NDArray[np.bool_] = ((prefix == 0xD5) | (prefix == 0x55)).all(axis=1)
    return found


def streams(packets: Packets) -> list[Packets]:
    """Return the packets of each stream, by ports and SSRC, in the order of arrival."""
    if not len(packets):
        return []
    order = np.lexsort((packets["at_ns"], packets["ssrc"], packets["source"], packets["target"]))
    ordered = packets[order]
    changed = np.zeros(len(ordered) - 1, dtype=bool)
    for name in ("target", "source", "ssrc"):
        changed |= ordered[name][1:] != ordered[name][:-1]
    return np.split(ordered, np.flatnonzero(changed) + 1)


@dataclass(frozen=True, slots=True)
class Spacing:
    """How regularly packets came, over several streams.

    Args:
        streams: how many.
        packets: of all of them.
        p50_ms: time between two packets of a stream; so are the next three.
        p95_ms: see above.
        p99_ms: see above.
        max_ms: see above.
        late_percent: share of these times above `LATE_MS`.
        missing: packets that never came, by their sequence numbers.
        disordered: packets that came twice or after a later one.
        worst_p99_ms: p99 of the worst stream.
    """

    streams: int
    packets: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    late_percent: float
    missing: int
    disordered: int
    worst_p99_ms: float


def intervals_ms(stream: Packets) -> npt.NDArray[np.float64]:
    """Return the times between the packets of a stream, shape (n - 1,)."""
    found: npt.NDArray[np.float64] = np.diff(stream["at_ns"]) / 1e6
    return found


def spacing(found: list[Packets]) -> Spacing:
    """Return the figures of several streams.

    Raises:
        CaptureError: there is nothing to judge.
    """
    times = [intervals_ms(stream) for stream in found if len(stream) > 1]
    if not times:
        raise CaptureError("no stream with two packets or more was captured")
    missing = disordered = 0
    for stream in found:
        # Of 16 bits: a step of more than half the range leads back.
        steps = np.diff(stream["sequence"].astype(np.int64)) & 0xFFFF
        missing += int((steps - 1)[(steps > 1) & (steps < 0x8000)].sum())
        disordered += int(((steps == 0) | (steps >= 0x8000)).sum())
    every = np.concatenate(times)
    p50, p95, p99 = np.percentile(every, (50, 95, 99))
    return Spacing(
        streams=len(found),
        packets=sum(map(len, found)),
        p50_ms=round(float(p50), 2),
        p95_ms=round(float(p95), 2),
        p99_ms=round(float(p99), 2),
        max_ms=round(float(every.max()), 2),
        late_percent=round(100 * float((every > LATE_MS).mean()), 4),
        missing=missing - min(disordered, missing),  # what came late only seemed to be missing
        disordered=disordered,
        worst_p99_ms=round(max(float(np.percentile(one, 99)) for one in times), 2),
    )


def _records(path: Path) -> tuple[bytes, list[int]]:
    """Return a capture and where in it each packet's record begins; a last one that is cut off is left out."""
    data = path.read_bytes()
    if len(data) < 24 or struct.unpack_from("<I", data)[0] != _MAGIC_NS:
        raise CaptureError(f"{path}: not a capture with nanoseconds")
    lengths = struct.Struct("<I")
    starts, at = [], 24
    while at + 16 <= len(data):
        end = at + 16 + lengths.unpack_from(data, at + 8)[0]
        if end > len(data):
            break
        starts.append(at)
        at = end
    return data, starts


def _big(
    raw: npt.NDArray[np.uint8], at: npt.NDArray[np.int64], size: int, *, little: bool = False
) -> npt.NDArray[np.int64]:
    """Return unsigned numbers of some bytes at given places."""
    value = np.zeros(len(at), dtype=np.int64)
    for place in range(size):
        value |= raw[at + place].astype(np.int64) << 8 * (place if little else size - 1 - place)
    return value
