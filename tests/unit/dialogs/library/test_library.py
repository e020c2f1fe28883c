"""The way of a version: a second person's approval, publication, rollback; and who may do what."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dialogs.library.actors import Actor, Permission
from dialogs.library.library import Library
from dialogs.library.shelf import Version, VersionState
from engine.errors import LibraryError, ScenarioError, StepRefused

Make = Callable[[str], Version]


def word(library: Library, version: Version) -> str:
    """Return the word by which a version differs, having loaded it."""
    assert library.load("reminder", version).name == "reminder"
    found = re.search(r"Sorry, (.+?)\.", (library.folder(version) / "scenario.yaml").read_text())
    assert found is not None
    return found[1]


def test_versions_come_into_service_and_are_rolled_back(library: Library, people: Any, published: Make) -> None:
    """Each keeps its files and its number, and the history tells every step with who took it."""
    first, second = published("one"), published("two")
    assert (str(second), second.state, second.approved_by) == ("v2", VersionState.PUBLISHED, "reviewer")
    assert library.shelf("reminder").current == 2
    library.roll_back("reminder", 1, people.chief, "the new words were misheard")
    assert library.choose("reminder", "A-1") == (library.version("reminder", 1), None)
    assert [word(library, version) for version in (first, second)] == ["one", "two"]
    steps = [(entry.kind, entry.by) for entry in library.history("reminder")]
    made = [("draft_begun", "writer"), ("file_saved", "writer"), ("submitted", "writer")]
    passed = [("approved", "reviewer"), ("published", "chief")]
    assert steps == [*made, *passed, *made, *passed, ("rolled_back", "chief")]


def test_a_library_read_anew_is_the_same(library: Library, people: Any, published: Make, tmp_path: Path) -> None:
    """All that another process, or the next start, knows is what the journal says."""
    published("one")
    library.drafts.begin_from_version("reminder", people.writer, 1)
    again = Library(tmp_path / "library")
    assert again.shelves() == library.shelves()
    assert again.history() == library.history()


@pytest.mark.parametrize("name", ["writer", "WRITER"])
def test_nobody_approves_their_own_work(library: Library, people: Any, submitted: Make, name: str) -> None:
    """Whatever their permissions, and however they write their name."""
    submitted("one")
    with pytest.raises(StepRefused, match="takes a second person's approval: it is the work of writer"):
        library.approve("reminder", 1, Actor(name, frozenset(Permission)))


def test_everybody_who_changed_anything_is_an_author(
    library: Library, people: Any, submitted: Make, worded: Callable[[str], str], edit: Any, submit: Any
) -> None:
    """Also of a version that was sent back and taken up by another; but not of what was in service before."""
    submitted("one")
    library.withdraw("reminder", 1, people.reviewer, "a comma is missing")
    library.drafts.begin_from_version("reminder", people.chief, 1)
    edit(worded("now, one"), people.chief)
    assert submit(people.reviewer).authors == ("chief", "writer")
    for actor in (people.chief, people.reviewer, Actor("writer", frozenset(Permission))):
        with pytest.raises(StepRefused, match="second person's"):
            library.approve("reminder", 2, actor)
    library.approve("reminder", 2, Actor("second", frozenset({Permission.APPROVE})))
    library.publish("reminder", 2, people.chief)
    library.drafts.begin_from_version("reminder", people.writer, 2)
    edit(worded("three"), people.writer)
    assert submit(people.writer).authors == ("writer",)


@pytest.mark.parametrize(
    ("step", "missing"),
    [
        (lambda library, who: library.drafts.begin_empty("other", who), Permission.EDIT),
        (lambda library, who: library.withdraw("reminder", 1, who, "why not"), Permission.EDIT),
        (lambda library, who: library.approve("reminder", 1, who), Permission.APPROVE),
        (lambda library, who: library.publish("reminder", 1, who), Permission.PUBLISH),
        (lambda library, who: library.roll_back("reminder", 1, who, "why not"), Permission.PUBLISH),
        (lambda library, who: library.experiments.start("reminder", 1, who, share=0.5), Permission.PUBLISH),
        (lambda library, who: library.experiments.finish("reminder", who, "A"), Permission.PUBLISH),
    ],
)
def test_every_step_takes_its_permission(library: Library, submitted: Make, step: Any, missing: Permission) -> None:
    """Whoever has all others is refused, and nothing is noted."""
    submitted("one")
    before = library.history()
    others = frozenset(Permission) - {missing} - ({Permission.APPROVE} if missing is Permission.EDIT else set())
    with pytest.raises(StepRefused, match=f"permission to {missing}"):
        step(library, Actor("somebody", others))
    assert library.history() == before


def test_versions_take_one_step_at_a_time(library: Library, people: Any, submitted: Make) -> None:
    """Nothing unapproved comes into service, nothing in service is withdrawn, and a rollback has a reason."""
    submitted("one")
    with pytest.raises(StepRefused, match="v1 of reminder is submitted, not approved; it takes a second person's"):
        library.publish("reminder", 1, people.chief)
    with pytest.raises(StepRefused, match="v1 of reminder is submitted, not published"):
        library.roll_back("reminder", 1, people.chief, "never was in service")
    library.approve("reminder", 1, people.reviewer)
    with pytest.raises(StepRefused, match="is approved, not submitted; publish it"):
        library.approve("reminder", 1, people.reviewer)
    library.publish("reminder", 1, people.chief)
    with pytest.raises(StepRefused, match="is published; what was in service is rolled back to"):
        library.withdraw("reminder", 1, people.chief, "too late")
    with pytest.raises(LibraryError, match="say why it is rolled back"):
        library.roll_back("reminder", 1, people.chief, "  ")
    with pytest.raises(StepRefused, match="v1 of reminder is in service already"):
        library.roll_back("reminder", 1, people.chief, "again")
    with pytest.raises(LibraryError, match="reminder has no version 7 in the library; there are v1"):
        library.publish("reminder", 7, people.chief)


def test_what_fails_a_check_is_no_version(
    library: Library, people: Any, worded: Callable[[str], str], edit: Any, submit: Any, tmp_path: Path
) -> None:
    """The draft stays, the message names file, line and mend, and no files are left behind."""
    library.drafts.begin_empty("reminder", people.writer)
    edit(worded("one").replace("to: check", "to: chekc"), people.writer)
    (problem,) = library.drafts.check("reminder")
    assert (problem.file, problem.line) == ("scenario.yaml", 16)
    assert "did you mean `check`?" in problem.message
    with pytest.raises(ScenarioError, match=r"^scenario.yaml:16:\d+: unknown state `chekc`"):
        submit(people.writer)
    edit(worded("one").replace("name: reminder", "name: other"), people.writer)
    with pytest.raises(ScenarioError, match="is not the library's `reminder`"):
        submit(people.writer)
    assert library.shelf("reminder").draft is not None
    assert list((tmp_path / "library" / "versions").iterdir()) == []


def test_a_draft_without_a_change_is_no_version(library: Library, people: Any, published: Make, submit: Any) -> None:
    """And the version that it was made from keeps its files."""
    version = published("one")
    library.drafts.begin_from_version("reminder", people.writer, 1)
    with pytest.raises(StepRefused, match="differs in nothing from v1 of reminder"):
        submit(people.writer)
    assert word(library, version) == "one"


def test_files_that_were_changed_on_disk_are_found(
    library: Library, people: Any, published: Make, submit: Any, tmp_path: Path
) -> None:
    """A version is never loaded as something else than was approved, and a draft's authors are all known."""
    version = published("one")
    library.drafts.begin_from_version("reminder", people.writer, 1)
    draft = library.shelf("reminder").draft
    assert draft is not None
    file = library.drafts.folder(draft) / "scenario.yaml"
    file.write_text(file.read_text().replace("one", "two"))
    with pytest.raises(StepRefused, match=r"scenario.yaml: was changed in the library's folder"):
        submit(people.writer)
    file = library.folder(version) / "scenario.yaml"
    file.chmod(0o600)
    file.write_text(file.read_text().replace("one", "two"))
    with pytest.raises(LibraryError, match="was changed on disk"):
        library.load("reminder", version)


def test_equal_files_are_kept_once(
    library: Library, people: Any, published: Make, edit: Any, submit: Any, worded: Callable[[str], str]
) -> None:
    """A recording that ten versions share takes the room of one."""
    published("one")
    library.drafts.begin_from_version("reminder", people.writer, 1)
    library.drafts.upload("reminder", "sorry.wav", b"RIFF" + bytes(5000), people.writer, revision=None)
    second = submit(people.writer)
    library.drafts.begin_from_version("reminder", people.writer, 2)
    edit(worded("three"), people.writer)
    third = submit(people.writer)
    inodes = {(library.folder(version) / "sorry.wav").stat().st_ino for version in (second, third)}
    assert len(inodes) == 1


def test_a_folder_is_taken_in_without_what_is_none_of_it(
    library: Library, people: Any, worded: Callable[[str], str], tmp_path: Path
) -> None:
    """Hidden files stay outside; a link, or a file of another kind, is refused by name; a draft is left alone."""
    draft = library.drafts.begin_empty("reminder", people.reviewer)
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "scenario.yaml").write_text(worded("one"))
    (folder / ".git").mkdir()
    (folder / "scenario.yaml~").touch()
    (folder / "secret.yaml").symlink_to("/etc/hostname")
    with pytest.raises(LibraryError, match=r"secret.yaml: is a link"):
        library.submit_folder("reminder", people.writer, "", folder)
    (folder / "secret.yaml").unlink()
    (folder / "run.sh").touch()
    with pytest.raises(LibraryError, match=r"'run.sh': a scenario holds files of these kinds"):
        library.submit_folder("reminder", people.writer, "", folder)
    (folder / "run.sh").unlink()
    version = library.submit_folder("reminder", people.writer, "as we have it", folder)
    assert (version.authors, version.base, library.shelf("reminder").draft) == (("writer",), None, draft)
    assert [file.name for file in library.folder(version).iterdir()] == ["scenario.yaml"]
    library.approve("reminder", 1, people.reviewer)
    library.publish("reminder", 1, people.chief)
    with pytest.raises(StepRefused, match="differs in nothing from v1 of reminder"):
        library.submit_folder("reminder", people.writer, "", folder)


def test_what_scenarios_share_is_copied_into_each(
    library: Library, people: Any, worded: Callable[[str], str], submit: Any, tmp_path: Path
) -> None:
    """So that nothing that was approved changes with it; the copy is edited like any other file."""
    mine, common = tmp_path / "mine", tmp_path / "common"
    mine.mkdir()
    common.mkdir()
    whole, prompts, sorry = worded("one").partition("prompts:\n")
    line = next(line for line in sorry.splitlines() if line.startswith("  sorry:"))
    include = "include: [../common/shared.yaml]\n"
    (mine / "scenario.yaml").write_text(whole + include + prompts + sorry.replace(line + "\n", ""))
    (common / "shared.yaml").write_text(f"prompts:\n{line}\n")
    (common / "other.yaml").write_text("prompts: {}\n")
    version = library.submit_folder("reminder", people.writer, "", mine)
    before = library.load("reminder", version).content_hash
    (common / "shared.yaml").unlink()
    assert library.load("reminder", version).content_hash == before == version.scenario_hash
    with pytest.raises(LibraryError, match=r"common/shared.yaml: no such file; create it, or take it out of `include`"):
        library.submit_folder("reminder", people.writer, "", mine)
    library.drafts.begin_from_version("reminder", people.reviewer, 1)
    assert [file.path for file in library.drafts.files("reminder")] == ["common/shared.yaml", "scenario.yaml"]
    seen = library.drafts.read("reminder", "common/shared.yaml")
    broken = seen.content.decode().replace("sorry:", "pardon:")
    revision = library.drafts.save("reminder", "common/shared.yaml", broken, people.reviewer, revision=seen.revision)
    assert library.drafts.check("reminder")[0].file in ("scenario.yaml", "common/shared.yaml")
    better = seen.content.decode().replace("one", "two")
    library.drafts.save("reminder", "common/shared.yaml", better, people.reviewer, revision=revision)
    assert submit(people.reviewer).content_hash != version.content_hash
