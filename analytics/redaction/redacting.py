"""The one function that takes personal data out of a contact."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from analytics.conversation import Conversation, Medium, Role
from analytics.redaction.dictation import Dictation, dictations
from analytics.redaction.echoes import echoes
from analytics.redaction.lines import Line, Run, lines_of
from analytics.redaction.names import names_in
from analytics.redaction.reading import What
from analytics.redaction.values import Kind, Redacted, Span
from analytics.redaction.wording import wording
from analytics.redaction.written import fixed_forms

_LETTERS_OF_IBAN: Final = 3
_GAP_S: Final = 5.0
"""Between a number's words and those around them there may be so many seconds of digits that were not understood."""


def redact(conversation: Conversation, people: Iterable[str] = ()) -> Redacted:
    """Find personal data in a contact, written or spoken, and return the contact without it.

    Sums, days, times, shares and counts stay. Nothing is looked up anywhere: the words alone tell.

    Args:
        conversation: of any medium, in Russian, Kazakh or English, or mixed.
        people: full names that are known to belong to the contact, the debtor's first of all; they are found in every
            case form and with slips of a recogniser. Names in the bot's own words, which are known beyond doubt, count
            as such.
    """
    people = (*people, *_named_by_bot(conversation))
    fixed = [list(fixed_forms(utterance.words)) for utterance in conversation.utterances]
    taken = [frozenset(place for first, stop, _ in row for place in range(first, stop)) for row in fixed]
    lines = lines_of(conversation, taken)
    found = dictations(lines)
    places = {(index, first, stop): kind for index, row in enumerate(fixed) for first, stop, kind in row}
    for one in found:
        if one.kind is not None:
            places |= dict.fromkeys(_extents(lines, one), _kind(lines, one))
    places |= {_extent(lines, run.line, run.first, run.stop): kind for run, kind in echoes(lines, found)}
    places = _joined(places)
    numbers: list[set[int]] = [set() for _ in lines]
    for index, first, stop in places:
        numbers[index].update(range(first, stop))
    for index, first, stop in names_in(conversation, people):
        if not numbers[index].intersection(range(first, stop)):
            places[index, first, stop] = Kind.NAME
    spans = [_span(conversation, index, first, stop, kind) for (index, first, stop), kind in places.items()]
    spans += _unheard(conversation, found)
    ordered = tuple(sorted(spans, key=lambda span: (span.utterance, span.first)))
    return Redacted(marked(conversation, ordered), ordered)


def marked(conversation: Conversation, spans: Sequence[Span]) -> Conversation:
    """Return a contact whose words within spans are the marks of their kinds; times and confidences stay."""
    utterances = list(conversation.utterances)
    for span in spans:
        old = utterances[span.utterance]
        words = list(old.words)
        for place in range(span.first, span.stop):
            words[place] = replace(words[place], text=span.kind.mark)
        utterances[span.utterance] = replace(old, words=tuple(words))
    return replace(conversation, utterances=tuple(utterances))


def _named_by_bot(conversation: Conversation) -> Iterator[str]:
    own = replace(conversation, utterances=tuple(conversation.said_by(Role.BOT)))
    for index, first, stop in names_in(own, ()):
        yield " ".join(word.text for word in own.utterances[index].words[first:stop])


def _extents(lines: Sequence[Line], one: Dictation) -> Iterator[tuple[int, int, int]]:
    """Yield the words of a number by utterance, those among and beside its digits that may be misheard ones too."""
    by_line = groupby(one.runs, key=lambda run: run.line)
    ends = one.runs[0], one.runs[-1]
    for index, group in by_line:
        runs = list(group)
        line, first, stop = lines[index], runs[0].first, runs[-1].stop
        begins = first == 1 or (first > 1 and _is_told(line, first - 2))
        if one.lacks and runs[0] is ends[0] and begins and _may_be_digit(line, first - 1):
            first -= 1
        if one.lacks and runs[-1] is ends[1] and stop + 1 == len(line.pieces) and _may_be_digit(line, stop):
            stop += 1
        yield _extent(lines, index, first, stop)


def _joined(places: Mapping[tuple[int, int, int], Kind]) -> dict[tuple[int, int, int], Kind]:
    """Return places as one where they share words: who says a number again may go on with a number of their own."""
    joined: dict[tuple[int, int, int], Kind] = {}
    for (index, first, stop), kind in sorted(places.items()):
        last = next(reversed(joined), None)
        if last and last[0] == index and first < last[2]:
            joined[index, last[1], max(stop, last[2])] = joined.pop(last)
        else:
            joined[index, first, stop] = kind
    return joined


def _may_be_digit(line: Line, place: int) -> bool:
    piece = line.pieces[place]
    return piece.what is What.OTHER and not piece.strong and not _is_told(line, place)


def _is_told(line: Line, place: int) -> bool:
    """Whether a word announces a number, or stands between what does and the number."""
    return place in line.named or wording().between.fullmatch(line.pieces[place].text) is not None


def _extent(lines: Sequence[Line], index: int, first: int, stop: int) -> tuple[int, int, int]:
    """Return words with the letters before them that belong to an IBAN, or a plus."""
    pieces, digits = lines[index].pieces, first
    if stop - first > 1:
        while first and pieces[first - 1].what is What.LETTER and digits - first < _LETTERS_OF_IBAN:
            first -= 1
    if first and first == digits and pieces[first - 1].text in ("плюс", "plus"):
        first -= 1
    return index, first, stop


def _iban_letters(lines: Sequence[Line], run: Run) -> bool:
    pieces, first = lines[run.line].pieces, run.first
    return first > 0 and pieces[first - 1].what is What.LETTER and len(run.digits) > 1


def _kind(lines: Sequence[Line], one: Dictation) -> Kind:
    assert one.kind is not None, "only numbers have a kind"
    return Kind.IBAN if _iban_letters(lines, one.runs[0]) and len(one.digits) >= 8 else one.kind


def _span(conversation: Conversation, index: int, first: int, stop: int, kind: Kind) -> Span:
    """Return a span; a number's reaches to the words around it, since digits between were perhaps not understood."""
    utterance = conversation.utterances[index]
    words = utterance.words
    start_s, end_s = words[first].start_s, words[stop - 1].end_s
    if kind is not Kind.NAME and conversation.medium is Medium.CALL:
        before_s = words[first - 1].end_s if first else _neighbour_s(conversation, index, -1)
        behind_s = words[stop].start_s if stop < len(words) else _neighbour_s(conversation, index, 1)
        start_s = min(start_s, before_s) if start_s - before_s <= _GAP_S else start_s
        end_s = max(end_s, behind_s) if behind_s - end_s <= _GAP_S else end_s
    return Span(index, first, stop, kind, utterance.role, min(start_s, end_s), max(start_s, end_s))


def _neighbour_s(conversation: Conversation, index: int, step: int) -> float:
    """Return where the speaker's words before or behind an utterance end or begin, else its own edge."""
    own = conversation.utterances[index]
    place = index + step
    while 0 <= place < len(conversation.utterances):
        other = conversation.utterances[place]
        if other.role is own.role and other.words:
            return max(one.end_s for one in other.words) if step < 0 else min(one.start_s for one in other.words)
        place += step
    return own.start_s if step < 0 else own.end_s


def _unheard(conversation: Conversation, found: Iterable[Dictation]) -> list[Span]:
    """Return the speech without words between two parts of a number, by whoever dictates it."""
    spans = []
    for one in found:
        if one.kind is None:
            continue
        role = conversation.utterances[one.runs[0].line].role
        for index in range(one.runs[0].line, one.runs[-1].line):
            utterance = conversation.utterances[index]
            if utterance.role is role and not utterance.words:
                spans.append(Span(index, 0, 0, one.kind, role, utterance.start_s, utterance.end_s))
    return spans
