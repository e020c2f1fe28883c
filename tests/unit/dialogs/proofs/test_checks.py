"""Words, law, persons and declarations: what the check looks at beside the proofs."""

from datetime import date
from pathlib import Path

import pytest

from dialogs.proofs.checking import check_scenario
from dialogs.proofs.law import load_law
from dialogs.proofs.report import Report
from dialogs.proofs.words import load_words
from engine.speech import Language

GOOD = (Path(__file__).parent / "good.yaml").read_text("utf-8")
ON = date(2026, 11, 20)
RU, KK, EN = Language.RUSSIAN, Language.KAZAKH, Language.ENGLISH


def _check(folder: Path, *changes: tuple[str, str], on: date = ON) -> Report:
    text = GOOD
    for good, bad in changes:
        assert good in text
        text = text.replace(good, bad, 1)
    path = folder / "scenario.yaml"
    path.write_text(text, "utf-8")
    return check_scenario(path, on)


def _told(report: Report) -> list[str]:
    return [f"{each.line}:{each.column}: {each.severity}: {each.told} [{each.rule}]" for each in report.problems]


@pytest.mark.parametrize(
    ("language", "text", "word"),
    [
        (RU, "Звонок по поводу вашей задолженности", "задолженности"),
        (RU, "У вас есть долги", "долги"),
        (RU, "Платёж пока не поступил", "Платёж"),
        (RU, "Отдел взыскания", "взыскания"),
        (RU, "По вашему займу", "займу"),
        (RU, "Разговор долгий и не займёт весь день, как ваше платье", None),
        (RU, "Требовательный, взыскательный клиент", None),
        (KK, "Сіздің қарызыңыз туралы", "қарызыңыз"),
        (KK, "Несиеңіз туралы", "Несиеңіз"),
        (RU, "Ваш автокредит", "автокредит"),
        (RU, "О вашей ссуде", "ссуде"),
        (RU, "Неоплаченный счёт", "Неоплаченный"),
        (RU, "Про заи\u0306м", "займ"),
        (RU, "Про до\u00adлг", "долг"),
        (EN, "You are indebted", "indebted"),
        (EN, "An unpaid bill", "unpaid"),
        (EN, "Your microloans", "microloans"),
        (KK, "Кешіріңіз, естімей тұрмын", None),
        (EN, "About your overdue account", "overdue"),
        (EN, "We call from the collection agency", "collection agency"),
        (EN, "Your loans", "loans"),
        (EN, "It is about a payment", "payment"),
        (EN, "You paint houses, I heard; a courtesy call", None),
    ],
)
def test_words_that_disclose_are_known_in_all_their_forms(language: Language, text: str, word: str | None) -> None:
    """Stems find every form; words that only look alike are let be."""
    found = [lists[language].first(text) for lists in load_words().disclosing.values()]

    assert next(filter(None, found), None) == word


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        (
            '"Вас не слышно."',
            '"Вас не слышно, а звонок о кредите."',
            "101:32: error: neutral prompt `cannot_hear` says «кредите», which tells anyone what the debt is from",
        ),
        (
            '"Ответ записан."',
            '"Иначе вас ждёт тюрьма."',
            "98:18: error: `consequences` says «тюрьма», which a debtor may",
        ),
        (
            "jurisdictions: [KZ, RU]\n",
            "",
            "1:1: error: no `jurisdictions`, so nobody knows whose law the scenario keeps; add `jurisdictions: [KZ]`",
        ),
        (
            "jurisdictions: [KZ, RU]\n",
            "jurisdictions: [KZ, RU]\npurpose: advertising\n",
            "4:1: error: advertising by automatic dialling is forbidden in Russia (38-FZ, art. 18 part 2",
        ),
        (
            "bankrupt_or_protected, stop_contact], to: stranger}",
            "stop_contact], to: stranger}",
            "10:3: error: `bankrupt_or_protected` in answer to `right_party` does not end the call (230-FZ art. 7",
        ),
        (
            'latest: "20:00"}',
            'latest: "21:30"}',
            "12:1: error: callbacks are agreed for outside of 08:00 to 21:00, the hours of KZ on weekdays (Law 62-VI",
        ),
        (
            'latest: "20:00"}',
            'latest: "20:00", weekends: true}',
            "12:48: error: callbacks at weekends are agreed for, which KZ does not allow",
        ),
        (
            "  - {on: operator, to: person}",
            "  - {on: operator, say: robot, to: return}",
            "27:3: error: in `right_party` a caller who asks for a person does not reach one within 12 answers",
        ),
        (
            "  not_understood: {times: 2, to: person}",
            "  not_understood: {times: 20, to: person}",
            "27:3: error: from `right_party` on, 12 turns of no, silence or words not understood bring no person",
        ),
        (
            "states:\n",
            "segments:\n  late: days_past_due > 30\nstates:\n",
            "23:3: warning: `late` under `segments` is n",
        ),
        ("states:\n", "facts:\n  colour: text\nstates:\n", "23:3: warning: `colour` under `facts` is never used"),
        ("states:\n", "slots:\n  size: number\nstates:\n", "23:3: warning: `size` under `slots` is never used"),
        (
            "states:\n",
            "intents:\n  joke: {ru: [шутка]}\nstates:\n",
            "23:3: warning: `joke` under `intents` is never us",
        ),
    ],
)
def test_it_is_told_at_its_place(tmp_path: Path, good: str, bad: str, message: str) -> None:
    """Each with what to do about it."""
    told = _told(_check(tmp_path, (good, bad)))

    assert [each for each in told if each.startswith(message)], told


def test_a_tone_is_worded_in_every_language(tmp_path: Path) -> None:
    """A call held firmly in Russian is held firmly in English."""
    tones = ("callback:", "tone: [{when: days_past_due > 30, use: firm}, {use: kind}]\ncallback:")
    texts = ('{ru: "Ответ записан.", en: "I', '{ru: {firm: "Ответ записан.", kind: "Жаль."}, en: {kind: "I')
    told = _told(_check(tmp_path, tones, texts, ('have noted that."}', 'have noted that."}}')))

    lacking = "error: prompt `consequences` has the tone `firm` in ru and not in en; add `firm:` to `en` [translation]"
    assert told == [f"99:63: {lacking}"]


def test_the_law_of_another_day_can_be_asked_for(tmp_path: Path) -> None:
    """In 2026 nothing asked a scenario for Kazakhstan to tell of a robot until the law came in January."""
    change = ("discloses: [robot, creditor, recording]", "discloses: [creditor, recording]")

    before, after = (_check(tmp_path, change, on=day) for day in (date(2026, 1, 17), date(2026, 1, 18)))

    artificial = "Law on artificial intelligence"
    assert not any(artificial in problem.message for problem in before.problems)
    assert any(artificial in problem.message for problem in after.problems)


def test_a_draft_is_no_law(tmp_path: Path) -> None:
    """Weekends in Kazakhstan stay closed until the draft that would open them is in force."""
    report = _check(tmp_path, ('latest: "20:00"}', 'latest: "19:00", weekends: true}'), on=date(2027, 6, 1))

    assert any("which KZ does not allow" in problem.message for problem in report.problems)


def test_every_row_of_the_law_says_where_it_is_from() -> None:
    """A rule without a source could not be checked by a lawyer."""
    assert len({rule.rule for rule in load_law()}) == len(load_law())
    assert all(len(rule.provision.source) > 20 for rule in load_law())


def test_duties_outside_of_the_scenario_are_told_and_refuse_nothing() -> None:
    """Whoever orders the calls reads what no scenario can show."""
    report = check_scenario(Path(__file__).parent / "good.yaml", ON)

    assert any("consent" in duty for duty in report.duties)
    assert report.passes(strict=True)


def test_what_is_heard_is_searched_as_well_as_what_is_read(tmp_path: Path) -> None:
    """A pronunciation must not smuggle a word about the debt into a neutral prompt."""
    report = _check(tmp_path, ("jurisdictions:", "pronunciations: {ru: {слышно: креди́та}}\njurisdictions:"))

    assert any("neutral prompt `cannot_hear` says «кредита»" in each for each in _told(report))


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        (
            '"{debtor.full_name} — это вы?"',
            '"Это вы?"',
            "a yes to `are_you` confirms the right party, and its text in ru",
        ),
        ("    ask: are_you\n", "    ask: are_you\n    again: pardon\n", "a yes to `pardon` confirms the right party"),
    ],
)
def test_a_yes_confirms_only_who_was_asked_by_name(tmp_path: Path, good: str, bad: str, message: str) -> None:
    """In every language, and when asked again."""
    assert any(message in each and each.endswith("[identity]") for each in _told(_check(tmp_path, (good, bad))))


def test_a_person_is_asked_for_beside_what_was_told() -> None:
    """Who names a rating and wants a person gets the person, as in the call."""
    assert check_scenario("survey", ON).passes()
