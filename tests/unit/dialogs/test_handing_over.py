"""Handing the caller over: what the person is told, and how the dialog goes on when nobody takes the call."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dialogs.loader import load_briefing, load_scenario
from dialogs.schema import Party
from dialogs.understanding.intents import Intent
from engine.calls import Disposition
from engine.dialog import Ending
from engine.errors import ScenarioError
from engine.speech import Language

RU, KK, EN = Language.RUSSIAN, Language.KAZAKH, Language.ENGLISH

GOOD = (Path(__file__).parent / "reminder.yaml").read_text("utf-8")
PERSON = """
  person:
    say: sorry
    absent: {say: sorry, to: hello}
    end: operator
    transfer: true
"""


def scenario_with(folder: Path, person: str, *changes: tuple[str, str]) -> Any:
    """Load the reminder with a state `person` that "no" leads to."""
    text = GOOD.replace("{on: no, to: bye}", "{on: no, to: person}").replace("\nprompts:", f"{person}prompts:")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "scenario.yaml"
    path.write_text(text, "utf-8")
    return load_scenario(path)


def test_a_caller_whom_nobody_takes_is_asked_for_a_time_to_be_called(converse: Callable[..., Any]) -> None:
    """The shipped scenario goes on, agrees a callback, and does not let it ring again."""
    one = converse(RU, ["да", "соедините с оператором"])
    assert one.moves[-1].ending == Ending(Disposition.OPERATOR, transfer=True)
    ahead = {line.prompt for line in one.dialog.upcoming()}
    one.moves.append(one.dialog.unreached())
    assert one.moves[-1].ending is None
    assert {line.prompt for line in one.moves[-1].lines} <= ahead
    assert "соединить не с кем" in one.moves[-1].lines[0].text
    again = one.say("оператора позовите")
    assert again.state == "ask_callback"
    assert "Соединяю" not in " ".join(line.text for line in again.lines)
    ending = one.say("завтра в десять", "в понедельник в десять").ending
    assert (ending.disposition, ending.callback_at.hour) == (Disposition.CALLBACK, 10)


def test_a_transfer_that_only_has_closing_words_ends_with_its_own_disposition(converse: Callable[..., Any]) -> None:
    """A complaint stays one, whoever was reached."""
    one = converse(EN, ["Yes.", "I'm going to complain about you."])
    move = one.dialog.unreached()
    assert move.ending == Ending(Disposition.COMPLAINT)
    assert "call you back" in move.lines[-1].text
    assert one.dialog.unreached() == move


def test_a_dialog_that_hands_nobody_over_stays_where_it_is(converse: Callable[..., Any]) -> None:
    """Nothing is said twice by mistake."""
    one = converse(EN, ["Yes."])
    assert one.dialog.unreached() == one.moves[-1]


def test_the_absent_way_is_taken_at_once_where_nobody_is_on_hand(
    tmp_path: Path, account: Callable[[Language], Any], converse: Callable[..., Any]
) -> None:
    """Its words stand in for those that would promise a transfer."""
    loaded = scenario_with(tmp_path, PERSON.replace("{say: sorry, to: hello}", "{to: hello}"))
    one = converse(EN, [], loaded)
    one.dialog._machine = dataclasses.replace(
        one.dialog._machine, facts=dataclasses.replace(one.dialog._machine.facts, person_on_hand=False)
    )
    move = one.say("no")
    assert (move.state, [line.prompt for line in move.lines]) == ("hello", ["is_it_you"])


@pytest.mark.parametrize(
    ("person", "changes", "problem"),
    [
        (PERSON.replace("to: hello", "to: helo"), (), "30:26: unknown state `helo`; did you mean `hello`?"),
        (PERSON.replace("{say: sorry,", "{say: sory,"), (), "30:5: unknown prompt `sory`; did you mean `sorry`?"),
        (PERSON.replace("{say: sorry, to: hello}", "{}"), (), "30:5: `absent` says something, or names a state"),
        (PERSON.replace("absent: {say: sorry, to: hello}\n    ", ""), (), "28:3: `transfer` needs `absent`"),
        (PERSON.replace("    transfer: true\n", ""), (), "28:3: `absent` belongs to a state with `transfer`"),
        (PERSON, (("times: 20, to: bye", "times: 20, to: person"),), "9:22: `person` is no ending, so a call might"),
        (PERSON, (("refuge: bye", "refuge: person"),), "4:1: `person` is no ending; name a state with `end`"),
        (
            PERSON.replace("to: hello", "to: check"),
            (("{to: told}", "{when: due, to: told}\n      - {to: person}"),),
            "switch `check` may lead back to itself without a question",
        ),
    ],
)
def test_a_wrong_absent_way_is_named_with_its_mend(
    tmp_path: Path, person: str, changes: tuple[tuple[str, str], ...], problem: str
) -> None:
    """So that no caller is left in a circle."""
    with pytest.raises(ScenarioError) as caught:
        scenario_with(tmp_path, person, *changes)
    assert problem in str(caught.value)


@pytest.mark.parametrize("language", list(Language))
def test_the_person_is_told_who_calls_what_is_owed_and_what_was_said(
    converse: Callable[..., Any], language: Language
) -> None:
    """In their own language, whatever the caller speaks; the same call gives the same words."""
    one = converse(EN, ["Yes.", "Tomorrow, ten thousand.", "Operator, please."])
    briefing = one.dialog.briefing(language)
    assert [line.prompt for line in briefing.summary] == [
        *("briefing.caller.confirmed", "briefing.debt", "briefing.overdue"),
        *("briefing.said.operator", "briefing.promise.open"),
    ]
    assert {line.language for line in (briefing.invitation, *briefing.summary)} == {language}
    assert briefing == one.dialog.briefing(language)
    if language is EN:
        assert " ".join(line.text for line in briefing.summary) == (
            "On the line is Alan Brown, identity confirmed. The debt is forty-five thousand tenge. "
            "It is twelve days overdue. Asks for a person. "
            "Spoke of ten thousand tenge by the twenty-first of November, not confirmed."
        )


def test_a_mailbox_that_answers_hears_nothing_of_the_debtor(converse: Callable[..., Any]) -> None:
    """The invitation names the bank alone; names and sums come after someone has accepted."""
    briefing = converse(EN, ["Yes.", "Operator, please."]).dialog.briefing(RU)
    assert "Sample Bank" in briefing.invitation.text
    assert not {"Alan", "Brown", "тенге"} & set(briefing.invitation.text.replace(",", " ").split())
    assert briefing.invitation.fixed
    assert not briefing.summary[0].fixed


def test_a_person_is_warned_of_someone_who_is_not_the_debtor(converse: Callable[..., Any]) -> None:
    """Whoever takes the call must not speak of the debt then."""
    texts = load_briefing()
    one = converse(EN)
    assert one.dialog.progress.party is Party.UNKNOWN
    progress = dataclasses.replace(one.dialog.progress, party=Party.OTHER)
    facts = one.dialog._machine.facts
    told = texts.tell(facts, progress, [Intent.COMPLAINT] * 5, Disposition.COMPLAINT, EN)
    assert "do not speak of the debt" in told.summary[0].text
    assert [line.prompt for line in told.summary[-2:]] == ["briefing.said.complaint", "briefing.reason.complaint"]
