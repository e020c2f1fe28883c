"""The JSON Schema for editors: it takes what loads, and underlines what does not."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dialogs.documents import parse_document, read_document
from dialogs.loader import shipped_scenarios
from dialogs.schema.editor import json_schema

HERE = Path(__file__).parent
SCENARIOS = files("dialogs") / "scenarios"


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    """Return what validates a scenario file."""
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def shipped() -> Iterator[Any]:
    """Yield every file that ships, with whether it is one to include."""
    for folder in [*(SCENARIOS / name for name in shipped_scenarios()), SCENARIOS / "common"]:
        if folder.is_dir():
            for file in folder.iterdir():
                if file.name.endswith(".yaml") and not file.name.startswith("tests"):
                    yield pytest.param(file, id=f"{folder.name}/{file.name}")


@pytest.mark.parametrize("file", [*shipped()])
def test_what_ships_is_valid(file: Any) -> None:
    """Scenarios and what they include."""
    validator = Draft202012Validator(json_schema(included=file.name != "scenario.yaml"))

    assert [error.message for error in validator.iter_errors(read_document(file).data)] == []


@pytest.mark.parametrize("name", ["reminder.yaml", "visit.yaml"])
def test_every_way_of_writing_is_valid(validator: Draft202012Validator, name: str) -> None:
    """Texts or lists, kinds alone or with more, conditions as strings."""
    document = parse_document(name, (HERE / name).read_bytes())

    assert [error.message for error in validator.iter_errors(document.data)] == []


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("expect: yes_no", "expect: yesno", "states/hello/expect"),
        ("    expect: yes_no", "    expekt: yes_no", "states/hello"),
        ("    end: refused", "    end: refused\n    ask: debt", "states/told"),
        ("when: due,", "when: Due!,", "states/check/route/0/when"),
        ('earliest: "09:00"', "earliest: nine", "callback/earliest"),
        ("languages: [ru, en]", "languages: [ru, de]", "languages/1"),
        ("turns: {times: 20", "turns: {times: many", "limits/turns/times"),
        ("  hello:\n", "  Hello:\n", "states"),
        ("name: reminder\n", "", ""),
        ('en: "Sorry."', "en: {}", "prompts/sorry/en"),
    ],
)
def test_what_is_wrong_is_underlined(validator: Draft202012Validator, old: str, new: str, path: str) -> None:
    """At the place where the loader would point, too."""
    text = (HERE / "reminder.yaml").read_text("utf-8")
    assert old in text
    document = parse_document("reminder.yaml", text.replace(old, new, 1).encode())

    assert path in {"/".join(map(str, error.absolute_path)) for error in validator.iter_errors(document.data)}


def test_every_key_is_explained(validator: Draft202012Validator) -> None:
    """Editors show a description for each key of a scenario, and no other language's types."""
    schema = json_schema()
    models = {"ScenarioSpec": schema, **schema["$defs"]}
    bare = [
        f"{name}.{key}"
        for name, described in models.items()
        for key, entry in described.get("properties", {}).items()
        if "description" not in entry
    ]

    assert bare == []
    assert not any("Args:" in described.get("description", "") for described in models.values())
