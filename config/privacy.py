"""What the settings of privacy come to: keys, policy, holds, and what is kept on this machine."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import make_url

from analytics.retention import Hold, Kept, Policy, read_holds
from config.settings import Settings, variable
from engine.errors import SettingsError
from engine.law import Record
from engine.sealing import Keyring, plain_path, sealed_path

_DAY_LETTERS = 10


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
    days = {Record.RECORDING: privacy.keep_recordings_days, Record.TRANSCRIPT: privacy.keep_transcripts_days}
    return Policy(
        settings.analytics.jurisdiction,
        privacy.creditor,
        days={record: count for record, count in days.items() if count is not None},
    )


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
    found: dict[Path, Path] = {}
    for path in sorted(folder.rglob("*")):
        plain = plain_path(path)
        if not path.is_symlink() and path.is_file() and plain.suffix == ".wav" and not path.name.startswith("."):
            found.setdefault(plain, path)
    for plain, path in found.items():
        yield Kept(plain.relative_to(folder).as_posix(), Record.RECORDING, _day(path), plain.stem)


def delete_recording(path: Path) -> None:
    """Delete a recording, in clear and sealed.

    Raises:
        OSError: it cannot be deleted.
    """
    for one in (plain_path(path), sealed_path(path)):
        one.unlink(missing_ok=True)


def transcripts(settings: Settings) -> Iterator[Kept]:
    """Yield what analytics has stored of contacts, oldest first; nothing where it has no database yet.

    Raises:
        SettingsError, StoreError: the database cannot be opened.
    """
    from analytics.retention.stored import kept_contacts
    from config.analysis.wiring import open_database

    url = make_url(settings.analytics_database_url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        return
    with open_database(settings) as database, database.reading() as connection:
        yield from kept_contacts(connection)


def _day(path: Path) -> date:
    name = path.parent.name
    try:
        return date.fromisoformat(name) if len(name) == _DAY_LETTERS else _changed(path)
    except ValueError:
        return _changed(path)


def _changed(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
