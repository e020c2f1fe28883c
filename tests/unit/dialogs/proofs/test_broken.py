"""Scenarios broken on purpose: each fault is told at its place, with a shortest call that shows it."""

from datetime import date
from pathlib import Path

import pytest

from dialogs.loader import load_scenario
from dialogs.proofs.checking import check_scenario
from dialogs.proofs.report import Report, tell
from engine.errors import ScenarioError

GOOD = (Path(__file__).parent / "good.yaml").read_text("utf-8")
ON = date(2026, 11, 20)

PROVED = [
    (
        '"К оплате сейчас {debt}."',
        '"Вы обещали {promised.amount}."',
        "34:5: {promised.amount} in `debt_facts` is not known yet on this way",
        ["begin", "yes"],
    ),
    (
        '"Сейчас соединить не с кем."',
        '"{meaning.first} или {meaning.second}?"',
        "79:5: `nobody_free` tells {meaning.…}, which is known only in the question under `clarify`",
        ["begin", "operator"],
    ),
    (
        "{on: no, to: stranger}",
        "{on: no, to: debt}",
        "34:5: `debt_facts` is debt wording, and the party is not confirmed on this way: it is never heard, the call",
        ["begin", "no"],
    ),
    (
        "party: unknown, to: right_party}",
        "party: unknown, to: return}",
        "35:5: `when` is debt wording, and the party is not confirmed",
        ["begin", "yes", "hand_over"],
    ),
    (
        "times: 2, party: unknown, to: right_party}",
        "times: 2, party: unknown, to: repeat}",
        "18:5: said again: `debt_facts` is debt wording, and the party is not confirmed",
        ["begin", "yes", "hand_over"],
    ),
    (
        "minor, deceased, bankrupt_or_protected,",
        "minor, bankrupt_or_protected,",
        "35:5: `when` is debt wording, and someone else is on the line",
        ["begin", "yes", "deceased"],
    ),
    (
        "absent: {say: nobody_free, to: ask_back}",
        "absent: {say: nobody_free, to: debt}",
        "34:5: `debt_facts` is debt wording, and the party is not confirmed",
        ["begin", "operator"],
    ),
    (
        "when: identified, say: debt_facts, to: return}",
        "say: debt_facts, to: return}",
        "21:27: `debt_facts` is debt wording, and the party is not confirmed",
        ["begin", "amount_question"],
    ),
    (
        "{when: not due, to: day}",
        "{when: [not due, not amount], to: day}",
        "56:5: {promise.due} in `is_that_right` is not known yet on this way",
        ["begin", "yes", "inform"],
    ),
    (
        "when: callback.time, to: back}",
        "when: callback.day, to: back}",
        "72:10: {callback.time} in `call_back` is not known yet on this way",
        ["begin", "callback"],
    ),
    (
        "    say: notice\n    route:",
        "    say: [bye, notice]\n    route:",
        "24:5: `bye` is said before the notice of `robot` and `recording` and `creditor`",
        ["begin"],
    ),
    (
        "discloses: [robot, creditor, recording]",
        "discloses: [robot, creditor]",
        "28:5: `are_you` is said before the notice of `recording`",
        ["begin"],
    ),
    (
        "  ask_back:\n    ask: when_call\n    expect: date",
        "  ask_back:\n    ask: when_call\n    expect: sum",
        "68:5: `ask_back` asks for money while the party is not confirmed",
        ["begin", "operator"],
    ),
    (
        "another_time: {say: bye, end: not_identified}",
        "another_time: {say: bye, end: refused}",
        "76:28: the call ends as `refused` while the party is not confirmed",
        ["begin", "operator", "callback"],
    ),
    (
        "stranger: {say: bye, end: third_party}",
        "stranger: {say: bye, end: informed}",
        "75:24: the call ends as `informed` while someone else is on the line",
        ["begin", "answering_machine"],
    ),
    (
        "{on: yes, confirms: true, to: promised}",
        "{on: yes, to: promised}",
        "73:27: a promise to pay is noted that was not confirmed as it stands",
        ["begin", "yes", "inform", "yes"],
    ),
    (
        "      - {when: due.too_late, to: person}\n",
        "",
        "72:27: a promise to pay is noted that may be outside the mandate: `not due.too_late` was not made sure of",
        ["begin", "yes", "inform", "yes"],
    ),
    (
        "{when: amount.below_least, to: person}",
        "{when: amount.below_least, times: 1, set: amount = none, to: debt}",
        "73:27: a promise to pay is noted that may be outside the mandate: `not amount.below_least` was not",
        ["begin", "yes", "inform", "yes"],
    ),
]
FOUND = [
    (
        "{promise.amount}, {promise.due:genitive}",
        "{promise.amount}",
        "60:19: `confirms` takes a yes to `is_that_right`",
    ),
    (
        "    interruptible: false\n",
        "",
        "83:3: the notice in `notice` can be talked over, so nobody can say that it was",
    ),
    (
        "back: {say: call_back, end: callback}",
        "back: {say: call_back, end: connected}",
        "72:26: `connected` is noted by the switchboard",
    ),
    (
        "another_time: {say: bye, end",
        "another_time: {say: call_back, end",
        "76:18: the refuge tells {callback.time} in",
    ),
    (
        "      - {on: [callback, inform], when: heard.time, take: callback, to: back}\n"
        "      - {on: [callback, inform, no], to: another_time}\n",
        "      - {on: [callback, inform, no], to: return}\n",
        "66:3: no answer to `ask_back` itself leads on, all of them lead to `return`",
    ),
    (
        "{on: refuse, to: refused}",
        "{on: [inform, refuse], to: refused}\n      - {on: inform, to: day}",
        "40:9: this way",
    ),
    ("      - {to: ask_back}\n", "      - {to: ask_back}\n      - {to: back}\n", "66:9: this way is never taken"),
    ('"К оплате сейчас {debt}."', '"К оплате 500 тенге."', "91:16: `debt_facts` holds digits, `500`"),
    ('"Ответ записан."', '"Пени — 5 %."', "98:18: `consequences` holds digits"),
    ('"Ответ записан."', '"Пени — пять %."', "98:18: `consequences` holds the symbol `%`"),
    ('"Ответ записан."', '"Загляните на bank.kz"', "98:18: `consequences` holds an address, `bank.kz`"),
    ('"Ответ записан."', '"Ответ записан в CRM."', "98:18: `consequences` holds a word in Latin letters, `CRM`"),
    ('"Ответ записан."', '"Решение примет МФО."', "98:18: `consequences` holds an abbreviation, `МФО`"),
    ('"Ответ записан."', '"Oтвет записан."', "98:18: `consequences` mixes alphabets within a word, at `Oт`"),
    ('"Ответ записан."', '"«Ответ записан."', "98:18: `consequences` has a quotation mark without its partner"),
]


def _check(folder: Path, good: str, bad: str) -> tuple[Path, Report]:
    assert good in GOOD
    path = folder / "scenario.yaml"
    path.write_text(GOOD.replace(good, bad, 1), "utf-8")
    return path, check_scenario(path, ON)


def test_the_good_one_passes() -> None:
    """What the broken ones are made from has no problem at all."""
    assert check_scenario(Path(__file__).parent / "good.yaml", ON).problems == ()


@pytest.mark.parametrize(("good", "bad", "message", "events"), PROVED, ids=[case[2][:50] for case in PROVED])
def test_a_proof_that_fails_shows_a_shortest_call(
    tmp_path: Path, good: str, bad: str, message: str, events: list[str]
) -> None:
    """The fault stands at its line; the path is as short as it can be; no call may run such a scenario."""
    path, report = _check(tmp_path, good, bad)

    place, told = message.split(": ", 1)
    problem = next(each for each in report.errors if each.place == f"{path}:{place}" and told in each.message)
    assert [exchange.event.split(",")[0] for exchange in problem.path] == events
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert f"{path}:{message}" in str(caught.value)


@pytest.mark.parametrize(("good", "bad", "message"), FOUND, ids=[case[2][:50] for case in FOUND])
def test_a_fault_is_told_at_its_line(tmp_path: Path, good: str, bad: str, message: str) -> None:
    """What needs no call to be seen is told at its place too."""
    path, report = _check(tmp_path, good, bad)

    told = [f"{problem.line}:{problem.column}: {problem.told}" for problem in report.errors]
    assert [each for each in told if each.startswith(message)], told
    assert all(problem.file == str(path) for problem in report.problems)


def test_the_call_is_told_as_a_dialog(tmp_path: Path) -> None:
    """Whoever reads it sees both sides' words, with example values for facts."""
    _, report = _check(tmp_path, "{on: no, to: stranger}", "{on: no, to: debt}")

    lines = [line.strip() for line in tell(report.errors[0])]

    assert "- Алекс Пример — это вы?" in lines
    assert any(line.startswith("> «нет» (no)  → debt, ") and line.endswith("scenario.yaml:32") for line in lines)
    assert "- К оплате сейчас пятнадцать тысяч тенге." in lines


def test_a_file_of_the_wrong_shape_is_told_as_problems(tmp_path: Path) -> None:
    """The shape's problems come in the same form as all others."""
    path, report = _check(tmp_path, "expect: promise", "expekt: promise")

    assert [str(problem) for problem in report.problems] == [
        f"{path}:36:5: error: unknown key `expekt`; did you mean `expect`? [shape]"
    ]


def test_a_notice_does_not_hang_on_an_action(tmp_path: Path) -> None:
    """An action whose request cannot be made is passed over without a word."""
    action = 'actions: {look: {url: "https://bank.example/{payday.day}"}}\nstates:\n'
    text = GOOD.replace("states:\n", action, 1).replace(
        "    say: notice\n", "    do: look\n    failed: right_party\n    say: notice\n", 1
    )
    path = tmp_path / "scenario.yaml"
    path.write_text(text, "utf-8")

    told = [f"{each.line}:{each.column}: {each.told}" for each in check_scenario(path, ON).errors]

    assert [each for each in told if each.startswith("27:5: the notice in `notice` is not heard where {payday.day}")], (
        told
    )


def test_a_prompt_that_is_never_said_hides_no_violation(tmp_path: Path) -> None:
    """What is wrong with it is told beside what the calls come to, and still keeps the scenario from being called."""
    idle = 'prompts:\n  idle: {neutral: true, ru: "{dept}"}'
    text = GOOD.replace("{on: no, to: stranger}", "{on: no, to: debt}").replace("prompts:", idle, 1)
    (tmp_path / "scenario.yaml").write_text(text, "utf-8")

    found = [problem.message for problem in check_scenario(tmp_path, ON).errors]

    wanted = ("unknown fact {dept}", "prompt `idle` is never said", "`debt_facts` is debt wording")
    for message in wanted:
        assert [one for one in found if one.startswith(message)], message
    with pytest.raises(ScenarioError, match="unknown fact"):
        load_scenario(tmp_path)
