"""Reception: greeting while the account is looked up, which contract, hours, and nothing told to strangers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dialogs.reception.reception import Office, Reception
from dialogs.reception.texts import Text, load_reception
from engine.accounts import Account, Money, Person
from engine.calls import Disposition
from engine.dialog import Line, Move, Question
from engine.errors import DirectoryError, ScenarioError
from engine.speech import Expect, Hypothesis, Language, Transcript

TEXTS = load_reception()
OFFICE = Office(TEXTS, "Example Bank", "soft_collection", "hash", person_on_hand=False)
ACCOUNT = Account(
    "KZ-00-4711",
    Person("Alex Sample", "Alex", Language.KAZAKH, "77010000001"),
    "Example Bank",
    {Language.ENGLISH: "loan"},
    Money.of(45000),
    12,
    date(2026, 11, 10),
    Money.of(5000),
)
OTHER = replace(ACCOUNT, account_id="KZ-00-0815")


class Talk:
    """Stands for the scenario's dialog."""

    scenario, scenario_hash, language = "soft_collection", "hash of the account's", Language.KAZAKH
    scenario_version = "soft_collection v3"

    def __init__(self, account: Account) -> None:
        self.account = account

    def begin(self) -> Move:
        return self.say(f"begin {self.account.account_id}")

    def upcoming(self) -> Sequence[Line]:
        return self.begin().lines

    def reply(self, heard: Transcript) -> Move:
        return self.say(f"reply {heard.text}")

    def say(self, text: str) -> Move:
        line = Line(text, Language.KAZAKH, "prompt")
        return Move("talk", (line,), Question(Expect.FREE), None, Language.KAZAKH)


class Desk:
    """A directory that answers when it is told to, and notes who was handed over."""

    def __init__(self, answer: Sequence[Account] | Exception | None = None) -> None:
        self.answer = answer
        self.handed: list[Account] = []

    def look_up(self) -> Sequence[Account] | None:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def open_dialog(self, account: Account) -> Any:
        return Talk(account)


def reception(desk: Desk, office: Office = OFFICE) -> Reception:
    return Reception(
        office, Language.ENGLISH, desk.look_up, desk.open_dialog, lambda account, dialog: desk.handed.append(account)
    )


def heard(text: str) -> Transcript:
    return Transcript((Hypothesis(text, 0.9),), 0.0, 1.0, Language.ENGLISH)


def test_the_greeting_runs_while_the_account_is_looked_up() -> None:
    """The caller hears who we are at once, then the scenario in the debtor's language."""
    desk = Desk()
    dialog = reception(desk)
    first = dialog.begin()
    assert first.lines[0].text.startswith("Hello! This is the automated assistant of Example Bank")
    assert not first.lines[0].interruptible
    assert all(line.prompt.startswith("reception.") for line in dialog.upcoming())
    assert (dialog.scenario_hash, dialog.scenario_version) == ("hash", "")
    desk.answer = [ACCOUNT]
    assert dialog.upcoming()[0].text == "begin KZ-00-4711"
    assert not desk.handed
    assert dialog.no_input().lines[0].text == "begin KZ-00-4711"
    assert (desk.handed, dialog.language) == ([ACCOUNT], Language.KAZAKH)
    assert (dialog.scenario_hash, dialog.scenario_version) == ("hash of the account's", "soft_collection v3")
    assert dialog.reply(heard("hello")).lines[0].text == "reply hello"


def test_a_slow_directory_is_waited_for_and_given_up() -> None:
    """The caller is told to wait, and not for ever."""
    dialog = reception(Desk())
    dialog.begin()
    states = [dialog.no_input().state for _ in range(6)]
    assert states == ["reception.wait"] * 5 + ["reception.fault"]
    move = dialog.no_input()
    assert move.ending is not None
    assert move.ending.disposition is Disposition.NOT_IDENTIFIED


def test_a_broken_directory_is_no_reason_to_hang_up_without_a_word() -> None:
    """Where a person is on hand the caller gets to one."""
    alone, staffed = Desk(DirectoryError("down")), Desk(DirectoryError("down"))
    dialog = reception(alone)
    dialog.begin()
    assert dialog.no_input().state == "reception.fault"
    dialog = reception(staffed, replace(OFFICE, person_on_hand=True))
    dialog.begin()
    move = dialog.reply(heard("hello?"))
    assert move.state == "reception.person"
    assert move.ending is not None
    assert move.ending.transfer
    assert move.ending.disposition is Disposition.OPERATOR


@pytest.mark.parametrize("answer", ["4711", "four seven one one", "it is 4 7 1 1"])
def test_one_of_several_contracts_is_chosen_by_its_digits(answer: str) -> None:
    """Spoken or keyed in."""
    desk = Desk([OTHER, ACCOUNT])
    dialog = reception(desk)
    dialog.begin()
    asked = dialog.no_input()
    assert asked.question is not None
    assert asked.question.expect is Expect.DIGITS
    assert dialog.completes(answer)
    assert dialog.understands(heard(answer))
    assert dialog.reply(heard(answer)).lines[0].text == "begin KZ-00-4711"


def test_a_stranger_learns_nothing_by_guessing() -> None:
    """Too few digits fit many contracts; two wrong answers are the end; no text names an account or a person."""
    desk = Desk([OTHER, ACCOUNT])
    dialog = reception(desk)
    moves = [dialog.begin(), dialog.no_input(), dialog.reply(heard("11")), dialog.reply(heard("1234"))]
    assert [move.state for move in moves][-2:] == ["reception.which_again", "reception.unknown"]
    assert moves[-1].ending is not None
    assert not desk.handed
    said = " ".join(line.text for move in moves for line in move.lines)
    assert not any(word in said for word in ("Alex", "4711", "0815", "loan", "two"))


def test_contracts_whose_last_digits_are_the_same_are_told_apart_by_more_of_them() -> None:
    """Four digits that fit two contracts are asked for again."""
    twin = replace(ACCOUNT, account_id="KZ-01-4711")
    desk = Desk([twin, ACCOUNT])
    dialog = reception(desk)
    dialog.begin()
    dialog.no_input()
    assert dialog.reply(heard("4711")).state == "reception.which_again"
    assert dialog.reply(heard("014711")).lines[0].text == "begin KZ-01-4711"


def test_a_person_is_told_of_a_stranger_and_the_caller_why_nobody_came() -> None:
    """The briefing names nobody; after a transfer that failed the caller still hears the reason."""
    dialog = reception(Desk([]), replace(OFFICE, person_on_hand=True))
    dialog.begin()
    assert dialog.no_input().state == "reception.person"
    briefing = dialog.briefing(Language.RUSSIAN)
    assert "Example Bank" in briefing.invitation.text
    assert "не найден" in briefing.summary[0].text
    move = dialog.unreached()
    assert move.state == "reception.unknown"
    assert move.ending is not None
    assert not move.ending.transfer


def test_out_of_hours_callers_are_told_so() -> None:
    """Nothing is looked up."""
    move = reception(Desk(AssertionError("looked up")), replace(OFFICE, open=False)).begin()
    assert move.state == "reception.closed"
    assert move.ending is not None
    assert move.ending.disposition is Disposition.OUT_OF_HOURS


def test_every_text_is_there_in_every_language() -> None:
    """And speaks the bank's name where it has it."""
    for language in Language:
        lines = TEXTS.lines(language, "Bank")
        assert len(lines) == len(Text)
        assert all(line.language is language and "{" not in line.text for line in lines)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("greeting:", "greetings:"), r"unknown text `greetings`; known are greeting.*\n.*`greeting` is missing"),
        (('  en: "One moment, please."\n', ""), r":\d+:\d+: `wait` has no text for `en`; add it"),
        (("One moment, please.", "Dear {debtor.full_name}"), "only {creditor} is known at reception"),
        (("One moment, please.", "Dear {credtor}"), "did you mean {creditor}"),
        (('  en: "One', '  de: "Ein"\n  en: "One'), "unknown language `de`"),
    ],
)
def test_a_wrong_file_is_named_with_line_and_mend(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    """Designers edit these texts."""
    shipped = Path(__file__).parents[3] / "dialogs" / "reception" / "reception.yaml"
    file = tmp_path / "reception.yaml"
    file.write_text(shipped.read_text("utf-8").replace(*change), "utf-8")
    with pytest.raises(ScenarioError, match=complaint):
        load_reception(file)
