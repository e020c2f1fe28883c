"""All that is known of a person in one ZIP file: a JSON document for machines, a page for people, the recordings."""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import select

from analytics.pipeline.orders import Recording
from analytics.pipeline.running import Stored
from analytics.store import contacts
from analytics.store.people import rows_about
from analytics.store.schema import payments
from config.analysis.wiring import make_copies, open_database
from config.muting import muted
from config.person.finding import Known
from config.person.views import View, Viewer
from config.privacy import kept_calls, keys_given
from config.settings import Settings
from engine.audio import write_wav
from engine.errors import VoicebotError
from engine.sealing import Keyring, open_stored, plain_path

FORMAT: Final = 2
"""1 had no `view`: words were as they were said."""
_CHUNK_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Args:
        contacts: how many.
        calls: how many.
        recordings: how many.
        taken_out: of the words of contacts, by kind of personal data.
        faults: recordings that could not be given, and why.
    """

    contacts: int
    calls: int
    recordings: int
    taken_out: Mapping[str, int]
    faults: tuple[str, ...]


def export(settings: Settings, known: Known, out: Path, text: View, sound: View | None) -> Exported:
    """Write all that is known of a person; the file appears when it is whole, for its owner alone.

    Args:
        settings: that name the databases and give the keys.
        known: of `find`.
        out: must not exist.
        text: what is given of words.
        sound: what is given of recordings; None for nothing.

    Raises:
        FileExistsError: the file exists.
        StoreError: a database cannot be read.
        OSError: it cannot be written.
    """
    viewer = Viewer(text, known.own)
    document, stored = _gathered(settings, known)
    shown = {contact_id: viewer.contact(found) for contact_id, found in stored.items()}
    document["view"] = {"text": text, "recordings": sound or "none"}
    document["taken_out"] = viewer.taken_out(stored)
    document["tables"] = viewer.tables(document["tables"], stored, shown)
    part = out.with_name(f".{out.name}.part")
    part.unlink(missing_ok=True)
    faults: list[str] = []
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
                if sound is not None:
                    heard = Viewer(sound, known.own)
                    document["recordings"] = list(_recordings(settings, known, stored, heard, archive, faults))
                document["not_given"] = faults
                machine = json.dumps(document, ensure_ascii=False, indent=1, default=_plain)
                archive.writestr("person.json", machine)
                archive.writestr("person.html", _page(document, shown))
            raw.flush()
            os.fsync(raw.fileno())
        os.link(part, out)
    finally:
        part.unlink(missing_ok=True)
    return Exported(
        len(known.contacts), len(known.calls), len(document["recordings"]), document["taken_out"], tuple(faults)
    )


def _gathered(settings: Settings, known: Known) -> tuple[dict[str, Any], dict[str, Stored]]:
    tables: dict[str, list[dict[str, Any]]] = {}
    with open_database(settings) as database, database.reading() as connection:
        tables |= rows_about(connection, known.contacts)
        paid = select(payments).where(payments.c.payment_id.in_(known.payments))
        tables[payments.name] = [dict(row) for row in connection.execute(paid).mappings()]
        loaded = {one: contacts.load(connection, one) for one in known.contacts}
    with kept_calls(settings) as kept:
        if kept is not None:
            for call_id in known.calls:
                for table, rows in kept.rows(call_id).items():
                    tables.setdefault(table, []).extend(rows)
    person = known.person
    document: dict[str, Any] = {
        "format": FORMAT,
        "made_at": datetime.now(UTC),
        "clients": sorted(person.clients),
        "accounts": sorted(person.accounts),
        "accounts_shared_with_others": sorted(person.shared),
        "tables": tables,
        "recordings": [],
    }
    return document, {contact_id: one for contact_id, one in loaded.items() if one is not None}


def _recordings(
    settings: Settings,
    known: Known,
    stored: dict[str, Stored],
    viewer: Viewer,
    archive: zipfile.ZipFile,
    faults: list[str],
) -> Iterator[dict[str, Any]]:
    """Write the recordings, and yield what is told of each."""
    whole = viewer.view is View.ORIGINAL
    keys = keys_given(settings)
    copies = make_copies(settings)
    for number, (contact_id, heard) in enumerate(sorted(known.recordings.items()), 1):
        suffix = plain_path(heard.path).suffix if whole else ".wav"
        name = f"recordings/{number:04d}{suffix}"
        found = stored.get(contact_id)
        if not whole and (found is None or "redaction" not in found.results):
            faults.append(f"{contact_id}: its recording was not analysed, so nobody knows what to mute in it")
            continue
        try:
            with copies.fetched(heard) as path:
                content = _content(path, keys) if whole else _muted(path, keys, heard, viewer, found)
        except (OSError, VoicebotError) as error:
            faults.append(f"{contact_id}: its recording cannot be given: {error}")
            continue
        archive.writestr(name, content)
        digest = hashlib.sha256(content).hexdigest()
        yield {"contact_id": contact_id, "file": name, "sha256": digest, "sound": viewer.view}


def _content(path: Path, keys: Keyring | None) -> bytes:
    with open_stored(path, keys) as file:
        return file.read()


def _muted(path: Path, keys: Keyring | None, heard: Recording, viewer: Viewer, found: Stored | None) -> bytes:
    assert found is not None, "looked for above"
    buffer = io.BytesIO()
    write_wav(buffer, np.stack(muted(path, keys, heard.roles, viewer.spans(found)), axis=1))
    return buffer.getvalue()


def _page(document: dict[str, Any], stored: dict[str, Stored]) -> str:
    environment = Environment(loader=PackageLoader("config.person"), autoescape=True, undefined=StrictUndefined)
    files = {one["contact_id"]: one["file"] for one in document["recordings"]}
    turns: dict[str, list[dict[str, Any]]] = {}
    for row in document["tables"].get("turns", ()):
        turns.setdefault(row["call_id"], []).append(row)
    contacts_shown = sorted((one.conversation for one in stored.values()), key=lambda one: one.started_at)
    return environment.get_template("person.html").render(
        document=document, contacts=contacts_shown, stored=stored, files=files, turns=turns
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
