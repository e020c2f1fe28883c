"""Where a parser stands in the pieces of an expression, and the bounds of what it makes of them."""

from collections.abc import Callable
from typing import Final, NoReturn, TypeVar

from analytics.expressions.errors import ExpressionError, Extent
from analytics.expressions.lexer import Kind, Piece, pieces
from analytics.expressions.reading import Unreadable
from analytics.expressions.tree import Node

MAX_DEPTH: Final = 40
MAX_NODES: Final = 1000

_Value = TypeVar("_Value")


class Cursor:
    """Goes through the pieces of an expression.

    Args:
        text: of the expression.

    Raises:
        ExpressionError: it cannot be divided into pieces.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._pieces = pieces(text)
        self._next = 0
        self._open = 0
        self._nodes = 0
        self._depths: dict[int, int] = {}  # of the nodes that were made, all of which the tree keeps alive

    @property
    def here(self) -> Piece:
        """The piece that is to be read."""
        return self._pieces[self._next]

    @property
    def before(self) -> Piece:
        """The piece that was read last."""
        return self._pieces[max(0, self._next - 1)]

    @property
    def after(self) -> Piece:
        """The piece behind this one, which must not be the end."""
        return self._pieces[self._next + 1]

    def take(self) -> Piece:
        """Read a piece; the end is read any number of times."""
        piece = self.here
        if piece.kind is not Kind.END:
            self._next += 1
        return piece

    def skip(self, count: int) -> None:
        """Go on by some pieces that were looked at."""
        self._next += count

    def taken(self, operator: str) -> Piece | None:
        """Read an operator, if it stands here."""
        return self.take() if self.here.kind is Kind.OPERATOR and self.here.text == operator else None

    def expected(self, kind: Kind, wanted: str) -> Piece:
        """Read a piece that must be of a kind; the error says what is wanted."""
        if self.here.kind is not kind:
            self.fail(f"here must stand {wanted}", self.here.at)
        return self.take()

    def read(self, read: Callable[[str], _Value], piece: Piece) -> _Value:
        """Return the value of a piece."""
        try:
            return read(piece.text)
        except Unreadable as problem:
            self.fail(str(problem), piece.at)

    def deeper(self, piece: Piece) -> None:
        """Enter what a piece opens."""
        self._open += 1
        if self._open > MAX_DEPTH:
            self.fail(f"nested more than {MAX_DEPTH} deep; divide the expression", piece.at)

    def shallower(self) -> None:
        """Leave what was entered last."""
        self._open -= 1

    def made(self, node: Node, *children: Node) -> Node:
        """Return a node that the tree may still take."""
        self._nodes += 1
        depth = 1 + max((self._depths[id(child)] for child in children), default=0)
        self._depths[id(node)] = depth
        if self._nodes > MAX_NODES:
            self.fail(f"more than {MAX_NODES} parts; divide the expression", node.at)
        if depth > MAX_DEPTH:
            self.fail(f"a chain or nest of more than {MAX_DEPTH}; divide the expression", node.at)
        return node

    def fail(self, problem: str, at: Extent) -> NoReturn:
        """Refuse the expression."""
        raise ExpressionError(problem, self._text, at)
