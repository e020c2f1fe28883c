"""What is wrong with an expression, where, and the mend."""

from dataclasses import dataclass

from engine.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Extent:
    """A piece of an expression's text.

    Args:
        start: offset of its first character.
        end: offset behind its last one.
    """

    start: int
    end: int

    def __or__(self, other: "Extent") -> "Extent":
        """Return the piece from the beginning of the one to the end of the other."""
        return Extent(min(self.start, other.start), max(self.end, other.end))


class ExpressionError(ConfigurationError):
    """An expression is wrong; the message shows the place in it and says the mend.

    Args:
        problem: what is wrong and the mend, in one line.
        text: of the whole expression.
        extent: of the piece that is wrong.
    """

    def __init__(self, problem: str, text: str, extent: Extent) -> None:
        self.problem = problem
        self.text = text
        self.extent = extent
        begin = text.rfind("\n", 0, extent.start) + 1
        stop = text.find("\n", extent.start)
        stop = len(text) if stop < 0 else stop
        self.line = text.count("\n", 0, extent.start) + 1
        self.column = extent.start - begin + 1
        first, last = max(begin, extent.start - _SHOWN), min(stop, extent.start + _SHOWN)
        marks = max(1, min(extent.end, last) - extent.start)
        place = f"line {self.line}, column {self.column}" if "\n" in text else f"column {self.column}"
        # Tabs stay in front of the caret, so that it stands under its place however wide they are shown.
        margin = "".join("\t" if letter == "\t" else " " for letter in text[first : extent.start])
        self.picture = f"  {text[first:last]}\n  {margin}{'^' * marks}"
        super().__init__(f"{place}: {problem}\n{self.picture}")


_SHOWN = 100
"""Characters of a long line that are shown on each side of the place."""
