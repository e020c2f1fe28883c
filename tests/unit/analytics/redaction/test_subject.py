"""Whose personal data are: the person's whom a contact is about, or another's."""

from datetime import UTC, datetime

import pytest

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.pipeline.hearing import spread
from analytics.redaction import marked, redact
from analytics.redaction.subject import Own, of_others
from engine.speech import Language

OWN = Own(("Алексей Образцов",), frozenset({"77015550123", "4400430000000003"}))


def shown(*said: tuple[Role, str], own: Own = OWN, outcome: str = "promise_to_pay") -> list[str]:
    """Return what each side is shown to have said."""
    utterances = tuple(
        Utterance(role, spread(text, at_s, at_s + 5.0, 1.0), at_s, at_s + 5.0, Language.RUSSIAN)
        for at_s, (role, text) in zip(range(0, 100, 6), said, strict=False)
    )
    at = datetime(2026, 5, 4, tzinfo=UTC)
    conversation = Conversation("c", Medium.CALL, at, 60.0, utterances, {"outcome": outcome})
    spans = of_others(conversation, redact(conversation, own.names).spans, own)
    return [one.text for one in marked(conversation, spans).utterances]


def test_own_names_stay_in_every_form_and_others_go() -> None:
    said = "это Алексей Образцов мою жену зовут Марина позвоните Алексею Образцову или Марине"
    told = "это Алексей Образцов мою жену зовут [name] позвоните Алексею Образцову или [name]"
    assert shown((Role.CLIENT, said)) == [told]


def test_a_namesake_with_another_given_name_is_another() -> None:
    assert shown((Role.CLIENT, "трубку возьмёт Марина Образцова")) == ["трубку возьмёт [name] [name]"]


@pytest.mark.parametrize(
    ("said", "stays"),
    [
        ("мой номер восемь семьсот один пятьсот пятьдесят пять ноль один двадцать три", True),
        ("мой номер плюс семь семьсот один пятьсот пятьдесят пять ноль один двадцать три", True),
        ("мой номер 8 701 555 01 23", True),
        ("номер жены восемь семьсот пять шестьсот шестьдесят шесть семьдесят семь восемьдесят восемь", False),
        ("номер карты четыре четыре ноль ноль четыре три ноль ноль ноль ноль ноль ноль ноль ноль ноль три", True),
        ("последние четыре цифры карты ноль ноль ноль три", True),
        ("последние четыре цифры карты один девять восемь шесть", False),
    ],
)
def test_own_numbers_stay_however_they_are_said(said: str, stays: bool) -> None:
    (told,) = shown((Role.CLIENT, said))
    assert (told == said) is stays
    assert stays or "[" in told


def test_where_nothing_is_known_to_be_own_all_goes() -> None:
    (told,) = shown(
        (Role.CLIENT, "это Алексей мой номер восемь семьсот один пятьсот пятьдесят пять ноль один двадцать три"),
        own=Own(),
    )
    assert told.startswith("это [name] мой номер [phone]")


@pytest.mark.parametrize("outcome", ["third_party", "wrong_person", "minor"])
def test_another_person_who_was_reached_is_not_quoted_at_all(outcome: str) -> None:
    """The bot's words stay, since they were meant for the person; the channel is taken whole."""
    bot, other = (Role.BOT, "могу я поговорить с Алексеем Образцовым"), (Role.CLIENT, "его нет дома")
    assert shown(bot, other, outcome=outcome) == [bot[1], "[third_person] [third_person] [third_person]"]
    at = datetime(2026, 5, 4, tzinfo=UTC)
    said = (Utterance(Role.CLIENT, spread("нет", 1.0, 2.0, 1.0), 1.0, 2.0),)
    spans = of_others(Conversation("c", Medium.CALL, at, 9.0, said, {"outcome": outcome}), (), OWN)
    assert next((one.role, one.start_s, one.end_s) for one in spans) == (Role.CLIENT, 0.0, 9.0)
