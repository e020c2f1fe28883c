"""Graphviz's drawing made fit for a page: known elements and attributes alone, and every state a link.

What stands in it comes from files that people write. Graphviz escapes it; that nothing else gets through than shapes
and words does not depend on that.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree

from dialogs.drawing import Format, Wish, dot_source, render
from dialogs.schema import ScenarioSpec
from engine.speech import Language

_SVG: Final = "http://www.w3.org/2000/svg"
_STATE: Final = "state-"

_ELEMENTS: Final = frozenset({"svg", "g", "title", "path", "polygon", "polyline", "ellipse", "text"})
_ATTRIBUTES: Final = frozenset(
    {
        *("class", "id", "viewBox", "width", "height", "transform", "points", "d", "x", "y", "cx", "cy", "rx", "ry"),
        *("fill", "stroke", "stroke-width", "stroke-dasharray", "fill-opacity", "stroke-opacity"),
        *("font-family", "font-size", "font-weight", "font-style", "text-anchor"),
    }
)

ElementTree.register_namespace("", _SVG)


def picture(spec: ScenarioSpec, language: Language, here: str | None, link: Callable[[str], str]) -> bytes:
    """Return a scenario's picture as SVG.

    Args:
        spec: of the scenario.
        language: of the words in it.
        here: a state to mark.
        link: where a click on a state leads.

    Raises:
        ScenarioError: Graphviz is missing or failed.
    """
    root = ElementTree.fromstring(_drawn(dot_source(spec, Wish(language, here=here))))
    clean = _clean(root)
    _fit(clean)
    for parent in list(clean.iter(f"{{{_SVG}}}g")):
        for place, child in enumerate(list(parent)):
            state = child.get("id", "").removeprefix(_STATE)
            if child.tag == f"{{{_SVG}}}g" and state in spec.states:
                parent.remove(child)
                anchor = ElementTree.Element(f"{{{_SVG}}}a", {"href": link(quote(state))})
                anchor.set("class", "state here" if state == here else "state")
                anchor.append(child)
                parent.insert(place, anchor)
    return ElementTree.tostring(clean, encoding="unicode").encode()


@lru_cache(maxsize=32)
def _drawn(source: str) -> bytes:
    return render(source, Format.SVG)


def _clean(element: ElementTree.Element) -> ElementTree.Element:
    attributes = {name: value for name, value in element.attrib.items() if name in _ATTRIBUTES}
    copy = ElementTree.Element(element.tag, attributes)
    copy.text = element.text
    for child in _known(element):
        inner = _clean(child)
        inner.tail = child.tail
        copy.append(inner)
    return copy


def _known(element: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Yield children of known kinds; of links, which Graphviz makes for tooltips, what is in them."""
    for child in element:
        name = child.tag.removeprefix(f"{{{_SVG}}}") if isinstance(child.tag, str) else ""
        if name in _ELEMENTS:
            yield child
        elif name == "a":
            yield from _known(child)


def _fit(root: ElementTree.Element) -> None:
    """Give the picture its size in the pixels of a page rather than points of paper."""
    for side in ("width", "height"):
        root.set(side, root.get(side, "").removesuffix("pt"))
    root.set("class", "scenario-graph")
    root.set("role", "img")
