"""What a running engine serves: renewed by publications, and never worse than before for a broken library."""

import logging
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dialogs.library.experiment import Arm
from dialogs.library.library import Library
from dialogs.library.serving import Serving
from dialogs.library.shelf import Version
from dialogs.loader import load_scenario
from engine.errors import LibraryError, ScenarioError

Make = Callable[[str], Version]


def test_shipped_scenarios_and_paths_are_served_where_the_library_has_nothing(
    library: Library, worded: Callable[[str], str], tmp_path: Path
) -> None:
    """And looking makes no library."""
    path = tmp_path / "scenario.yaml"
    path.write_text(worded("one"))
    serving = Serving(library, ["soft_collection", str(path)])
    assert serving.of("soft_collection").usual.scenario.name == "soft_collection"
    assert serving.of(str(path)).choose("A-1").label == ""
    assert serving.refresh() == {}
    assert not (tmp_path / "library").exists()
    with pytest.raises(ScenarioError, match="no such file or folder, nor a shipped scenario"):
        Serving(library, ["reminder"])


def test_a_publication_is_served_and_what_was_opened_before_stays(
    library: Library, people: Any, published: Make
) -> None:
    """As is a rollback; each once."""
    published("one")
    serving = Serving(library, ["reminder"])
    before = serving.of("reminder")
    assert (before.usual.label, serving.refresh()) == ("reminder v1", {})
    published("two")
    assert serving.refresh()["reminder"].usual.label == "reminder v2"
    assert serving.refresh() == {}
    assert serving.of("reminder").usual.scenario.content_hash == library.version("reminder", 2).scenario_hash
    assert before.usual.scenario.content_hash == library.version("reminder", 1).scenario_hash
    library.roll_back("reminder", 1, people.chief, "back")
    assert serving.refresh()["reminder"].usual.label == "reminder v1"


def test_a_first_publication_takes_the_place_of_the_shipped_scenario(library: Library, people: Any) -> None:
    """While the engine runs."""
    serving = Serving(library, ["soft_collection"])
    library.drafts.begin_from_shipped("soft_collection", people.writer)
    prompts = library.drafts.read("soft_collection", "scenario.yaml")
    text = prompts.content.decode() + "# ours\n"
    library.drafts.save("soft_collection", "scenario.yaml", text, people.writer, revision=prompts.revision)
    library.submit("soft_collection", people.writer, "ours now", edition=1)
    library.approve("soft_collection", 1, people.reviewer)
    assert serving.refresh() == {}
    library.publish("soft_collection", 1, people.chief)
    assert serving.refresh()["soft_collection"].usual.label == "soft_collection v1"


def test_an_experiment_is_served_by_account_and_ends(
    library: Library, people: Any, published: Make, approved: Make
) -> None:
    """Both arms are named in the label; nobody's arm changes while it runs."""
    published("one")
    serving = Serving(library, ["reminder"])
    approved("two")
    experiment = library.experiments.start("reminder", 2, people.chief, share=0.2)
    served = serving.refresh()["reminder"]
    assert len(served.scenarios) == 2
    accounts = [f"A-{number}" for number in range(500)]
    labels = {account: served.choose(account).label for account in accounts}
    assert set(labels.values()) == {
        f"reminder v1 (arm A of {experiment.experiment_id})",
        f"reminder v2 (arm B of {experiment.experiment_id})",
    }
    assert {account: library.choose("reminder", account)[0].number for account in accounts} == {
        account: 1 if " v1 " in label else 2 for account, label in labels.items()
    }
    assert served.choose(None) is served.usual
    assert library.experiments.finish("reminder", people.chief, Arm.B).number == 2
    assert serving.refresh()["reminder"].usual.label == "reminder v2"
    assert library.shelf("reminder").experiment is None


@pytest.mark.parametrize("damage", ["journal", "version", "gone", "languages"])
def test_what_is_broken_is_logged_once_and_serving_goes_on(
    library: Library,
    people: Any,
    published: Make,
    worded: Callable[[str], str],
    edit: Any,
    submit: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    damage: str,
) -> None:
    """The last good version stays, whatever the library has come to."""
    first = published("one")
    folder = tmp_path / "library"
    serving = Serving(Library(folder), ["reminder"])
    assert serving.of("reminder").usual.scenario.content_hash == first.scenario_hash
    match damage:
        case "journal":
            published("two")
            journal = folder / "journal.jsonl"
            journal.write_bytes(journal.read_bytes().replace(b"reviewer", b"reviewes"))
            reason = "journal.jsonl:4: this line is damaged"
        case "version":
            file = library.folder(published("two")) / "scenario.yaml"
            file.chmod(0o600)
            file.write_text("name: reminder\n")
            reason = "was changed on disk"
        case "gone":
            shutil.rmtree(folder)
            reason = "nothing of it is in the library any more"
        case "languages":
            library.drafts.begin_from_version("reminder", people.writer, 1)
            text = worded("two").replace("languages: [ru, en]", "languages: [ru, kk, en]")
            edit(text.replace(', en: "', ', kk: "{debtor.full_name}, а", en: "'), people.writer)
            library.approve("reminder", submit(people.writer).number, people.reviewer)
            library.publish("reminder", 2, people.chief)
            reason = "it speaks kk, which the engine has not loaded; start it anew"
    with caplog.at_level(logging.INFO):
        assert [serving.refresh() for _ in range(3)] == [{}, {}, {}]
    assert serving.of("reminder").usual.label == "reminder v1"
    (record,) = (each for each in caplog.records if each.levelno > logging.INFO)
    assert "what was served stays in service" in record.message
    assert reason in record.message


def test_a_broken_library_stops_no_start_in_silence(published: Make, tmp_path: Path) -> None:
    """Nobody is called with words that nobody approved."""
    published("one")
    journal = tmp_path / "library" / "journal.jsonl"
    journal.write_bytes(b"{}\n" + journal.read_bytes())
    with pytest.raises(LibraryError, match=r"journal.jsonl:1: this line is damaged"):
        Serving(Library(tmp_path / "library"), ["reminder"])


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5])
def test_shares_are_kept_and_independent_of_earlier_experiments(
    library: Library, people: Any, published: Make, share: float
) -> None:
    """Within four standard deviations over 20 000 accounts; the next experiment takes the same share of B's."""
    published("one")
    published("two")
    arms = []
    for _ in range(2):
        experiment = library.experiments.start("reminder", 1, people.chief, share=share)
        arms.append([experiment.arm(f"{number:08}") for number in range(20_000)])
        library.experiments.finish("reminder", people.chief, Arm.A)
    pairs = Counter(zip(*arms, strict=True))
    for expected, count in ((share, arms[0].count(Arm.B)), (share * share, pairs[Arm.B, Arm.B])):
        deviation = (20_000 * expected * (1 - expected)) ** 0.5
        assert abs(count - 20_000 * expected) < 4 * deviation


def test_loaded_versions_are_the_ones_that_would_be_loaded_by_path(library: Library, published: Make) -> None:
    """The hash in a call's record is that of the loader, wherever the files lie."""
    version = published("one")
    assert load_scenario(library.folder(version)).content_hash == version.scenario_hash
