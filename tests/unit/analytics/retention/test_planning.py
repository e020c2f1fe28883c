"""What is due for deletion: the law first, then a request, then the bank's own term; a hold before all."""

from datetime import date
from pathlib import Path

import pytest

from analytics.retention import Decision, Hold, Kept, Policy, Verdict, plan, read_holds
from engine.errors import PackError
from engine.law import Creditor, Jurisdiction, Record

RUSSIA = Policy(Jurisdiction.RUSSIA, days={Record.RECORDING: 30, Record.TRANSCRIPT: 365})


def decided(
    record: Record, made: str, on: str, policy: Policy = RUSSIA, *, holds: tuple[Hold, ...] = (), asked: bool = False
) -> Decision:
    item = Kept("2026-01-01/c-1.wav", record, date.fromisoformat(made), "c-1")
    requested = {"c-1"} if asked else set()
    return next(plan([item], policy, date.fromisoformat(on), holds=holds, requested=requested))


def test_the_law_keeps_a_recording_longer_than_the_bank_would() -> None:
    kept = decided(Record.RECORDING, "2024-02-29", "2027-02-28")
    assert (kept.verdict, kept.due_on) == (Verdict.KEPT, date(2027, 3, 1))
    assert kept.because == ("ru_recordings_kept",)
    due = decided(Record.RECORDING, "2024-02-29", "2027-03-01")
    assert (due.verdict, due.because) == (Verdict.DUE, ("policy", "ru_recordings_kept"))


def test_a_request_ends_the_banks_term_but_not_the_laws() -> None:
    assert decided(Record.TRANSCRIPT, "2026-11-01", "2026-11-02").verdict is Verdict.KEPT
    assert decided(Record.TRANSCRIPT, "2026-11-01", "2026-11-02", asked=True).because == ("request",)
    assert decided(Record.RECORDING, "2026-11-01", "2026-11-02", asked=True).verdict is Verdict.KEPT


def test_nothing_is_deleted_for_its_age_where_no_term_is_set() -> None:
    policy = Policy(Jurisdiction.RUSSIA)
    assert decided(Record.TRANSCRIPT, "2000-01-01", "2026-11-02", policy).verdict is Verdict.KEPT


def test_a_term_of_law_that_is_not_known_wants_the_banks_own() -> None:
    unknown = Policy(Jurisdiction.KAZAKHSTAN, Creditor.COLLECTOR)
    assert decided(Record.RECORDING, "2020-01-01", "2026-11-02", unknown, asked=True).verdict is Verdict.UNDECIDED
    own = Policy(Jurisdiction.KAZAKHSTAN, Creditor.COLLECTOR, days={Record.RECORDING: 1825})
    assert decided(Record.RECORDING, "2026-01-01", "2026-11-02", own, asked=True).verdict is Verdict.KEPT
    assert decided(Record.RECORDING, "2020-01-01", "2026-11-02", own).verdict is Verdict.DUE


def test_a_hold_goes_before_everything_while_it_runs() -> None:
    hold = Hold("case-7", date(2026, 1, 1), date(2026, 6, 30), frozenset({"c-1"}))
    assert decided(Record.TRANSCRIPT, "2020-01-01", "2026-06-30", holds=(hold,), asked=True).verdict is Verdict.HELD
    assert decided(Record.TRANSCRIPT, "2020-01-01", "2026-07-01", holds=(hold,)).verdict is Verdict.DUE
    other = Hold("case-8", date(2026, 1, 1), None, frozenset({"c-2"}))
    assert decided(Record.TRANSCRIPT, "2020-01-01", "2026-06-30", holds=(other,)).verdict is Verdict.DUE


def test_holds_are_read_with_their_places(tmp_path: Path) -> None:
    path = tmp_path / "holds.yaml"
    path.write_text(
        "- {hold: case-7, from: 2026-01-01, contacts: [c-1]}\n- {hold: audit, from: 2026-02-01, contacts: all}\n"
    )
    first, second = read_holds(path)
    assert (first.contacts, first.last, second.contacts) == (frozenset({"c-1"}), None, frozenset())
    path.write_text("- {hold: case-7, from: soon, contacts: [c-1]}\n")
    with pytest.raises(PackError, match=r"holds\.yaml:1:24: `soon` is no day"):
        read_holds(path)
