"""Values of an export's row: times, roles, attributes; each error names its place and the mend, and shows no value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, TypeVar

from analytics.conversation import Medium, Role
from analytics.intake.rows import Row
from engine.accounts import Currency
from engine.errors import IntakeError
from engine.speech import Language

_Kind = TypeVar("_Kind", Medium, Language)

ROLE_WORDS: Final[Mapping[str, Role]] = {
    word: role
    for role, words in {
        Role.BOT: "bot robot chatbot assistant бот робот чат-бот чатбот ассистент автоответ",
        Role.AGENT: "agent operator bank employee manager staff оператор агент банк сотрудник менеджер специалист "
        "қызметкер маман",
        Role.CLIENT: "client customer user debtor borrower клиент должник абонент заёмщик заемщик пользователь "
        "борышкер тұтынушы",  # review: kk
    }.items()
    for word in words.split()
}
"""Who speaks, as exports say it in three languages."""

ATTRIBUTES: Final = (
    *("agent", "campaign", "segment", "client_hash", "contract_hash", "direction", "outcome"),
    *("debt", "due_now", "currency", "payday", "days_past_due", "wrap_up_s"),
)
"""Columns that become a conversation's attributes as they stand."""

CLIENT_NAME: Final = "client_name"
"""The column with the client's full name: redaction looks for it, and nothing shows it."""

_RUSSIAN_TIME = re.compile(
    r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4}),?\s+(?P<hour>\d{1,2}):(?P<minute>\d{2})(:(?P<second>\d{2}))?",
    re.ASCII,
)
_HASH = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_+/=-]{16,128}", re.ASCII)
_YEARS = range(1990, 2100)
_LONGEST = 200

_FORMS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "debt": (re.compile(r"\d{1,12}(\.\d{1,2})?", re.ASCII), "write a sum as 45000.00"),
    "due_now": (re.compile(r"\d{1,12}(\.\d{1,2})?", re.ASCII), "write a sum as 45000.00"),
    "currency": (re.compile("|".join(Currency)), f"write {' or '.join(Currency)}"),
    "payday": (re.compile(r"0?[1-9]|[12]\d|3[01]", re.ASCII), "write a day of the month, 1 to 31"),
    "days_past_due": (re.compile(r"-?\d{1,5}", re.ASCII), "write whole days"),
    "wrap_up_s": (re.compile(r"\d{1,5}(\.\d+)?", re.ASCII), "write seconds"),
    "direction": (re.compile("inbound|outbound"), "write inbound or outbound"),
}
"""What some attributes must look like, and the mend."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How exports are to be understood.

    Args:
        zone: of times that have none of their own; without it such a time is refused.
        medium: of contacts whose rows do not say it.
        roles: more words for who speaks, in small letters; they go before `ROLE_WORDS`.
        columns: the file's own names of columns, and ours.
    """

    zone: tzinfo | None = None
    medium: Medium = Medium.CHAT
    roles: Mapping[str, Role] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)

    def role(self, word: str) -> Role | None:
        """Return who a word means."""
        plain = word.strip().casefold()
        return self.roles.get(plain) or ROLE_WORDS.get(plain)

    def role_of(self, row: Row, name: str = "role") -> Role:
        """Return who speaks in a row.

        Raises:
            IntakeError: it does not say, or in a word that is not known.
        """
        role = self.role(text_of(row, name))
        if role is None:
            raise IntakeError(f"{row.place(name)}: an unknown role; write bot, agent or client, or map the word")
        return role

    def time_of(self, row: Row, name: str) -> datetime:
        """Return a row's time: ISO 8601, 23.11.2026 14:05, or seconds or milliseconds since 1970.

        Raises:
            IntakeError: it has none, or one that is not understood, or no zone.
        """
        value = row.values.get(name)
        place = row.place(name)
        try:
            moment = _time(value)
        except (ValueError, OverflowError, OSError):
            raise IntakeError(f"{place}: no time; write it as 2026-11-23T14:05:00+05:00") from None
        if moment.tzinfo is None:
            if self.zone is None:
                raise IntakeError(f"{place}: a time without a zone; write +05:00 after it, or give the file's zone")
            moment = moment.replace(tzinfo=self.zone)
        if moment.year not in _YEARS:
            raise IntakeError(f"{place}: the year {moment.year}; is it in another format?")
        return moment


def text_of(row: Row, name: str) -> str:
    """Return a value that must be there, as text.

    Raises:
        IntakeError: it is not there, or is no text.
    """
    value = row.values.get(name)
    if value is None:
        raise IntakeError(f"{row.place(name)}: is missing")
    if isinstance(value, bool | list | dict):
        raise IntakeError(f"{row.place(name)}: is no text; put it in quotes")
    text = str(value).strip()
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise IntakeError(f"{row.place(name)}: holds half a character; write whole \\u pairs")
    return text


def name_of(row: Row, name: str) -> str:
    r"""Return a short text that must be there: an id, a file's name.

    Raises:
        IntakeError: as `text_of`, or it is longer than 200 characters or holds a line's end.
    """
    text = text_of(row, name)
    if not text or len(text) > _LONGEST or not text.isprintable():
        raise IntakeError(f"{row.place(name)}: write up to {_LONGEST} letters in one line")
    return text


def one_of(kinds: type[_Kind], row: Row, name: str) -> _Kind | None:
    """Return a member of a closed set, None where the row does not say.

    Raises:
        IntakeError: it is none of them.
    """
    if name not in row.values:
        return None
    try:
        return kinds(text_of(row, name).casefold())
    except ValueError:
        raise IntakeError(f"{row.place(name)}: write one of {', '.join(kinds)}") from None


def attributes_of(row: Row) -> dict[str, str]:
    """Return the attributes that a row gives.

    Raises:
        IntakeError: one is not of its form, or a hash could be a number of a person.
    """
    found = {name: name_of(row, name) for name in ATTRIBUTES if name in row.values}
    for name, (form, mend) in _FORMS.items():
        if name in found and not form.fullmatch(found[name]):
            raise IntakeError(f"{row.place(name)}: {mend}")
    for name in ("client_hash", "contract_hash"):
        if name in found and not _HASH.fullmatch(found[name]):
            raise IntakeError(f"{row.place(name)}: give a keyed hash of 16 letters and more, never a number")
    return found


def _time(value: Any) -> datetime:
    if isinstance(value, bool) or value is None:
        raise ValueError("no time")
    if isinstance(value, int | float) or re.fullmatch(r"\d{10}(\d{3})?", str(value), re.ASCII):
        since = float(value)
        return datetime.fromtimestamp(since / 1000 if since > 1e11 else since, UTC)
    text = str(value).strip()
    if found := _RUSSIAN_TIME.fullmatch(text):
        return datetime(**{name: int(part) for name, part in found.groupdict(default="0").items()})  # type: ignore[arg-type]
    if ":" not in text:
        raise ValueError("a day alone is no time")
    return datetime.fromisoformat(text)
