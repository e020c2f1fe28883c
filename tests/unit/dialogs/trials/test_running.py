"""Tests that designers write: read with their place, run over the real dialog, and what they say where one fails."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dialogs.scenario import Scenario
from dialogs.trials.reading import read_trials
from dialogs.trials.report import as_junit, tell_failure
from dialogs.trials.running import Result
from dialogs.trials.ways import all_ways, coverage
from engine.calls import Disposition
from engine.errors import ScenarioError

Tried = Callable[[str], list[Result]]

PASSING = """
- name: rates the visit
  opening: {to: hello, bot: [notice, how]}
  steps:
    - {says: "four", to: noted, bot: noted, told: noted, slots: {rating: 4}, understood: inform}
  ends: surveyed
  answers: {rating: 4}
  never: ["debt*"]
- name: is told what was paid
  account: {debt: "900"}
  steps: [{means: {intent: "yes"}, to: told, told: "one hundred tenge"}]
  ends: informed
- name: rates highly when long overdue
  account: {days_past_due: 31}
  steps: [{means: {intent: inform, slots: {rating: 5}}, to: bye}]
- name: payments cannot be looked up
  actions: {payments: failed}
  steps: [{says: "yes", to: bye}]
- name: nothing was paid
  actions: {payments: {payment: {amount: 20}}}
  steps: [{says: "yes", to: noted}]
- name: nobody takes the call
  steps:
    - {says: "a human please", to: person}
    - {nobody: true, to: hello, bot: [sorry, how]}
    - {silence: true, times: 2, to: bye}
  ends: not_identified
- name: keeps asking who is there
  steps: [{means: {intent: are_you_robot}, times: 9, to: bye}]
- name: is a machine
  steps: [{means: {intent: answering_machine}, to: bye}]
- name: is not understood
  steps: [{says: "blue elephants sing", times: 2, to: bye, understood: not_understood}]
"""


def test_tests_pass_and_cover_every_way(tried: Tried, scenario: Scenario) -> None:
    results = tried(PASSING)
    assert [result.failures for result in results] == [()] * 9
    covered = coverage(scenario, results)
    assert len(covered.ways) == len(set(all_ways(scenario.spec))) == 21
    assert covered.missing == ()
    assert [len(names) for names in covered.unspoken.values()] == [0]


def test_ways_that_no_test_takes_are_named_with_their_place(tried: Tried, scenario: Scenario) -> None:
    covered = coverage(scenario, tried(PASSING)[:1])
    missing = [covered.named(steps) for steps in covered.missing]
    assert any("scenario.yaml:49:9: in `look_up`, where `paid > 50`, to `told`" in line for line in missing), missing
    assert any("in `person`, nobody is reached" in line for line in missing)
    assert not any("where `heard.rating`" in line for line in missing)


@pytest.mark.parametrize(
    ("change", "place", "message"),
    [
        (("to: noted, bot", "to: bye, bot"), "5:22", "expected the state `bye`, but the dialog is in `noted`"),
        (("bot: noted, ", "bot: [noted, bye], "), "5:33", "expected the prompt `bye`, but the bot said `noted`"),
        (("told: noted", "told: not"), "5:45", "expected the words «not», but the bot said «Noted. Goodbye!»"),
        (("slots: {rating: 4}", "slots: {rating: 3}"), "5:66", "expected `rating` to be 3, but it is 4"),
        (("understood: inform", "understood: yes"), "5:78", "understood as `yes`, but it was `inform`"),
        (("ends: surveyed", "ends: refused"), "6:3", "expected the call to end as `refused`, but it ended as"),
        (("answers: {rating: 4}", "answers: {rating: 1}"), "7:13", "expected `1`, but the record holds 4"),
        (('never: ["debt*"]', 'never: ["note*"]'), "8:11", "«note*» was said: «Noted. Goodbye!» (prompt `noted`)"),
        (("ends: surveyed", "promise: {amount: 5, due: 2026-11-21}"), "6:3", "but the call ended with no promise"),
        (("ends: surveyed", "callback: 2026-11-21T10:00"), "6:3", "but agreed was none"),
        (("ends: surveyed", "transfer: true"), "6:3", "expected the call to be handed over"),
        (("  ends: surveyed", "    - silence: true"), "6:7", "the call is over: surveyed, before this step"),
    ],
)
def test_a_failure_names_the_place_what_was_expected_and_what_happened(
    tried: Tried, change: tuple[str, str], place: str, message: str
) -> None:
    assert change[0] in PASSING
    results = tried(PASSING.replace(*change, 1))
    assert [result.passed for result in results] == [False] + [True] * 8
    [failure] = results[0].failures
    told = list(tell_failure(results[0], failure))
    assert f"one.yaml:{place}: rates the visit: " in told[0]
    assert message in told[0]
    assert told[1].startswith("    bot [hello]: This is a robot")
    assert "message=" in as_junit([("desk", results)])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x", "one.yaml:1:1: a file of tests is a list; begin each test with `- name:`"),
        ("- {name: x, stps: []}", "one.yaml:1:13: unknown key `stps`; did you mean `steps`?"),
        ("- steps: []", "one.yaml:1:3: `name` is missing; add it"),
        ("- {name: x, steps: [{to: hello}]}", "a step has exactly one of `says`, `means`, `silence: true`"),
        (
            "- {name: x, steps: [{silence: true, to: helo}]}",
            "one.yaml:1:37: unknown state `helo`; did",
        ),
        ("- {name: x, opening: {bot: hw}}", "unknown prompt `hw`; did you mean `how`?"),
        ("- {name: x, steps: [{means: {intent: infrm}}]}", "unknown intent `infrm`; did you mean `inform`?"),
        ("- {name: x, actions: {payment: failed}}", "unknown action `payment`; did you mean `payments`?"),
        ("- {name: x, language: ru}", "unknown language `ru`; known are en"),
        ("- {name: x, account: {facts: {pad: 1}}}", "unknown fact `pad`; did you mean `paid`?"),
        ("- {name: x, account: {debt: much}}", "one.yaml:1:23: expected a sum such as 5000 or 5000.50"),
        ("- {name: x, now: 2026-11-20T12:00+05:00}", "a moment is the debtor's local time; leave the offset away"),
        ("- {name: x}\n- {name: x}", "one.yaml:2:4: `x` stands in line 1 too; rename one"),
    ],
)
def test_what_is_wrong_with_a_test_is_told_with_its_place_and_mend(tried: Tried, text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=r"one\.yaml") as caught:
        tried(text)
    assert message in str(caught.value)


def test_tests_are_no_part_of_the_content_and_lie_in_folders(desk: Path, scenario: Scenario) -> None:
    from dialogs.loader import load_scenario

    (desk / "tests" / "more").mkdir()
    (desk / "tests" / "more" / "two.yaml").write_text(PASSING, "utf-8")
    assert len(read_trials(scenario, desk)) == 9
    assert load_scenario(desk).content_hash == scenario.content_hash
    assert {trial.spec.ends for trial in read_trials(scenario, desk)} == {
        Disposition.SURVEYED,
        Disposition.INFORMED,
        Disposition.NOT_IDENTIFIED,
        None,
    }
