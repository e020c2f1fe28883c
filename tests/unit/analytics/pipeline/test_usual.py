"""The steps that ship, on one contact: each is handed what it needs."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.intake.words import words_of
from analytics.pipeline.contact import Contact, Document
from analytics.pipeline.usual import Judging, usual_steps
from engine.law import Creditor, Jurisdiction
from engine.speech import Language

SAID = (
    (Role.AGENT, 0.0, "Здравствуйте, это Алекс?"),
    (Role.CLIENT, 3.0, "Да, это я"),
    (Role.AGENT, 5.0, "Это Пример Банк. Когда вы оплатите долг?"),
    (Role.CLIENT, 10.0, "Завтра"),
)
CALL = Conversation(
    "c-1",
    Medium.CALL,
    datetime(2026, 11, 23, 6, tzinfo=UTC),
    12.0,
    tuple(Utterance(role, words_of(text, at_s), at_s, at_s + 1, Language.RUSSIAN) for role, at_s, text in SAID),
)


def documents(names: tuple[str, ...]) -> dict[str, Document]:
    """Return what all steps make of the call, and versions by step."""
    judging = Judging(Jurisdiction.KAZAKHSTAN, Creditor.BANK, ZoneInfo("Asia/Almaty"), names)
    contact = Contact(CALL, "ru", dict)
    for step in usual_steps(judging):
        contact.documents[step.name] = step.make(contact)
    return contact.documents


def test_the_creditors_name_is_looked_for_where_it_is_known() -> None:
    def status(names: tuple[str, ...]) -> list[str]:
        found = documents(names)["violations"]
        return [one["status"] for one in found if one["rule"] == "creditor_not_named"]

    assert status(()) == ["not known"]
    assert status(("Другой Банк",)) == ["violated"]
    assert status(("Другой Банк", "Пример Банк")) == []


def test_what_law_is_asked_is_part_of_the_version() -> None:
    def version(names: tuple[str, ...]) -> str:
        judging = Judging(Jurisdiction.KAZAKHSTAN, Creditor.BANK, ZoneInfo("Asia/Almaty"), names)
        return next(step.version for step in usual_steps(judging) if step.name == "violations")

    assert version(("Пример Банк",)) != version(())
