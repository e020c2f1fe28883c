"""What the settings of privacy come to: keys, policy, holds, and what is kept on this machine."""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

from analytics.retention import Hold, Kept, Policy, read_holds
from config.settings import Settings, variable
from engine.calls import Direction
from engine.errors import SettingsError
from engine.law import Record
from engine.sealing import Keyring, plain_path, sealed_path
from engine.store.connection import database_url
from engine.store.erasing import KeptCalls

_DAY_LETTERS = 10
_CALLS = "calls/"
"""Of the items that are calls in the engine's database."""


def keyring(settings: Settings) -> Keyring:
    """Return the keys of encryption at rest.

    Raises:
        SettingsError: there are none, or one is wrong.
    """
    name = variable(("privacy", "keys"))
    if settings.privacy.keys is None:
        raise SettingsError(f"no key of encryption at rest: set {name}; make one with: voicebot seal --new-key")
    return Keyring.parse(settings.privacy.keys.get_secret_value(), name)


def keys_given(settings: Settings) -> Keyring | None:
    """Return the keys of encryption at rest, None where there are none.

    Raises:
        SettingsError: one is wrong.
    """
    return None if settings.privacy.keys is None else keyring(settings)


def policy(settings: Settings) -> Policy:
    """Return by what it is decided how long contacts are kept."""
    privacy = settings.privacy
    days = {
        Record.RECORDING: privacy.keep_recordings_days,
        Record.TRANSCRIPT: privacy.keep_transcripts_days,
        Record.PAYMENT: privacy.keep_payments_days,
    }
    return Policy(
        settings.analytics.jurisdiction,
        privacy.creditor,
        days={record: count for record, count in days.items() if count is not None},
    )


def today(settings: Settings) -> date:
    """Return the bank's day, by which terms are counted, wherever the host's clock stands."""
    return datetime.now(ZoneInfo(settings.analytics.time_zone)).date()


def holds(settings: Settings) -> tuple[Hold, ...]:
    """Return the legal holds.

    Raises:
        PackError: the file that is set cannot be read: nothing may be deleted then.
    """
    return () if settings.privacy.holds is None else read_holds(settings.privacy.holds)


def recordings(folder: Path) -> Iterator[Kept]:
    """Yield the recordings in a folder of recordings, in clear or sealed, by the names that they have in clear.

    Their day is that of the folder they lie in, as the engine lays them out, else that of the file.
    """
    for place, folders, names in os.walk(folder):
        folders.sort()
        found: dict[Path, Path] = {}
        for path in (Path(place, name) for name in sorted(names) if not name.startswith(".")):
            plain = plain_path(path)
            if plain.suffix == ".wav" and not path.is_symlink() and path.is_file():
                found.setdefault(plain, path)
        for plain, path in found.items():
            yield Kept(plain.relative_to(folder).as_posix(), Record.RECORDING, _day(path), plain.stem)


def calls(settings: Settings) -> Iterator[Kept]:
    """Yield the calls in the engine's database that are over, oldest first; nothing where there is none yet.

    A call to somebody, which the dialling rules count, is needed until they have forgotten it, or the next start would
    call too often.

    Raises:
        SettingsError, StoreError: the database cannot be read.
    """
    zone, memory = ZoneInfo(settings.analytics.time_zone), settings.dial_rules.memory
    with kept_calls(settings) as kept:
        for one in kept.over() if kept else ():
            forgotten_on = (one.opened_at + memory).astimezone(zone).date() + timedelta(days=1)
            needed_until = forgotten_on if one.direction is Direction.OUTBOUND else None
            made_on = one.opened_at.astimezone(zone).date()
            yield Kept(f"{_CALLS}{one.call_id}", Record.TRANSCRIPT, made_on, one.call_id, needed_until)


def kept_calls(settings: Settings) -> AbstractContextManager[KeptCalls | None]:
    """Open the calls of the engine's database; gives None where there is none yet.

    Raises:
        SettingsError, StoreError: it is of another version, or cannot be read.
    """
    if not _exists(settings.database_url):
        return nullcontext()
    return KeptCalls(settings.database_url, recordings=settings.paths.recordings_dir, keys=keys_given(settings))


def everything(settings: Settings, folder: Path, on: date, named: Collection[str] = ()) -> Iterator[Kept]:
    """Yield all that is kept of contacts: recordings in a folder, what analytics has stored, and the engine's calls.

    Nothing of it is held here but the calls that the dialling rules still count.

    Args:
        settings: that name the databases.
        folder: of the recordings.
        on: the day that is decided for; what is needed no more by then is not told as needed.
        named: contacts by which payments are to be known: of holds and requests.

    Raises:
        SettingsError, StoreError: a database cannot be read.
    """
    needed = {one.contact_id: one.needed_until for one in calls(settings) if (one.needed_until or on) > on}
    for one in chain(recordings(folder), stored(settings, named), calls(settings)):  # of one call they go together
        yield replace(one, needed_until=needed.get(one.contact_id))


@contextmanager
def remover(settings: Settings, folder: Path) -> Iterator[Callable[[Kept], None]]:
    """Give what deletes one item for good: SQLite's files hold nothing of it when the context is left.

    Args:
        settings: that name the databases.
        folder: of the recordings.

    Raises:
        SettingsError, StoreError: a database cannot be opened.
    """
    from analytics.retention.stored import payment_id_of
    from analytics.store import payments
    from analytics.store.contacts import erase
    from config.analysis.wiring import make_copies, open_database

    copies = make_copies(settings)
    with ExitStack() as opened:
        database = opened.enter_context(open_database(settings))
        kept = opened.enter_context(kept_calls(settings))

        def remove(item: Kept) -> None:
            if item.record is Record.RECORDING:
                delete_recording(folder / item.item_id)
            elif item.record is Record.PAYMENT:
                with database.writing() as connection:
                    payments.forget(connection, [payment_id_of(item)])
            elif not item.item_id.startswith(_CALLS):
                with database.writing() as connection:
                    erase(connection, item.contact_id)
                copies.remove(item.contact_id)
            elif kept is not None:
                kept.erase(item.contact_id)

        yield remove
        database.empty_wal()
        if kept is not None:
            kept.empty_wal()


def delete_recording(path: Path) -> None:
    """Delete a recording, in clear and sealed.

    Raises:
        OSError: it cannot be deleted.
    """
    for one in (plain_path(path), sealed_path(path)):
        one.unlink(missing_ok=True)


def stored(settings: Settings, named: Collection[str] = ()) -> Iterator[Kept]:
    """Yield what analytics has stored of payments and contacts, oldest first; nothing where it has no database yet.

    Args:
        settings: that name the database.
        named: contacts by which payments are to be known.

    Raises:
        SettingsError, StoreError: the database cannot be opened.
    """
    from analytics.retention.stored import kept_contacts, kept_payments
    from config.analysis.wiring import open_database

    if not _exists(settings.analytics_database_url):
        return
    with open_database(settings) as database, database.reading() as connection:
        yield from kept_payments(connection, named)  # while the contacts are there by which they are known
        yield from kept_contacts(connection)


def _exists(location: str | Path) -> bool:
    url = database_url(location)
    return url.get_backend_name() != "sqlite" or Path(str(url.database)).is_file()


def _day(path: Path) -> date:
    name = path.parent.name
    try:
        return date.fromisoformat(name) if len(name) == _DAY_LETTERS else _changed(path)
    except ValueError:
        return _changed(path)


def _changed(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
