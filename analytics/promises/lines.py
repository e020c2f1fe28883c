"""One utterance as the search for promises reads it: words, clauses, cues, sums and days."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise, product
from typing import Final

from analytics.promises.contexts import Kind, Value
from analytics.promises.cues import cues
from analytics.promises.reckoned import counted_on, day_after, next_one, shares_of_sums
from analytics.promises.values import DebtFacts
from engine.folding import fold
from engine.speech import Language
from engine.spoken import Reason, find_amounts, find_dates, find_shares

_SENTENCE_END: Final = re.compile(r"[.?!;…]»?$")
_CLAUSE_END: Final = re.compile(r"[,:]$|^[—–-]$")
_RELATIVE: Final = re.compile(
    r"завтра|сегодня|через|недел|месяц|зарплат|ертен|бугин|арт|апта|кун|tomorrow|today|week|fortnight|month|in |pay"
)
"""Days that «после» does not move on."""
_OPENERS: Final = frozenset(
    {"а", "но", "и", "потом", "только", "зато", "лучше", "давай", "давайте", "однако", "ну", "теперь", "енди"}
    | {"бирак", "ал", "сосын", "but", "and", "then", "only", "instead", "so"}
    | {"ладно", "хорошо", "идет", "договорились", "жарайды", "okay", "ok"}
)
"""Words with which a new clause begins where nobody wrote a comma."""
DENIALS: Final = frozenset({"не", "ни", "not", "never"})
COUNTS: Final = {"two": 2, "three": 3, "four": 4}
"""Kinds of cue that say how many payments there are."""
_NO_SUMS: Final = frozenset(
    {"двумя", "тремя", "четырьмя", "двух", "трех", "ондай", "мундай", "андай", "раз", "раза", "two", "one"}
    | {"екиге", "ушке", "тортке"}
)
"""Bare numbers that count payments, or are none («ондай» is "such")."""
_COUNTED: Final = {"двумя": 2, "тремя": 3, "четырьмя": 4}
_BEFORE_HOURS: Final = frozenset({"до", "к", "ко", "после", "часам", "by", "before", "till", "until", "after", "at"})
"""What stands before a time of day."""
_IS: Final = re.compile(r"(?<=[a-z])['’]s$")
"""«Twelve's more like it» speaks of twelve."""
_LAST_HOUR: Final = 12_000_00
"""Bare numbers to twelve stand for thousands, else for hours."""
_ANDS: Final = frozenset({"и", "жане", "and"})
_FROM: Final = frozenset({"от", "с", "со", "from", "between"})
_IN: Final = {Language.RUSSIAN: "через", Language.KAZAKH: "через", Language.ENGLISH: "in"}
_LONGEST_STRETCH: Final = 3
_LEAST_PIECE: Final = 2
_ARTICLES: Final = frozenset({"the"})
"""What is a word by itself: "the day" is no Tuesday."""
_LONGEST_MONTH: Final = 31
_LEAST_BARE: Final = 1_000_00
"""Nobody promises less than a thousand without saying the unit."""


@dataclass(frozen=True)
class Line:
    """What one side said at once.

    Args:
        index: of the utterance.
        words: as they were recognised or written.
        facts: of the debt.
        since: the day of the payment that was named last, from which «через месяц после» counts.
    """

    index: int
    words: tuple[str, ...]
    facts: DebtFacts
    since: date | None = None

    @cached_property
    def text(self) -> str:
        """The words, parted by blanks."""
        return " ".join(self.words)

    @property
    def _plain(self) -> str:
        """The text as finders read it: words that fell apart joined, a dash as the stop that it is beside a sum.

        «Каждую пятницу» is no day to them, and here its first one.
        """
        return self._joined[0]

    @cached_property
    def _joined(self) -> tuple[str, list[int], list[int]]:
        text, starts, owners, index = "", [], [], 0
        recurring = {place for start, end in self.finds("every") for place in range(start, end)}
        while index < len(self.words):
            word = self.words[index]
            here = index
            if index + 1 < len(self.words) and fell_apart(word, self.words[index + 1], self.facts):
                word += self.words[index + 1]
                index += 1
            starts.append(len(text))
            owners.append(here)
            text += (";" if word in "—–" or here in recurring else self._spelt(word)) + " "
            index += 1
        return text, starts, owners

    def _spelt(self, word: str) -> str:
        """Return a word with the "is" of "twelve's" by itself."""
        number = _IS.search(word) and find_amounts(_IS.sub("", word), self.facts.language, self.facts.currency)
        return _IS.sub(" is", word) if number else word

    @cached_property
    def _folded(self) -> tuple[str, list[int], list[int]]:
        pieces, starts, owners, place = [], [], [], 0
        for index, word in enumerate(self.words):
            for piece in fold(word).split():
                pieces.append(piece)
                starts.append(place)
                owners.append(index)
                place += len(piece) + 1
        return " ".join(pieces), starts, owners

    @property
    def folded(self) -> str:
        """The words in one spelling."""
        return self._folded[0]

    def finds(self, kind: str) -> tuple[tuple[int, int], ...]:
        """Return where cues of a kind stand: first word, and the one behind the last."""
        text, starts, owners = self._folded
        return tuple(
            (
                owners[bisect_right(starts, match.start()) - 1],
                owners[bisect_right(starts, max(match.start(), match.end() - 1)) - 1] + 1,
            )
            for match in cues(self.facts.language)[kind].finditer(text)
            if match.end() > match.start()
        )

    def has(self, kind: str) -> bool:
        """Whether a cue of a kind stands anywhere."""
        return cues(self.facts.language)[kind].search(self.folded) is not None

    def begins_with(self, kind: str) -> bool:
        """Whether a cue of a kind begins the line, behind a filler or two."""
        text = re.sub(
            r"^((ну|ой|а|и|э|эм|эх|ох|что ж|так|вот|ай|тогда|well|oh|uh|um|and|so|then|right|енди|онда|сонда) )+(?=\w)",
            "",
            self.folded,
        )
        return any(cues(self.facts.language)[kind].match(candidate) is not None for candidate in (text, self.folded))

    def ends_with(self, kind: str) -> bool:
        """Whether a cue of a kind ends it, and is not denied: «не идёт»."""
        ends = (start for start, end in self.finds(kind) if end == len(self.words))
        return any(not start or fold(self.words[start - 1]) not in DENIALS for start in ends)

    @property
    def asks(self) -> bool:
        """Whether it was written as a question."""
        return "?" in self.text

    def quote(self, start: int, end: int) -> str:
        """Return some of its words without the stops round them."""
        return " ".join(self.words[start:end]).strip(" .,!?;:…—«»")

    @cached_property
    def clauses(self) -> tuple[tuple[int, int], ...]:
        """First word and the one behind the last, of each."""
        cuts = {0, len(self.words)}
        for index, word in enumerate(self.words):
            if _SENTENCE_END.search(word) or _CLAUSE_END.search(word):
                cuts.add(index + 1)
            if fold(word) in _OPENERS:
                cuts.add(index)
        cuts.update(start for kind in ("rest", "therefore") for start, _ in self.finds(kind) if start)
        ordered = sorted(cuts)
        return tuple(pairwise(ordered))

    def sentence_of(self, clause: int) -> tuple[int, int]:
        """Return first and behind-last clause of the sentence that a clause stands in."""
        first = clause
        while first and not _SENTENCE_END.search(self.words[self.clauses[first - 1][1] - 1]):
            first -= 1
        last = clause
        while last + 1 < len(self.clauses) and not _SENTENCE_END.search(self.words[self.clauses[last][1] - 1]):
            last += 1
        return first, last + 1

    def near(self, kind: str, value: Value) -> bool:
        """Whether a cue of a kind stands in the sentence of a value, or in its part that a yes or a no opens."""
        begin, end = self.told_with(value.start)
        return any(begin <= start < end for start, _ in self.finds(kind))

    def told_with(self, word: int) -> tuple[int, int]:
        """Return first and behind-last word of what tells of a word: its sentence, of which a yes or a no opens a part.

        «Лучше первого», «так что в четверг», «не хочу суда, ладно, в четверг»: the rest only says why.
        """
        clause = next(one for one in self.clauses if word < one[1])
        opens = any(start == clause[0] for kind in ("denial", "therefore", "assent") for start, _ in self.finds(kind))
        return clause if opens else self.sentence_with(word)

    def sentence_with(self, word: int) -> tuple[int, int]:
        """Return first and behind-last word of the sentence that a word stands in."""
        first, last = self.sentence_of(next(index for index, (_, end) in enumerate(self.clauses) if word < end))
        return self.clauses[first][0], self.clauses[last - 1][1]

    @property
    def each(self) -> bool:
        """Whether a sum is that of every payment: «по десять тысяч»."""
        sums = {one.start for one in self.bare_values if one.kind is Kind.AMOUNT}
        return self.has("each") or any(end in sums for _, end in self.finds("apiece"))

    @cached_property
    def bare_values(self) -> tuple[Value, ...]:
        """Sums, shares and days in order, without what governs them."""
        found = sorted(self._found(), key=lambda one: (one.start, one.end))
        for start, end in self.finds("next_one"):
            before = [one for one in found if one.kind is Kind.DAY and one.end <= start and not one.now]
            if before and not any(one.start < end and start < one.end for one in found):
                found.append(next_one(before[-1], start, end))
        for start, end in self.finds("same_sum"):
            sums = [one for one in found if one.kind is Kind.AMOUNT and one.end <= start]
            if sums and not any(one.start < end and start < one.end for one in found):
                found.append(replace(max(sums, key=lambda one: one.end), start=start, end=end))
        for start, end in self.finds("next_day"):
            before = [one for one in found if one.kind is Kind.DAY and one.end <= start and not one.now]
            if before:
                found = [one for one in found if one.kind is not Kind.DAY or one.end <= start or end <= one.start]
                found.append(day_after(before[-1], start, end))
        found.sort(key=lambda one: (one.start, one.end))
        days = [one for one in found if one.kind is Kind.DAY and not one.now]
        found = [one for one in found if not one.now or not any(_touch(one, day) for day in days)]
        found = list(shares_of_sums(found, self.words))
        later = counted_on(found, self.finds("thereafter"), self._is_distance, self.facts.today, self.since)
        told = list(later)
        inside = {place for one in told for place in range(one.start, one.end)}
        inside.update(place for start, end in self.finds("try") for place in range(start, end))
        return tuple(replace(one, opens=one.start > 0 and self._ends(one.start - 1, inside)) for one in told)

    def _ends(self, place: int, inside: Collection[int]) -> bool:
        """Whether a sentence ends with a word, or a clause that neither a value nor a «может» ends, or it is an «и»."""
        word = self.words[place]
        bounds = any(fold(one) in _FROM for one in self.words[max(0, place - _LONGEST_STRETCH) : place])
        if fold(word) in _ANDS and not bounds:  # "between five and ten"
            return True
        return bool(_SENTENCE_END.search(word)) or (place not in inside and bool(_CLAUSE_END.search(word)))

    def _is_distance(self, day: Value) -> bool:
        return _RELATIVE.search(fold(self.quote(day.start, day.end))) is not None

    def _found(self) -> Iterator[Value]:
        facts = self.facts
        spans: dict[tuple[int, int], list[tuple[int, bool, bool]]] = {}
        taken: list[tuple[int, int]] = []
        for amount in find_amounts(self._plain, facts.language, facts.currency):
            spans.setdefault((amount.start, amount.end), []).append(
                (amount.amount.minor, amount.explicit, amount.negated)
            )
        for (start, end), readings in spans.items():
            first, last = self._words_of(start, end)
            minors = tuple(minor for minor, explicit, _ in readings if minor > 0 and (explicit or minor >= _LEAST_BARE))
            count = _COUNTED.get(fold(self.words[last - 1]), 0) if last - first > 1 else 0
            minors = tuple(minor - count * 100 for minor in minors)  # «двадцать тысяч двумя частями»
            bare = not any(explicit for _, explicit, _ in readings)
            if bare and (self._counts(first, last) or self._is_hour(first, last, minors)):
                continue
            if bare and (until := self._until(first, last, min(minor for minor, _, _ in readings))):
                yield Value(Kind.DAY, first, last, days=(until,), taken_back=readings[0][2])
                continue
            if minors and not (bare and any(fold(word) in _NO_SUMS for word in self.words[first:last])):
                taken.append((first, last))
                yield Value(Kind.AMOUNT, first, last, minor=minors, taken_back=readings[0][2])
        for share in find_shares(self._plain, facts.language):
            first, last = self._words_of(share.start, share.end)
            if any(one < last and first < other for one, other in taken):
                continue  # «тридцать семь с половиной тысяч»
            taken.append((first, last))
            yield Value(Kind.SHARE, first, last, share=share.numerator / share.denominator, taken_back=share.negated)
        for kind, part in (("half", 0.5), ("all", 1.0)):
            for first, last in self.finds(kind):
                if not any(one < last and first < other for one, other in taken):
                    yield Value(Kind.SHARE, first, last, share=part)
        for first, last in self.finds("rest"):
            yield Value(Kind.REST, first, last)
        days: dict[tuple[int, int], list[tuple[date, bool]]] = {}
        for day in find_dates(self._plain, facts.language, facts.today, facts.payday):
            row = days.setdefault((day.start, day.end), [])
            place = 0 if day.reason is Reason.DAY_OF_SPAN else len(row)
            row.insert(place, (day.day, day.negated))
        named_days = []
        for (start, end), found in days.items():
            first, last = self._words_of(start, end)
            if sums := self._sum_before_day(first, last):
                yield Value(Kind.AMOUNT, first, last, minor=sums)
                continue
            named_days.append((first, last))
            shift = timedelta(days=self._comes_after(first, last))
            named = tuple(day + shift for day, _ in found)
            yield Value(Kind.DAY, first, last, days=named, taken_back=found[0][1])
        for first, last in self.finds("grace"):
            yield from (replace(one, grace=True) for one in self._away(first, last, last))
        for first, last in self.finds("thereafter"):
            begin = max(0, first - _LONGEST_STRETCH)
            if not any(one < last and begin < other for one, other in named_days):
                yield from self._away(begin, first, last)
        for first, last in self.finds("now"):
            yield Value(Kind.DAY, first, last, days=(facts.today,), now=True)

    def parted(self, value: Value, known: Collection[tuple[int | None, date | None]]) -> tuple[Value, ...]:
        """Return a day as the sum and day that ran together in it, where that is a known payment.

        «Двадцать второго» may be twenty thousand on the second.

        Args:
            value: of this line.
            known: sums and days of payments.
        """
        language, today = self.facts.language, self.facts.today
        for cut in range(value.start + 1, value.end) if value.kind is Kind.DAY else ():
            sums = find_amounts(self.quote(value.start, cut), language, self.facts.currency)
            days = find_dates(self.quote(cut, value.end), language, today)
            for amount, day in product(sums, days):
                if (amount.amount.minor, day.day) in known:
                    return (
                        Value(Kind.AMOUNT, value.start, cut, minor=(amount.amount.minor,)),
                        Value(Kind.DAY, cut, value.end, days=(day.day,)),
                    )
        return (value,)

    def _away(self, first: int, last: int, end: int) -> Iterator[Value]:
        """Yield the day that is as far as some words say, which name none by themselves: «неделю», "a fortnight"."""
        language, today = self.facts.language, self.facts.today
        for begin in range(first, last):
            text = f"{_IN[language]} {self.quote(begin, last)}"
            days = find_dates(text, language, today)
            if days and (days[0].start, days[0].end) == (0, len(text)):
                yield Value(Kind.DAY, begin, end, days=(days[0].day,))
                return

    def _counts(self, first: int, last: int) -> bool:
        """Whether a number only says how many payments: «четыре пятницы»."""
        return any(start <= first and last <= end for kind in COUNTS for start, end in self.finds(kind))

    def _is_hour(self, first: int, last: int, minors: tuple[int, ...]) -> bool:
        """Whether a bare number is a time of day, «буду до шести»: no sum, and no end of a range."""
        if not first or last - first > 1 or any(minor > _LAST_HOUR for minor in minors):
            return False
        near = {fold(word) for word in self.words[max(0, first - 3) : first - 1]}
        return fold(self.words[first - 1]) in _BEFORE_HOURS and not near & _FROM

    def _until(self, first: int, last: int, minor: int) -> date | None:
        """Return the day of the month that a bare Kazakh number before «дейін» is: «жиырма беске дейін»."""
        number = minor // 100
        if last >= len(self.words) or fold(self.words[last]) != "дейин" or not 1 <= number <= _LONGEST_MONTH:
            return None
        if not fold(self.words[last - 1]).endswith(("ке", "ге", "ка", "га")):
            return None
        ahead = (self.facts.today + timedelta(days=days) for days in range(1, 2 * _LONGEST_MONTH + 1))
        return next((day for day in ahead if day.day == number), None)

    def _sum_before_day(self, first: int, last: int) -> tuple[int, ...]:
        """Return the readings of what was taken for a stretch's first day: «одиннадцать до пятнадцатого августа»."""
        behind = fold(self.words[last]) if last < len(self.words) else ""
        if behind not in {"до", "к"} or (first and fold(self.words[first - 1]) in _FROM):
            return ()
        text = self.quote(first, last)
        found = find_amounts(text, self.facts.language, self.facts.currency)
        return tuple(one.amount.minor for one in found if one.amount.minor >= _LEAST_BARE and one.end == len(text))

    def _comes_after(self, first: int, last: int) -> int:
        """Return how many days behind the day named is meant: one in «после десятого»."""
        if not any(char.isdigit() for char in self.quote(first, last)) and _RELATIVE.search(
            fold(self.quote(first, last))
        ):
            return 0
        kazakh = self.facts.language is Language.KAZAKH
        before = any(end == first for _, end in self.finds("after"))
        behind = kazakh and any(start == last for start, _ in self.finds("after"))
        return 1 if (before and not kazakh) or behind else 0

    def _words_of(self, start: int, end: int) -> tuple[int, int]:
        _, starts, owners = self._joined
        last = bisect_right(starts, max(start, end - 1))
        return owners[bisect_right(starts, start) - 1], owners[last] if last < len(owners) else len(self.words)


def _touch(one: Value, other: Value) -> bool:
    """Whether two values stand side by side: «завтра вечером»."""
    return one.start <= other.end and other.start <= one.end


@lru_cache(maxsize=100_000)
def fell_apart(one: str, other: str, facts: DebtFacts) -> bool:
    """Whether two words are one that the recogniser took apart: a day or a number that the second alone is not."""
    if fold(one) in _ARTICLES or min(len(one), len(other)) < _LEAST_PIECE or not (one + other).isalpha():
        return False
    return _is_value(one + other, facts) and not _is_value(other, facts)


def _is_value(text: str, facts: DebtFacts) -> bool:
    days = find_dates(text, facts.language, facts.today)
    sums = find_amounts(text, facts.language, facts.currency)
    spans = [(one.start, one.end) for one in days] + [(one.start, one.end) for one in sums]
    return (0, len(text)) in spans
