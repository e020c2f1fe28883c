"""Mutants of messages: what goes wrong on a wire, what a careless program writes, and what an attacker tries."""

import random
import re
from collections.abc import Callable

EXTREMES = (
    *(b"0", b"-1", b"1", b"255", b"256", b"32767", b"32768", b"65535", b"65536", b"2147483647", b"2147483648"),
    *(
        b"4294967295",
        b"4294967296",
        b"18446744073709551616",
        b"9" * 40,
        b"0x41",
        b"1e9",
        b"00000000000000001",
        b"3.7",
        b"",
    ),
)
SPITE = (
    *(b"\x00", b"%00", b"%", b"%zz", b"%n%s%x", b"\xff\xfe", b"\xc3\x28", b"\r", b"\n", b"\r\n", b"\r\n ", b"\t", b" "),
    *(b'"', b'\\"', b"<", b">", b"<>", b";", b";;", b",", b"@", b":", b"//", b"=", b"?", b"&", b"[", b"]", b"[::1]"),
    *(
        b"127.0.0.1",
        b"0.0.0.0",
        b"255.255.255.255",
        b"224.0.0.1",
        b"sip:",
        b"sips:",
        b"tel:+1",
        b";lr",
        b";maddr=127.0.0.9",
    ),
    *(b"A" * 70, b"A" * 300, b"A" * 1500, b"../", b"${x}", b"' or 1=1--", b"SIP/2.0", b"sip:127.0.0.1:1;transport=tcp"),
)
_NUMBER = re.compile(rb"\d+")
_TOKEN = re.compile(rb"[A-Za-z0-9_.+-]+")

Change = Callable[[bytearray], bytearray]


class Mutator:
    """Makes mutants, the same ones for the same seed.

    Args:
        generator: where chance comes from.
    """

    def __init__(self, generator: random.Random) -> None:
        self._chance = generator
        self._changes: tuple[Change, ...] = (
            *(self._flip, self._insert, self._delete, self._double, self._number, self._number, self._swap_tokens),
            *(self._without_line, self._line_twice, self._lines_swapped, self._line_grown, self._truncate, self._fold),
            *(self._escape, self._other_line_ends, self._other_case),
        )

    def mutant(self, data: bytes, other: bytes = b"") -> bytes:
        """Return a mutant of a message, now and then spliced with another one."""
        changed = bytearray(data)
        if other and self._chance.random() < 0.08:
            changed = changed[: self._place(changed)] + bytearray(other)[self._place(other) :]
        for _ in range(self._chance.choice((1, 1, 1, 2, 3, 6))):
            if changed:
                changed = self._chance.choice(self._changes)(changed)
        return bytes(changed)

    def _place(self, data: bytes | bytearray) -> int:
        return self._chance.randrange(len(data) + 1)

    def _flip(self, data: bytearray) -> bytearray:
        for _ in range(self._chance.choice((1, 1, 4, 16))):
            data[self._chance.randrange(len(data))] ^= 1 << self._chance.randrange(8)
        return data

    def _insert(self, data: bytearray) -> bytearray:
        place = self._place(data)
        return data[:place] + self._chance.choice(SPITE) + data[place:]

    def _delete(self, data: bytearray) -> bytearray:
        place = self._place(data)
        return data[:place] + data[place + self._chance.choice((1, 1, 2, 8, 64)) :]

    def _double(self, data: bytearray) -> bytearray:
        place = self._place(data)
        piece = data[place : place + self._chance.choice((1, 4, 30, 200))]
        return data[:place] + piece * self._chance.choice((2, 3, 20)) + data[place:]

    def _number(self, data: bytearray) -> bytearray:
        found = list(_NUMBER.finditer(data))
        if not found:
            return data
        one = self._chance.choice(found)
        return data[: one.start()] + self._chance.choice(EXTREMES) + data[one.end() :]

    def _swap_tokens(self, data: bytearray) -> bytearray:
        found = list(_TOKEN.finditer(data))
        if len(found) < 2:
            return data
        first, second = sorted(self._chance.sample(found, 2), key=lambda one: one.start())
        return data[: first.start()] + second[0] + data[first.end() : second.start()] + first[0] + data[second.end() :]

    def _lines(self, data: bytearray) -> list[bytearray]:
        return data.split(b"\r\n")

    def _without_line(self, data: bytearray) -> bytearray:
        lines = self._lines(data)
        del lines[self._chance.randrange(len(lines))]
        return bytearray(b"\r\n".join(lines))

    def _line_twice(self, data: bytearray) -> bytearray:
        lines = self._lines(data)
        one = self._chance.randrange(len(lines))
        lines[one:one] = [lines[one]] * self._chance.choice((1, 1, 3, 40))
        return bytearray(b"\r\n".join(lines))

    def _lines_swapped(self, data: bytearray) -> bytearray:
        lines = self._lines(data)
        one, two = self._chance.randrange(len(lines)), self._chance.randrange(len(lines))
        lines[one], lines[two] = lines[two], lines[one]
        return bytearray(b"\r\n".join(lines))

    def _line_grown(self, data: bytearray) -> bytearray:
        lines = self._lines(data)
        lines[self._chance.randrange(len(lines))] += self._chance.choice(SPITE) * self._chance.choice((1, 8, 40))
        return bytearray(b"\r\n".join(lines))

    def _truncate(self, data: bytearray) -> bytearray:
        return data[: self._place(data)]

    def _fold(self, data: bytearray) -> bytearray:
        return data.replace(b" ", self._chance.choice((b"\r\n ", b"\t", b"  ", b"")), self._chance.choice((1, 3, -1)))

    def _escape(self, data: bytearray) -> bytearray:
        place = self._place(data)
        piece = data[place : place + self._chance.choice((1, 3, 12))]
        return data[:place] + b"".join(b"%%%02X" % octet for octet in piece) + data[place + len(piece) :]

    def _other_line_ends(self, data: bytearray) -> bytearray:
        ends = self._chance.choice((b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n\r\n", b"\x00"))
        return data.replace(b"\r\n", ends, self._chance.choice((1, 2, -1)))

    def _other_case(self, data: bytearray) -> bytearray:
        place = self._place(data)
        return data[:place] + data[place : place + 60].swapcase() + data[place + 60 :]
