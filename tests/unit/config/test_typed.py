"""Typed lines: from a pipe, from a file, and the end of input."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.demo.typed import Keyboard, TypedLines


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Reading and writing end."""
    reading, writing = os.pipe()
    yield reading, writing
    for end in (reading, writing):
        try:
            os.close(end)
        except OSError:
            continue


async def read_all(lines: TypedLines) -> list[str | None]:
    found: list[str | None] = []
    while not found or found[-1] is not None:
        found.append(await lines.next())
    return found


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("", [None]),
        ("yes\n", ["yes", None]),
        ("yes\n\nno", ["yes", "", "no", None]),
        ("да, это я\r\nиә\n", ["да, это я", "иә", None]),
        ("\n", ["", None]),
        ("x" * 9000 + "\ny\n", ["x" * 9000, "y", None]),
    ],
)
async def test_lines_come_from_a_pipe(pipe: tuple[int, int], typed: str, lines: list[str | None]) -> None:
    """Empty ones too, and one that the end of input cuts off."""
    os.write(pipe[1], typed.encode())
    os.close(pipe[1])
    assert await read_all(TypedLines(pipe[0])) == lines


async def test_lines_come_from_a_file(tmp_path: Path) -> None:
    """A regular file cannot be waited for, and need not be."""
    descriptor = os.open(tmp_path / "typed", os.O_CREAT | os.O_RDWR)
    os.write(descriptor, b"yes\nno\n")
    os.lseek(descriptor, 0, os.SEEK_SET)
    assert await read_all(TypedLines(descriptor)) == ["yes", "no", None]
    os.close(descriptor)


async def test_a_line_that_comes_in_pieces_is_one(pipe: tuple[int, int]) -> None:
    """Also where a letter is cut in two."""
    waiting = asyncio.create_task(TypedLines(pipe[0]).next())
    for piece in (b"\xd0", b"\xb4\xd0\xb0", b"\n"):
        await asyncio.sleep(0.001)
        os.write(pipe[1], piece)
    assert await waiting == "да"


async def test_a_wait_for_typing_can_be_cancelled(pipe: tuple[int, int]) -> None:
    """Nothing stays behind that would hold the program until Enter."""
    lines = TypedLines(pipe[0])
    waiting = asyncio.create_task(lines.next())
    await asyncio.sleep(0.001)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    os.write(pipe[1], b"later\n")
    assert await lines.next() == "later"


async def test_bytes_that_are_no_utf8_are_shown_as_such(pipe: tuple[int, int]) -> None:
    """A terminal in another encoding ends no call."""
    os.write(pipe[1], b"\xe4\xe0\n")
    assert await TypedLines(pipe[0]).next() == "��"


def test_a_keyboard_without_a_call_wants_nothing() -> None:
    """Typing after the end is without effect."""
    keyboard = Keyboard()
    keyboard.type("hello", 1.0)
    assert not keyboard.wanted
