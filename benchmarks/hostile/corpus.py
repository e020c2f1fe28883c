"""Messages of our own to make mutants of: every method in and out of a dialog, with bodies and headers of all sorts."""

import itertools
import random
import re
from dataclasses import dataclass, field

_serial = itertools.count(1)

METHODS_IN_DIALOG = (
    *("INVITE", "INVITE", "INVITE", "UPDATE", "UPDATE", "INFO", "INFO", "REFER", "NOTIFY", "PRACK", "OPTIONS"),
    *("SUBSCRIBE", "MESSAGE", "ACK", "CANCEL", "BYE", "PUBLISH", "NOSUCH"),
)
METHODS_ALONE = (
    *("INVITE", "INVITE", "INVITE", "OPTIONS", "REGISTER", "SUBSCRIBE", "NOTIFY", "MESSAGE", "REFER", "INFO", "UPDATE"),
    *("PRACK", "BYE", "CANCEL", "ACK", "PUBLISH", "NOSUCH"),
)
STATUSES = (
    *("100 Trying", "180 Ringing", "181 Forwarded", "183 Session Progress", "199 Early Dialog Terminated", "200 OK"),
    *("200 OK", "202 Accepted", "300 Multiple", "302 Moved", "305 Use Proxy", "401 Unauthorized", "407 Proxy Auth"),
    *(
        "404 Not Found",
        "408 Timeout",
        "415 Unsupported",
        "420 Bad Extension",
        "422 Interval",
        "481 No Call",
        "486 Busy",
    ),
    *("487 Terminated", "488 Not Acceptable", "491 Pending", "494 Agreement", "500 Error", "503 Unavailable", "603 No"),
    *("699 Last", "99 Under", "700 Over"),
)
_HEADERS = (
    *("Session-Expires: 90;refresher=uas", "Session-Expires: 1", "Min-SE: 90", "Min-SE: 99999999", "Require: 100rel"),
    *("Require: timer", "Require: replaces", "Supported: timer, 100rel, replaces, norefersub, outbound, gruu, path"),
    *(
        "Replaces: raw-1;to-tag=1;from-tag=2",
        "Replaces: {call};to-tag={to};from-tag={own}",
        "Refer-To: <sip:x@127.0.0.1:9>",
    ),
    *("Refer-To: <sip:x@127.0.0.1:9?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>", "Referred-By: <sip:y@127.0.0.1>"),
    *("Refer-Sub: false", "Event: refer", "Event: presence", "Event: message-summary", "Event: refer;id=1"),
    *("Subscription-State: active;expires=60", "Subscription-State: terminated;reason=noresource", "Expires: 0"),
    *("Expires: 4294967295", "RAck: 1 1 INVITE", "RSeq: 1", "RSeq: 4294967295", "Route: <sip:127.0.0.1:9;lr>"),
    *("Record-Route: <sip:127.0.0.1:9;lr>", "Record-Route: <sip:127.0.0.1:9>", "Contact: *", "Contact: <tel:+1>"),
    *('WWW-Authenticate: Digest realm="r", nonce="n", qop="auth,auth-int", algorithm=MD5', "Retry-After: 1"),
    *('Proxy-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256, stale=true', "Accept: application/sdp"),
    *('Authorization: Digest username="u", realm="r", nonce="n", uri="sip:x", response="0"', "Unsupported: timer"),
    *("P-Asserted-Identity: <sip:+1@127.0.0.1>, <tel:+1>", "Allow: INVITE", "Content-Encoding: gzip", "Reason: Q.850"),
    *("Content-Disposition: session;handling=required", "History-Info: <sip:a@127.0.0.1>;index=1", "Priority: urgent"),
    *(
        "Security-Client: tls",
        "Identity: x",
        "Geolocation: <cid:x>",
        "Path: <sip:127.0.0.1>",
        "Date: x",
        "Warning: 399",
    ),
    *(
        "Subject: \u0442\u0435\u0441\u0442",
        "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx",
        "Max-Breadth: 0",
        "To: <sip:z>",
    ),
)
_KINDS = {
    "INFO": ("application/dtmf-relay", "application/dtmf", "application/media_control+xml", "text/plain"),
    "MESSAGE": ("text/plain", "application/im-iscomposing+xml", "message/cpim"),
    "NOTIFY": ("message/sipfrag;version=2.0", "application/pidf+xml", "application/simple-message-summary"),
}
_BODIES = (
    *(
        "Signal=5\r\nDuration=160\r\n",
        "5",
        "Signal=!\r\nDuration=-1",
        "Signal=" + "9" * 400,
        "SIP/2.0 200 OK\r\n",
        "SIP/2.0 99",
    ),
    *("hello", "<?xml version='1.0'?><a/>", "Messages-Waiting: yes\r\nVoice-Message: 99999999999/0 (0/0)\r\n", ""),
)


@dataclass(slots=True)
class Leg:
    """One call between us and the worker, as we know it.

    Args:
        host: ours.
        port: ours, of SIP.
        rtp_port: ours.
        target: the worker's SIP.
    """

    host: str
    port: int
    rtp_port: int
    target: tuple[str, int]
    call: str = field(default_factory=lambda: f"fuzz-{next(_serial)}")
    own_tag: str = field(default_factory=lambda: f"t{next(_serial)}")
    to_tag: str = ""
    cseq: int = 1
    branch: str = ""
    media: tuple[str, int] | None = None
    placed_by_worker: bool = False
    answered: bool = False
    steps: int = 0


def sdp(leg: Leg, chance: random.Random) -> str:
    """Return an offer or answer, most of them odd but all of them well-formed."""
    here, port = leg.host, leg.rtp_port
    head = f"v=0\r\no=- {chance.randrange(9)} {chance.randrange(9)} IN IP4 {here}\r\ns=-\r\n"
    at = f"c=IN IP4 {here}\r\nt=0 0\r\n"
    key = "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
    audio = f"m=audio {port} RTP/AVP"
    events, opus = "a=rtpmap:101 telephone-event/8000\r\n", "a=rtpmap:96 opus/48000/255\r\n"
    video = "a=rtpmap:96 H264/90000\r\n"
    return chance.choice(
        (
            f"{head}{at}{audio} 8\r\n",
            f"{head}{at}{audio} 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n",
            f"{head}{at}{audio} 0\r\na=sendonly\r\n",
            f"{head}{at}{audio} 8\r\na=inactive\r\n",
            f"{head}{at}{audio} 8\r\na=recvonly\r\n",
            f"{head}c=IN IP4 0.0.0.0\r\nt=0 0\r\n{audio} 8\r\n",
            f"{head}{at}m=audio 0 RTP/AVP 8\r\n",
            f"{head}{at}m=audio 65535 RTP/AVP 8\r\n",
            f"{head}{at}m=audio {port}/7 RTP/AVP 8\r\n",
            f"{head}{at}{audio} 8\r\nm=audio {port + 2} RTP/AVP 0\r\nm=video {port + 4} RTP/AVP 96\r\n{video}",
            f"{head}{at}m=image {port} udptl t38\r\na=T38FaxVersion:0\r\n",
            f"{head}{at}m=audio {port} RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 {key}\r\n",
            f"{head}{at}m=audio {port} UDP/TLS/RTP/SAVPF 8\r\na=fingerprint:sha-256 00:11\r\na=setup:actpass\r\n",
            f"{head}{at}{audio} 8\r\na=rtcp:{port + 9} IN IP4 {here}\r\na=rtcp-mux\r\na=ssrc:1 cname:x\r\n",
            f"{head}{at}{audio} 8\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n"
            + f"a=candidate:1 1 UDP 1 {here} {port} typ host\r\n" * chance.choice((1, 80)),
            f"{head}{at}{audio} 8\r\na=ptime:{chance.choice((0, 1, 20, 60, 65535))}\r\na=maxptime:1\r\n",
            f"{head}{at}{audio} 8 96\r\na=rtpmap:8 PCMA/{chance.choice((0, 8000, 4294967295))}\r\n{opus}",
            f"{head}{at}{audio} " + " ".join(map(str, range(128))) + "\r\n",
            f"{head}{at}" + f"m=audio {port} RTP/AVP 8\r\n" * 40,
            f"{head}{at}" + "a=x\r\n" * 300 + f"{audio} 8\r\n",
            f"v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 ::1\r\nt=0 0\r\n{audio} 8\r\n",
            f"{head}c=IN IP4 224.2.1.1/127/3\r\nt=0 0\r\n{audio} 8\r\n",
            f"{head}b=AS:0\r\nb=TIAS:99999999999\r\n{at}{audio} 8 101\r\n{events}a=fmtp:101 {'1,' * 200}\r\n",
            f"{head}t=0 0\r\n{audio} 8\r\n",
            f"{head}{at}{audio} 8\r\na=rtpmap:8\r\na=fmtp:\r\na=rtpmap:8 /\r\n",
            "v=0\r\n",
        )
    )


def request(leg: Leg, method: str, chance: random.Random, body: str | None = None, *, plain: bool = False) -> bytes:
    """Return a request of a leg; ``plain`` is without any oddity."""
    kind = "application/sdp"
    if body is None:
        body = "" if plain else _body(leg, method, chance)
        kind = (
            kind
            if body.startswith("v=0")
            else chance.choice(_KINDS.get(method, ("text/plain", "application/sdp", "a/b")))
        )
    if method not in ("ACK", "CANCEL"):
        leg.cseq += 1
        leg.branch = f"z9hG4bKf{next(_serial)}"
    own, other = f"<sip:fuzz@{leg.host}:{leg.port}>;tag={leg.own_tag}", f"<sip:bot@{leg.target[0]}>"
    if leg.to_tag and method != "CANCEL":
        other += f";tag={leg.to_tag}"
    rows = [
        f"{method} sip:bot@{leg.target[0]}:{leg.target[1]} SIP/2.0",
        f"Via: SIP/2.0/UDP {leg.host}:{leg.port};branch={leg.branch};rport",
        *("Max-Forwards: 70", f"From: {own}", f"To: {other}", f"Call-ID: {leg.call}", f"CSeq: {leg.cseq} {method}"),
        f"Contact: <sip:fuzz@{leg.host}:{leg.port}>",
    ]
    if not plain:
        rows += _headers(leg, method, chance)
    if body:
        rows.append(f"Content-Type: {kind}")
    return whole(rows, body)


def response(
    asked: bytes, leg: Leg, status: str, chance: random.Random, body: str = "", *, plain: bool = False
) -> bytes:
    """Return a response to a request of the worker's."""
    rows = [f"SIP/2.0 {status}"]
    for row in asked.decode(errors="replace").partition("\r\n\r\n")[0].split("\r\n")[1:]:
        if re.match(r"(via|from|call-id|cseq|record-route)\s*:", row, re.IGNORECASE):
            rows.append(row)
        elif re.match(r"to\s*:", row, re.IGNORECASE):
            rows.append(row if "tag=" in row else f"{row};tag={leg.own_tag}")
    rows.append(f"Contact: <sip:fuzz@{leg.host}:{leg.port}>")
    if not plain:
        rows += _headers(leg, "", chance)
    if body:
        rows.append("Content-Type: application/sdp")
    return whole(rows, body)


def whole(rows: list[str], body: str) -> bytes:
    """Return a message of its header lines and its body."""
    data = body.encode()
    return "\r\n".join([*rows, f"Content-Length: {len(data)}", "", ""]).encode() + data


def _body(leg: Leg, method: str, chance: random.Random) -> str:
    if method in ("INVITE", "UPDATE", "PRACK") or (method == "ACK" and chance.random() < 0.5):
        return sdp(leg, chance) if chance.random() < 0.9 else ""
    if method in ("INFO", "MESSAGE", "NOTIFY", "PUBLISH", "NOSUCH"):
        return chance.choice(_BODIES)
    return ""


def _headers(leg: Leg, method: str, chance: random.Random) -> list[str]:
    extra = [
        row.format(call=leg.call, to=leg.to_tag, own=leg.own_tag)
        for row in chance.choices(_HEADERS, k=chance.choice((0, 0, 1, 1, 2, 4)))
    ]
    if method == "REFER" and chance.random() < 0.9:
        extra.append("Refer-To: <sip:other@127.0.0.1:9>")
    if method in ("SUBSCRIBE", "NOTIFY") and chance.random() < 0.9:
        extra += [
            f"Event: {chance.choice(('refer', 'presence', 'message-summary', 'dialog'))}",
            "Subscription-State: active",
        ]
    if method == "PRACK":
        extra.append(f"RAck: {chance.randrange(3)} {leg.cseq} INVITE")
    return extra
