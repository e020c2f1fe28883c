"""Words of an utterance with their roles: folding, lexicons and the tokeniser that all finders share."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from fractions import Fraction

_FOLD = str.maketrans("ёқңіәғөұүһ’", "екниагоуух'")


class Role(Enum):
    """What a word may be to a finder; the value beside it is a number whose meaning is given here."""

    ZERO = auto()
    UNIT = auto()
    """1..9."""
    TEEN = auto()
    """10..19, nothing follows it in its group."""
    TENS = auto()
    """10 (Kazakh alone), 20..90."""
    HUNDREDS = auto()
    """100..900 in one word."""
    HUNDRED = auto()
    """A hundred that a smaller number may count."""
    MULTIPLIER = auto()
    """1000, a million, a milliard."""
    GLUED_MULTIPLIER = auto()
    """The same when it touches digits: 15k."""
    LOOSE = auto()
    """A plural form of a multiplier that may stand before its count, «тысяч пятнадцать»: 0 any count, 1 small ones."""
    NOMINATIVE = auto()
    """Of a small number: the form that «тысячи» may precede."""
    FINAL = auto()
    """Carries a Kazakh case ending, so that its number ends here."""
    ABLATIVE = auto()
    LONE = auto()
    """«он»: ten in Kazakh, but "he" in Russian."""
    FOREIGN = auto()
    """A word that belongs to the other language of the country."""
    ENGLISH = auto()
    SESQUI = auto()
    """One and a half; 1 when it may stand for 1500 by itself."""
    HALF_OF = auto()
    """Before a multiplier or an hour."""
    HALF_MORE = auto()
    """After a number."""
    PAIR = auto()
    LUMP = auto()
    """A whole sum in one word, in major units."""
    ARTICLE = auto()
    AND = auto()
    """Joins the parts of a number or of a sum."""
    OR = auto()
    """Joins two numbers that share a multiplier."""
    CURRENCY = auto()
    """0 the account's, 1 tenge, 2 roubles."""
    CURRENCY_FIRST = auto()
    """May precede its number."""
    MINOR = auto()
    """Tiyn or kopecks, numbered as CURRENCY."""
    PERCENT = auto()
    COUNTED = auto()
    """Bars a bare number before it from being a sum."""
    SHARE = auto()
    """Numerator times 100 plus denominator."""
    WHOLE_OF = auto()
    """«вся», «полная»: the whole only before DEBT."""
    DEBT = auto()
    PART = auto()
    FRACTION = auto()
    """«пятую», "fifths": a denominator."""
    ORDINAL = auto()
    DAY_ORDINAL = auto()
    """An ordinal in a form that names a day by itself, «пятого»."""
    WEAK_DAY = auto()
    """An ordinal that names a day only where nothing that it could count follows."""
    MONTH = auto()
    MONTH_FIRST = auto()
    """A month in a form that a plain number may follow."""
    WEEKDAY = auto()
    """0 Monday .. 6 Sunday."""
    WEEKEND = auto()
    REL_DAY = auto()
    """Days from today."""
    PERIOD = auto()
    """1 day, 7 week, 30 month, 365 year."""
    DAY_WORD = auto()
    """«числа», «күні»: what is counted is a day of the month."""
    YEAR_WORD = auto()
    NEXT = auto()
    THIS = auto()
    AFTER = auto()
    """«через», "in": a length of time follows."""
    WITHIN = auto()
    LATER = auto()
    """«кейін», "from now": a length of time precedes."""
    EDGE = auto()
    """Of a period: 0 beginning, 1 middle, 2 end."""
    OF = auto()
    BEFORE_DAY = auto()
    """A word that may stand before a day: «в», "by the"."""
    AFTER_DAY = auto()
    """A word that may follow a bare Kazakh day: «дейін»."""
    NOT = auto()
    NOT_BEFORE = auto()
    """«емес»: takes back what precedes it."""
    AT = auto()
    """1 makes a bare number an hour, 0 only where the hour is named as one."""
    OCLOCK = auto()
    """0 anywhere, 1 also an hour by itself («в час»)."""
    HOUR_WORD = auto()
    """«сағат»: the hour follows."""
    DAYPART = auto()
    """0 night, 1 morning, 2 day, 3 evening."""
    MINUTE = auto()
    WITHOUT = auto()
    """«без» before minutes."""
    QUARTER = auto()
    PAST = auto()
    TO = auto()
    NAMED_TIME = auto()
    """Minutes from midnight."""
    HALF_HOUR = auto()
    """«полшестого»: the hour that is half gone."""
    DIGIT_PREFIX = auto()
    """"double", "triple" in a string of digits."""


Entry = Mapping[Role, int]


def fold(text: str) -> str:
    """Lower a text and fold ё and the Kazakh letters to their Russian look-alikes; its length stays the same."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return lowered.translate(_FOLD)


@dataclass(slots=True)
class Lexicon:
    """Words and phrases of one or more languages with their roles; filled once, at import."""

    entries: dict[str, dict[Role, int]] = field(default_factory=dict)
    phrases: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    """Phrases of several words by their first, longest first; the tokeniser makes each one token."""
    ordinal_suffixes: set[str] = field(default_factory=set)
    """Endings that make digits an ordinal: 5-го, 20th."""
    case_suffixes: set[str] = field(default_factory=set)
    """Endings of digits that say nothing here: 15-ти."""

    def add(self, words: str | Iterable[str], **roles: int) -> None:
        """Give roles to words, divided by ``|``; roles of a word that is known already are added to."""
        for word in words.split("|") if isinstance(words, str) else words:
            key = fold(word.strip())
            entry = self.entries.setdefault(key, {})
            entry.update({Role[name.upper()]: value for name, value in roles.items()})
            parts = tuple(key.split())
            if len(parts) > 1:
                known = self.phrases.setdefault(parts[0], [])
                if parts not in known:
                    known.append(parts)
                    known.sort(key=len, reverse=True)

    def remove(self, words: str) -> None:
        """Forget words, divided by ``|``."""
        for word in words.split("|"):
            self.entries.pop(fold(word.strip()), None)

    def take(self, other: "Lexicon", **roles: int) -> None:
        """Take over all words of another language that are not known here, giving them these roles besides."""
        for key, entry in other.entries.items():
            if key not in self.entries:
                self.add(key)
                self.entries[key] = {**entry, **{Role[name.upper()]: value for name, value in roles.items()}}
        self.ordinal_suffixes |= other.ordinal_suffixes
        self.case_suffixes |= other.case_suffixes


_NOTHING: Entry = {}


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number in digits or a symbol.

    Args:
        text: folded.
        start: offset of the first character.
        end: offset behind the last one.
        roles: what it may be.
        number: value of digits, None for words.
        gap: what stands between the previous token and this one.
    """

    text: str
    start: int
    end: int
    roles: Entry
    number: Fraction | None
    gap: str

    @property
    def close(self) -> bool:
        """Whether no comma or full stop divides it from the previous token."""
        return self.start > 0 and not self.gap.strip(" \u00a0\u202f-–—'\t\n")

    @property
    def hyphened(self) -> bool:
        """Whether a hyphen or dash joins it to the previous token."""
        return self.close and bool(self.gap.strip())

    def get(self, role: Role) -> int | None:
        """Value of a role, None where the token does not have it."""
        return self.roles.get(role)

    def has(self, role: Role) -> bool:
        """Whether the token may play this role."""
        return role in self.roles


Tokens = list[Token]

_PIECES = re.compile(
    r"""
      (?P<stamp>\d{4}-\d{2}-\d{2}(?!\d) | \d{1,2}[./]\d{1,2}[./]\d{2,4}(?!\d) | \d{1,2}:\d{2}(?!\d))
    | (?P<grouped>\d{1,3}(?:(?P<mark>[ \u00a0\u202f,.'])\d{3}(?!\d))(?:(?P=mark)\d{3}(?!\d))*)(?P<cents>[.,]\d{1,2}(?!\d))?
    | (?P<number>\d+(?:[.,]\d+)?)
    | (?P<clock>\b[ap]\.\s?m\b\.?)
    | (?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)
    | (?P<symbol>[$₸₽€£%])
    """,
    re.VERBOSE,
)


def tokenise(text: str, lexicon: Lexicon) -> Tokens:
    """Divide an utterance into tokens with their roles."""
    folded = fold(text)
    tokens: Tokens = []
    behind = 0
    for piece in _PIECES.finditer(folded):
        start, end = piece.span()
        gap = folded[behind:start]
        word = piece[0] if not piece["clock"] else piece[0][0] + "m"
        last = tokens[-1] if tokens else None
        if last is not None and last.number is not None and gap in ("", "-") and last.number.denominator == 1:
            if word in lexicon.ordinal_suffixes:
                day = int(last.number)
                roles = {Role.ORDINAL: day, Role.DAY_ORDINAL: day}
                tokens[-1] = Token(last.text, last.start, end, roles, None, last.gap)
                behind = end
                continue
            if word in lexicon.case_suffixes:
                tokens[-1] = Token(last.text, last.start, end, last.roles, last.number, last.gap)
                behind = end
                continue
        number = _value(piece)
        tokens.append(Token(word, start, end, lexicon.entries.get(word, _NOTHING), number, gap))
        behind = end
    return _join_phrases(tokens, lexicon)


def _value(piece: re.Match[str]) -> Fraction | None:
    if piece["grouped"]:
        whole = int(re.sub(r"\D", "", piece["grouped"]))
        return Fraction(whole) + (Fraction("0." + piece["cents"][1:]) if piece["cents"] else 0)
    if piece["number"]:
        return Fraction(piece["number"].replace(",", "."))
    return None


def _join_phrases(tokens: Tokens, lexicon: Lexicon) -> Tokens:
    joined: Tokens = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        for phrase in lexicon.phrases.get(token.text, ()):
            window = tokens[index : index + len(phrase)]
            if tuple(part.text for part in window) == phrase and all(part.close for part in window[1:]):
                roles = lexicon.entries[" ".join(phrase)]
                token = Token(" ".join(phrase), token.start, window[-1].end, roles, None, token.gap)
                index += len(phrase) - 1
                break
        joined.append(token)
        index += 1
    return joined
