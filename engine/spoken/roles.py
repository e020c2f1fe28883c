"""What a word may be to a finder: the parts of speech of the grammars."""

from enum import Enum, auto


class Role(Enum):
    """What a word may be to a finder; the value beside it is a number whose meaning is given here."""

    __hash__ = object.__hash__  # members are singletons, and Enum's own hash is a third of a scan

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
    ABOUT = auto()
    """May stand between such a multiplier and its count: «тысяч под сто»."""
    NOMINATIVE = auto()
    """Of a small number: the form that «тысячи» may precede."""
    FINAL = auto()
    """Carries a Kazakh case ending, so that its number ends here."""
    DEPENDENT = auto()
    """A number only behind tens or hundreds: «жиырма бірге», but «мың бірге» is a thousand together."""
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
    POINT = auto()
    """Decimals follow."""
    CURRENCY = auto()
    """0 the account's, 1 tenge, 2 roubles."""
    CURRENCY_FIRST = auto()
    """May precede its number."""
    TENGE_TAIL = auto()
    """What a recogniser leaves of "tenge" once it has taken "ten" for a number."""
    MINOR = auto()
    """Tiyn or kopecks, numbered as CURRENCY."""
    PERCENT = auto()
    """2 may precede its number."""
    COUNTED = auto()
    """Bars a bare number before it from being a sum; 2 only one without a multiplier."""
    SHARE = auto()
    """Numerator times 100 plus denominator."""
    WHOLE_OF = auto()
    """«вся», «полная»: the whole only before DEBT."""
    DEBT = auto()
    PART = auto()
    FRACTION = auto()
    """«пятую», "fifths": a denominator."""
    NUMERATOR = auto()
    """«бірін», one of so many."""
    ORDINAL = auto()
    DAY_ORDINAL = auto()
    """An ordinal in a form that names a day by itself, «пятого»."""
    WEAK_DAY = auto()
    """An ordinal that names a day only where nothing that it could count follows."""
    VAGUE = auto()
    """About that day: «в двадцатых числах»."""
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
    """2 the nearest ones, «ближайшие»."""
    LAST = auto()
    AFTER = auto()
    """«через», "in": a length of time follows."""
    WITHIN = auto()
    LATER = auto()
    """«кейін», "from now": a length of time precedes; 2 any time within it."""
    AGO = auto()
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
    """Before an hour: 1 makes a bare number one, 2 with a part of the day, 0 needs «часов» as well."""
    OCLOCK = auto()
    """Behind an hour: 1 is also an hour by itself, «в час»; 2 never counts hours, "o'clock"."""
    HOUR_WORD = auto()
    """«сағат»: the hour follows."""
    HOUR_ONLY = auto()
    """«онда»: at ten behind «сағат», "then" anywhere else."""
    DAYPART = auto()
    """0 night, 1 morning, 2 day, 3 evening."""
    MINUTE = auto()
    WITHOUT = auto()
    """«без» before minutes."""
    QUARTER = auto()
    """15."""
    PAST = auto()
    TO = auto()
    NAMED_TIME = auto()
    """Minutes from midnight."""
    HALF_HOUR = auto()
    """«полшестого»: the hour that is half gone."""
    DIGIT_PREFIX = auto()
    """"double", "triple" in a string of digits."""
    LOOSE_PERIOD = auto()
    """A period in the plural that its count may follow: «дней пять»."""
    WEEK_ON = auto()
    """7 or 14: "a week on Monday", "Monday week"."""
    FROM = auto()
    """Before the first of two hours, «с девяти до шести»; 2 "between", before two days as well."""
    LOCATIVE = auto()
    """A Kazakh number in «-да»: at that hour, «бесте»."""
    AFTER_NEXT = auto()
    LAST_OF = auto()
    """«последняя», "last": of the days of the week in a month."""
    BRIEF = auto()
    """Of so short a name that many other words are a letter away."""
    CORRECTION = auto()
    """«ой», "sorry": what follows replaces what was said before; 2 unless both are the same, «то есть»."""
    CANNOT = auto()
    """«не смогу»: takes back what is near, where another follows."""
    DONE = auto()
    """«оплатил»: a day near it lies in the past."""
    AHEAD = auto()
    """«остальное», «внесу»: what follows lies ahead again."""
    PAYDAY = auto()
    """The day of income; 1 "after" it."""
    HOLIDAY = auto()
    """«до Рождества», "by Christmas": its month and day, 1225."""
    YEAR_END = auto()
    """«до нового года»."""
    BEFORE_SPAN = auto()
    """«до выходных»: before a span, not in it; 2 stands behind it."""
    EVERY = auto()
    """«каждую пятницу»: no day at all; 1 before it, 2 behind it."""
    NUMBERED = auto()
    """«квартира», "flat": the number behind it is a name; 2 another name may stand between; 3 a large one too."""
    AGE_OF = auto()
    """«мне», "I'm": a number alone behind it is an age."""
    HOMOPHONE = auto()
    """"for", "to": a number where a multiplier follows."""
    MARK = auto()
    """«троечку»: a mark that a survey is answered with."""
    OUT_OF = auto()
    """«из», "out of": the number behind it is the top of the scale."""
