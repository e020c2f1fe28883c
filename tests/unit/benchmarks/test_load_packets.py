"""The load benchmark's measurement, on captures whose faults are known."""

import struct
from pathlib import Path

import numpy as np
import pytest

from benchmarks.bare_phone import A_LAW_VALUES, a_law
from benchmarks.load.packets import CaptureError, datagrams, read_rtp, sent_from, sent_to, silent, spacing, streams
from benchmarks.load.recordings import lost_at_the_end_ms, tone_frames, unrecorded
from benchmarks.load.signalling import Signalling
from benchmarks.load.sound import Said, echo_ms, silence_ms
from benchmarks.speech import speech

_SILENCE = bytes([0xD5]) * 160
_SAID = a_law(speech(4.0))
_START_NS = 1_800_000_000 * 10**9


class Wire:
    """Writes a capture as tcpdump does."""

    def __init__(self) -> None:
        self.records: list[tuple[int, bytes]] = []

    def udp(self, at_ms: float, source: int, target: int, content: bytes) -> None:
        ip = struct.pack("!BBHHHBBHII", 0x45, 0, 28 + len(content), 0, 0, 64, 17, 0, 0x7F000001, 0x7F000001)
        udp = struct.pack("!HHHH", source, target, 8 + len(content), 0)
        self.records.append((_START_NS + round(at_ms * 1e6), bytes(12) + b"\x08\x00" + ip + udp + content))

    def rtp(
        self, at_ms: float, sequence: int, *, source: int = 40000, target: int = 48000, payload: bytes = _SILENCE
    ) -> None:
        header = struct.pack("!BBHII", 0x80, 8, sequence & 0xFFFF, 160 * sequence, 0xCAFE)
        self.udp(at_ms, source, target, header + payload)

    def write(self, path: Path, most: int = 74) -> Path:
        parts = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1)]
        for at_ns, packet in self.records:
            kept = packet[:most]
            parts += [struct.pack("<IIII", at_ns // 10**9, at_ns % 10**9, len(kept), len(packet)), kept]
        path.write_bytes(b"".join(parts))
        return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.pcap"


def test_every_hundredth_packet_dropped_is_counted_and_seen_as_a_gap_in_time(path: Path) -> None:
    """Across the wrap of the sequence numbers."""
    wire = Wire()
    for number in range(1000):
        if number % 100 != 99:
            wire.rtp(20.0 * number, 65000 + number)
    found = spacing(streams(read_rtp(wire.write(path))))
    assert (found.streams, found.packets, found.missing, found.disordered) == (1, 990, 9, 0)
    assert found.p50_ms == 20.0
    assert found.max_ms == 40.0
    assert found.late_percent == 0.0


def test_late_packets_are_told_from_missing_ones(path: Path) -> None:
    """A pause of 65 ms is late, and nothing is missing."""
    wire = Wire()
    for number in range(1001):
        wire.rtp(20.0 * number + (45.0 if number >= 500 else 0.0), number)
    found = spacing(streams(read_rtp(wire.write(path))))
    assert (found.missing, found.max_ms, found.late_percent) == (0, 65.0, 0.1)


def test_a_packet_that_comes_after_a_later_one_is_disordered_and_not_missing(path: Path) -> None:
    """So is one that comes twice."""
    wire = Wire()
    for place, number in enumerate([0, 1, 3, 2, 4, 4, 5]):
        wire.rtp(20.0 * place, number)
    found = spacing(streams(read_rtp(wire.write(path))))
    assert (found.missing, found.disordered) == (0, 2)


def test_streams_are_told_apart_by_their_ports(path: Path) -> None:
    """Each is judged by itself, whatever lies between its packets."""
    wire = Wire()
    for number in range(100):
        for call in range(3):
            wire.rtp(20.0 * number + call, number, source=40000 + 4 * call)
            wire.rtp(20.0 * number + call, number, source=48000, target=40000 + 4 * call)
    packets = read_rtp(wire.write(path))
    assert len(streams(packets)) == 6
    ours, theirs = sent_from(packets, [40000, 40004, 40008]), sent_to(packets, [40000, 40004])
    assert (len(ours), len(theirs)) == (300, 200)
    found = spacing(streams(ours))
    assert (found.streams, found.p99_ms, found.max_ms, found.missing) == (3, 20.0, 20.0, 0)


def test_what_is_no_rtp_and_a_record_that_is_cut_off_are_left_out(path: Path) -> None:
    """A capture that is stopped may end in the middle of a packet."""
    wire = Wire()
    wire.rtp(0, 1)
    wire.udp(5, 40000, 48000, b"\x01" * 60)
    wire.udp(6, 40000, 48000, b"\x80")
    wire.rtp(20, 2)
    whole = wire.write(path).read_bytes()
    path.write_bytes(whole[:-7])
    assert len(read_rtp(path)) == 1
    path.write_bytes(b"no capture at all, but long enough")
    with pytest.raises(CaptureError, match="not a capture"):
        read_rtp(path)


def test_nothing_captured_is_an_error_and_no_perfect_result() -> None:
    """Rather than a row without gaps."""
    with pytest.raises(CaptureError, match="no stream"):
        spacing([])


@pytest.mark.parametrize("shift", [0, 40, 120])
def test_the_delay_of_an_echo_is_found_wherever_the_jitter_buffer_cuts_frames(path: Path, shift: int) -> None:
    """Each sample comes back 60 ms after the packet that brought it would have played it."""
    wire = Wire()
    for number in range(150):
        wire.rtp(20.0 * number, number, source=48000, target=40000, payload=_SAID[160 * number :][:160])
        back = _SAID[160 * number + shift :][:160]
        wire.rtp(20.0 * number + shift / 8 + 60.0, number, payload=back)
    packets = read_rtp(wire.write(path))
    taken = echo_ms(Said(_SAID), sent_to(packets, [40000]), sent_from(packets, [40000]))
    assert len(taken) > 140
    assert taken == pytest.approx(60.0)


def test_an_echo_in_another_call_is_none(path: Path) -> None:
    """All callers say the same."""
    wire = Wire()
    for number in range(50):
        wire.rtp(20.0 * number, number, source=48000, target=40000, payload=_SAID[160 * number :][:160])
        wire.rtp(20.0 * number + 60, number, source=40004, payload=_SAID[160 * number :][:160])
    packets = read_rtp(wire.write(path))
    assert len(echo_ms(Said(_SAID), sent_to(packets, [40000]), sent_from(packets, [40004]))) == 0


def test_silence_begins_with_the_first_packet_of_a_pause_and_not_in_a_gap_of_speech(path: Path) -> None:
    """Three silent packets in a row are none; a call that ended at once is not judged."""
    wire = Wire()
    for number in range(100):
        quiet = 45 <= number < 80 or number in (30, 31, 32)
        wire.rtp(20.0 * number, number, payload=_SILENCE if quiet else _SAID[160 * number :][:160])
    packets = read_rtp(wire.write(path))
    assert int(silent(packets).sum()) == 38
    flushed = [(40000, _START_NS + 575 * 10**6), (40000, _START_NS + 870 * 10**6), (40000, _START_NS + 1990 * 10**6)]
    assert silence_ms(packets, flushed).tolist() == pytest.approx([325.0, 30.0])


def test_audio_that_a_recording_lacks_at_its_end_is_counted(path: Path) -> None:
    """To the packet, also where the recording's frames are not the wire's."""
    wire = Wire()
    for number in range(150):
        wire.rtp(20.0 * number, number, payload=_SAID[160 * number :][:160])
    packets = read_rtp(wire.write(path))
    recorded = A_LAW_VALUES[np.frombuffer(_SAID, dtype=np.uint8)]
    assert lost_at_the_end_ms(recorded[: 160 * 150], packets, 1.0) == 0.0
    assert lost_at_the_end_ms(recorded[40 : 160 * 145], packets, 1.0) == 100.0
    assert np.flatnonzero(unrecorded(np.delete(recorded, slice(1600, 1920)), packets)).tolist() == [10, 11]


def test_a_tone_is_found_in_speech_by_its_frames() -> None:
    """And speech alone holds none."""
    recorded = speech(4.0)
    assert tone_frames(recorded, 1300.0) == 0
    wave = 12000 * np.sin(2 * np.pi * 1300 * np.arange(480) / 8000)
    recorded[8000:8480] = wave
    assert tone_frames(recorded, 1300.0) == 3


def test_signalling_tells_who_was_answered_when_and_where(path: Path) -> None:
    """And who was refused, and whom we hung up on."""
    wire = Wire()

    def sip(at_ms: float, first: str, call: str, *, ours: bool, method: str = "INVITE", port: int = 0) -> None:
        body = f"v=0\r\nm=audio {port} RTP/AVP 8\r\n" if port else ""
        text = f"{first}\r\nFrom: <sip:{call}@127.0.0.1>;tag=1\r\nCall-ID: {call}\r\nCSeq: 1 {method}\r\n\r\n{body}"
        wire.udp(at_ms, *((5060, 58000) if ours else (58000, 5060)), text.encode())

    sip(0, "INVITE sip:bot@127.0.0.1 SIP/2.0", "a", ours=False, port=48000)
    sip(2, "SIP/2.0 180 Ringing", "a", ours=True)
    sip(500, "INVITE sip:bot@127.0.0.1 SIP/2.0", "a", ours=False, port=48000)
    sip(512, "SIP/2.0 200 OK", "a", ours=True, port=40000)
    sip(600, "INVITE sip:bot@127.0.0.1 SIP/2.0", "b", ours=False, port=48002)
    sip(601, "SIP/2.0 503 Service Unavailable", "b", ours=True)
    sip(900, "BYE sip:a@127.0.0.1 SIP/2.0", "a", ours=True, method="BYE")
    found = Signalling(datagrams(wire.write(path, most=10**6)), {5060})
    assert found.answers_ms == [512.0]
    assert found.statuses == {"200": 1, "503": 1}
    assert found.our_rtp() == {"a": 40000}
    assert found.dialogs["a"].hung_up_by_us_ns == _START_NS + 900 * 10**6
    assert found.first_answer_after(_START_NS + 1) == 0
