"""How prompts are worded: variants, tones, stress marks, pronunciations; and the mandate that they speak of."""

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dialogs.loader import load_scenario
from dialogs.scenario import Scenario
from engine.accounts import Money, Segment
from engine.errors import ScenarioError
from engine.speech import Language

RU, EN = Language.RUSSIAN, Language.ENGLISH
REMINDER = (Path(__file__).parent / "reminder.yaml").read_text("utf-8")
CHANGES = [
    ('en: "Are you {debtor.full_name}?"', 'en: ["Are you {debtor.full_name}?", "Is it {debtor.full_name}?", "You?"]'),
    (
        'ru: "К оплате {debt:genitive}."',
        'ru: {firm: "К опла́те {debt:genitive}.", "": ["Пожа́луйста, {debt}, банк {creditor}.", "Ждём {debt}."]}',
    ),
    ('en: "You owe {debt}."', 'en: {firm: "You owe {debt}.", kind: "There is {debt}."}'),
    (
        "states:\n",
        "tone:\n  - {when: days_past_due >= 30, use: firm}\n  - {when: segment = soft, use: kind}\nstates:\n",
    ),
    ("prompts:\n", "pronunciations: {ru: {sample bank: Сэ́мпл банк, тенге: тэнге́}}\nprompts:\n"),
    ("    say: debt\n", "    say: [debt, least]\n"),
    (
        "prompts:\n",
        "prompts:\n  least:\n    ru: Не меньше {least_promise:genitive}, до {latest_day:genitive}.\n    en: L.\n",
    ),
    (
        "states:\n",
        "mandate:\n  - {when: late, least_share: 50, latest_days: 3}\n  - {least_share: 20}\nstates:\n",
    ),
    ("states:\n", "segments: {late: days_past_due >= 30}\nstates:\n"),
]


def write(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the reminder with more wordings."""
    text = REMINDER
    for old, new in (*CHANGES, *changes):
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "scenario.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(scope="module")
def worded(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Load it."""
    return load_scenario(write(tmp_path_factory.mktemp("worded")))


@pytest.fixture
def told(worded: Scenario, converse: Callable[..., Any], account: Callable[[Language], Any]) -> Callable[..., Any]:
    """Return the lines about the debt of an account whose fields are given."""

    def tell(language: Language, **fields: Any) -> Any:
        return converse(language, ["да"], worded, of=dataclasses.replace(account(language), **fields)).moves[-1].lines

    return tell


def test_variants_take_turns_and_repeating_says_the_same(
    worded: Scenario, converse: Callable[..., Any], account: Callable[[Language], Any]
) -> None:
    """A reprompt is worded otherwise, in an order that depends on the account alone."""

    def asked(account_id: str) -> list[str]:
        one = converse(EN, [None, None], worded, of=dataclasses.replace(account(EN), account_id=account_id))
        return [move.lines[-1].text for move in one.moves]

    assert len(set(asked("A-1"))) == 3
    assert asked("A-1") == asked("A-1")
    assert len({asked(f"A-{i}")[0] for i in range(20)}) == 3


def test_repeating_says_the_same_words(worded: Scenario, converse: Callable[..., Any]) -> None:
    """The progress names which wording was last."""
    one = converse(EN, [], worded).dialog
    first, second = (
        one._machine.voice.say(one.progress, (), one.progress.last),
        one._machine.voice.say(one.progress, ["is_it_you"]),
    )

    assert first[1] == one._last.lines
    assert second[1] != first[1]


@pytest.mark.parametrize(
    ("language", "fields", "texts"),
    [
        (EN, {"days_past_due": 30}, {"You owe forty-five thousand tenge."}),
        (EN, {"days_past_due": 12}, {"There is forty-five thousand tenge."}),
        (EN, {"days_past_due": 12, "segment": Segment.HARD}, {"You owe forty-five thousand tenge."}),
        (RU, {"days_past_due": 30}, {"К оплате сорока пяти тысяч тенге."}),
        (
            RU,
            {"days_past_due": 12},
            {"Пожалуйста, сорок пять тысяч тенге, банк Sample Bank.", "Ждём сорок пять тысяч тенге."},
        ),
    ],
)
def test_the_tone_is_the_accounts(
    told: Callable[..., Any], language: Language, fields: dict[str, Any], texts: set[str]
) -> None:
    """A prompt that has no text in the tone takes its plain one, or else its first."""
    assert {told(language, account_id=f"A-{i}", **fields)[0].text for i in range(9)} == texts


def test_the_voice_gets_what_the_transcript_does_not(told: Callable[..., Any]) -> None:
    """Stress marks and pronunciations are for the voice alone."""
    line = next(line for i in range(9) if "банк" in (line := told(RU, account_id=f"A-{i}")[0]).text)

    assert line.text == "Пожалуйста, сорок пять тысяч тенге, банк Sample Bank."
    assert line.voiced == "Пожа́луйста, сорок пять тысяч тэнге́, банк Сэ́мпл банк."


@pytest.mark.parametrize(
    ("fields", "least", "latest"),
    [
        ({"days_past_due": 30}, "двадцати двух тысяч пятисот тенге", "двадцать третьего ноября"),
        (
            {"days_past_due": 30, "latest_promise_days": 1},
            "двадцати двух тысяч пятисот тенге",
            "двадцать первого ноября",
        ),
        ({"days_past_due": 12}, "девяти тысяч тенге", "четвёртого декабря"),
        ({"days_past_due": 12, "least_promise": Money.of(10_000)}, "десяти тысяч тенге", "четвёртого декабря"),
        ({"days_past_due": 12, "debt": Money.of(3_000)}, "трёх тысяч тенге", "четвёртого декабря"),
    ],
)
def test_the_mandate_narrows_what_the_account_allows(
    told: Callable[..., Any], fields: dict[str, Any], least: str, latest: str
) -> None:
    """The greater sum and the nearer day count, and never more than the debt."""
    assert told(RU, **fields)[1].text == f"Не меньше {least}, до {latest}."


def test_all_wordings_are_ready_lines(worded: Scenario) -> None:
    """Every variant and tone without facts is rendered ahead."""
    assert {line.text for line in worded.fixed_lines(EN)} == {"Sorry.", "You?", "L."}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"You?"', '"You {dept}?"', "unknown fact {dept}; did you mean {debt}?"),
        ('"You?"', '"You with {debt}?"', "a neutral prompt must not tell {debt}; delete the fact or"),
        ('"You?"', '""', "the text is empty; write what the bot says"),
        ('kind: "There', 'kid: "There', "no call is held in the tone `kid`; did you mean `kind`?"),
        ("К опла́те", "К опл́ате", "a stress mark that no vowel bears; put it right behind the vowel"),
        ("least_share: 50", "least_share: 150", "`150` cannot stand here; it should be less than or equal to 100"),
        ("when: segment = soft", "when: amount", "`amount` is told in the call, so it cannot decide here"),
        ("when: late", "when: latte", "unknown condition `latte`; did you mean `late`?"),
        ("when: late", "when: due.past", "`due.past` is told in the call, so it cannot decide here"),
    ],
)
def test_a_wrong_wording_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Every variant and every tone is checked like a text."""
    path = write(tmp_path, (old, new))
    line = next(i for i, text in enumerate(path.read_text("utf-8").splitlines(), 1) if new in text)

    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)

    assert f"{path}:{line}:" in str(caught.value)
    assert message in str(caught.value)


def test_a_recording_stands_in_for_one_text_alone(tmp_path: Path) -> None:
    """Several wordings in its language want a voice."""
    path = write(
        tmp_path,
        ('"You?"]', '"You?"], recordings: {en: is_it_you.wav}'),
        ("Are you {debtor.full_name}?", "Are you the one?"),
        ("Is it {debtor.full_name}?", "Is it you?"),
    )

    with pytest.raises(ScenarioError, match="the prompt has 3 texts in en, and a recording says one"):
        load_scenario(path)


def test_the_next_payday_is_in_this_month_or_the_next(converse: Callable[..., Any]) -> None:
    """A month without the day pays on its last."""
    facts = converse(RU).dialog._machine.facts

    def payday(of: int, today: date) -> date | None:
        now = facts.now.replace(year=today.year, month=today.month, day=today.day)
        return dataclasses.replace(facts, now=now, account=dataclasses.replace(facts.account, payday=of)).next_payday

    assert payday(25, date(2026, 11, 20)) == date(2026, 11, 25)
    assert payday(20, date(2026, 11, 20)) == date(2026, 11, 20)
    assert payday(5, date(2026, 12, 20)) == date(2027, 1, 5)
    assert payday(31, date(2027, 1, 31)) == date(2027, 1, 31)
    assert payday(31, date(2027, 2, 1)) == date(2027, 2, 28)
