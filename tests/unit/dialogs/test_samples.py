"""Example values for every text of a scenario."""

from pathlib import Path

import pytest

from dialogs.loader import load_scenario
from dialogs.samples import samples
from engine.speech import Language


@pytest.mark.parametrize("language", list(Language))
def test_every_text_of_a_scenario_can_be_heard(language: Language) -> None:
    scenario = load_scenario("soft_collection")
    found = list(samples(scenario, language))
    assert len(found) == sum(len(prompt.templates(language)) for prompt in scenario.prompts.values())
    assert {sample.line.language for sample in found} == {language}
    assert not any("{" in sample.line.text for sample in found)


def test_tones_and_variants_are_told_apart(tmp_path: Path) -> None:
    desk = (Path(__file__).parent / "trials" / "desk.yaml").read_text("utf-8")
    plain = 'bye: {neutral: true, en: "Goodbye!"}'
    assert plain in desk
    tone = "tone: [{when: days_past_due > 60, use: firm}, {use: friendly}]\nactions:"
    varied = desk.replace("actions:", tone).replace(
        plain, 'bye: {neutral: true, en: {firm: ["Goodbye.", "Good day."], friendly: "Bye!"}}'
    )
    (tmp_path / "scenario.yaml").write_text(varied, "utf-8")
    texts = {sample.name: sample.line.text for sample in samples(load_scenario(tmp_path), Language.ENGLISH)}
    assert (texts["bye-firm-1"], texts["bye-firm-2"]) == ("Goodbye.", "Good day.")
    assert texts["bye-friendly"] == "Bye!"
    assert texts["told"] == "We have received fifteen thousand tenge."
