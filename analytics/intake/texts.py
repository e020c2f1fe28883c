"""The text of an export: its encoding found out, and told."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from engine.errors import IntakeError

_MOST_BYTES = 256 * 2**20
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_KAZAKH_BYTES = frozenset(b"\x8d\x8e\x9d\x9e\xa1\xa2\xa3\xa5\xaa\xaf\xb2\xb3\xb4\xba\xbc\xbd\xbe\xbf")
"""Where KZ-1048 has Kazakh letters and Windows-1251 those of other languages."""
_LEAST_CYRILLIC = 0.8
_MOST_ODD_CASE = 0.05
"""Capitals right after small letters, of all that is not ASCII: so KOI8-R looks, read as Windows-1251."""
_MARKS_OF_TEXT = frozenset("«»–—№„“”’…•₸₽\u00a0°§")


@dataclass(frozen=True, slots=True)
class Text:
    """What a file holds.

    Args:
        content: without a byte order mark.
        encoding: that it was read in.
    """

    content: str
    encoding: str

    @property
    def notice(self) -> str | None:
        """What to tell about the encoding: nothing where the file says it itself or it is certain."""
        if self.encoding.startswith("utf"):
            return None
        return f"read as {self.encoding}, by its letters; save it as UTF-8 to be sure"


def read_text(path: Path) -> Text:
    """Read a file in UTF-8, with or without a mark, UTF-16 with one, Windows-1251 or its Kazakh sister KZ-1048.

    Raises:
        IntakeError: it cannot be read, is too large, or is in none of these; the message names it and the mend.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise IntakeError(f"more than {_MOST_BYTES >> 20} MB; give it day by day")
        return decode_text(path.read_bytes())
    except (OSError, ValueError) as error:
        raise IntakeError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    except IntakeError as error:
        raise IntakeError(f"{path}: {error}") from error


def decode_text(content: bytes) -> Text:
    """Find out the encoding of an export, and read it.

    Raises:
        IntakeError: no encoding that is known fits; the message leaves the file's name to the caller.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise IntakeError(
                f"byte {error.start}: its mark says {encoding}, and it is not; save it as UTF-8"
            ) from None
        encoding = "KZ-1048" if _KAZAKH_BYTES & set(content) else "Windows-1251"
        text = content.decode("kz1048" if encoding == "KZ-1048" else "cp1251", "replace")
        if not _plausible(text):
            line = content.count(b"\n", 0, error.start) + 1
            raise IntakeError(f"line {line}: neither UTF-8 nor Windows-1251; save it as UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise IntakeError(f"line {line}: holds a zero byte, which no text does; save it as UTF-8")
    return Text(text, encoding)


def _plausible(text: str) -> bool:
    foreign = [letter for letter in text if letter > "\x7f"]
    known = sum("\u0400" <= letter <= "\u04ff" or letter in _MARKS_OF_TEXT for letter in foreign)
    odd = sum(one.islower() and next_one.isupper() for one, next_one in pairwise(text))
    return known >= _LEAST_CYRILLIC * len(foreign) and odd <= _MOST_ODD_CASE * len(foreign)
