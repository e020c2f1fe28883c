"""The debtors' stories: read from YAML, drawn by a seed, and what a debtor says to which question of the bot."""

import random
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from config.demo.cast import account
from dialogs.progress import Progress
from engine.accounts import Account, Money
from engine.calls import CallClosed, Disposition
from engine.errors import SettingsError
from engine.speech import Language
from engine.spoken import Case, date_in_words, days_in_words, money_in_words, number_in_words

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Asia/Almaty"))
"""The moment of every call to the dialog, a Tuesday: days are the same whenever it is measured."""

STORIES = Path(__file__).with_name("stories.yaml")

_PLACES = frozenset({"amount", "day", "time", "other_amount", "other_day"})
_STEP = 500
_WHEN = {Language.RUSSIAN: Case.GENITIVE, Language.KAZAKH: Case.PREPOSITIONAL, Language.ENGLISH: Case.NOMINATIVE}


class DayKind(StrEnum):
    """How a day is named."""

    TOMORROW = "tomorrow"
    AFTER_TOMORROW = "after_tomorrow"
    IN_DAYS = "in_days"
    WEEKDAY = "weekday"
    DATE = "date"


_DAYS_AHEAD = {
    DayKind.TOMORROW: range(1, 2),
    DayKind.AFTER_TOMORROW: range(2, 3),
    DayKind.IN_DAYS: range(3, 7),
    DayKind.WEEKDAY: range(2, 7),
    DayKind.DATE: range(3, 13),
}


def _placed(line: str) -> str:
    unknown = {name for _, name, _, _ in string.Formatter().parse(line) if name is not None} - _PLACES
    if unknown:
        raise ValueError(f"knows no {{{min(unknown)}}}; there are {', '.join(sorted(_PLACES))}")
    return line


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_Lines = Annotated[tuple[Annotated[str, AfterValidator(_placed)], ...], BeforeValidator(_several), Field(min_length=1)]
_Says = dict[str, _Lines]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PromiseSpec(_Part):
    """What is promised."""

    amount: Literal["all", "part"]
    day: Annotated[tuple[DayKind, ...], Field(min_length=1)]


class CallbackSpec(_Part):
    """When the debtor wants to be called."""

    day: Annotated[tuple[DayKind, ...], Field(min_length=1)]


class StorySpec(_Part):
    """One story as it stands in the file."""

    ends: Disposition
    promise: PromiseSpec | None = None
    callback: CallbackSpec | None = None
    says: _Says = {}


class _Days(_Part):
    tomorrow: str
    after_tomorrow: str
    in_days: str
    weekday: Annotated[tuple[str, ...], Field(min_length=7, max_length=7)]
    date: str


class Tongue(_Part):
    """All stories of a language, the voices that tell them, and what they share."""

    voices: Annotated[tuple[str, ...], Field(min_length=1)]
    days: _Days
    times: dict[time, str]
    everyone: _Says
    promising: _Says
    stories: dict[str, StorySpec]


_FILE = TypeAdapter(dict[Language, Tongue])


def load_stories(path: Path = STORIES) -> dict[Language, Tongue]:
    """Read stories.

    Raises:
        SettingsError: the file cannot be read or is wrong; the message names the place and the mend.
    """
    try:
        return _FILE.validate_python(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: is no YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        fault = error.errors(include_input=False)[0]
        raise SettingsError(f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None


@dataclass(frozen=True, slots=True)
class Story:
    """A story with its values drawn.

    Args:
        name: as in the file.
        language: of the debtor.
        voice: that tells it, as `tts.voices` names it.
        ends: how the call must end.
        promise: sum and day that must be stored, confirmed; None where none may be.
        callback_at: time that must be stored; None where none may be.
        says: lines by the question that they answer.
    """

    name: str
    language: Language
    voice: str
    ends: Disposition
    promise: tuple[Money, date] | None
    callback_at: datetime | None
    says: Mapping[str, tuple[str, ...]]

    def account(self) -> Account:
        """Return whom the bot believes to call."""
        return account(self.language, "77010000000", NOW)

    def asked(self, progress: Progress) -> str:
        """Return which question is open, as `says` names it; a wrong read-back is noticed."""
        if progress.doubt is not None:
            return "clarify"
        told = (progress.slots.amount, progress.slots.due)
        if progress.state == "read_back" and self.promise is not None and told != self.promise:
            return "read_back_wrong"
        return progress.state

    def answer(self, asked: str, before: int) -> str:
        """Return what the debtor says to a question that was asked so often before."""
        lines = self.says.get("debt" if asked == "clarify" else asked) or self.says["otherwise"]
        return lines[min(before, len(lines) - 1)]

    def fulfilled(self, closed: CallClosed) -> bool:
        """Whether the record of a call says what the story says."""
        promise = closed.promise
        stored = (promise.amount, promise.due) if promise is not None and promise.confirmed else None
        return closed.disposition is self.ends and stored == self.promise and closed.callback_at == self.callback_at

    def belied(self, closed: CallClosed) -> bool:
        """Whether a promise was stored that the debtor did not make."""
        return closed.promise is not None and (closed.promise.amount, closed.promise.due) != self.promise


def draw(tongue: Tongue, language: Language, name: str, seed: int) -> Story:
    """Return a story with sums, days, times and a voice drawn by a seed."""
    rng = random.Random(f"{seed} {language} {name}")
    spec = tongue.stories[name]
    values, promise, callback_at = {}, None, None
    if spec.promise is not None:
        debt = account(language, "", NOW).debt
        part, other = (Money.of(number * _STEP) for number in rng.sample(range(12, debt.minor // 100 // _STEP), 2))
        promised = debt if spec.promise.amount == "all" else part
        day, other_day = _two_days(rng, spec.promise.day)
        promise = (promised, day[1])
        values = {
            "amount": _sum(rng, promised, language),
            "other_amount": _sum(rng, other, language),
            "day": _said(tongue, day, language),
            "other_day": _said(tongue, other_day, language),
        }
    if spec.callback is not None:
        day = _workday(rng, spec.callback.day)
        at = rng.choice(list(tongue.times))
        callback_at = datetime.combine(day[1], at, NOW.tzinfo)
        values = {"day": _said(tongue, day, language), "time": tongue.times[at]}
    says = {**tongue.everyone, **(tongue.promising if spec.promise else {}), **spec.says}
    voice = rng.choice(tongue.voices)
    try:
        lines = {asked: tuple(_sentence(line.format(**values)) for line in lines) for asked, lines in says.items()}
    except KeyError as error:
        raise SettingsError(f"story {name!r} ({language}): {error} stands in a line, but nothing draws it") from None
    return Story(name, language, voice, spec.ends, promise, callback_at, lines)


_Day = tuple[DayKind, date]


def _two_days(rng: random.Random, kinds: tuple[DayKind, ...]) -> tuple[_Day, _Day]:
    day = _day(rng, kinds)
    while (other := _day(rng, (DayKind.WEEKDAY,)))[1] == day[1]:
        pass
    return day, other


def _workday(rng: random.Random, kinds: tuple[DayKind, ...]) -> _Day:
    while (day := _day(rng, kinds))[1].weekday() >= 5:
        pass
    return day


def _day(rng: random.Random, kinds: tuple[DayKind, ...]) -> _Day:
    kind = rng.choice(kinds)
    return kind, NOW.date() + timedelta(days=rng.choice(_DAYS_AHEAD[kind]))


def _said(tongue: Tongue, named: _Day, language: Language) -> str:
    kind, day = named
    if kind is DayKind.WEEKDAY:
        return tongue.days.weekday[day.weekday()]
    ahead = (day - NOW.date()).days
    wording: str = getattr(tongue.days, kind)
    return wording.format(
        date=date_in_words(day, language, case=_WHEN[language]),
        days=days_in_words(ahead, language, case=Case.ACCUSATIVE),
        n=number_in_words(ahead, language),
    )


def _sum(rng: random.Random, amount: Money, language: Language) -> str:
    """Say a sum, with the currency or without."""
    case = Case.ACCUSATIVE if language is Language.RUSSIAN else Case.NOMINATIVE
    if rng.random() < 0.5:
        return money_in_words(amount, language, case=case)
    return number_in_words(amount.minor // 100, language, case=case)


def _sentence(line: str) -> str:
    return line[:1].upper() + line[1:]
