"""Every measure is told, named and defined once."""

from pathlib import Path

from analytics.conversation import Medium, Role
from analytics.measures import REGISTRY, Scope, Side, measure
from analytics.measures.history import FollowUp
from analytics.measures.registry import table

from .talking import contact, said, voice

README = Path(__file__).parents[4] / "analytics" / "measures" / "README.md"


def test_every_contact_has_exactly_the_measures_of_the_registry() -> None:
    """In its order, whatever the contact holds."""
    names = [name for name, one in REGISTRY.items() if one.scope is Scope.CONTACT]

    assert list(measure(contact())) == names
    assert [name for name, one in REGISTRY.items() if one.scope is Scope.PERSON] == [
        name for name in FollowUp.__slots__ if name in REGISTRY
    ]


def test_a_rich_call_tells_every_measure() -> None:
    """And a chat those that have it among their media, alone."""
    lines = [
        said(role, start + 0.1, text, start + 6.9)
        for start, role in [(0, Role.AGENT), (8, Role.CLIENT), (16, Role.AGENT), (24, Role.CLIENT), (32, Role.AGENT),
                            (40, Role.CLIENT)]
        for text in ["здравствуйте это хорошо один два три четыре пять шесть семь восемь девять десять"]
    ]  # fmt: skip
    channels = {
        side: voice(48.0, *((line.start_s, line.end_s, 140.0, 3000.0) for line in lines if line.role.is_bank is bank))
        for side, bank in ((Side.BANK, True), (Side.CLIENT, False))
    }
    call = measure(contact(*lines, duration_s=48.0), audio=channels)
    chat = measure(contact(*lines, duration_s=48.0, medium=Medium.CHAT), audio=channels)

    assert [name for name, one in call.items() if one.value is None] == []
    assert {name for name, one in chat.items() if one.value is not None} == {
        name for name, one in REGISTRY.items() if Medium.CHAT in one.media and one.scope is Scope.CONTACT
    }


def test_the_readme_lists_what_there_is() -> None:
    """Row by row; after a change put `table()` there."""
    assert table() in README.read_text("utf-8")
