"""What holds of every expression: printing, indexing and the matcher against looking at everything."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.expressions import ExpressionError, Heard, Verdict, match_expression, needed, parse, printed
from analytics.expressions.errors import Extent
from analytics.expressions.finding import EVERYBODY, Scope, find
from analytics.expressions.lemmas import keys_of
from analytics.expressions.prefilter import AllOf, AnyOf, Close, HasBeginning, HasKey, Need
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
    Phrase,
    Relation,
    Speaker,
    Spoken,
    Sure,
    Then,
    Wildcard,
    Window,
    Word,
)
from engine.speech import Word as SaidWord

WORDS = ("да", "нет", "мен", "pay")
seconds = st.integers(1, 90_000).map(lambda value: value / 1000)
distances = st.one_of(
    st.integers(0, 6).map(lambda words: Distance(words=words)),
    st.integers(0, 40).map(lambda tenths: Distance(seconds=tenths / 10)),
)
words = st.builds(Word, st.sampled_from(("да", "нет", "15", "50%", "қарыз", "and", "30s", "don")), st.booleans())
wildcards = st.sampled_from(("пла*", "*ить", "за*ть", "*пла*")).map(Wildcard)
phrases = st.tuples(words, st.lists(words | st.just(Wildcard("*")), max_size=2), words).map(
    lambda parts: Phrase((parts[0], *parts[1], parts[2]))
)
windows = st.one_of(
    seconds.map(lambda end_s: Window(0.0, end_s)),
    seconds.map(lambda length_s: Window(-length_s, None)),
    seconds.map(lambda start_s: Window(start_s, 100.0)),
    seconds.map(lambda end_s: Window(-100.0, -end_s)),
)
events = st.one_of(
    st.builds(Event, st.sampled_from((EventKind.PAUSE, EventKind.OVERTALK)), seconds),
    st.just(Event(EventKind.INTERRUPTION)),
)


def _places(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    related = st.sampled_from((Relation.BEFORE, Relation.AFTER))
    return st.one_of(
        st.builds(Spoken, st.sampled_from((Speaker.BANK, Speaker.BOT)), inner),
        st.builds(Beside, inner, st.just(Relation.NEAR), inner, distances, st.booleans()),
        st.builds(Beside, inner, related, inner, st.none() | distances, st.booleans()),
        st.builds(Beside, inner, st.just(Relation.IN), inner | windows, st.none(), st.booleans()),
        st.builds(Then, inner, inner, st.none() | distances),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Either(tuple(parts))),
        st.builds(Sure, inner, st.integers(1, 100).map(lambda percent: percent / 100)),
    )


spoken = st.recursive(words | wildcards | phrases, _places, max_leaves=6)
eighths = st.integers(-50, 50).map(lambda number: number / 8)
measures = st.builds(
    Measure, st.just("talk_ratio"), st.sampled_from(Comparison), st.integers(-50, 50).map(lambda n: n / 8)
)
equalities = st.sampled_from((Comparison.EQUAL, Comparison.UNEQUAL))
attributes = st.builds(
    Attribute,
    st.just("segment"),
    st.sampled_from((Comparison.EQUAL, Comparison.UNEQUAL)),
    st.sampled_from(("a b", "h*", "AND", "-5")),
)
happened = st.builds(Beside, spoken, st.just(Relation.AFTER), events, st.none() | distances, st.booleans())
conditions = st.recursive(
    st.one_of(spoken, measures, attributes, st.just(Attribute("segment")), happened, events),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Both(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Either(tuple(parts))),
    ),
    max_leaves=5,
)


@given(conditions)
@settings(max_examples=80, deadline=None)
def test_what_is_printed_parses_to_the_same_tree(tree: Node) -> None:
    assert parse(printed(tree)).tree == tree


@given(st.text(alphabet='ab да*"«»()/:=<>@.-15s%NOTANDINERFSU \n', max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        parse(text)
    except ExpressionError as error:
        place = error.extent
    else:
        place = Extent(0, 0)
    assert 0 <= place.start <= place.end <= max(len(text), place.start)


Rows = list[tuple[Role, int, list[str]]]
sides = st.sampled_from((Role.BOT, Role.CLIENT))
said = st.lists(
    st.tuples(
        st.sampled_from((Role.BOT, Role.CLIENT)), st.integers(0, 8), st.lists(st.sampled_from(WORDS), max_size=5)
    ),
    max_size=5,
)


def _conversation(rows: Rows) -> Conversation:
    """A contact in which sides may talk at once; every word begins in a moment of its own."""
    utterances = []
    start_s = 0.0
    for number, (role, pause, texts) in enumerate(rows):
        start_s += pause / 4
        begin_s = round(start_s + number / 100, 3)
        spoken_words = tuple(
            SaidWord(text, round(begin_s + index / 2, 3), round(begin_s + index / 2 + 0.4, 3), 1.0)
            for index, text in enumerate(texts)
        )
        utterances.append(Utterance(role, spoken_words, begin_s, begin_s + max(0.4, len(texts) / 2)))
    return Conversation("c1", Medium.CALL, datetime(2026, 11, 23, tzinfo=UTC), start_s + 10, tuple(utterances))


Spot = tuple[int, int, Role]
Found = set[Spot]
single = st.sampled_from(WORDS).map(lambda text: Word(text, True))
speakers = st.sampled_from((Speaker.CLIENT, Speaker.BOT))
orders = st.sampled_from((Relation.BEFORE, Relation.AFTER))
sayings = st.recursive(
    single
    | st.tuples(single, single).map(Phrase)
    | st.builds(Spoken, st.sampled_from((Speaker.CLIENT, Speaker.BOT)), single),
    lambda inner: st.one_of(
        st.builds(Beside, inner, st.just(Relation.NEAR), inner, distances, st.booleans()),
        st.builds(
            Beside,
            inner,
            st.sampled_from((Relation.BEFORE, Relation.AFTER)),
            inner,
            st.none() | distances,
            st.booleans(),
        ),
        st.builds(Beside, inner, st.just(Relation.IN), inner, st.none(), st.booleans()),
        st.builds(Then, inner, inner, st.none() | distances),
        st.tuples(inner, inner).map(Either),
    ),
    max_leaves=4,
)


class Naive:
    """The same language by looking at every pair of places, as README.md words it."""

    def __init__(self, conversation: Conversation) -> None:
        rows = [(word, one.role) for one in conversation.utterances for word in one.words]
        self.rows = sorted(rows, key=lambda row: row[0].start_s)

    def found(self, node: Node, roles: frozenset[Role] = EVERYBODY) -> Found:
        match node:
            case Word(text):
                return {(i, i, role) for i, (word, role) in enumerate(self.rows) if word.text == text and role in roles}
            case Phrase((first, second)):
                return {
                    (one[0], other[0], one[2])
                    for one in self.found(first, roles)
                    for other in self.found(second, roles)
                    if one[2] is other[2]
                    and one[0] < other[0]
                    and not self._own_between(one, other)
                    and self.rows[other[0]][0].start_s - self.rows[one[0]][0].end_s <= 2.0
                }
            case Spoken(speaker, inner):
                return self.found(inner, speaker.roles)
            case Either(parts):
                return set().union(*(self.found(part, roles) for part in parts))
            case Then(left, right, distance):
                before = self.found(left, roles)
                return {b for b in self.found(right, roles) if any(self._follows(a, b, distance) for a in before)}
            case Beside(left, relation, right, distance, negated):
                others = self.found(right, roles)
                return {
                    a
                    for a in self.found(left, roles)
                    if any(self._holds(a, relation, b, distance) for b in others) is not negated
                }
        raise AssertionError(node)

    def _holds(self, a: Spot, relation: Relation, b: Spot, distance: Distance | None) -> bool:
        if relation is Relation.IN:
            return a[2] is b[2] and b[0] <= a[0] and a[1] <= b[1]
        before, after = self._follows(a, b, distance), self._follows(b, a, distance)
        if relation is Relation.NEAR:
            across = a[2] is not b[2] and a[0] <= b[1] and b[0] <= a[1]
            return before or after or across
        return before if relation is Relation.BEFORE else after

    def _follows(self, a: Spot, b: Spot, distance: Distance | None) -> bool:
        if b[0] <= a[1]:
            return False
        if distance is None:
            return True
        if distance.words is None:
            return self.rows[b[0]][0].start_s - self.rows[a[1]][0].end_s <= distance.seconds
        between = len(self._own_between(a, b)) if a[2] is b[2] else b[0] - a[1] - 1
        return between <= distance.words

    def _own_between(self, a: Spot, b: Spot) -> list[int]:
        return [i for i in range(a[1] + 1, b[0]) if self.rows[i][1] is a[2]]


@given(said, sayings)
@settings(max_examples=150, deadline=None)
def test_the_matcher_finds_what_looking_at_everything_finds(
    rows: list[tuple[Role, int, list[str]]], tree: Node
) -> None:
    conversation = _conversation(rows)
    places = find(Heard(conversation), tree, Scope(EVERYBODY, 0.3))

    assert {(place.first, place.last, place.role) for place in places} == Naive(conversation).found(tree)


def _passes(need: Need, heard: Heard, keys: list[tuple[str, ...]]) -> bool:
    def having(words: tuple[HasKey | HasBeginning, ...]) -> list[int]:
        return [
            number
            for number, (role, some) in enumerate(zip(heard.roles, keys, strict=True))
            for word in words
            if role in word.roles
            and (word.key in some if isinstance(word, HasKey) else some[0].startswith(word.beginning))
        ]

    match need:
        case HasKey() | HasBeginning():
            return bool(having((need,)))
        case AllOf(parts):
            return all(_passes(part, heard, keys) for part in parts)
        case AnyOf(parts):
            return any(_passes(part, heard, keys) for part in parts)
        case Close(left, right, words, ordered):
            pairs = [(a, b) for a in having(left) for b in having(right) if heard.roles[a] is heard.roles[b]]
            steps = [heard.own[b] - heard.own[a] for a, b in pairs]
            return any(0 < (step if ordered else abs(step)) <= words + 1 for step in steps)
    return True


@given(said, st.lists(sayings, min_size=1, max_size=3), st.booleans())
@settings(max_examples=80, deadline=None)
def test_an_index_loses_no_contact(rows: Rows, trees: list[Node], both: bool) -> None:
    conversation = _conversation(rows)
    expression = Expression("", Both((trees[0], *map(Not, trees[1:]))) if both else Either((*trees, trees[0])))
    if match_expression(expression, Heard(conversation)).verdict is Verdict.YES:
        heard = Heard(conversation)
        assert _passes(needed(expression), heard, [keys_of(text) for text in heard.texts])
