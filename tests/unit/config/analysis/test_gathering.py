"""Files that an operator names, as orders."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from analytics.conversation import Medium, Role
from analytics.intake.metadata import USUAL_ROLES
from analytics.intake.values import Reading
from analytics.pipeline.orders import order_document, order_of
from config.analysis.gathering import Gathered, Wanted, gather
from engine.errors import IntakeError

READING = Reading(zone=ZoneInfo("Asia/Almaty"))


def gathered(*paths: Path, metadata: Path | None = None, medium: Medium | None = None) -> Gathered:
    return gather(paths, Wanted(READING, USUAL_ROLES, "ru", medium, metadata), lambda path, done, whole: None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "calls" / "day").mkdir(parents=True)
    for name, content in {
        "a.wav": b"a",
        "day/b.MP3": b"bb",
        "copy.wav": b"a",
        "list.txt": b"",
        ".hidden.wav": b"h",
    }.items():
        (tmp_path / "calls" / name).write_bytes(content)
    return tmp_path / "calls"


def test_recordings_of_a_folder_with_what_is_known_of_them(folder: Path, tmp_path: Path) -> None:
    """Each once, by content where nobody names it; the rest of the folder is counted."""
    metadata = tmp_path / "facts.csv"
    metadata.write_text(
        "file,contact_id,started_at,left,right,language,debt,agent\n"
        "day/b.mp3,,,,,,,\nday/b.MP3,c-9,2026-11-23T10:00:00+05:00,client,operator,kk,45000.00,op7\ngone.wav,c-8,,,,,,\n"
    )
    found = gathered(folder, metadata=metadata)
    assert found.refused == []
    assert list(found.orders) == ["rec-ca978112ca1bbdcafac231b3", "c-9"]
    first, weight = found.orders["rec-ca978112ca1bbdcafac231b3"]
    assert (first.language, first.started_at, weight) == ("ru", None, 1)
    named, _ = found.orders["c-9"]
    assert (named.language, dict(named.attributes)) == ("kk", {"debt": "45000.00", "agent": "op7"})
    assert named.recording is not None
    assert (named.recording.roles.left, named.recording.roles.right) == (Role.CLIENT, Role.AGENT)
    assert order_of(order_document(named)) == named
    assert [notice.partition(": ")[2] for notice in found.notices] == [
        "files left out, as by their names they are no recordings: 1",
        f"is the same as {folder / 'a.wav'}",
        "rows of files that were not given: 2",
    ]


def test_what_cannot_be_used_is_told_and_the_rest_is_taken(folder: Path, tmp_path: Path) -> None:
    """A file that is not there, one whose row is wrong, and one that takes another's name."""
    metadata = tmp_path / "facts.csv"
    metadata.write_text("file,contact_id,debt\na.wav,c-1,much\nb.MP3,c-2,\nlist.txt,c-2,\n")
    found = gathered(
        folder / "a.wav", folder / "none.wav", folder / "day" / "b.MP3", folder / "list.txt", metadata=metadata
    )
    assert list(found.orders) == ["c-2"]
    row, broken, missing, twice = found.refused
    assert "line 2, column 3 (debt): write a sum as 45000.00" in row
    assert "what its metadata says is wrong" in broken
    assert "none.wav: no such file" in missing
    assert "contact c-2 was given before, otherwise" in twice
    with pytest.raises(IntakeError, match="is empty"):
        gathered(folder, metadata=folder / "list.txt")


def test_written_contacts_are_read_at_once(tmp_path: Path) -> None:
    """Their words are in the order, so the file may go."""
    (tmp_path / "chats.csv").write_text("contact_id;sent_at;role;text\nc-1;23.11.2026 10:00;client;Оплачу завтра\n")
    found = gathered(tmp_path, medium=Medium.CHAT)
    order, _ = found.orders["c-1"]
    assert (order.medium, order.recording, order.known[0].text) == (Medium.CHAT, None, "Оплачу завтра")
    assert order_of(order_document(order)) == order
