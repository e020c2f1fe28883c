"""What governs each sum and day of a client's utterance: an undertaking, a refusal, the past, another debt."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from analytics.promises.conditions import Condition, conditions_of
from analytics.promises.contexts import FIRM, PAYS, Context, Kind, Value
from analytics.promises.lines import DENIALS, Line
from analytics.promises.others import is_event, tells_of_others, tells_of_self
from engine.folding import fold
from engine.speech import Language

_VERBS: Final = (
    ("withdraw", Context.REFUSE),
    ("past", Context.PAST),
    ("refuse", Context.REFUSE),
    ("try", Context.TRY),
    ("papers", Context.ELSEWHERE),
    ("pay", Context.PAY),
    ("take_on", Context.TAKE),
    ("elsewhere", Context.ELSEWHERE),
)
"""Kinds of cue that govern the values nearest to them; of two in one place the first."""
_LINE_WIDE: Final = (Context.PAST, Context.SAID, Context.OTHER, Context.QUESTION, Context.ABSENT)
"""What a clause without a verb takes over from the rest of its line."""
_DOUBTS: Final = frozenset({Context.TRY, Context.REFUSE})
_MOST_UNEXPLAINED: Final = 2
_EXPLAINED: Final = (
    *("filler", "assent", "assent_weak", "denial", "payer", "income"),
    *("rest", "another", "therefore", "parts", "not_refuse"),
)
"""Kinds of cue that may stand beside a bare sum or day."""
_TAG: Final = 2
_CLAUSE_WIDE: Final = (("said", Context.SAID), ("other_debt", Context.OTHER))
_FROM: Final = frozenset({"с", "со", "из", "в", "from", "of"})
_WHEN: Final = frozenset({"when", "once"})


@dataclass(frozen=True, slots=True)
class Governed:
    """A client's line with its values in their contexts."""

    line: Line
    values: tuple[Value, ...]
    conditions: tuple[Condition, ...]
    clauses: tuple[Context | None, ...]

    def told(self, context: Context) -> bool:
        """Whether a clause or a value is of a context."""
        return context in self.clauses or any(one.context is context for one in self.values)


def governed(line: Line, absent: bool) -> Governed:
    """Return a client's line with what governs its values.

    Args:
        line: what the client said.
        absent: whether whoever speaks has said that the debtor is not there.
    """
    conditions = tuple(conditions_of(line))
    marks = [tuple(_marks(line, first, last, absent, conditions)) for first, last in line.clauses]
    contexts = [_spread(line, marks, index) for index in range(len(marks))]
    values = tuple(_placed(line, value, marks, contexts, conditions) for value in line.bare_values)
    values = _by_the_line(line, values, contexts, absent)
    values = tuple(one for one in values if one.context in PAYS or not one.grace)
    return Governed(line, values, conditions, tuple(contexts))


def _by_the_line(
    line: Line, values: Sequence[Value], contexts: Sequence[Context | None], absent: bool
) -> tuple[Value, ...]:
    """Return values of which nothing near says what they are, as the line and the words round them have it."""
    pays = bool(PAYS.intersection(one for one in contexts if one is not None))
    stray = next((one for one in _LINE_WIDE if one in contexts), None) if not pays else None
    placed = []
    for value in values:
        context = value.context
        reported = stray is Context.SAID and absent
        if context is Context.BARE and stray is not None and (reported or not _behind_rest(line, value)):
            context = stray
        elif context is Context.BARE and _unexplained(line, values, value) > _MOST_UNEXPLAINED:
            context = Context.OTHER
        placed.append(replace(value, context=context))
    placed = _without_some_time(line, placed)
    several = sum(one.kind is Kind.AMOUNT and one.context in FIRM for one in placed) > 1
    if several:  # «десять, когда дадут аванс пятого, и двадцать в пятницу»
        placed = [
            replace(one, context=Context.BARE) if one.kind is Kind.DAY and one.context is Context.CONDITION else one
            for one in placed
        ]
    if any(one.kind is Kind.DAY and one.context in FIRM and not one.now for one in placed):
        sums = sum(one.kind is not Kind.DAY and one.share < 1 and one.context in FIRM for one in placed)
        if sums < 2:
            placed = [one for one in placed if not one.now]
    return tuple(one for one in placed if not one.now or one.context in PAYS or several)


def _without_some_time(line: Line, values: Sequence[Value]) -> list[Value]:
    """Leave only tried what is put off without a day beside another sum: «тридцать в пятницу, а пятёрку потом»."""
    sums = [one for one in values if one.kind is not Kind.DAY and one.context in FIRM]
    put_off = [
        one
        for place, one in enumerate(sums)
        if any(one.end <= start <= one.end + 1 for start, _ in line.finds("vague"))
        and not any(
            day.kind is Kind.DAY
            and one.end <= day.start < (sums[place + 1].start if place + 1 < len(sums) else day.end)
            for day in values
        )
    ]
    kept = len(put_off) < len(sums)
    return [replace(one, context=Context.TRY) if kept and one in put_off else one for one in values]


def _behind_rest(line: Line, value: Value) -> bool:
    """Whether a value stands in a clause that «остальное» opens."""
    begin = next(first for first, last in line.clauses if first <= value.start < last)
    return any(begin <= start <= value.start for start, _ in line.finds("rest"))


def _unexplained(line: Line, values: Sequence[Value], value: Value) -> int:
    """Return how many words of a value's sentence are neither values nor words that may stand beside them."""
    clause = next(index for index, (_, last) in enumerate(line.clauses) if value.start < last)
    begin, end = line.told_with(value.start)
    sums = any(one.kind is Kind.AMOUNT and begin <= one.start < end for one in values)
    if sums and any(begin <= start < end for start, _ in line.finds("owns")):
        return _MOST_UNEXPLAINED + 1  # «у меня две тысячи до пятницы»
    if value.kind is not Kind.DAY and any(start == value.end for start, _ in line.finds("equals")):
        return _MOST_UNEXPLAINED + 1  # «шестьдесят — это с пенями»
    known = {place for one in values for place in range(one.start, one.end)}
    for kind in _EXPLAINED:
        for one, other in line.finds(kind):
            known.update(range(one, other))
    strange = [place for place in range(begin, end) if place not in known and fold(line.words[place])]
    if not any(begin <= one < end for one, _ in line.finds("payer")):
        if _of_others(line, range(*line.clauses[clause]) if line.facts.language is Language.ENGLISH else strange):
            return _MOST_UNEXPLAINED + 1
        here = [fold(line.words[one]) for one in strange if one in range(*line.clauses[clause])]
        if line.facts.language is Language.RUSSIAN and value.kind is Kind.DAY:
            if any(tells_of_self(one) for one in here):
                return _MOST_UNEXPLAINED + 1  # «десятого я её увижу»
            if not sums and any(is_event(one) for one in here):
                return _MOST_UNEXPLAINED + 1  # «десятого у меня юбилей»
    return len(strange)


def _of_others(line: Line, places: Iterable[int]) -> bool:
    """Whether a verb in some places of a line, itself no cue, says what somebody else does."""
    told = {place for kind, _ in _VERBS for one, other in line.finds(kind) for place in range(one, other)}
    language = line.facts.language
    return any(one not in told and tells_of_others(fold(line.words[one]), language) for one in places)


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    context: Context


def _marks(line: Line, first: int, last: int, absent: bool, conditions: Sequence[Condition]) -> Iterator[_Mark]:
    """Yield what governs in a clause, in order; of overlapping cues the one of the earlier kind."""
    found: list[_Mark] = []
    allowed = line.finds("not_refuse")
    for kind, context in _VERBS:
        for start, end in line.finds(kind):
            if not (first <= start < last) or any(one.start < end and start < one.end for one in found):
                continue
            if any(one.start <= start < one.end for one in conditions):
                continue
            if context is Context.TRY and _between_sums(line, start, end):
                continue
            if context is Context.REFUSE and any(one < end and start < other for one, other in allowed):
                continue
            if context in PAYS and start and fold(line.words[start - 1]) in DENIALS:
                if any(one < end and start - 1 < other for one, other in allowed):
                    continue
                context = Context.REFUSE
            found.append(_Mark(start, end, context))
    for start, end in line.finds("pay_third"):
        if first <= start < last and not any(one.start < end and start < one.end for one in found):
            begin, behind = line.sentence_with(start)
            named = any(begin <= place < behind for place, _ in line.finds("payer"))
            him = any(first <= place < last for place, _ in line.finds("he"))
            if start and fold(line.words[start - 1]) in DENIALS:
                found.append(_Mark(start, end, Context.REFUSE))
            elif named or him:
                found.append(_Mark(start, end, Context.PAY if named and not absent else Context.ABSENT))
    for start, _ in line.finds("question"):
        if first <= start < last and not any(one.context in PAYS and one.start < start for one in found):
            found.append(_Mark(first, last, Context.QUESTION))
    yield from sorted(found, key=lambda one: one.start)


def _pays_in_sentence(line: Line, marks: Sequence[tuple[_Mark, ...]], clause: int) -> bool:
    return any(one.context is Context.PAY for other in range(*line.sentence_of(clause)) for one in marks[other])


def _between_sums(line: Line, start: int, end: int) -> bool:
    """Whether a cue stands between the bounds of a range: «семь, может, восемь тысяч»."""
    sums = [one for one in line.bare_values if one.kind is Kind.AMOUNT]
    return any(one.end == start for one in sums) and any(one.start == end for one in sums)


def _spread(line: Line, marks: Sequence[tuple[_Mark, ...]], clause: int) -> Context | None:
    """Return what governs a clause as a whole: its own cue, or that of a neighbour in the sentence."""
    own = _whole(line, marks, clause)
    first, last = line.sentence_of(clause)
    asked = "?" in line.words[line.clauses[last - 1][1] - 1]
    if asked and any(one.context is Context.QUESTION for other in range(first, clause) for one in marks[other]):
        return Context.QUESTION
    if own is not None:
        return own
    if line.facts.language is Language.KAZAKH and _of_others(line, range(*line.clauses[clause])):
        return None  # «бесінде тергеуші шақырып отыр, содан кейін төлеймін»
    for other in (*range(clause - 1, first - 1, -1), *range(clause + 1, last)):
        context = _whole(line, marks, other)
        if context is Context.TRY and other > clause and _of_another(line, other):
            continue  # «десять в пятницу, а потом посмотрим»
        if context in _DOUBTS and (_of_the_other_value(line, other, clause) or _agreed(line, clause)):
            continue  # «пятнадцать тысяч, а день не знаю», «завтра да, а двадцатого не знаю»
        if context is Context.OTHER and other < clause and _paid_next(line, marks, clause, last):
            return Context.PAY  # «завтра получаю командировочные, значит, послезавтра переведу»
        if context in (Context.PAY, Context.TAKE, Context.TRY, Context.OTHER) or (
            other > clause and context in (Context.REFUSE, Context.PAST, Context.ELSEWHERE, Context.QUESTION)
        ):
            return context
        if context is not None:
            break
    return None


def _agreed(line: Line, clause: int) -> bool:
    """Whether a clause that names a value ends with a yes, or one follows."""
    first, last = line.clauses[clause]
    valued = any(first <= one.start < last for one in line.bare_values)
    return valued and any(first < start <= last <= end for start, end in line.finds("assent"))


def _paid_next(line: Line, marks: Sequence[tuple[_Mark, ...]], clause: int, last: int) -> bool:
    """Whether the next clause of the sentence that has a verb is one of paying."""
    ahead = (_whole(line, marks, other) for other in range(clause + 1, last))
    return next((one for one in ahead if one is not None), None) is Context.PAY


def _of_the_other_value(line: Line, clause: int, valued: int) -> bool:
    """Whether a clause leaves only the day open where another one names a sum and no day, or only the sum of a day."""
    begin, end = line.clauses[valued]
    first, last = (line.clauses[clause][0] if clause < valued else end), line.clauses[clause][1]
    kinds = {one.kind for one in line.bare_values if begin <= one.start < end}
    left_open = {frozenset({Kind.AMOUNT}): "day_word", frozenset({Kind.DAY}): "bank_sum"}.get(frozenset(kinds))
    return left_open is not None and any(first <= start < last for start, _ in line.finds(left_open))


def _of_another(line: Line, clause: int) -> bool:
    """Whether a clause speaks of a later payment: «потом», «остальное»."""
    first, last = line.clauses[clause]
    return any(first <= start < last for start, _ in line.finds("another"))


def _whole(line: Line, marks: Sequence[tuple[_Mark, ...]], clause: int) -> Context | None:
    first, last = line.clauses[clause]
    proposed = line.finds("as_proposed")
    for kind, context in _CLAUSE_WIDE:
        if any(first <= start < last and not _within(proposed, start) for start, _ in line.finds(kind)):
            return context
    contexts = [one.context for one in marks[clause]]
    for context in (Context.QUESTION, Context.ABSENT, Context.PAST, Context.REFUSE, Context.TRY):
        if context in contexts and not PAYS.intersection(contexts):
            return context
    if Context.QUESTION in contexts:
        return Context.QUESTION
    if PAYS.intersection(contexts):
        valued = any(first <= one.start < last for one in line.bare_values)
        if Context.REFUSE in contexts and not valued:
            return Context.REFUSE
        return Context.TRY if Context.TRY in contexts else (Context.PAY if Context.PAY in contexts else Context.TAKE)
    if Context.ELSEWHERE in contexts:
        return Context.ELSEWHERE
    if any(first <= start < last and not _source(line, start) for start, _ in line.finds("income")):
        return Context.INCOME
    return None


def _source(line: Line, start: int) -> bool:
    """Whether an income is only where the money comes from: «с зарплаты», «айлықтан», "when I'm paid on the fifth"."""
    before = fold(line.words[start - 1]) if start else ""
    dated = any(fold(word) in _WHEN for word in line.words[max(0, start - 2) : start])
    return before in _FROM or dated or fold(line.words[start]).endswith(("дан", "тан", "нан", "ден", "тен"))


def _placed(
    line: Line,
    value: Value,
    marks: Sequence[tuple[_Mark, ...]],
    contexts: Sequence[Context | None],
    conditions: Sequence[Condition],
) -> Value:
    if any(one.start <= value.start < one.end for one in conditions):
        return replace(value, context=Context.CONDITION)
    clause = next(index for index, (_, last) in enumerate(line.clauses) if value.start < last)
    context = contexts[clause]
    own = marks[clause]
    if own and context not in (Context.SAID, Context.OTHER, Context.QUESTION):
        final = line.facts.language is Language.KAZAKH  # its verb stands behind what it governs
        nearest = min(own, key=lambda one: (final and one.start < value.start, _distance(one, value), -one.start))
        context = nearest.context
        if context in PAYS and any(one.context is Context.TRY for one in own):
            context = Context.TRY
        if context is Context.ELSEWHERE and any(one.context in PAYS for one in own) and not _beside(nearest, value):
            context = Context.PAY
    comes = value.kind is Kind.DAY and (value.now or _only_comes(line, value) or _pays_then(line, value))
    if comes and context is Context.ELSEWHERE and _pays_in_sentence(line, marks, clause):
        context = Context.PAY  # «сейчас приду домой и оплачу», «в пятницу приду и внесу»
    if context is None and _asked(line, clause) and value.kind is not Kind.SHARE:
        context = Context.QUESTION
    return replace(value, context=context or Context.BARE)


def _only_comes(line: Line, value: Value) -> bool:
    """Whether the client comes on the only day of a line, or the last before he pays, and for nothing else."""
    days = [one for one in line.bare_values if one.kind is Kind.DAY and one is not value]
    pays = next((start for start, _ in line.finds("pay") if start >= value.end), value.end)
    alone = not days or (pays > value.end and not any(value.end <= one.start for one in days if one.start < pays))
    begin, end = line.sentence_with(value.start)
    comes = line.finds("comes")
    return alone and bool(comes) and all(one in comes for one in line.finds("elsewhere") if begin <= one[0] < end)


def _pays_then(line: Line, value: Value) -> bool:
    """Whether the sentence goes on with a payment on the day that it named: «к врачу, заодно и внесу»."""
    _, end = line.sentence_with(value.start)
    pays = [one for one in line.finds("pay") if value.end <= one[0] < end]
    then = [one for one in line.finds("that_day") if value.end <= one[0] < end]
    return any(0 <= max(first - behind, start - last) <= 1 for first, last in pays for start, behind in then)


def _within(spans: Sequence[tuple[int, int]], word: int) -> bool:
    return any(start <= word < end for start, end in spans)


def _distance(mark: _Mark, value: Value) -> int:
    return max(mark.start - value.end, value.start - mark.end, 0)


def _beside(mark: _Mark, value: Value) -> bool:
    return _distance(mark, value) <= 1


def _asked(line: Line, clause: int) -> bool:
    """Whether the sentence of a clause was written as a question, and not only its last word or two."""
    _, last = line.sentence_of(clause)
    begin, end = line.clauses[last - 1]
    tag = end - begin <= _TAG and last - 1 != clause
    return "?" in line.words[end - 1] and not tag
