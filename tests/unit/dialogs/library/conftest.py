"""A small scenario, people, and a library that holds versions of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dialogs.library.actors import Actor, Permission
from dialogs.library.library import Library
from dialogs.library.shelf import Version


@dataclass(frozen=True)
class People:
    """Whoever works on scenarios."""

    writer: Actor = Actor("writer", frozenset({Permission.EDIT}))
    reviewer: Actor = Actor("reviewer", frozenset({Permission.EDIT, Permission.APPROVE}))
    chief: Actor = Actor("chief", frozenset(Permission))


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def worded() -> Callable[[str], str]:
    """Return the scenario with another word in a prompt."""
    text = (Path(__file__).parents[1] / "reminder.yaml").read_text("utf-8")
    return lambda word: text.replace("Sorry.", f"Sorry, {word}.")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


@pytest.fixture
def edit(library: Library) -> Callable[[str, Actor], str]:
    """Save a text as the scenario of the draft, whatever it holds."""

    def save(text: str, actor: Actor) -> str:
        revision = library.drafts.read("reminder", "scenario.yaml").revision
        return library.drafts.save("reminder", "scenario.yaml", text, actor, revision=revision)

    return save


@pytest.fixture
def submit(library: Library) -> Callable[[Actor], Version]:
    """Submit the draft as it stands."""

    def make(actor: Actor) -> Version:
        draft = library.shelf("reminder").draft
        assert draft is not None
        return library.submit("reminder", actor, "for the test", edition=draft.edition)

    return make


@pytest.fixture
def submitted(
    library: Library,
    people: People,
    worded: Callable[[str], str],
    edit: Callable[..., str],
    submit: Callable[..., Version],
) -> Callable[[str], Version]:
    """Make a version that says a word, of a draft from nothing."""

    def make(word: str) -> Version:
        library.drafts.begin_empty("reminder", people.writer)
        edit(worded(word), people.writer)
        return submit(people.writer)

    return make


@pytest.fixture
def approved(library: Library, people: People, submitted: Callable[[str], Version]) -> Callable[[str], Version]:
    """Make a version that says a word, and have it approved."""
    return lambda word: library.approve("reminder", submitted(word).number, people.reviewer)


@pytest.fixture
def published(library: Library, people: People, approved: Callable[[str], Version]) -> Callable[[str], Version]:
    """Bring a version that says a word into service."""
    return lambda word: library.publish("reminder", approved(word).number, people.chief)
