"""Drafts: nobody's work is lost, nothing that does not parse is kept, and no path leads out."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dialogs.library import paths
from dialogs.library.drafts import DraftFile
from dialogs.library.library import Library
from dialogs.library.shelf import Version
from dialogs.loader import load_scenario
from engine.errors import EditConflict, LibraryError, ScenarioError, StepRefused

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "


def test_a_draft_of_a_shipped_scenario_is_that_scenario(library: Library, people: Any) -> None:
    """Also under a name of one's own, which then stands in its file."""
    library.drafts.begin_from_shipped("soft_collection", people.writer)
    assert library.drafts.check("soft_collection") == ()
    draft = library.drafts.begin_from_shipped("gentle", people.writer, "soft_collection")
    assert load_scenario(library.drafts.folder(draft)).name == "gentle"
    assert library.shelf("gentle").draft == draft
    assert draft.authors == ()
    with pytest.raises(LibraryError, match="there is no shipped scenario 'harsh'"):
        library.drafts.begin_from_shipped("harsh", people.writer)


def test_whoever_edits_what_another_has_changed_is_told(library: Library, people: Any) -> None:
    """Nothing is overwritten: the change goes into the text as it is by now."""
    library.drafts.begin_empty("reminder", people.writer)
    seen = library.drafts.read("reminder", "scenario.yaml")
    text = seen.content.decode()
    newer = library.drafts.save("reminder", "scenario.yaml", text + "# one\n", people.writer, revision=seen.revision)
    with pytest.raises(EditConflict, match=r"scenario.yaml: writer changed it at \d\d:\d\d:\d\d UTC; read it again"):
        library.drafts.save("reminder", "scenario.yaml", "name: x", people.reviewer, revision=seen.revision)
    library.drafts.save("reminder", "scenario.yaml", text + "# two\n", people.reviewer, revision=newer)
    with pytest.raises(EditConflict):
        library.drafts.save("reminder", "scenario.yaml", text, people.writer, revision=None)
    with pytest.raises(EditConflict):
        library.drafts.delete("reminder", "scenario.yaml", people.writer, revision=newer)
    with pytest.raises(EditConflict, match=r"reviewer has changed scenario.yaml of reminder since you looked"):
        library.drafts.discard("reminder", people.writer, edition=1)


def test_of_many_who_save_at_once_one_wins_and_all_others_know(library: Library, people: Any) -> None:
    """Threads of one process here; processes are tried in the integration tests."""
    library.drafts.begin_empty("reminder", people.writer)
    seen = library.drafts.read("reminder", "scenario.yaml").revision
    outcomes: list[str] = []

    def save(number: int) -> None:
        try:
            library.drafts.save("reminder", "scenario.yaml", f"name: n{number}\n", people.writer, revision=seen)
            outcomes.append("saved")
        except EditConflict:
            outcomes.append("told")

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["saved", *["told"] * 7]


def test_what_does_not_parse_is_not_saved(library: Library, people: Any) -> None:
    """The message names line and column; the file stays as it was, and so does the history."""
    library.drafts.begin_empty("reminder", people.writer)
    seen, before = library.drafts.read("reminder", "scenario.yaml"), library.history()
    for text, message in (
        ("name: [reminder\n", r"^scenario.yaml:2:1: not YAML"),
        ("name: reminder\nname: other\n", r"^scenario.yaml:2:1: `name` stands twice"),
        ("", r"^scenario.yaml:1:1: the file is empty"),
        ("x: " + "y" * paths.max_bytes("a.yaml"), r"^scenario.yaml:1:1: larger than 512 KiB"),
    ):
        with pytest.raises(ScenarioError, match=message):
            library.drafts.save("reminder", "scenario.yaml", text, people.writer, revision=seen.revision)
    assert library.drafts.read("reminder", "scenario.yaml") == seen
    assert library.history() == before


def test_texts_from_any_system_are_taken(library: Library, people: Any) -> None:
    """A browser sends line ends of its own."""
    library.drafts.begin_empty("reminder", people.writer)
    library.drafts.save("reminder", "more.yaml", "prompts:\r\n  a: {ru: б}\r\n", people.writer, revision=None)
    assert library.drafts.read("reminder", "more.yaml").content == "prompts:\n  a: {ru: б}\n".encode()
    with pytest.raises(LibraryError, match="half a character"):
        library.drafts.save("reminder", "more.yaml", "\ud800", people.writer, revision=None)


@pytest.mark.parametrize(
    "path",
    [
        "../scenario.yaml",
        "/etc/passwd.yaml",
        "a/../../b.yaml",
        "..",
        "",
        "a//b.yaml",
        ".hidden.yaml",
        "a\\b.yaml",
        "a\0.yaml",
        "a\n.yaml",
        "run.py",
        "page.html",
        "a/b/c/d.yaml",
        "x" * 101 + ".yaml",
        "a /b.yaml",
        "~.yaml",
    ],
)
def test_no_path_leads_elsewhere(library: Library, people: Any, path: str) -> None:
    """Whatever is asked to be read, saved, uploaded or deleted."""
    library.drafts.begin_empty("reminder", people.writer)
    drafts = library.drafts
    for use in (
        lambda: drafts.read("reminder", path),
        lambda: drafts.save("reminder", path, "a: 1", people.writer, revision=None),
        lambda: drafts.upload("reminder", path, WAV, people.writer, revision=None),
        lambda: drafts.delete("reminder", path, people.writer, revision=""),
    ):
        with pytest.raises(LibraryError):
            use()


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "x" * 65, "a b", "äh", "a\n"])
def test_no_name_leads_elsewhere(library: Library, people: Any, name: str) -> None:
    """Of a scenario."""
    with pytest.raises(LibraryError, match="is no name for a scenario"):
        library.drafts.begin_empty(name, people.writer)
    with pytest.raises(LibraryError, match="is no name for a scenario"):
        library.shelf(name)


def test_recordings_are_uploaded_and_listed(library: Library, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """If they are what their name says, and there is room."""
    library.drafts.begin_empty("reminder", people.writer)
    upload = lambda path, content: library.drafts.upload("reminder", path, content, people.writer, revision=None)  # noqa: E731
    upload("recordings/привет.wav", WAV)
    listed = library.drafts.files("reminder")
    assert listed[0] == DraftFile("recordings/привет.wav", len(WAV), False)
    assert [file.path for file in listed] == ["recordings/привет.wav", "scenario.yaml"]
    with pytest.raises(LibraryError, match="is no OGG file"):
        upload("a.ogg", WAV)
    with pytest.raises(LibraryError, match="is no recording"):
        upload("a.yaml", b"a: 1")
    with pytest.raises(LibraryError, match="larger than 64 MiB"):
        upload("a.wav", WAV + bytes(paths.max_bytes("a.wav")))
    monkeypatch.setattr("dialogs.library.folders.MAX_FILES", 2)
    with pytest.raises(LibraryError, match="more than 2 files"):
        upload("b.wav", WAV)


def test_there_is_one_draft_until_it_is_discarded(library: Library, people: Any, tmp_path: Path) -> None:
    """Its files go with it, and so do those that a crash left of an earlier one."""
    draft = library.drafts.begin_empty("reminder", people.writer)
    with pytest.raises(StepRefused, match="reminder has a draft already, begun by writer at"):
        library.drafts.begin_empty("reminder", people.reviewer)
    library.drafts.discard("reminder", people.reviewer, edition=draft.edition)
    (tmp_path / "library" / "drafts" / "left").mkdir()
    with pytest.raises(LibraryError, match="reminder has no draft; begin one"):
        library.drafts.files("reminder")
    again = library.drafts.begin_empty("reminder", people.writer)
    assert [folder.name for folder in (tmp_path / "library" / "drafts").iterdir()] == [again.draft_id]


def test_a_file_is_deleted_by_who_has_seen_it(library: Library, people: Any, submit: Callable[..., Version]) -> None:
    """Deleting makes an author as any change does."""
    library.drafts.begin_from_shipped("soft_collection", people.writer)
    revision = library.drafts.read("soft_collection", "common/manners.yaml").revision
    library.drafts.delete("soft_collection", "common/manners.yaml", people.reviewer, revision=revision)
    draft = library.shelf("soft_collection").draft
    assert draft is not None
    assert draft.authors == ("reviewer",)
    (problem,) = library.drafts.check("soft_collection")
    assert "no such file in the folder `common`" in problem.message
