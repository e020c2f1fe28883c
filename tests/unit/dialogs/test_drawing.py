"""Scenarios as pictures: every state and way is in them, and Graphviz really draws them."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from dialogs.drawing import Format, Wish, dot_source, render
from dialogs.loader import load_scenario
from engine.errors import ScenarioError
from engine.speech import Language

SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_holds_every_state_and_way() -> None:
    """In boxes, or in the table of what holds everywhere; the marked state can be found."""
    spec = load_scenario("soft_collection").spec
    drawing = ET.fromstring(render(dot_source(spec, Wish(Language.RUSSIAN, here="debt")), Format.SVG))
    texts = {"".join(text.itertext()).strip() for text in drawing.iter(f"{SVG}text")}
    boxes = {group.get("id") for group in drawing.iter(f"{SVG}g")}

    assert spec.states.keys() <= {text.split("  ")[0] for text in texts}
    assert {"state-greeting", "state-business", "state-promised"} <= boxes


def test_a_picture_for_slides_is_a_png() -> None:
    """Of a size that can be read."""
    source = dot_source(load_scenario("soft_collection").spec, Wish(Language.ENGLISH, anytime=False))

    picture = render(source, Format.PNG)

    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(picture[16:20], "big") > 1000


def test_without_graphviz_the_mend_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing else of the product needs it."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ScenarioError, match="sudo apt-get install graphviz"):
        render("digraph {}", Format.SVG)


def test_what_graphviz_refuses_is_told() -> None:
    """In its own words."""
    with pytest.raises(ScenarioError, match=r"Graphviz failed: .*syntax error"):
        render("digraph {", Format.SVG)
