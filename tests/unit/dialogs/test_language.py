"""What a scenario declares for itself: facts, slots, segments, actions, in files that are joined."""

import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dialogs.loader import load_scenario
from dialogs.scenario import Scenario
from engine.dialog import ErrandOutcome, Move
from engine.errors import ScenarioError
from engine.speech import Language

RU, EN = Language.RUSSIAN, Language.ENGLISH
VISIT = (Path(__file__).parent / "visit.yaml").read_text("utf-8")
MORE = """\
states:
  noted: {say: noted, end: informed}
prompts:
  noted: {neutral: true, ru: "{way}, {day.on_weekday}.", en: "{way}, {day.on_weekday}."}
  paid: {ru: "Пришло {paid}.", en: "{paid} came."}
  discount: {ru: "Скидка {rate}.", en: "{rate} off."}
"""
ENDINGS = """\
anytime:
  - {on: [wrong_person, operator], to: bye}
  - {on: [answering_machine, third_party, minor, deceased], to: bye}
states:
  bye: {say: nothing, end: wrong_person}
"""


def write(folder: Path, *changes: tuple[str, str], more: str = MORE, endings: str = ENDINGS) -> Path:
    """Write the scenario with its includes, and return its folder."""
    text = VISIT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    visit = folder / "visit"
    visit.mkdir()
    (folder / "common").mkdir()
    (visit / "scenario.yaml").write_text(text, "utf-8")
    (visit / "more.yaml").write_text(more, "utf-8")
    (folder / "common" / "endings.yaml").write_text(endings, "utf-8")
    return visit


def error(folder: Path) -> str:
    """Return what a designer is told about a wrong scenario."""
    with pytest.raises(ScenarioError) as caught:
        load_scenario(folder)
    return str(caught.value)


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Load the scenario above."""
    return load_scenario(write(tmp_path_factory.mktemp("scenarios")))


@pytest.fixture
def talk(
    visit: Scenario, converse: Callable[..., Any], account: Callable[[Language], Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Hold a dialog with an account whose fields are given."""

    def start(language: Language, *lines: str | None, **fields: Any) -> Any:
        fields = {"facts": {"contract_end": "12 34", "rate": "15"}} | fields
        one = converse(language, (), visit, of=dataclasses.replace(account(language), **fields))
        one.say(*lines)
        return one

    return start


def prompts(move: Move) -> list[str]:
    """Return the prompts of a move."""
    return [line.prompt for line in move.lines]


def test_the_scenarios_own_transitions_come_before_included_ones(visit: Scenario) -> None:
    """Everything of the included files is there, and what the scenario replaces is its own."""
    assert visit.spec.states["bye"].say == ("pardon",)
    assert visit.spec.anytime[0].on == ("wrong_person", "operator")
    assert visit.sources.problem(("anytime", 0, "to"), "x").endswith("common/endings.yaml:2:36: x")
    assert visit.sources.problem(("states", "noted"), "x").endswith("visit/more.yaml:2:3: x")


@pytest.mark.parametrize(
    ("language", "said", "prompt", "text"),
    [
        (RU, "через мобильное приложение в понедельник", "noted", "Приложение, в понедельник."),
        (RU, "не через терминал а через приложение завтра", "noted", "Приложение, в субботу."),
        (RU, "в киоске нет точнее в приложение завтра", "noted", "Приложение, в субботу."),
        (EN, "by the mobile app on Monday", "noted", "App, on Monday."),
        (RU, "через kiosk", "rate", "Оцените от одного до пяти."),
        (RU, "в киоск или через приложение", "how", None),
        (RU, "ну и погода", "how", None),
    ],
)
def test_a_choice_is_heard_by_its_words(
    talk: Callable[..., Any], language: Language, said: str, prompt: str, text: str | None
) -> None:
    """Longest words first, in any language, but none that is taken back, and none of two that both were named."""
    move = talk(language, said).moves[-1]

    assert prompts(move)[-1] == prompt
    assert text is None or move.lines[-1].text == text


@pytest.mark.parametrize("said", ["а очередь у вас есть", "много у вас там народу в отделении"])
def test_an_intent_of_the_scenarios_own_is_understood(talk: Callable[..., Any], said: str) -> None:
    """By its patterns, and by likeness to its examples."""
    assert prompts(talk(RU, said).moves[-1]) == ["no_queue", "how"]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("через терминал а очередь у вас есть", ["no_queue", "rate"]),
        ("через терминал и соедините с оператором", ["pardon"]),
        ("вы ошиблись номером терминал", ["pardon"]),
    ],
)
def test_what_is_told_stands_beside_what_is_meant(talk: Callable[..., Any], said: str, heard: list[str]) -> None:
    """An answer with a question is both; what is urgent goes first."""
    assert prompts(talk(RU, said).moves[-1]) == heard


def test_answers_go_into_the_record_in_machine_form(talk: Callable[..., Any]) -> None:
    """Choices and numbers are told; words are kept as heard, and told to nobody."""
    one = talk(RU, "терминал", "шесть", "пятёрка пять", "потому что удобно")

    assert prompts(one.moves[2]) == ["pardon", "rate"]  # six is out of bounds
    assert one.moves[-1].ending.answers == (("rating", "5"), ("way", "kiosk"))
    assert one.dialog.progress.slots.own.get("why") == "потому что удобно"


def test_a_question_gives_hints_and_a_pause_of_its_own(talk: Callable[..., Any]) -> None:
    """The words of its choices are among the hints."""
    question = talk(RU).moves[0].question

    assert question.pause_s == 0.7
    assert {"касса", "терминал", "мобильное приложение"} <= set(question.hints)


@pytest.mark.parametrize(
    ("before", "text", "complete"),
    [
        ([], "через терминал", False),  # the day is asked for as well
        (["терминал"], "пять", True),
        (["терминал"], "шесть", False),
        (["терминал"], "ну", False),
        (["терминал", "пять"], "удобно", False),
    ],
)
def test_a_choice_or_a_mark_is_a_whole_answer(
    talk: Callable[..., Any], before: list[str], text: str, complete: bool
) -> None:
    """The turn may end early then."""
    assert talk(RU, *before).dialog.completes(text) is complete


def test_a_segment_decides(talk: Callable[..., Any]) -> None:
    """The same answer leads elsewhere for another account."""
    assert talk(RU, "терминал", days_past_due=31).moves[-1].ending is not None
    assert talk(RU, "терминал", days_past_due=30).moves[-1].ending is None


def test_a_fact_of_the_account_is_spoken_by_its_kind(talk: Callable[..., Any]) -> None:
    """Digits one by one."""
    assert talk(RU).moves[0].lines[0].text.startswith("Договор один два три четыре.")


def test_a_fact_that_is_none_of_its_kind_is_not_known(
    talk: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The log names the fact, and not its value."""
    with caplog.at_level(logging.WARNING):
        one = talk(RU, "да это я", facts={"contract_end": "12", "rate": "fifteen"})

    assert "fact rate is not known in this call: it is not a whole number of percent" in caplog.text
    assert "fifteen" not in caplog.text
    assert prompts(one.dialog.done(ErrandOutcome({"payment": {"amount": 0}}))) == ["pardon"]


def test_an_action_asks_with_the_facts_of_the_call(talk: Callable[..., Any]) -> None:
    """The move waits with its words, and the request has facts in machine form, encoded."""
    one = talk(RU, "да это я", account_id="A/1 ?")
    move, request = one.moves[-1], one.dialog.errand_request()

    assert (prompts(move), move.question, move.errand.action, move.errand.timeout_s) == (
        ["a_moment"],
        None,
        "payments",
        2,
    )
    assert request.url == "https://core.bank.example/A%2F1%20%3F/payments?until=2026-11-20"
    assert "A%2F1" not in repr(request)
    assert one.dialog.reply(one.heard("оператор")) is move


@pytest.mark.parametrize("account_id", ["..", ""])
def test_an_address_that_leads_elsewhere_is_not_asked(talk: Callable[..., Any], account_id: str) -> None:
    """The action has failed at once, without a wait."""
    assert prompts(talk(RU, "да это я", account_id=account_id).moves[-1]) == ["pardon"]


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (ErrandOutcome({"payment": {"amount": "1500.50"}}), ["paid", "pardon"]),
        (ErrandOutcome({"payment": {"amount": 1500}}), ["paid", "pardon"]),
        (ErrandOutcome({"payment": {"amount": 0}}), ["discount", "pardon"]),
        (ErrandOutcome({"payment": {"amount": "much"}}), ["pardon"]),
        (ErrandOutcome({"payment": {}}), ["pardon"]),
        (ErrandOutcome([1]), ["pardon"]),
        (ErrandOutcome(failure="timeout"), ["pardon"]),
    ],
)
def test_what_came_of_an_action_decides(talk: Callable[..., Any], outcome: ErrandOutcome, said: list[str]) -> None:
    """A value that is missing or of another kind is a failure, as an answer that never came is."""
    one = talk(RU, "да это я")
    move = one.dialog.done(outcome)

    assert prompts(move) == said
    assert {line.text for line in move.lines} <= {
        "Пришло одна тысяча пятьсот тенге пятьдесят тиынов.",
        "Пришло одна тысяча пятьсот тенге.",
        "Скидка пятнадцать процентов.",
        "Простите.",
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("way = kiosk, late", "way = kiosck, late", "52:17: `way` is never `kiosck`; did you mean `kiosk`?"),
        ("way = kiosk, late", "way > kiosk, late", "52:17: `way` is a word, which is compared with `=` or `!=`"),
        ("way = kiosk, late", "late = 3", "52:17: `late` stands alone; write `late` or `not late`"),
        ("way = kiosk, late", "debt", "52:17: `debt` is compared with something; write for example `debt < 50000`"),
        ("way = kiosk, late", "lat", "52:17: unknown condition `lat`; did you mean `late`?"),
        (
            "way = kiosk, late",
            "debt < many",
            "52:17: `debt` is compared with a sum such as 5000 or 5000.50, not with `",
        ),
        (
            "way = kiosk, late",
            "heard.way",
            "52:17: `heard.way` is about one answer, so it belongs to `when` in a quest",
        ),
        ("heard.rating, not rating", "heard.way", "60:29: `heard.way` holds only where the question asks for it; add"),
        ("take: rating", "take: way", "60:56: `way` is taken only where the question asks for it; add `slots: way` to"),
        ("take: rating", "take: rathing", "60:56: unknown slot `rathing`; did you mean `rating`?"),
        ("slots: rating", "slots: rathing", "58:5: unknown slot `rathing`; did you mean `rating`?"),
        ("set: day = none", "set: day = soon", "66:35: unknown setting `day = soon`; `day` is set to a day such as"),
        (
            "set: day = none",
            "set: rating = 6",
            "66:35: unknown setting `rating = 6`; `rating` lies between its `least`",
        ),
        ("set: day = none", "set: way = foot", "66:35: unknown setting `way = foot`; `way` is one of kiosk, app, or"),
        ("set: day = none", "set: amount = al", "66:35: unknown setting `amount = al`; did you mean `amount = least`"),
        ("[days_past_due > 30]", "[amount > 30]", "18:3: `amount` is told in the call, so it cannot decide here"),
        ("[days_past_due > 30]", "[weighty]", "18:3: `weighty` is a segment; a segment is made of conditions on"),
        ("  paid: money", "  account_id: text", "15:3: `account_id` has a meaning of its own; choose another name"),
        ("  paid: money", "  debt: money", "15:3: `debt` has a meaning of its own; choose another name"),
        ("  paid: money", "  paid: cash", "15:3: `cash` cannot stand here; it should be 'text'"),
        ("  paid: money", "  Paid: money", "15:3: `Paid` is no name; write small Latin letters"),
        ("  rate: percent", "  late: percent", "18:3: `late` is declared under `facts` too; rename one of the two"),
        ("of: way, neutral", "of: ways, neutral", "21:23: unknown entity `ways`; did you mean `way`?"),
        ("en: [kiosk, terminal]", "kk: киоск", "27:5: `kiosk` has no words in en; add `en:`"),
        ("least: 1", "least: 6", "22:26: `least` is more than `most`; no number lies between them"),
        ("{account_id}/pay", "{acount_id}/pay", "35:5: unknown fact {acount_id}; did you mean {account_id}?"),
        ("https://core.bank", "https://{account_id}.bank", "35:5: a fact may stand in the path or behind `?` alone"),
        ("{paid: payment", "{pai: payment", "36:14: `pai` is no declared fact; add it under `facts` with its kind"),
        ("очеред\\w+", "очеред(", "31:21: not a regular expression: missing ), unterminated subpattern at position"),
        ("очеред\\w+", "(о+ч?)+", "31:21: a repetition within an endless one may take for ever; bound the outer one"),
        ("очеред\\w+", "(?:о|(?:ч{2,5})*)", "31:21: a repetition within an endless one may take for ever; bound"),
        ("очеред\\w+", r"о\w+ \w+ \w+ \w+ \w+", "31:21: more than 4 endless repetitions take too long; bound them"),
        ("  queue:", "  inform:", "30:3: `inform` has a meaning of its own; choose another name"),
        ("on: queue", "on: queu", "48:10: unknown intent `queu`; did you mean `queue`?"),
        ("do: payments", "do: payment", "68:5: unknown action `payment`; did you mean `payments`?"),
        ("failed: bye", "failed: by", "70:5: unknown state `by`; did you mean `bye`?"),
        ("replaces: bye", "replaces: [bye, hello]", "6:17: `hello` stands not both here and in an included file"),
        ("../common/endings", "../other/endings", "5:22: `../other/endings.yaml`: an include is a .yaml file in the"),
        ("../common/endings", "../common/ending", "5:22: `../common/ending.yaml`: no such file in the folder `common`"),
    ],
)
def test_a_wrong_declaration_is_named_with_its_mend(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Unknown names, wrong kinds and wrong operators are found when the scenario is loaded."""
    folder = write(tmp_path, (old, new))

    assert f"{folder}/scenario.yaml:{message}" in error(folder)


def test_a_name_that_stands_twice_names_both_files(tmp_path: Path) -> None:
    """Unless the scenario says that its own counts."""
    folder = write(tmp_path, ("replaces: bye\n", ""))

    assert "common/endings.yaml:5:3: `bye` is there already, in" in error(folder)
    assert "visit/scenario.yaml:74:3; rename or delete one, or list `bye` under `replaces`" in error(folder)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A scenario from elsewhere shows no other file."""
    folder = write(tmp_path)
    (folder / "more.yaml").unlink()
    (folder / "more.yaml").symlink_to(tmp_path / "common" / "endings.yaml")

    assert "scenario.yaml:5:11: `more.yaml`: a link that leads elsewhere; put the file itself here" in error(folder)
