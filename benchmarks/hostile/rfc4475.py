"""The torture test messages of RFC 4475, kept in the notation of that document, and what each may be answered.

Its section 2: ``<allOneLine>`` joins the lines up to ``</allOneLine>``, ``<hex>`` holds octets that cannot be printed,
``<repeat count=n>`` a string that comes n times. Every line that is left ends in CRLF.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parents[2] / "tests" / "data" / "rfc4475"

_ONE_LINE = re.compile(rb"<allOneLine>\n(.*?)\n</allOneLine>", re.DOTALL)
_REPEAT = re.compile(rb"<repeat count=(\d+)>(.*?)</repeat>", re.DOTALL)
_HEX = re.compile(rb"<hex>([0-9A-Fa-f\s]*)</hex>")


@dataclass(frozen=True, slots=True)
class Torture:
    """A message of RFC 4475.

    Args:
        name: as the RFC calls it.
        section: of the RFC.
        data: octets on the wire.
        answers: what a user agent may answer; 0 is silence, an INVITE that is let in counts as 180.
        deviation: what our worker answers instead, None where it keeps to the RFC.
        why: the reason of the deviation.
    """

    name: str
    section: str
    data: bytes
    answers: tuple[int, ...]
    deviation: int | None = None
    why: str = ""

    @property
    def expected(self) -> tuple[int, ...]:
        """What our worker is to answer."""
        return self.answers if self.deviation is None else (self.deviation,)


def octets(text: bytes) -> bytes:
    """Return what a text in the RFC's notation stands for."""
    lines = _ONE_LINE.sub(lambda found: found[1].replace(b"\n", b""), text)
    lines = _REPEAT.sub(lambda found: found[2] * int(found[1]), lines).replace(b"\n", b"\r\n")
    return _HEX.sub(lambda found: bytes.fromhex(found[1].decode()), lines)


def messages(folder: Path = FOLDER) -> list[Torture]:
    """Return all messages, in the order of the RFC."""
    table = yaml.safe_load((folder / "answers.yaml").read_text())
    return [
        Torture(
            name,
            str(row["section"]),
            octets((folder / f"{name}.sip").read_bytes()),
            tuple(row["answers"]),
            row.get("deviation"),
            row.get("why", ""),
        )
        for name, row in table.items()
    ]
