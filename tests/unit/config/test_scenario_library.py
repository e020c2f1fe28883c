"""`voicebot scenario` on the library, and how a running engine follows it."""

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from config import cli
from config.accounts import AccountBook
from config.commands.scenario.options import anyone
from config.directory import FileDirectory
from config.inbound import InboundDesk, staff
from config.scenarios import open_library, open_serving, renewing
from config.sections import InboundLine
from config.settings import Settings
from dialogs.library.experiment import Arm
from dialogs.library.serving import Served
from engine.accounts import Account, Money, Person
from engine.calls import Direction
from engine.clock import SystemClock
from engine.speech import Language
from engine.store import CallDatabase
from telephony.memory_line import MemoryLine

REMINDER = (Path(__file__).parents[1] / "dialogs" / "reminder.yaml").read_text("utf-8")

pytestmark = pytest.mark.usefixtures("restored_logging")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path / "data"))
    return Settings()


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], str]:
    """Write the scenario with a word into a folder."""

    def write(word: str) -> str:
        (tmp_path / "mine").mkdir(exist_ok=True)
        (tmp_path / "mine" / "scenario.yaml").write_text(REMINDER.replace("Sorry.", f"Sorry, {word}."))
        return str(tmp_path / "mine")

    return write


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli.cli, ["scenario", *words])
    assert result.exit_code == code, result.output
    return result.output


def publish(folder: str, *more: str) -> str:
    return run("publish", folder, "--by", "writer", "--approved-by", "reviewer", *more)


def test_versions_are_published_and_rolled_back(settings: Settings, folder: Callable[[str], str]) -> None:
    """And listed with who did what."""
    assert "soft_collection                 as shipped" in run("list")
    assert "reminder v1 is in service" in publish(folder("one"), "--comment", "the first")
    assert "reminder v2 is in service" in publish(folder("two"))
    assert "reminder v1 is in service again" in run(
        "rollback", "reminder", "1", "--reason", "misheard", "--by", "chief"
    )
    assert "reminder                        v1 in service\n" in run("list")
    listed = run("versions", "reminder").splitlines()
    assert listed[0].startswith("v2   published ")
    assert listed[1].startswith("v1   in service")
    assert listed[1].endswith("by writer, approved by reviewer: the first")
    assert [line[21:] for line in run("history", "reminder").splitlines()][-2:] == [
        "writer: published reminder v2",
        "chief: rolled reminder back to v1: misheard",
    ]
    assert '"kind":"rolled_back"' in run("history", "--json").splitlines()[-1]


def test_publishing_takes_a_second_person(settings: Settings, folder: Callable[[str], str]) -> None:
    """By name on the command line; one and the same is refused, and leaves nothing."""
    mine = folder("one")
    assert "name the second person" in run("publish", mine, code=2)
    assert "must be a second person" in run("publish", mine, "--by", "writer", "--approved-by", "Writer", code=2)
    assert "is no folder" in run("publish", "reminder", "--approved-by", "b", code=2)
    assert not settings.scenarios_dir.exists()


def test_what_fails_a_check_is_not_published(settings: Settings, folder: Callable[[str], str]) -> None:
    """Exit code 2, and the place in the file."""
    mine = Path(folder("one"), "scenario.yaml")
    mine.write_text(mine.read_text().replace("to: check", "to: chekc"))
    assert "scenario.yaml:16:" in run("publish", str(mine.parent), "--by", "a", "--approved-by", "b", code=2)
    assert run("versions", "reminder") == "The library has no version of reminder.\n"


def test_an_experiment_is_started_watched_and_finished(settings: Settings, folder: Callable[[str], str]) -> None:
    """Without a call there is nothing to say yet, and that is said."""
    publish(folder("one"))
    publish(folder("two"))
    CallDatabase(settings.database_url, recordings=settings.paths.recordings_dir).close()
    assert "there was no experiment on reminder" in run("experiment", "status", "reminder", code=1)
    started = run("experiment", "start", "reminder", "1", "--share", "20")
    assert "reminder v2 for 80 %, v1 for 20 % of the accounts" in started
    assert "v1 for 20% of the accounts" in run("list")
    shown = run("experiment", "status", "reminder")
    assert "A  v2         0 calls       0 debtors reached" in shown
    assert "Nothing can be said yet: to see a difference of 5 points, about" in shown
    assert "reminder v1 is in service for all accounts" in run("experiment", "finish", "reminder", "--winner", "B")


async def test_a_running_engine_is_told_of_a_publication(settings: Settings, folder: Callable[[str], str]) -> None:
    """By the loop, within seconds; a fault in between ends nothing."""
    await asyncio.to_thread(publish, folder("one"))
    serving = open_serving(settings, ["reminder"])
    told: asyncio.Queue[Served] = asyncio.Queue()

    def renewed(served: dict[str, Served]) -> None:
        told.put_nowait(served["reminder"])
        raise RuntimeError("a fault of ours")

    async with renewing(serving, renewed):
        for word, label in (("two", "reminder v2"), ("three", "reminder v3")):
            await asyncio.to_thread(publish, folder(word))
            served = await asyncio.wait_for(told.get(), 10)
            assert served.usual.label == serving.of("reminder").usual.label == label
    assert open_library(settings).shelf("reminder").current == 3


def test_a_version_of_the_library_is_published_by_its_number(settings: Settings, folder: Callable[[str], str]) -> None:
    """Once somebody else has approved it, here or elsewhere."""
    library = open_library(settings)
    library.submit_folder("reminder", anyone("writer"), "waits", Path(folder("one")))
    assert "it takes a second person's approval first" in run("publish", "reminder", "--version", "1", code=1)
    assert "is the work of writer" in run("publish", "reminder", "--version", "1", "--approved-by", "writer", code=1)
    assert "v1 is in service" in run("publish", "reminder", "--version", "1", "--approved-by", "reviewer")
    assert "has no version 2 in the library" in run("publish", "reminder", "--version", "2", code=1)


async def test_a_caller_gets_the_arm_of_the_account_once_it_is_known(
    settings: Settings, folder: Callable[[str], str]
) -> None:
    """The record begins with version A, which a stranger would get, and follows when the caller is handed over."""
    await asyncio.to_thread(publish, folder("one"))
    await asyncio.to_thread(publish, folder("two"))
    library = open_library(settings)
    experiment = library.experiments.start("reminder", 1, anyone("chief"), share=0.5)
    accounts = [_account(f"A-{number}") for number in range(20)]
    by_arm = {arm: next(one for one in accounts if experiment.arm(one.account_id) is arm) for arm in Arm}
    line = InboundLine(number="*", creditor="Example Bank", scenario="reminder")
    lines = staff([line], open_serving(settings, ["reminder"]))
    for arm, account in by_arm.items():
        directory = FileDirectory(AccountBook({}, {"77010000001": (account,)}))
        desk = InboundDesk(lines, directory, SystemClock(), person_on_hand=lambda: False)
        told: list[tuple[str, str]] = []
        opening = await desk.meet(
            MemoryLine(f"call-{arm}", 0, Direction.INBOUND, "77010000001", "1"),
            lambda account, dialog, told=told: told.append((dialog.scenario_hash, dialog.scenario_version)),  # type: ignore[misc]
        )
        assert opening is not None
        assert opening.dialog.scenario_hash == library.version("reminder", 2).scenario_hash
        opening.dialog.begin()
        opening.dialog.no_input()
        version = library.version("reminder", experiment.version(arm))
        assert told == [(version.scenario_hash, experiment.label(arm))]
        assert opening.dialog.scenario_hash == version.scenario_hash


def _account(account_id: str) -> Account:
    person = Person("Alex Sample", "Alex", Language.ENGLISH, "77010000001")
    return Account(account_id, person, "Example Bank", {}, Money.of(45000), 12, date(2026, 11, 10), Money.of(5000))
