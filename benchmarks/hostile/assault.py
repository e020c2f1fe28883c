"""One attacker: sends mutants out of dialogs and inside live ones, answers the worker's calls with mutants, spoils RTP.

It sets up its calls properly, so that what follows reaches the code behind the parser. After each mutant it reads what
came back, and every so many it asks OPTIONS and waits: since the worker reads one socket in order, an answer shows that
all mutants before it have been read.
"""

import random
import re
import socket
import struct
import time
from collections import Counter, deque
from dataclasses import dataclass

from benchmarks.hostile import corpus
from benchmarks.hostile.corpus import Leg
from benchmarks.hostile.mutation import Mutator
from benchmarks.hostile.rfc4475 import messages

_LEGS = 8
_STEPS_A_LEG = 300
_PROBE_S = 1.0
_LARGEST = 65507
_KEPT = 512


class WorkerSilentError(Exception):
    """The worker answered no OPTIONS for so long that it must be dead or stuck."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A datagram that was sent: to which port of the worker, and what."""

    port: int
    data: bytes


class Assault:
    """An attacker with a SIP and an RTP socket.

    Args:
        target: the worker's SIP.
        seed: of all chance.
        host: where it sends from.
        patience_s: how long OPTIONS may stay without an answer before the worker counts as dead.
    """

    def __init__(self, target: tuple[str, int], seed: int, host: str = "127.0.0.1", patience_s: float = 30.0) -> None:
        self._target, self._host, self._patience_s = target, host, patience_s
        self._chance = random.Random(seed)
        self._mutator = Mutator(self._chance)
        self._torture = [one.data for one in messages()]
        self._sip, self._rtp, self._asker = (self._socket() for _ in range(3))
        self._legs: list[Leg] = []
        self._asked: deque[tuple[Leg, bytes]] = deque(maxlen=20)
        self._probes = 0
        self.counts: Counter[str] = Counter()
        """Mutants by kind."""
        self.answers: Counter[str] = Counter()
        """First lines that came back, by status or method."""
        self.recent: deque[Mutant] = deque(maxlen=_KEPT)
        """The last ones that were sent, well-formed messages between them included."""
        self._ways = {
            self._torture_mutant: 14,
            self._alone: 16,
            self._in_dialog: 34,
            self._response: 10,
            self._odd_moment: 6,
            self._media: 17,
            self._oversize: 3,
        }

    @property
    def address(self) -> tuple[str, int]:
        """Where the worker's own calls may go."""
        return self._host, self._sip.getsockname()[1]

    @property
    def sent(self) -> int:
        """How many mutants have been sent."""
        return sum(self.counts.values())

    def step(self) -> None:
        """Send one mutant."""
        way = self._chance.choices(list(self._ways), list(self._ways.values()))[0]
        before = self.sent
        while self.sent == before:
            way()
            way = self._alone
        self._listen()

    def probe(self) -> float:
        """Ask OPTIONS and return how long the answer took, in s.

        Raises:
            WorkerSilentError: none came.
        """
        self._probes += 1
        call = f"probe-{self._asker.getsockname()[1]}-{self._probes}"
        host, port = self._asker.getsockname()
        rows = [
            f"OPTIONS sip:{self._target[0]} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{call};rport",
            *("Max-Forwards: 70", f"From: <sip:probe@{host}>;tag=p", f"To: <sip:bot@{self._target[0]}>"),
            *(f"Call-ID: {call}", "CSeq: 1 OPTIONS"),
        ]
        began_s = time.monotonic()
        while (waited_s := time.monotonic() - began_s) < self._patience_s:
            self._asker.sendto(corpus.whole(rows, ""), self._target)
            until_s = time.monotonic() + _PROBE_S
            while (left_s := until_s - time.monotonic()) > 0:
                self._asker.settimeout(left_s)
                try:
                    answer = self._asker.recv(65536)
                except OSError:  # none in time, or an ICMP error: nobody listens there at the moment
                    time.sleep(0.005)
                    continue
                if call.encode() in answer:
                    self._listen()
                    return time.monotonic() - began_s
        raise WorkerSilentError(f"no answer to OPTIONS for {waited_s:.0f} s after {self.sent} mutants")

    def leave(self) -> None:
        """End our calls, properly."""
        for leg in self._legs:
            self._send(corpus.request(leg, "BYE", self._chance, plain=True))
        self._legs.clear()

    def close(self) -> None:
        """Close the sockets."""
        for one in (self._sip, self._rtp, self._asker):
            one.close()

    def _socket(self) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((self._host, 0))
        made.setblocking(False)
        return made

    def _send(self, data: bytes, target: tuple[str, int] | None = None, by: socket.socket | None = None) -> None:
        to = target or self._target
        data = data[:_LARGEST]
        self.recent.append(Mutant(to[1], data))
        try:
            (by or self._sip).sendto(data, to)
        except OSError:
            self.answers["not sent"] += 1

    def _count(
        self, kind: str, data: bytes, target: tuple[str, int] | None = None, by: socket.socket | None = None
    ) -> None:
        self.counts[kind] += 1
        self._send(data, target, by)

    # The ways.

    def _torture_mutant(self) -> None:
        data = self._chance.choice(self._torture)
        if self._chance.random() < 0.7:
            data = re.sub(
                rb"branch\s*=\s*z9hG4bK", lambda f: f[0] + b"%d" % self._chance.getrandbits(40), data, count=1
            )
            data = re.sub(rb"call-id\s*:\s*", lambda f: f[0] + b"%d" % self._chance.getrandbits(40), data, flags=re.I)
        self._count("torture", self._mutator.mutant(data, self._chance.choice(self._torture)))

    def _alone(self) -> None:
        leg = self._new_leg()
        data = corpus.request(leg, self._chance.choice(corpus.METHODS_ALONE), self._chance)
        self._count("out of dialog", self._mutant(data))

    def _in_dialog(self) -> None:
        leg = self._leg()
        if leg is None:
            return
        method = self._chance.choice(corpus.METHODS_IN_DIALOG)
        if method == "BYE" and self._chance.random() < 0.8:
            method = "INFO"
        data = corpus.request(leg, method, self._chance)
        self._count(f"in dialog {method}", self._matching(data) if self._chance.random() < 0.8 else self._mutant(data))

    def _response(self) -> None:
        if not self._asked:
            return
        leg, asked = self._chance.choice(self._asked)
        status = self._chance.choice(corpus.STATUSES)
        body = corpus.sdp(leg, self._chance) if self._chance.random() < 0.5 else ""
        data = corpus.response(asked, leg, status, self._chance, body)
        self._count("response", self._matching(data) if self._chance.random() < 0.7 else self._mutant(data))

    def _odd_moment(self) -> None:
        leg = self._leg()
        if leg is None:
            return
        kept = leg.cseq, leg.branch
        method = self._chance.choice(("ACK", "CANCEL", "ACK", "PRACK", "INVITE"))
        if self._chance.random() < 0.3:
            leg.to_tag, tag = "", leg.to_tag
            data = corpus.request(leg, method, self._chance)
            leg.to_tag = tag
        else:
            data = corpus.request(leg, method, self._chance)
        leg.cseq, leg.branch = kept
        self._count("odd moment", self._matching(data))

    def _media(self) -> None:
        leg = self._leg()
        if leg is None or leg.media is None:
            return
        host, port = leg.media
        number = self._chance.getrandbits(16)
        rtp = struct.pack("!BBHII", 0x80, self._chance.choice((8, 0, 101, 13, 127)), number, number * 160, 7) + bytes(
            160
        )
        report = struct.pack(
            "!BBHI", 0x81, self._chance.choice((200, 201, 202, 203, 204, 205, 206, 207)), 12, 7
        ) + bytes(48)
        rtcp = self._chance.random() < 0.4
        data = report if rtcp else rtp
        changed = bytearray(data)
        for _ in range(self._chance.choice((1, 2, 8))):
            changed[self._chance.randrange(min(len(changed), 16))] = self._chance.getrandbits(8)
        cut = self._chance.choice((len(changed), len(changed), self._chance.randrange(len(changed) + 1)))
        data = bytes(changed[:cut]) + bytes(self._chance.choice((0, 0, 0, 1300, 9000)))
        self._count("rtcp" if rtcp else "rtp", data, (host, port + rtcp), self._rtp)

    def _oversize(self) -> None:
        leg = self._new_leg()
        data = corpus.request(leg, self._chance.choice(("INVITE", "OPTIONS", "MESSAGE")), self._chance)
        filling = self._chance.choice(
            (b"X: y\r\n", b"Via: SIP/2.0/UDP 127.0.0.1:9\r\n", b"Route: <sip:127.0.0.1:9;lr>\r\n")
        )
        size = self._chance.choice((3990, 4000, 4001, 4100, 8000, 40000, _LARGEST))
        head, _, body = data.partition(b"\r\n\r\n")
        rest = max(0, size - len(data))
        padded = head + b"\r\n" + (filling * (rest // len(filling) + 1))[:rest] + b"\r\n\r\n" + body
        self._count("oversize", padded[:_LARGEST])

    def _mutant(self, data: bytes) -> bytes:
        return self._mutator.mutant(data, self._chance.choice(self._torture))

    def _matching(self, data: bytes) -> bytes:
        """Return a mutant that still belongs to its dialog: one header line or the body alone is changed."""
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        if body and self._chance.random() < 0.6:
            body = self._mutator.mutant(body)
            lines = [row for row in lines if not row.startswith(b"Content-Length")] + [
                b"Content-Length: %d" % len(body)
            ]
        else:
            free = [
                place
                for place, row in enumerate(lines)
                if not row.startswith((b"Via", b"From", b"To:", b"Call-ID", b"CSeq", b"SIP/2.0"))
            ]
            place = self._chance.choice(free)
            lines[place] = self._mutator.mutant(lines[place])
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    # Our calls.

    def _new_leg(self) -> Leg:
        port = self._sip.getsockname()[1]
        return Leg(self._host, port, self._rtp.getsockname()[1], self._target)

    def _leg(self) -> Leg | None:
        """Return one of the legs; replace those that have lived their time."""
        if len(self._legs) < _LEGS:
            leg = self._new_leg()
            self._legs.append(leg)
            invite = corpus.request(leg, "INVITE", self._chance, _plain_sdp(leg))
            self._send(invite)
        leg = self._chance.choice(self._legs)
        leg.steps += 1
        if leg.steps > _STEPS_A_LEG:
            self._legs.remove(leg)
            self._send(corpus.request(leg, "BYE", self._chance, plain=True))
        return leg if leg.to_tag else None

    def _listen(self) -> None:
        while True:
            try:
                data = self._sip.recv(65536)
            except BlockingIOError:
                return
            except OSError:
                continue
            self._on_packet(data)

    def _on_packet(self, data: bytes) -> None:
        first = data.split(b"\r\n", 1)[0].split(b" ")
        text = data.decode(errors="replace")
        call = _value(text, "Call-ID")
        leg = next((one for one in self._legs if one.call == call), None)
        if first[0] == b"SIP/2.0":
            status = int(first[1])
            self.answers[str(status)] += 1
            if leg is not None and not leg.placed_by_worker and _value(text, "CSeq").endswith("INVITE"):
                self._on_invite_answered(leg, status, text)
            return
        method = first[0].decode(errors="replace")
        self.answers[method] += 1
        if method == "INVITE" and leg is None:
            leg = self._new_leg()
            leg.call, leg.placed_by_worker, leg.to_tag = call, True, _tag(_value(text, "From"))
            leg.media = _media_address(text)
            self._legs.append(leg)
        leg = leg or self._new_leg()
        self._asked.append((leg, data))
        if method == "BYE" and leg in self._legs:
            self._legs.remove(leg)
        if method != "ACK" and self._chance.random() < 0.8:
            self._reply(leg, data, method)

    def _reply(self, leg: Leg, asked: bytes, method: str) -> None:
        if method != "INVITE":
            self._send(corpus.response(asked, leg, "200 OK", self._chance, plain=True))
            return
        way = self._chance.random()
        if way < 0.5:
            self._send(corpus.response(asked, leg, "200 OK", self._chance, _plain_sdp(leg), plain=True))
        elif way < 0.7:
            self._send(corpus.response(asked, leg, "183 Session Progress", self._chance, _plain_sdp(leg), plain=True))
        elif way < 0.85:
            self._send(corpus.response(asked, leg, "180 Ringing", self._chance, plain=True))
        else:
            status = self._chance.choice(corpus.STATUSES)
            answer = corpus.response(asked, leg, status, self._chance, corpus.sdp(leg, self._chance))
            self._count("response", self._matching(answer))

    def _on_invite_answered(self, leg: Leg, status: int, text: str) -> None:
        leg.to_tag = _tag(_value(text, "To")) or leg.to_tag
        if status < 200:
            return
        leg.media = _media_address(text) or leg.media
        kept = leg.cseq, leg.branch
        number = _value(text, "CSeq").partition(" ")[0]
        leg.cseq = int(number) if number.isdigit() else leg.cseq
        if status < 300:
            leg.branch = f"{leg.branch}a"
        ack = corpus.request(leg, "ACK", self._chance, plain=True)
        leg.cseq, leg.branch = kept
        self._send(ack)
        if status >= 300 and leg in self._legs and not leg.answered:
            self._legs.remove(leg)
        leg.answered = leg.answered or status < 300


def _plain_sdp(leg: Leg) -> str:
    return (
        f"v=0\r\no=- 1 1 IN IP4 {leg.host}\r\ns=-\r\nc=IN IP4 {leg.host}\r\nt=0 0\r\n"
        f"m=audio {leg.rtp_port} RTP/AVP 8 101\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
    )


def _value(text: str, name: str) -> str:
    found = re.search(rf"^{name}\s*:\s*([^\r\n]*)", text, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""


def _tag(value: str) -> str:
    found = re.search(r";\s*tag=([^;\s>]+)", value)
    return found[1] if found else ""


def _media_address(text: str) -> tuple[str, int] | None:
    port = re.search(r"^m=audio (\d+)", text, re.MULTILINE)
    return ("127.0.0.1", int(port[1])) if port and 0 < int(port[1]) < 65535 else None
