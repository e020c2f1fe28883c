"""The ledger of deletions: what is deleted is proved, what is changed is seen."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from analytics.retention import Decision, Kept, Ledger, Verdict, delete
from engine.errors import LedgerBroken, StoreError
from engine.law import Record


def decisions(*names: str, verdict: Verdict = Verdict.DUE) -> list[Decision]:
    day = date(2026, 1, 1)
    return [Decision(Kept(name, Record.RECORDING, day, name), verdict, "old", ("policy",), day) for name in names]


def test_a_deletion_is_proved_without_naming_what_was_deleted(tmp_path: Path) -> None:
    ledger, gone = Ledger(tmp_path / "deletions.jsonl"), list[str]()
    assert [
        one.failed for one in delete(decisions("c-1", "c-2"), lambda item: gone.append(item.item_id), ledger, "root")
    ] == [
        None,
        None,
    ]
    assert gone == ["c-1", "c-2"]
    assert [entry.event for entry in ledger.proofs("c-2")] == ["begun", "deleted"]
    assert ledger.proofs("c-3") == ()
    assert b"c-1" not in ledger.path.read_bytes()
    report = ledger.verify()
    assert (report.entries, report.deleted, report.open) == (4, 2, ())
    assert ledger.path.stat().st_mode & 0o777 == 0o600


def test_only_what_is_due_goes_and_a_failure_stops_nothing(tmp_path: Path) -> None:
    def remove(item: Kept) -> None:
        if item.item_id == "c-1":
            raise StoreError("the database is gone")

    ledger = Ledger(tmp_path / "deletions.jsonl")
    chosen = [*decisions("c-0", verdict=Verdict.HELD), *decisions("c-1", "c-2")]
    assert [(one.item.item_id, one.failed) for one in delete(chosen, remove, ledger, "root")] == [
        ("c-1", "the database is gone"),
        ("c-2", None),
    ]
    report = ledger.verify()
    assert (report.deleted, len(report.open)) == (1, 1)


def test_nothing_is_deleted_where_the_ledger_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "ledger").mkdir()
    gone = list[Kept]()
    with pytest.raises(OSError, match="ledger"):
        list(delete(decisions("c-1"), gone.append, Ledger(tmp_path / "ledger"), "root"))
    assert gone == []


@pytest.mark.parametrize("change", ["edit", "drop", "swap", "forge"])
def test_a_changed_line_is_found(tmp_path: Path, change: str) -> None:
    ledger = Ledger(tmp_path / "deletions.jsonl")
    list(delete(decisions("c-1", "c-2", "c-3"), lambda item: None, ledger, "root"))
    lines = ledger.path.read_text().splitlines()
    match change:
        case "edit":
            lines[2] = lines[2].replace("root", "toor")
        case "drop":
            del lines[2]
        case "swap":
            lines[2], lines[3] = lines[3], lines[2]
        case _:
            forged = json.loads(lines[2]) | {"by": "toor"}
            lines[2] = json.dumps(forged)
    ledger.path.write_text("\n".join(lines) + "\n")
    with pytest.raises(LedgerBroken, match=r"deletions\.jsonl:3"):
        ledger.verify()


def test_half_a_line_of_a_crash_is_cut_off_by_the_next(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "deletions.jsonl")
    list(delete(decisions("c-1"), lambda item: None, ledger, "root"))
    with ledger.path.open("ab") as file:
        file.write(b'{"number":3,"at":"2026')
    list(delete(decisions("c-2"), lambda item: None, ledger, "root"))
    assert ledger.verify().deleted == 2


def test_several_processes_may_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "deletions.jsonl"
    with ThreadPoolExecutor(4) as pool:
        for number in range(4):
            pool.submit(
                list, delete(decisions(*(f"c-{number}-{at}" for at in range(5))), lambda item: None, Ledger(path), "x")
            )
    assert Ledger(path).verify().deleted == 20
