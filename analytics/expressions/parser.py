"""From an expression's text to its syntax tree, by recursive descent.

either   = both { OR both }
both     = negated { AND negated }
negated  = NOT negated | chain
chain    = unit { THEN[/n] unit | [NOT] (NEAR/n | BEFORE[/n] | AFTER[/n]) unit | [NOT] IN (unit | window) }
unit     = speaker ":" unit | single [SURE number]
single   = "(" either ")" | word | "phrase" | measure | @attribute | PAUSE n | OVERTALK n | INTERRUPTION
window   = FIRST n | LAST n | n..n
"""

from collections.abc import Callable, Collection
from typing import Final, NoReturn, TypeVar

from analytics.expressions.errors import ExpressionError, Extent
from analytics.expressions.kinds import check, check_measures, finds_places
from analytics.expressions.lexer import Kind, Piece, pieces
from analytics.expressions.mends import beside_mend, speaker_mend, term_mend
from analytics.expressions.reading import Unreadable, read_number, read_seconds, read_words
from analytics.expressions.tree import (
    Attribute,
    Beside,
    Both,
    Comparison,
    Distance,
    Either,
    Event,
    EventKind,
    Expression,
    Measure,
    Node,
    Not,
    Relation,
    Speaker,
    Spoken,
    Sure,
    Then,
    Window,
)

MAX_DEPTH: Final = 40
MAX_NODES: Final = 1000
MAX_DISTANCE: Final = 1000
"""Words."""

_Value = TypeVar("_Value")


def parse(text: str, measures: Collection[str] | None = None) -> Expression:
    """Read an expression.

    Args:
        text: of the expression; README.md tells the language.
        measures: names that there are; None leaves them to be checked when contacts are matched.

    Raises:
        ExpressionError: it is wrong; the message shows where and says the mend.
    """
    tree = _Parser(text).whole()
    check(tree, text)
    expression = Expression(text, tree)
    if measures is not None:
        check_measures(expression, measures)
    return expression


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._pieces = pieces(text)
        self._next = 0
        self._open = 0
        self._nodes = 0
        self._depths: dict[int, int] = {}  # of the nodes that were made, all of which the tree keeps alive

    def whole(self) -> Node:
        if len(self._pieces) == 1:
            self._fail("the expression is empty; write a word to find, оплатить, or a phrase in quotes", self._here.at)
        tree = self._either()
        here = self._here
        if here.kind is Kind.CLOSE:
            self._fail("this bracket closes nothing; delete it, or open one before it", here.at)
        if here.kind is not Kind.END:
            self._fail(beside_mend(self._pieces[self._next - 1], here), here.at)
        return tree

    def _either(self) -> Node:
        return self._joined("OR", self._both, Either)

    def _both(self) -> Node:
        return self._joined("AND", self._negated, Both)

    def _joined(self, operator: str, part: Callable[[], Node], made: type[Either | Both]) -> Node:
        parts = [part()]
        while self._taken(operator):
            parts.append(part())
        return parts[0] if len(parts) == 1 else self._made(made(tuple(parts), at=parts[0].at | parts[-1].at), *parts)

    def _negated(self) -> Node:
        if not (operator := self._taken("NOT")):
            return self._chain()
        self._deeper(operator)
        inner = self._negated()
        self._open -= 1
        return self._made(Not(inner, at=operator.at | inner.at), inner)

    def _chain(self) -> Node:
        left = self._unit()
        while True:
            negated = self._here.text == "NOT" and self._here.kind is Kind.OPERATOR
            after = self._pieces[self._next + 1] if negated else self._here
            if after.kind is not Kind.OPERATOR or after.text not in ("THEN", *Relation):
                return left
            if negated and after.text == "THEN":
                self._fail("for A without B after it write A NOT BEFORE B; for B without A, B NOT AFTER A", after.at)
            self._next += 2 if negated else 1
            left = self._related(self._place(left, after), after, negated)

    def _related(self, left: Node, operator: Piece, negated: bool) -> Node:
        distance = self._distance(operator)
        if operator.text == Relation.IN and self._window_begins:
            right: Node = self._made(self._window())
        else:
            right = self._place(self._unit(), operator)
        at = left.at | right.at
        if operator.text == "THEN":
            return self._made(Then(left, right, distance, at=at), left, right)
        return self._made(Beside(left, Relation(operator.text), right, distance, negated, at=at), left, right)

    def _distance(self, operator: Piece) -> Distance | None:
        if self._here.kind is not Kind.SLASH:
            if operator.text == Relation.NEAR:
                self._fail("how near? write NEAR/5 for five words between at most, or NEAR/3s for seconds", operator.at)
            return None
        slash = self._take()
        if operator.text == Relation.IN:
            self._fail("IN has no distance; for one write NEAR, BEFORE or AFTER", slash.at)
        size = self._expected(Kind.NUMBER, f"a distance: {operator.text}/5 for words, {operator.text}/3s for seconds")
        if size.text.startswith("-"):
            self._fail("a distance cannot be negative; BEFORE and AFTER tell the side", size.at)
        if size.text.isdigit():
            if int(size.text[:9]) > MAX_DISTANCE:
                self._fail(f"{MAX_DISTANCE} words are the most; leave the distance out for any", size.at)
            return Distance(words=int(size.text))
        if size.text[-1] not in "sm":
            self._fail("words are whole numbers, NEAR/5; seconds have an s, NEAR/2.5s", size.at)
        return Distance(seconds=self._read(read_seconds, size))

    @property
    def _window_begins(self) -> bool:
        return self._here.kind is Kind.NUMBER or (
            self._here.kind is Kind.OPERATOR and self._here.text in ("FIRST", "LAST")
        )

    def _window(self) -> Window:
        begin = self._take()
        if begin.kind is Kind.OPERATOR:
            size = self._expected(Kind.NUMBER, f"how long: {begin.text} 30s")
            length_s = self._read(read_seconds, size)
            if length_s <= 0:
                self._fail(f"must be longer than nothing: {begin.text} 30s", size.at)
            at = begin.at | size.at
            return Window(0.0, length_s, at=at) if begin.text == "FIRST" else Window(-length_s, None, at=at)
        start_s = self._read(read_seconds, begin)
        self._expected(Kind.RANGE, "a window's end: 10s..60s, or -60s..-10s counted from the end")
        end = self._expected(Kind.NUMBER, "a window's end: 10s..60s, or -60s..-10s counted from the end")
        end_s = self._read(read_seconds, end)
        if (start_s < 0) == (end_s < 0) and end_s <= start_s:
            self._fail("the window ends before it begins; write the earlier second first", begin.at | end.at)
        if start_s < 0 <= end_s:
            self._fail("from the end backwards both seconds are negative; write LAST 30s, or -60s..-10s", begin.at)
        return Window(start_s, end_s, at=begin.at | end.at)

    def _unit(self) -> Node:
        here = self._here
        if here.kind in (Kind.WORD, Kind.OPERATOR) and self._pieces[self._next + 1].kind is Kind.COLON:
            if here.text not in list(Speaker):
                self._fail(speaker_mend(here.text), here.at)
            self._next += 2
            self._deeper(here)
            inner = self._unit()
            self._open -= 1
            return self._made(Spoken(Speaker(here.text), inner, at=here.at | inner.at), inner)
        inner = self._single()
        if not self._taken("SURE"):
            return inner
        share = self._expected(Kind.NUMBER, "how sure, from 0 to 1: SURE 0.7")
        confidence = self._read(read_number, share)
        if not 0 < confidence <= 1 or share.text[-1] in "sm":
            self._fail("confidence is above 0 and at most 1: SURE 0.7", share.at)
        return self._made(Sure(inner, confidence, at=inner.at | share.at), inner)

    def _single(self) -> Node:
        here = self._take()
        following = self._here.kind
        if here.kind is Kind.OPEN:
            return self._group(here)
        if here.kind is Kind.WORD and following is Kind.COMPARISON:
            return self._measure(here)
        if here.kind is Kind.ATTRIBUTE:
            return self._attribute(here)
        if here.kind is Kind.COMPARISON and here.text == "=" and following in (Kind.WORD, Kind.NUMBER, Kind.QUOTED):
            word = self._take()
            parts = word.text.split() if word.kind is Kind.QUOTED else [word.text]
            exact = " ".join(part if part.startswith("=") else f"={part}" for part in parts)
            return self._words(exact, here.at | word.at)
        if here.kind in (Kind.WORD, Kind.QUOTED):
            return self._words(here.text, here.at)
        if here.kind is Kind.NUMBER:
            if here.text[-1] in "sm":
                self._fail(f'a duration has no place here; to find the word, put it in quotes: "{here.text}"', here.at)
            return self._words(here.text, here.at)
        if here.kind is Kind.OPERATOR and here.text in list(EventKind):
            return self._event(here)
        self._fail(term_mend(here), here.at)

    def _group(self, bracket: Piece) -> Node:
        self._deeper(bracket)
        inner = self._either()
        if self._here.kind is not Kind.CLOSE:
            if self._here.kind is Kind.END:
                self._fail("this bracket is not closed; add ) where the group ends", bracket.at)
            self._fail(beside_mend(self._pieces[self._next - 1], self._here), self._here.at)
        self._take()
        self._open -= 1
        return inner

    def _words(self, text: str, at: Extent) -> Node:
        try:
            return self._made(read_words(text, at))
        except Unreadable as problem:
            self._fail(str(problem), at)

    def _event(self, piece: Piece) -> Node:
        kind = EventKind(piece.text)
        if kind is EventKind.INTERRUPTION:
            return self._made(Event(kind, at=piece.at))
        size = self._expected(Kind.NUMBER, f"how long at least: {kind} 2s")
        least_s = self._read(read_seconds, size)
        if least_s <= 0:
            self._fail(f"must be longer than nothing: {kind} 2s", size.at)
        return self._made(Event(kind, least_s, at=piece.at | size.at))

    def _measure(self, name: Piece) -> Node:
        comparison = self._take()
        wanted = (
            f"a number to compare the measure `{name.text}` with; an attribute has an @, @{name.text}, and an exact "
            f"form its = in front, joined by AND or OR"
        )
        number = self._expected(Kind.NUMBER, wanted)
        value = self._read(read_number, number)
        at, up_to = name.at | number.at, None
        if self._here.kind is Kind.RANGE:
            dots = self._take()
            if comparison.text != "=":
                self._fail(f"a range goes with =: {name.text} = {number.text}..1", dots.at)
            end = self._expected(Kind.NUMBER, f"the range's end: {name.text} = 0.4..0.6")
            up_to = self._read(read_number, end)
            at = at | end.at
            if up_to < value:
                self._fail("the range ends below its beginning; write the lesser number first", number.at | end.at)
        return self._made(Measure(name.text, Comparison(comparison.text), value, up_to, at=at))

    def _attribute(self, name: Piece) -> Node:
        if self._here.kind is not Kind.COMPARISON:
            return self._made(Attribute(name.text, at=name.at))
        comparison = Comparison(self._take().text)
        value = self._take()
        if value.kind not in (Kind.WORD, Kind.OPERATOR, Kind.NUMBER, Kind.QUOTED):
            self._fail(f'a value is missing; write @{name.text} {comparison} hard, or "two words" in quotes', value.at)
        if comparison not in (Comparison.EQUAL, Comparison.UNEQUAL) and value.kind is not Kind.NUMBER:
            self._fail(f"only numbers are {comparison}; for texts there are = and !=", value.at)
        return self._made(Attribute(name.text, comparison, value.text, at=name.at | value.at))

    def _place(self, node: Node, operator: Piece) -> Node:
        """Return an operand of a relation, which must find places."""
        if finds_places(node):
            return node
        self._fail(
            f"{operator.text} relates places in the talk, and this says yes or no of the whole contact; "
            f"relate words, phrases, pauses or OR of them, and join conditions by AND outside",
            node.at,
        )

    @property
    def _here(self) -> Piece:
        return self._pieces[self._next]

    def _take(self) -> Piece:
        piece = self._here
        if piece.kind is not Kind.END:
            self._next += 1
        return piece

    def _taken(self, operator: str) -> Piece | None:
        return self._take() if self._here.kind is Kind.OPERATOR and self._here.text == operator else None

    def _expected(self, kind: Kind, wanted: str) -> Piece:
        if self._here.kind is not kind:
            self._fail(f"here must stand {wanted}", self._here.at)
        return self._take()

    def _read(self, read: Callable[[str], _Value], piece: Piece) -> _Value:
        try:
            return read(piece.text)
        except Unreadable as problem:
            self._fail(str(problem), piece.at)

    def _deeper(self, piece: Piece) -> None:
        self._open += 1
        if self._open > MAX_DEPTH:
            self._fail(f"nested more than {MAX_DEPTH} deep; divide the expression", piece.at)

    def _made(self, node: Node, *children: Node) -> Node:
        self._nodes += 1
        depth = 1 + max((self._depths[id(child)] for child in children), default=0)
        self._depths[id(node)] = depth
        if self._nodes > MAX_NODES:
            self._fail(f"more than {MAX_NODES} parts; divide the expression", node.at)
        if depth > MAX_DEPTH:
            self._fail(f"a chain or nest of more than {MAX_DEPTH}; divide the expression", node.at)
        return node

    def _fail(self, problem: str, at: Extent) -> NoReturn:
        raise ExpressionError(problem, self._text, at)
