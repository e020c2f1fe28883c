"""SIP on the wire: what was answered, how fast, and which media ports belong to which caller."""

import re
from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Dialog:
    """One INVITE and what became of it; times in ns, 0 where there was none.

    Args:
        caller: user part of its From.
    """

    caller: str
    invited_ns: int
    answered_ns: int = 0
    status: int = 0
    """The last final response to the INVITE."""
    our_rtp: int = 0
    their_rtp: int = 0
    hung_up_by_us_ns: int = 0


@dataclass
class Signalling:
    """Reads captured datagrams.

    Args:
        datagrams: time in ns, source port, target port and content of each.
        our_ports: of the measured telephony.
    """

    datagrams: list[tuple[int, int, int, bytes]]
    our_ports: set[int]
    dialogs: dict[str, Dialog] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for at_ns, source, _, content in self.datagrams:
            self._read(at_ns, content.decode(errors="replace"), ours=source in self.our_ports)

    @property
    def answers_ms(self) -> list[float]:
        """INVITE → 200 of every call that was answered."""
        return [(one.answered_ns - one.invited_ns) / 1e6 for one in self.dialogs.values() if one.answered_ns]

    @property
    def statuses(self) -> dict[str, int]:
        """How many INVITEs got which final status; 0 for none."""
        return dict(Counter(str(one.status) for one in self.dialogs.values()))

    def our_rtp(self) -> dict[str, int]:
        """Return our media port by caller, of those who were answered."""
        return {one.caller: one.our_rtp for one in self.dialogs.values() if one.our_rtp}

    def first_answer_after(self, at_ns: int) -> int:
        """Return when an INVITE that was sent after a moment was first answered with 200, 0 for never."""
        return min((d.answered_ns for d in self.dialogs.values() if d.invited_ns > at_ns and d.answered_ns), default=0)

    def _read(self, at_ns: int, text: str, *, ours: bool) -> None:
        call_id, cseq = _header(text, "Call-ID|i"), _header(text, "CSeq")
        media = re.search(r"^m=audio (\d+)", text, re.MULTILINE)
        port = int(media[1]) if media else 0
        if text.startswith("INVITE ") and not ours:
            user = re.search(r"sip:([^@>]*)@", _header(text, "From|f"))
            dialog = self.dialogs.setdefault(call_id, Dialog(user[1] if user else "", at_ns))
            dialog.their_rtp = port or dialog.their_rtp
        dialog_or_none = self.dialogs.get(call_id)
        if dialog_or_none is None:
            return
        dialog = dialog_or_none
        if text.startswith("SIP/2.0 ") and ours and "INVITE" in cseq:
            status = int(text.split(" ", 2)[1])
            if status >= 200:
                dialog.status = status
            if status == 200 and not dialog.answered_ns:
                dialog.answered_ns, dialog.our_rtp = at_ns, port
        elif text.startswith("BYE ") and ours and not dialog.hung_up_by_us_ns:
            dialog.hung_up_by_us_ns = at_ns


def _header(text: str, name: str) -> str:
    found = re.search(rf"^(?:{name}) *: *([^\r\n]*)", text, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""
