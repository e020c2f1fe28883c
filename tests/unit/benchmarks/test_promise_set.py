"""The published set of promises: every file is as its README says, and a fault names its place."""

from pathlib import Path

import pytest

from analytics.conversation import Role
from benchmarks.promise_set import SET, Kind, PromiseSetError, Split, counts, load
from engine.speech import Language

FILES = sorted(SET.glob("*/*.yaml"))

CALL = """\
- id: ru-dev-001
  kind: recognised
  bank: bot
  topic: part
  called_at: 2026-12-01T16:10:00+05:00
  currency: KZT
  debt: 5600000
  lines:
    - [bot, когда оплатите]
    - [client, пятого пять тысяч]
  promises:
    - {amount: 500000, date: 2026-12-05, line: 1, by: client}
"""


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_file_is_as_the_readme_counts_it(path: Path) -> None:
    """It loads without a fault, and its row stands in the table."""
    row = counts(Language(path.stem), Split(path.parent.name), load(path))
    assert row in (SET / "README.md").read_text("utf-8").splitlines(), f"put this row into the table: {row}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_sort_is_rare(path: Path) -> None:
    """A third at least of each file is without a promise, of either kind, and of either side of the bank."""
    calls = load(path)
    third = len(calls) / 3
    assert sum(not one.promises for one in calls) >= third
    assert third <= sum(one.kind is Kind.CLEAN for one in calls) <= 2 * third
    assert third <= sum(one.bank is Role.BOT for one in calls) <= 2 * third


def test_no_conversation_stands_twice() -> None:
    """Neither within a file nor in two parts: those that may be read would give the held-out one away."""
    texts = [tuple(text for _, text in one.lines) for path in FILES for one in load(path)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("sound", "faulty", "line", "reason"),
    [
        ("topic: part", "topic: refused", 4, "with 1 promises"),
        ("ru-dev-001", "ru-held-001", 1, "does not begin with ru-dev-"),
        ("+05:00", "", 5, "timezone"),
        ("[bot, когда оплатите]", "[agent, когда оплатите]", 9, "the bank's side is bot"),
        ("когда оплатите", "Когда оплатите", 9, "lower case"),
        ("line: 1", "line: 2", 12, "no line 2"),
        ("line: 1", "line: 0", 12, "not the client's"),
        ("line: 1", "line: 1, confirmed_by: 1", 12, "not a line after 1"),
        ("2026-12-05", "2026-11-30", 12, "before the call"),
        ("500000, date", "57000000, date", 12, "more than the debt"),
        ("amount: 500000, date: 2026-12-05", "amount: null, date: null", 12, "no promise"),
        ("by: client", "by: agent", 12, "'client' or 'bank'"),
        ("by: client", "by: client, to: bank", 12, "not permitted"),
    ],
)
def test_a_fault_names_its_place(tmp_path: Path, sound: str, faulty: str, line: int, reason: str) -> None:
    """File, line, column and what to mend."""
    path = tmp_path / "development" / "ru.yaml"
    path.parent.mkdir()
    path.write_text(CALL, "utf-8")
    assert len(load(path)) == 1
    path.write_text(CALL.replace(sound, faulty), "utf-8")
    with pytest.raises(PromiseSetError, match=f"ru.yaml:{line}:[0-9]+: .*{reason}"):
        load(path)
