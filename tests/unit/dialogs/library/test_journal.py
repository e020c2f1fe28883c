"""The journal: what a crash leaves is passed over, what was ever promised is not, and damage is named."""

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dialogs.library.library import Library
from dialogs.library.shelf import Version
from engine.errors import LibraryError

Make = Callable[[str], Version]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "library" / "journal.jsonl"


def test_a_torn_last_line_is_passed_over_wherever_it_is_torn(
    library: Library, people: Any, published: Make, journal: Path
) -> None:
    """By a library that ran on, and by one opened anew; the next step goes in its place, the torn one aside."""
    published("one")
    whole = journal.read_bytes()
    library.drafts.begin_empty("other", people.writer)
    lines = journal.read_bytes()[len(whole) :]
    steps = library.history()[:-1]
    for cut in (1, len(lines) // 2, len(lines) - 2, len(lines) - 1):
        journal.write_bytes(whole + lines[:cut])
        again = Library(journal.parent)
        assert again.history() == steps
        again.drafts.begin_empty("other", people.writer)
        assert [entry.scenario for entry in Library(journal.parent).history()][len(steps) :] == ["other"]
        assert journal.with_name("journal.torn").read_bytes().endswith(lines[:cut] + b"\n")
    journal.write_bytes(whole + bytes(4096) + b"\n")
    assert Library(journal.parent).history() == steps


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [lines[0], lines[1].replace(b"writer", b"nobody"), *lines[2:]],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: [lines[0], b"{}\n", *lines[1:]],
        lambda lines: [lines[0], lines[1][:40] + b"\n", *lines[2:]],
    ],
)
def test_what_was_changed_by_hand_is_an_error_that_names_the_line(
    published: Make, journal: Path, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    """Changed, taken out, swapped, put in: nobody can say any more who approved what."""
    published("one")
    journal.write_bytes(b"".join(change(journal.read_bytes().splitlines(keepends=True))))
    with pytest.raises(LibraryError, match=r"journal.jsonl:[12]: this line is damaged, or was changed; restore"):
        Library(journal.parent).history()


def test_a_journal_that_is_put_back_is_read_again(library: Library, published: Make, journal: Path) -> None:
    """Also by a library that has read another one in its place."""
    published("one")
    first, whole = library.history(), journal.read_bytes()
    published("two")
    journal.write_bytes(whole)
    assert library.history() == first
    journal.write_bytes(b"damaged\n" + whole)
    with pytest.raises(LibraryError):
        library.history()
    journal.write_bytes(whole)
    assert library.history() == first


def test_a_step_of_a_newer_program_is_named(published: Make, journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than passed over: it may be the one that counts."""
    monkeypatch.setattr("dialogs.library.entries.written", lambda entry: b'{"kind":"sold"}')
    with pytest.raises(LibraryError, match=r"journal.jsonl:1: a step that this program does not know"):
        published("one")


def test_a_step_that_finds_no_room_is_not_taken(library: Library, people: Any, published: Make, journal: Path) -> None:
    """The kernel lets the file grow by 20 bytes more: nothing of the step stays, and with room again it is taken."""
    published("one")
    before, steps = journal.read_bytes(), library.history()
    usual, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, most))
    try:
        with pytest.raises(LibraryError, match=r"journal.jsonl: the step cannot be written: File too large"):
            library.drafts.begin_empty("other", people.writer)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (usual, most))
    assert journal.read_bytes() == before
    assert library.history() == steps
    assert library.drafts.begin_empty("other", people.writer).begun_by == "writer"
