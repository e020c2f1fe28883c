"""Our examples as Rasa's files."""

import yaml

from dialogs.rasa.training import TrainingData
from dialogs.understanding.intents import TAUGHT
from dialogs.understanding.lessons import OUT_OF_SCOPE, load_lessons
from dialogs.understanding.understanding import load_understanding

EXAMPLES = {"want_card": ["хочу карту", "i want a card", "хочу карту"], "refuse": ['pay [never](sum) {x}: "no"']}


def read(data: TrainingData) -> dict[str, list[str]]:
    """Return the examples by label, as Rasa reads them."""
    nlu = yaml.safe_load(data.files()["nlu.yml"])["nlu"]
    return {one["intent"]: [line.removeprefix("- ") for line in one["examples"].splitlines()] for one in nlu}


def test_every_example_of_every_language_is_exported() -> None:
    """With the intents of the lessons, out of scope among them, and no entities."""
    data = TrainingData(load_understanding().examples)
    exported = read(data)
    assert set(exported) == TAUGHT | {OUT_OF_SCOPE}
    for lesson in load_lessons()[0].values():
        for label, texts in lesson.examples.items():
            assert set(texts) <= set(exported[label])
    assert yaml.safe_load(data.files()["domain.yml"])["intents"] == sorted(exported)
    assert "entities" not in yaml.safe_load(data.files()["domain.yml"])


def test_a_scenarios_own_words_are_plain_text() -> None:
    """Each once, and nothing in them marks an entity in Rasa's format."""
    assert read(TrainingData(EXAMPLES)) == {
        "refuse": ["pay never sum x : no"],
        "want_card": ["хочу карту", "i want a card"],
    }


def test_the_models_name_follows_its_content() -> None:
    """Whoever serves a model of other examples can be told."""
    name = TrainingData(EXAMPLES).name
    assert TrainingData(dict(reversed(EXAMPLES.items()))).name == name
    assert TrainingData(EXAMPLES, epochs=1).name != name
    assert TrainingData(EXAMPLES | {"refuse": ["never"]}).name != name
