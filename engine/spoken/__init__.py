"""Numbers, sums, dates and times in Russian, Kazakh and English: to words in the right case, and back from speech.

Back from speech keeps ambiguity: every finder returns all readings it holds possible, in the order they were said and
best first where several stand over one span, with the `Reason`. What the speaker took back is marked; `standing` leaves
it out. Pure Python; the tables of words beside the modules are read at first use.
"""

from engine.spoken.finding import find_amounts, find_dates, find_digits, find_shares, find_times
from engine.spoken.plain import find_numbers
from engine.spoken.readings import (
    AmountReading,
    Case,
    DateReading,
    Gender,
    NumberReading,
    Reason,
    ShareReading,
    TimeReading,
    standing,
)
from engine.spoken.wording import (
    date_in_words,
    days_in_words,
    digits_in_words,
    money_in_words,
    number_in_words,
    percent_in_words,
    time_in_words,
    weekday_in_words,
)

__all__ = [
    "AmountReading",
    "Case",
    "DateReading",
    "Gender",
    "NumberReading",
    "Reason",
    "ShareReading",
    "TimeReading",
    "date_in_words",
    "days_in_words",
    "digits_in_words",
    "find_amounts",
    "find_dates",
    "find_digits",
    "find_numbers",
    "find_shares",
    "find_times",
    "money_in_words",
    "number_in_words",
    "percent_in_words",
    "standing",
    "time_in_words",
    "weekday_in_words",
]
