"""Prompt texts: facts in words, in the case that the sentence asks for, in every language."""

import dataclasses
from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest

from dialogs.facts import FACTS, CallFacts, Slots
from dialogs.prompts import MAX_PROMPT_CHARACTERS, Template, TemplateError
from dialogs.scenario import Scenario
from dialogs.values import Values
from engine.accounts import Money
from engine.speech import Language

RU, KK, EN = Language.RUSSIAN, Language.KAZAKH, Language.ENGLISH
TOLD = Slots(Money.of(21_000), date(2026, 11, 24), date(2026, 11, 23), time(10, 1))


@pytest.fixture
def facts(converse: Callable[..., Any]) -> Callable[[Language], CallFacts]:
    """Return the facts of a call in a language."""
    return lambda language: converse(language).dialog._machine.facts


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        (RU, "Долг {debt:genitive}", "Долг сорока пяти тысяч тенге"),
        (RU, "внесёте {promise.amount:accusative}", "Внесёте двадцать одну тысячу тенге"),
        (RU, "{promise.due:genitive}, {promise.on_weekday}", "Двадцать четвёртого ноября, во вторник"),
        (RU, "{days_past_due:accusative} назад", "Двенадцать дней назад"),
        (RU, "в {callback.time:accusative}", "В десять часов одну минуту"),
        (RU, "с {callback.earliest:genitive}", "С девяти часов"),
        (RU, "с {product}", "С потребительского кредита"),
        (KK, "{promise.due:prepositional}, {promise.on_weekday}", "Жиырма төртінші қарашада, сейсенбі күні"),
        (KK, "{days_past_due:dative} кешікті", "Он екі күнге кешікті"),
        (EN, "{promise.amount} {promise.on_weekday}", "Twenty-one thousand tenge on Tuesday"),
        (EN, "at {callback.time}", "At ten oh one in the morning"),
    ],
)
def test_facts_stand_in_the_right_case(
    facts: Callable[[Language], CallFacts], language: Language, text: str, words: str
) -> None:
    """Sums, days and counts decline as the sentence needs."""
    assert Template.parse(text).render(facts(language), TOLD, language) == words


def test_a_fact_that_was_not_told_makes_no_line(facts: Callable[[Language], CallFacts]) -> None:
    """Nothing is spoken with a hole in it."""
    assert Template.parse("{promise.due}").render(facts(RU), Slots(), RU) is None


@pytest.mark.parametrize("name", sorted(FACTS))
def test_every_fact_has_words_in_every_language(facts: Callable[[Language], CallFacts], name: str) -> None:
    """No fact that a designer may name is missing behind the name."""
    for language in Language:
        known = facts(language)
        account = dataclasses.replace(
            known.account,
            payday=25,
            promised=Money.of(7_000),
            promised_due=date(2026, 11, 30),
            due_date=date(2026, 11, 8 if name != "days_until_due" else 23),
        )
        told = dataclasses.replace(TOLD, meanings=("one", "other"))
        assert Template.parse(f"x {{{name}}}").render(dataclasses.replace(known, account=account), told, language)


def test_the_shipped_prompts_can_all_be_spoken(scenario: Scenario, facts: Callable[[Language], CallFacts]) -> None:
    """Every prompt becomes words without digits or braces, short enough for the phone."""
    results = Values().put("paid_amount", Money.of(20_000)).put("left_to_pay", Money.of(25_000))
    told = dataclasses.replace(TOLD, results=results, meanings=("one", "other"))
    for language in Language:
        known = facts(language)
        known = dataclasses.replace(known, account=dataclasses.replace(known.account, payday=25))
        for prompt in scenario.prompts.values():
            line = prompt.line(known, told, language)
            assert line is not None
            assert not any(character.isdigit() or character in "{}" for character in line.text)
            assert len(line.text) <= MAX_PROMPT_CHARACTERS
            assert line.text.count(". ") <= 3


@pytest.mark.parametrize("text", ["", "  ", "a}b", "{", "{}", "{debt:}x{", "{creditor:genitive}", "{debt:fourth}"])
def test_bad_templates_are_refused(text: str) -> None:
    """What cannot become a sentence is refused when the scenario is loaded."""
    with pytest.raises(TemplateError):
        Template.parse(text)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (23, "в понедельник, двадцать третьего ноября"),
        (24, "во вторник, двадцать четвёртого ноября"),
        (25, "в среду, двадцать пятого ноября"),
        (26, "в четверг, двадцать шестого ноября"),
        (27, "в пятницу, двадцать седьмого ноября"),
        (28, "в субботу, двадцать восьмого ноября"),
        (29, "в воскресенье, двадцать девятого ноября"),
    ],
)
def test_the_russian_read_back_names_every_weekday(
    scenario: Scenario, facts: Callable[[Language], CallFacts], day: int, words: str
) -> None:
    """«во» before «вторник» alone, weekdays in the accusative, the date in the genitive."""
    line = scenario.prompts["read_back"].line(facts(RU), Slots(Money.of(15_000), date(2026, 11, day)), RU)

    assert line is not None
    assert line.text == f"Правильно ли я понимаю: {words}, вы внесёте пятнадцать тысяч тенге?"


@pytest.mark.parametrize("days", [0, -3])
def test_an_account_without_arrears_has_no_days_past_due(facts: Callable[[Language], CallFacts], days: int) -> None:
    """Nobody is told that a payment is zero days overdue: the dialog takes its neutral way out."""
    of_call = facts(RU)
    early = dataclasses.replace(of_call, account=dataclasses.replace(of_call.account, days_past_due=days))

    assert Template.parse("{days_past_due}").render(early, Slots(), RU) is None
