"""One pass over an utterance that all finders share.

It goes from left to right and reads each stretch of words as one thing only, times first, then dates, shares and sums:
so a date is never a sum as well. Kazakh and Russian are read together, since callers mix them within a sentence. What
was found is then looked at as a whole: dictated digits are dropped, neighbours lend each other their month, and what
the speaker took back is marked.
"""

from collections.abc import Iterator
from functools import cache, lru_cache

from engine.speech import Language
from engine.spoken import dates, english, kazakh, russian, shares, stretches, sums, times
from engine.spoken.context import settled
from engine.spoken.finds import Find, What
from engine.spoken.mishearings import mended
from engine.spoken.roles import Role
from engine.spoken.scanning import Lexicon, Tokens, tokenise
from engine.spoken.slips import Spelling

_NEVER_FIRST = frozenset(
    {
        Role.BEFORE_DAY, Role.AFTER_DAY, Role.AT, Role.OF, Role.OR, Role.AND, Role.NOT, Role.NOT_BEFORE, Role.COUNTED,
        Role.DEBT, Role.CORRECTION, Role.CANNOT, Role.DONE, Role.AHEAD, Role.AGE_OF, Role.NUMBERED, Role.EVERY,
        Role.ABOUT, Role.FOREIGN, Role.ENGLISH, Role.BRIEF, Role.OUT_OF, Role.BEFORE_SPAN,
    }
)  # fmt: skip
"""Of words that nothing begins with; half of an utterance is such words."""
_DIGIT_RUN = 3
"""So many bare numbers in a row are dictated digits, not sums."""


@cache
def lexicon(language: Language) -> Lexicon:
    """Return the words of a language, with those of the other language of the country behind them."""
    if language is Language.ENGLISH:
        return english.lexicon()
    first, second = russian.lexicon(), kazakh.lexicon()
    if language is Language.KAZAKH:
        first, second = second, first
    first.take(second)
    return first


@cache
def _spelling(language: Language) -> Spelling:
    return Spelling(lexicon(language))


@lru_cache(maxsize=8)
def words(text: str, language: Language) -> Tokens:
    """Return the tokens of an utterance with their roles; to be read, not changed."""
    return Tokens(_spelling(language).mended(tokenise(text, lexicon(language))))


@lru_cache(maxsize=8)
def scan(text: str, language: Language) -> tuple[Find, ...]:
    """Read an utterance once for all finders; the next turns push it out of the cache."""
    tokens = mended(words(text, language))
    finds: list[Find] = []
    index = last = 0
    while index < len(tokens):
        found, end = _read(tokens, index)
        for what, first, behind in found:
            adjoins = bool(finds) and all(dates.introduces(token) for token in tokens[last:first])
            negated = _negated(tokens, first, behind)
            finds.append(Find(what, first, behind, tokens[first].start, tokens[behind - 1].end, adjoins, negated))
            last = behind
        index = end
    return settled(tokens, list(_without_digit_runs(finds)))


def _read(tokens: Tokens, index: int) -> tuple[list[tuple[What, int, int]], int]:
    """Read the words from a token on as one thing; return it with its tokens, and the index to go on from."""
    token = tokens[index]
    if not token.meaningful or (token.roles and token.roles.keys() <= _NEVER_FIRST):
        return [], index + 1
    if span := stretches.match(tokens, index):
        return [(one, first, one.end) for one, first in span], span[-1][0].end
    if moment := times.match(tokens, index):
        return [(moment, index, moment.end)], moment.end
    if day := dates.match(tokens, index):
        return [(day.day, index, day.end)], day.end
    if share := shares.match(tokens, index):
        return [(share, index, share.end)], share.end
    if amounts := sums.match(tokens, index):
        found, end = amounts
        return [(one, one.start, one.end) for one in found] or [(None, index, end)], end
    return [], index + 1


def _negated(tokens: Tokens, first: int, behind: int) -> bool:
    """Whether «не», "not" stands right before, or «емес» right behind."""
    before = first - 1
    while (
        before >= 0
        and not tokens[before].has(Role.NOT)
        and (tokens[before].has(Role.BEFORE_DAY) or tokens[before].has(Role.AT))
    ):
        if not tokens[before + 1].close:
            break
        before -= 1
    if before >= 0 and tokens[before].has(Role.NOT) and tokens[before + 1].close:
        return True
    return behind < len(tokens) and tokens[behind].close and tokens[behind].has(Role.NOT_BEFORE)


def _without_digit_runs(finds: list[Find]) -> Iterator[Find]:
    """Drop bare numbers that follow each other, as dictated digits do."""
    run: list[Find] = []
    for find in [*finds, Find(None, 0, 0, 0, 0)]:
        bare = find.what is None or (isinstance(find.what, sums.Sum) and not find.what.explicit)
        if not (bare and find.adjoins):
            yield from (one for one in run if one.what is not None and len(run) < _DIGIT_RUN)
            run = []
        if bare:
            run.append(find)
        else:
            yield find
