"""What is kept of one person: contacts, calls and recordings."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

from analytics.conversation import Role
from analytics.intake.metadata import ChannelRoles
from analytics.pipeline.orders import Recording, order_of
from analytics.redaction.subject import OTHERS, Own
from analytics.retention import Kept
from analytics.retention.stored import payment_id_of
from analytics.store import payments
from analytics.store.people import Person, find_person, job_days, rows_about
from config.analysis.wiring import open_database
from config.privacy import everything, kept_calls, today
from config.settings import Settings
from engine.errors import VoicebotError
from engine.law import Record
from engine.sealing import plain_path, stored_at

_ROLES = ChannelRoles(Role.BOT, Role.CLIENT)
"""Of the engine's own recordings."""


class UnknownPerson(VoicebotError):
    """Nothing is kept of whoever was named, or several people go by that name."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of a person.

    Args:
        person: by what they are known.
        contacts: ids of what analytics has stored, has waiting, or has set aside.
        calls: ids of calls in the engine's database.
        recordings: by contact those that are there, or have a copy.
        payments: ids of payments for debts of this person alone.
        own: names and numbers that are known to be the person's.
    """

    person: Person
    contacts: tuple[str, ...]
    calls: tuple[str, ...]
    recordings: dict[str, Recording]
    payments: tuple[str, ...] = ()
    own: Own = field(default_factory=Own)

    @property
    def ids(self) -> frozenset[str]:
        """Of all contacts and calls."""
        return frozenset((*self.contacts, *self.calls))


def find(
    settings: Settings, given: str, numbers: frozenset[str] = frozenset(), own: frozenset[str] = frozenset()
) -> Known:
    """Return what is kept of a person.

    Args:
        settings: that name the databases and the folder of recordings.
        given: a client's hash, an account, or the id of a contact or call.
        numbers: telephone numbers of the person's alone, as calls have them: calls with these belong to the person too
            where no account was found for them.
        own: further names and numbers that are the person's.

    Raises:
        UnknownPerson: nothing is kept, or the account is several clients'.
        StoreError: a database cannot be read.
    """
    noted: dict[str, Recording] = {}
    said: list[str] = [*numbers, *own]
    with open_database(settings) as database, database.reading() as connection:
        person = find_person(connection, given)
        with kept_calls(settings) as kept:
            record = kept.archive.record(given) if kept else None
            if record is not None and not person.contacts and record.opened.account_id is not None:
                person = find_person(connection, record.opened.account_id)
            calls = kept.of(person.accounts, numbers) if kept else ()
            if record is not None and given not in calls:
                calls = (*calls, given)
            for one in (kept.archive.record(call_id) for call_id in calls) if kept else ():
                if one is None:
                    continue
                said += one.opened.people
                if one.closed is None or one.closed.disposition not in OTHERS:
                    said.append(one.opened.remote)
                if one.opened.recording is not None:
                    noted[one.opened.call_id] = Recording(one.opened.recording, "", _ROLES)
        if len(person.clients) > 1:
            clients = ", ".join(sorted(person.clients))
            raise UnknownPerson(f"account {given} is held by several clients: name one of them by its hash: {clients}")
        contacts = tuple(sorted(person.contacts | frozenset(calls)))
        rows = rows_about(connection, contacts)
        paid = [(one.payment_id, ids) for one, ids in payments.with_contacts(connection, contacts)]
        for table in ("analytics_jobs", "analytics_contacts"):
            for row in rows[table]:
                order = order_of(row["order"])
                said += order.people
                if order.recording is not None:
                    noted[row["contact_id"]] = order.recording
        kept_ids = {row["contact_id"] for name in rows for row in rows[name]}
    found = Known(
        person,
        tuple(one for one in contacts if one in kept_ids),
        calls,
        {contact_id: one for contact_id, one in noted.items() if one.copy is not None or stored_at(one.path)},
        tuple(payment_id for payment_id, ids in paid if ids and ids <= frozenset(contacts)),
        _own([*said, *person.accounts]),
    )
    if not found.ids:
        raise UnknownPerson(f"nothing is kept of {given}: give a client's hash, an account, or the id of a contact")
    return found


def _own(said: Iterable[str]) -> Own:
    """Return names and numbers, told apart by whether they have digits."""
    some = frozenset(said)
    named = frozenset(one for one in some if not re.search(r"\d", one))
    return Own(tuple(sorted(named)), frozenset(re.sub(r"\D", "", one) for one in some - named))


def items(settings: Settings, known: Known) -> list[Kept]:
    """Return what is kept of a person as retention plans it: the same items, and recordings that lie elsewhere.

    Raises:
        StoreError: a database cannot be read.
    """
    folder = settings.paths.recordings_dir
    found = [one for one in everything(settings, folder, today(settings), known.ids) if _is_of(one, known)]
    listed = {folder.absolute() / one.item_id for one in found if one.record is Record.RECORDING}
    needed = {one.contact_id: one.needed_until for one in found}
    days = {one.contact_id: one.made_on for one in found}
    with open_database(settings) as database, database.reading() as connection:
        zone = ZoneInfo(settings.analytics.time_zone)
        for contact_id, queued_at in job_days(connection, known.contacts).items():
            day = days.setdefault(contact_id, queued_at.astimezone(zone).date())
            found.append(Kept(contact_id, Record.TRANSCRIPT, day, contact_id))
    for contact_id, heard in known.recordings.items():
        at, plain = stored_at(heard.path), plain_path(heard.path.absolute())
        if at is not None and plain not in listed:
            day = days.get(contact_id, date.fromtimestamp(at.stat().st_mtime))
            found.append(Kept(str(plain), Record.RECORDING, day, contact_id))
    return [replace(one, needed_until=needed.get(one.contact_id)) for one in found]


def _is_of(one: Kept, known: Known) -> bool:
    if one.record is Record.PAYMENT:
        return payment_id_of(one) in known.payments
    return one.contact_id in known.ids
