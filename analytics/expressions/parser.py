"""From an expression's text to its syntax tree, by recursive descent.

either   = both { OR both }
both     = negated { AND negated }
negated  = NOT negated | chain
chain    = unit { THEN[/n] unit | [NOT] (NEAR/n | BEFORE[/n] | AFTER[/n]) unit | [NOT] IN (unit | window) }
unit     = speaker ":" unit | single [SURE number]
single   = "(" either ")" | word | "phrase" | $name | measure | @attribute | PAUSE n | OVERTALK n | INTERRUPTION
window   = FIRST n | LAST n | n..n
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from analytics.expressions.cursor import Cursor
from analytics.expressions.errors import Extent
from analytics.expressions.kinds import check, check_measures, children, finds_places, rebuilt
from analytics.expressions.lexer import Kind, Piece
from analytics.expressions.mends import beside_mend, nearest, speaker_mend, term_mend
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

MAX_DISTANCE: Final = 1000
"""Words."""


def parse(
    text: str, measures: Collection[str] | None = None, named: Mapping[str, Expression] = MappingProxyType({})
) -> Expression:
    """Read an expression.

    Args:
        text: of the expression; README.md tells the language.
        measures: names that there are; None leaves them to be checked when contacts are matched.
        named: expressions that $name stands for.

    Raises:
        ExpressionError: it is wrong; the message shows where and says the mend.
    """
    tree = _Parser(text, named).whole()
    check(tree, text)
    expression = Expression(text, tree)
    if measures is not None:
        check_measures(expression, measures)
    return expression


class _Parser(Cursor):
    def __init__(self, text: str, named: Mapping[str, Expression]) -> None:
        super().__init__(text)
        self._named = named

    def whole(self) -> Node:
        if (first := self.here).kind is Kind.END:
            self.fail("the expression is empty; write a word to find, оплатить, or a phrase in quotes", first.at)
        tree = self._either()
        here = self.here
        if here.kind is Kind.CLOSE:
            self.fail("this bracket closes nothing; delete it, or open one before it", here.at)
        if here.kind is not Kind.END:
            self.fail(beside_mend(self.before, here), here.at)
        return tree

    def _either(self) -> Node:
        return self._joined("OR", self._both, Either)

    def _both(self) -> Node:
        return self._joined("AND", self._negated, Both)

    def _joined(self, operator: str, part: Callable[[], Node], made: type[Either | Both]) -> Node:
        parts = [part()]
        while self.taken(operator):
            parts.append(part())
        return parts[0] if len(parts) == 1 else self.made(made(tuple(parts), at=parts[0].at | parts[-1].at), *parts)

    def _negated(self) -> Node:
        if not (operator := self.taken("NOT")):
            return self._chain()
        self.deeper(operator)
        inner = self._negated()
        self.shallower()
        return self.made(Not(inner, at=operator.at | inner.at), inner)

    def _chain(self) -> Node:
        left = self._unit()
        while True:
            negated = self.here.text == "NOT" and self.here.kind is Kind.OPERATOR
            after = self.after if negated else self.here
            if after.kind is not Kind.OPERATOR or after.text not in ("THEN", *Relation):
                return left
            if negated and after.text == "THEN":
                self.fail("for A without B after it write A NOT BEFORE B; for B without A, B NOT AFTER A", after.at)
            self.skip(2 if negated else 1)
            left = self._related(self._place(left, after), after, negated)

    def _related(self, left: Node, operator: Piece, negated: bool) -> Node:
        distance = self._distance(operator)
        if operator.text == Relation.IN and self._window_begins:
            right: Node = self.made(self._window())
        else:
            right = self._place(self._unit(), operator)
        at = left.at | right.at
        if operator.text == "THEN":
            return self.made(Then(left, right, distance, at=at), left, right)
        return self.made(Beside(left, Relation(operator.text), right, distance, negated, at=at), left, right)

    def _distance(self, operator: Piece) -> Distance | None:
        if self.here.kind is not Kind.SLASH:
            if operator.text == Relation.NEAR:
                self.fail("how near? write NEAR/5 for five words between at most, or NEAR/3s for seconds", operator.at)
            return None
        slash = self.take()
        if operator.text == Relation.IN:
            self.fail("IN has no distance; for one write NEAR, BEFORE or AFTER", slash.at)
        size = self.expected(Kind.NUMBER, f"a distance: {operator.text}/5 for words, {operator.text}/3s for seconds")
        if size.text.startswith("-"):
            self.fail("a distance cannot be negative; BEFORE and AFTER tell the side", size.at)
        if size.text.isdigit():
            if int(size.text[:9]) > MAX_DISTANCE:
                self.fail(f"{MAX_DISTANCE} words are the most; leave the distance out for any", size.at)
            return Distance(words=int(size.text))
        if size.text[-1] not in "sm":
            self.fail("words are whole numbers, NEAR/5; seconds have an s, NEAR/2.5s", size.at)
        return Distance(seconds=self.read(read_seconds, size))

    @property
    def _window_begins(self) -> bool:
        return self.here.kind is Kind.NUMBER or (
            self.here.kind is Kind.OPERATOR and self.here.text in ("FIRST", "LAST")
        )

    def _window(self) -> Window:
        begin = self.take()
        if begin.kind is Kind.OPERATOR:
            size = self.expected(Kind.NUMBER, f"how long: {begin.text} 30s")
            length_s = self.read(read_seconds, size)
            if length_s <= 0:
                self.fail(f"must be longer than nothing: {begin.text} 30s", size.at)
            at = begin.at | size.at
            return Window(0.0, length_s, at=at) if begin.text == "FIRST" else Window(-length_s, None, at=at)
        start_s = self.read(read_seconds, begin)
        self.expected(Kind.RANGE, "a window's end: 10s..60s, or -60s..-10s counted from the end")
        end = self.expected(Kind.NUMBER, "a window's end: 10s..60s, or -60s..-10s counted from the end")
        end_s = self.read(read_seconds, end)
        if (start_s < 0) == (end_s < 0) and end_s <= start_s:
            self.fail("the window ends before it begins; write the earlier second first", begin.at | end.at)
        if start_s < 0 <= end_s:
            self.fail("from the end backwards both seconds are negative; write LAST 30s, or -60s..-10s", begin.at)
        return Window(start_s, end_s, at=begin.at | end.at)

    def _unit(self) -> Node:
        here = self.here
        if here.kind in (Kind.WORD, Kind.OPERATOR) and self.after.kind is Kind.COLON:
            if here.text not in list(Speaker):
                self.fail(speaker_mend(here.text), here.at)
            self.skip(2)
            self.deeper(here)
            inner = self._unit()
            self.shallower()
            return self.made(Spoken(Speaker(here.text), inner, at=here.at | inner.at), inner)
        inner = self._single()
        if not self.taken("SURE"):
            return inner
        share = self.expected(Kind.NUMBER, "how sure, from 0 to 1: SURE 0.7")
        confidence = self.read(read_number, share)
        if not 0 < confidence <= 1 or share.text[-1] in "sm":
            self.fail("confidence is above 0 and at most 1: SURE 0.7", share.at)
        return self.made(Sure(inner, confidence, at=inner.at | share.at), inner)

    def _single(self) -> Node:
        here = self.take()
        following = self.here.kind
        if here.kind is Kind.OPEN:
            return self._group(here)
        if here.kind is Kind.WORD and following is Kind.COMPARISON:
            return self._measure(here)
        if here.kind is Kind.ATTRIBUTE:
            return self._attribute(here)
        if here.kind is Kind.NAME:
            return self._meant(here)
        if here.kind is Kind.COMPARISON and here.text == "=" and following in (Kind.WORD, Kind.NUMBER, Kind.QUOTED):
            word = self.take()
            parts = word.text.split() if word.kind is Kind.QUOTED else [word.text]
            exact = " ".join(part if part.startswith("=") else f"={part}" for part in parts)
            return self._words(exact, here.at | word.at)
        if here.kind in (Kind.WORD, Kind.QUOTED):
            return self._words(here.text, here.at)
        if here.kind is Kind.NUMBER:
            if here.text[-1] in "sm":
                self.fail(f'a duration has no place here; to find the word, put it in quotes: "{here.text}"', here.at)
            return self._words(here.text, here.at)
        if here.kind is Kind.OPERATOR and here.text in list(EventKind):
            return self._event(here)
        self.fail(term_mend(here), here.at)

    def _group(self, bracket: Piece) -> Node:
        self.deeper(bracket)
        inner = self._either()
        if self.here.kind is not Kind.CLOSE:
            if self.here.kind is Kind.END:
                self.fail("this bracket is not closed; add ) where the group ends", bracket.at)
            self.fail(beside_mend(self.before, self.here), self.here.at)
        self.take()
        self.shallower()
        return inner

    def _words(self, text: str, at: Extent) -> Node:
        try:
            return self.made(read_words(text, at))
        except Unreadable as problem:
            self.fail(str(problem), at)

    def _event(self, piece: Piece) -> Node:
        kind = EventKind(piece.text)
        if kind is EventKind.INTERRUPTION:
            return self.made(Event(kind, at=piece.at))
        size = self.expected(Kind.NUMBER, f"how long at least: {kind} 2s")
        least_s = self.read(read_seconds, size)
        if least_s <= 0:
            self.fail(f"must be longer than nothing: {kind} 2s", size.at)
        return self.made(Event(kind, least_s, at=piece.at | size.at))

    def _measure(self, name: Piece) -> Node:
        comparison = self.take()
        wanted = (
            f"a number to compare the measure `{name.text}` with; an attribute has an @, @{name.text}, and an exact "
            f"form its = in front, joined by AND or OR"
        )
        number = self.expected(Kind.NUMBER, wanted)
        value = self.read(read_number, number)
        at, up_to = name.at | number.at, None
        if self.here.kind is Kind.RANGE:
            dots = self.take()
            if comparison.text != "=":
                self.fail(f"a range goes with =: {name.text} = {number.text}..1", dots.at)
            end = self.expected(Kind.NUMBER, f"the range's end: {name.text} = 0.4..0.6")
            up_to = self.read(read_number, end)
            at = at | end.at
            if up_to < value:
                self.fail("the range ends below its beginning; write the lesser number first", number.at | end.at)
        return self.made(Measure(name.text, Comparison(comparison.text), value, up_to, at=at))

    def _attribute(self, name: Piece) -> Node:
        if self.here.kind is not Kind.COMPARISON:
            return self.made(Attribute(name.text, at=name.at))
        comparison = Comparison(self.take().text)
        value = self.take()
        if value.kind not in (Kind.WORD, Kind.OPERATOR, Kind.NUMBER, Kind.QUOTED):
            self.fail(f'a value is missing; write @{name.text} {comparison} hard, or "two words" in quotes', value.at)
        if comparison not in (Comparison.EQUAL, Comparison.UNEQUAL) and value.kind is not Kind.NUMBER:
            self.fail(f"only numbers are {comparison}; for texts there are = and !=", value.at)
        return self.made(Attribute(name.text, comparison, value.text, at=name.at | value.at))

    def _meant(self, name: Piece) -> Node:
        """Return what a name stands for; it is evidence for the name as a whole."""
        if name.text not in self._named:
            self.fail(f"there is no expression named `{name.text}`; {nearest(name.text, self._named)}", name.at)
        return self._moved(self._named[name.text].tree, name.at)

    def _moved(self, node: Node, at: Extent) -> Node:
        inner = [self._moved(child, at) for child in children(node)]
        return self.made(rebuilt(replace(node, at=at), inner), *inner)

    def _place(self, node: Node, operator: Piece) -> Node:
        """Return an operand of a relation, which must find places."""
        if finds_places(node):
            return node
        self.fail(
            f"{operator.text} relates places in the talk, and this says yes or no of the whole contact; "
            f"relate words, phrases, pauses or OR of them, and join conditions by AND outside",
            node.at,
        )
