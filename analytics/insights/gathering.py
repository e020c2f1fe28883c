"""What a report is made from, out of the database of analytics, however many contacts there are.

All contacts are gone through once, without their words, and counted. Promises and payments are held as numbers until
they are joined, `analytics.payments.reconciling` says how many bytes. What is asked of words, findings and measures is
asked of a sample of people; their words are read again whenever they are wanted.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, tzinfo
from sys import intern
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, func, select

from analytics.categories import Categorised, CategoryPack, shipped_categories
from analytics.conversation import Conversation, Utterance
from analytics.documents import from_document
from analytics.expressions import Verdict
from analytics.insights.observed import Caller, Observed, Week
from analytics.insights.report import Gathered, Period, Stage, Told, untold
from analytics.insights.sample import PeopleSample
from analytics.insights.totals import Tally
from analytics.measures import Measured
from analytics.measures.history import REPEAT_WITHIN, PastContact, follow_ups
from analytics.payments import Debtor, PromisedPayment, Settlement
from analytics.payments.reconciling import Reconciliation, number_of
from analytics.pipeline.contact import Document
from analytics.promises import Promise
from analytics.redaction import Span, marked, redact
from analytics.scorecards.values import Scored, Standing
from analytics.store import periods
from analytics.store.contacts import Speakers
from analytics.store.jobs import JobState
from analytics.store.periods import PAGE, Brief
from analytics.store.schema import jobs
from engine.calls import Disposition

MOST: Final = 20_000
"""Contacts of the sample: the rates of two halves differ by 1.4 points in 100 by chance, in 19 of 20 samples."""
_LOOK_BACK_WEEKS: Final = 5
"""Before the week of a report: promises that end in it were made then."""
_STEPS: Final = ("measures", "categories", "scorecards", "redaction")

_HIMSELF: Final = frozenset(
    {
        *(Disposition.PROMISE_TO_PAY, Disposition.REFUSED, Disposition.ALREADY_PAID, Disposition.DISPUTE),
        *(Disposition.HARDSHIP, Disposition.VAGUE_PROMISE, Disposition.INFORMED, Disposition.ACCEPTED),
        *(Disposition.DECLINED, Disposition.SURVEYED, Disposition.PROTECTED),
    }
)
"""Dispositions that only a debtor who has been identified leads to; of others nobody can tell by them alone."""
_NOT_HIMSELF: Final = frozenset(
    {
        *(Disposition.WRONG_PERSON, Disposition.THIRD_PARTY, Disposition.MINOR, Disposition.DECEASED),
        *(Disposition.NOT_IDENTIFIED, Disposition.ANSWERING_MACHINE, Disposition.FAX, Disposition.BUSY),
        *(Disposition.NO_ANSWER, Disposition.CANCELLED, Disposition.REJECTED, Disposition.FAILED),
    }
)
_SPEAKS_FOR_HIMSELF: Final = frozenset({"hardship", "refusal", "already_paid", "dispute"})
_SOMEBODY_ELSE: Final = frozenset({"third_party", "minor"})


def gather(
    connection: Connection,
    period: Period,
    book: Reconciliation,
    zone: tzinfo,
    now: datetime,
    *,
    categories: CategoryPack | None = None,
    most: int = MOST,
    told: Told = untold,
) -> Gathered:
    """Read what a report is made from.

    Words are those that others may see; they are read from the database each time that they are wanted.

    Args:
        connection: that reads; it must stay open as long as the contacts are used.
        period: of the report.
        book: with all payments that are known, and no promises; without `Period.paid_until` promises stay open.
        zone: of the weeks.
        now: aware; what follows a contact later cannot be told yet.
        categories: that contacts were asked for; those that ship by default.
        most: contacts of the sample.
        told: how far it is.
    """
    weeks = _Weeks(period, zone)
    contacts = _Contacts(connection, weeks, book, most)
    contacts.read(min(now, weeks.end + REPEAT_WITHIN), told)
    contacts.join(period, told)
    lines = contacts.sample.people()
    repeated = _repeated(lines, min(now, weeks.end + REPEAT_WITHIN))
    asked = frozenset(intern(f"category:{one.name}") for one in (categories or shipped_categories()).categories)
    own = sorted((line for line in _all(lines) if weeks.begin <= line.started_at < weeks.end), key=_by_start)
    observed: list[Observed] = []
    for begin in range(0, len(own), PAGE):
        told(Stage.SAMPLE, begin, len(own))
        observed += _observed(connection, own[begin : begin + PAGE], repeated, contacts.settled, zone, asked)
    aside = _aside(connection, _midnight(period.week.monday, zone), weeks.end)
    return Gathered(contacts.tally.totals(), tuple(observed), contacts.count, aside)


class _Weeks:
    """The moments between which contacts belong to a report: in its weeks, and before them where promises were made."""

    def __init__(self, period: Period, zone: tzinfo) -> None:
        self.zone = zone
        self.all = period.all_weeks
        self.begin = _midnight(self.all[0].monday, zone)
        self.promised_from = min(self.begin, _midnight(period.week.before(_LOOK_BACK_WEEKS).monday, zone))
        self.end = _midnight(period.week.before(-1).monday, zone)
        self.least_people = period.least_people


@dataclass(frozen=True, slots=True)
class _Line:
    """A contact of the sample, before it is looked at.

    Args:
        promised: number of a contact with promises; None without.
    """

    contact_id: str
    started_at: datetime
    brief: Brief
    reached: bool
    right_party: bool | None
    promised: int | None


class _Contacts:
    """All contacts of a report, counted as they are read."""

    def __init__(self, connection: Connection, weeks: _Weeks, book: Reconciliation, most: int) -> None:
        self._connection = connection
        self._weeks = weeks
        self._book = book
        self.tally = Tally(weeks.all, weeks.least_people)
        self.sample: PeopleSample[_Line] = PeopleSample(most)
        self.count = 0
        self.settled: dict[int, tuple[Settlement, ...]] = {}
        self._makers = _Makers()

    def read(self, until: datetime, told: Told) -> None:
        """Count contacts and take their promises; those behind the weeks only tell what repeats what."""
        done, whole = 0, periods.count(self._connection, self._weeks.promised_from, until)
        for page in periods.pages(self._connection, self._weeks.promised_from, until):
            told(Stage.CONTACTS, done, whole)
            self._page(page)
            done += len(page)
        told(Stage.CONTACTS, done, whole)

    def _page(self, page: Sequence[Brief]) -> None:
        weeks = self._weeks
        own = [one for one in page if one.started_at < weeks.end]
        spoke = periods.speakers_of(self._connection, page)
        made = periods.documents(self._connection, [one.contact_id for one in own], ["promises"])
        unclear = [one.contact_id for one in own if _by_outcome(one) is None and spoke[one.contact_id].client_words]
        found = periods.documents(self._connection, unclear, ["categories"])
        for one in page:
            who, promised, right_party = spoke[one.contact_id], None, None
            person = number_of(_client(one))
            if one.started_at < weeks.end:
                promises = _promises(one, made[one.contact_id])
                right_party = _right_party(one, who, _said(found.get(one.contact_id, {})), bool(promises))
                week = Week.of(one.started_at.astimezone(weeks.zone).date())
                caller = Caller.PERSON if who.agent else Caller.BOT
                self.tally.contact(week, caller, right_party)
                self.count += one.started_at >= weeks.begin
                if promises:
                    promised = self._makers.add(week, one.attributes.get("segment", ""), caller, person)
                    for promise, known in promises:
                        self._book.promise(promised, promise, known=known)
            if one.started_at >= weeks.begin and self.sample.has(person):
                self.sample.add(person, _Line(one.contact_id, one.started_at, one, who.reached, right_party, promised))

    def join(self, period: Period, told: Told) -> None:
        """Count what became of promises, and keep that of the sample's."""
        wanted = {line.promised for line in _all(self.sample.people())}
        settled: dict[int, list[Settlement]] = defaultdict(list)
        for number, one in enumerate(self._book.joined(period.paid_until, period.grace_days)):
            if number % PAGE == 0:
                told(Stage.PAYMENTS, number, self._book.promises)
            self.tally.promise(*self._makers.of(one.contact), one.settlement)
            if one.contact in wanted:
                settled[one.contact].append(one.settlement)
        self.settled = {contact: tuple(found) for contact, found in settled.items()}


class _Makers:
    """Who made promises: of each contact that has some its week, segment, caller and person, in 12 bytes."""

    def __init__(self) -> None:
        self._groups: dict[tuple[Week, str, Caller], int] = {}
        self._names: list[tuple[Week, str, Caller]] = []
        self._group_of = array("I")
        self._person_of = array("Q")

    def add(self, week: Week, segment: str, caller: Caller, person: int) -> int:
        name = week, segment, caller
        if name not in self._groups:
            self._groups[name] = len(self._names)
            self._names.append(name)
        self._group_of.append(self._groups[name])
        self._person_of.append(person)
        return len(self._person_of) - 1

    def of(self, number: int) -> tuple[Week, str, Caller, int]:
        return (*self._names[self._group_of[number]], self._person_of[number])


def _all(people: Iterable[Iterable[_Line]]) -> Iterator[_Line]:
    return (line for person in people for line in person)


def _by_start(line: _Line) -> tuple[datetime, str]:
    return line.started_at, line.contact_id


def _repeated(people: Iterable[Iterable[_Line]], until: datetime) -> Mapping[str, float | None]:
    """Return by contact whether the same person had another within 7 days."""
    return {
        one.contact_id: one.repeat_within_7_days for person in people for one in follow_ups(map(_past, person), until)
    }


def _past(line: _Line) -> PastContact:
    return PastContact(line.contact_id, line.started_at, line.brief.medium, None, reached=line.reached)


def _client(one: Brief) -> str:
    """Return by whom people are counted; whoever is not known counts as one of his own."""
    return one.person or f"contact {one.contact_id}"


def _promises(one: Brief, documents: Mapping[str, Document]) -> list[tuple[PromisedPayment, bool]]:
    """Return the promises of a contact, and of each whether it is known whose it is."""
    debtor = Debtor.of(one.attributes)
    whose = debtor or Debtor(client=f"contact {one.contact_id}")
    return [
        (
            PromisedPayment(one.contact_id, number, whose, one.started_at, promise.amount, promise.due),
            debtor is not None,
        )
        for number, promise in enumerate(_read(documents, "promises", tuple[Promise, ...], ()))
    ]


def _observed(
    connection: Connection,
    page: Sequence[_Line],
    repeated: Mapping[str, float | None],
    settled: Mapping[int, tuple[Settlement, ...]],
    zone: tzinfo,
    asked: frozenset[str],
) -> Iterator[Observed]:
    """Yield contacts without their words."""
    ids = [line.contact_id for line in page]
    documents, words = periods.documents(connection, ids, _STEPS), periods.words(connection, ids)
    for line in page:
        one, made = line.brief, documents[line.contact_id]
        findings = _findings(made, asked)
        measured: Mapping[str, Measured] = _read(made, "measures", dict[str, Measured], {})
        follows = repeated.get(line.contact_id)
        local = line.started_at.astimezone(zone)  # weeks are the zone's
        said = words.get(line.contact_id, ())
        yield Observed(
            Conversation(one.contact_id, one.medium, local, one.duration_s, said, one.attributes),
            _client(one),
            one.attributes.get("segment", ""),
            {intern(name): one.value for name, one in measured.items()},
            findings.found,
            findings.missing,
            () if line.promised is None else settled.get(line.promised, ()),
            None if follows is None else bool(follows),
            line.right_party,
        ).without_words(_rereading(connection))


def _rereading(connection: Connection) -> Callable[[Conversation], Conversation]:
    def read(light: Conversation) -> Conversation:
        ids = [light.contact_id]
        found: tuple[Utterance, ...] = periods.words(connection, ids).get(light.contact_id, ())
        whole = replace(light, utterances=found)
        spans = periods.documents(connection, ids, ["redaction"])[light.contact_id]
        known = _read(spans, "redaction", tuple[Span, ...], None)
        return marked(whole, redact(whole).spans if known is None else known)

    return read


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _aside(connection: Connection, begin: datetime, end: datetime) -> int:
    own = (jobs.c.state == JobState.ASIDE.value, jobs.c.ended_at >= begin, jobs.c.ended_at < end)
    return connection.execute(select(func.count()).select_from(jobs).where(*own)).scalar_one()


@dataclass(frozen=True, slots=True)
class _Findings:
    """Of categories and scorecards: what holds, since which second, and what does not."""

    found: Mapping[str, float | None]
    missing: frozenset[str]


def _findings(documents: Mapping[str, Document], asked: frozenset[str]) -> _Findings:
    holds: dict[str, float | None] = {}
    missing: set[str] = set()
    if "categories" in documents:
        told = _read(documents, "categories", tuple[Categorised, ...], ())
        missing |= asked - {f"category:{one.category}" for one in told}
        yes = [one for one in told if one.verdict is Verdict.YES]
        holds |= {intern(f"category:{one.category}"): _begin(one.evidence.quotes) for one in yes}
    for card in _read(documents, "scorecards", tuple[Scored, ...], ()):
        for one in card.criteria:
            name = intern(f"criterion:{card.card}/{one.criterion}")
            if one.standing is Standing.MET:
                holds[name] = _begin(one.evidence.quotes)
            elif one.standing is Standing.NOT_MET:
                missing.add(name)
    return _Findings(MappingProxyType(holds), frozenset(missing))


def _said(documents: Mapping[str, Document]) -> frozenset[str]:
    """Return the categories that hold."""
    told = _read(documents, "categories", tuple[Categorised, ...], ())
    return frozenset(one.category for one in told if one.verdict is Verdict.YES)


def _begin(quotes: Sequence[Any]) -> float | None:
    return quotes[0].start_s if quotes else None


def _read(documents: Mapping[str, Document], step: str, kind: Any, otherwise: Any) -> Any:
    return from_document(kind, documents[step]) if step in documents else otherwise


def _by_outcome(one: Brief) -> bool | None:
    """Return whether the client himself was reached as far as the outcome tells."""
    outcome = one.attributes.get("outcome")
    disposition = Disposition(outcome) if outcome in set(Disposition) else None
    return disposition in _HIMSELF if disposition in _HIMSELF or disposition in _NOT_HIMSELF else None


def _right_party(one: Brief, who: Speakers, said: frozenset[str], promised: bool) -> bool | None:
    """Return whether the client himself was reached: by the outcome where it tells, else by what was said."""
    if (told := _by_outcome(one)) is not None:
        return told
    if not who.client_words or _SOMEBODY_ELSE & said:
        return False
    return True if promised or _SPEAKS_FOR_HIMSELF & said else None


def last_whole_week(now: datetime, zone: tzinfo) -> Week:
    """Return the last week that is over."""
    return Week.of(now.astimezone(zone).date()).before(1)
