"""The ledger of deletions: lines of JSON, each with the hash of the one before, without personal data.

Of what was deleted it keeps a salted hash of its id, so that whoever has the id can prove its deletion and nobody else
can learn whom it was about. A deletion is noted before it begins and when it is over: one that a crash cut off is seen.
"""

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from engine.errors import LedgerBroken

BEGUN: Final = "begun"
DELETED: Final = "deleted"
_GENESIS: Final = "0" * 64
_LONGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line.

    Args:
        number: from 1.
        at: when, ISO 8601 in UTC.
        event: ``begun`` or ``deleted``.
        deletion: joins the two lines of one deletion.
        item: salted hash of the item's id.
        salt: of that hash.
        record: what it was.
        because: provisions, hold, ``policy`` or ``request``.
        by: the account that asked for it on this machine, or the job.
        before: hash of the line before.
        hash: of this line.
    """

    number: int
    at: str
    event: str
    deletion: str
    item: str
    salt: str
    record: str
    because: tuple[str, ...]
    by: str
    before: str
    hash: str = ""

    def hashed(self) -> str:
        """Return the hash of all but the hash."""
        body = {key: value for key, value in asdict(self).items() if key != "hash"}
        return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def is_of(self, item_id: str) -> bool:
        """Whether it is about an item."""
        return _hash_of(item_id, self.salt) == self.item


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What a whole ledger says.

    Args:
        entries: lines.
        deleted: deletions that are over.
        open: hashes of items whose deletion was begun and not finished.
        head: hash of the last line: kept elsewhere, it shows later that no line was taken off the end.
    """

    entries: int
    deleted: int
    open: tuple[str, ...]
    head: str


class Ledger:
    """A ledger in a file, which only ever grows; safe for several processes.

    Args:
        path: made at the first entry, for its owner alone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, item_id: str, record: str, because: tuple[str, ...], by: str) -> LedgerEntry:
        """Note that a deletion begins; on the disk when it returns.

        Raises:
            OSError: it cannot be written: then nothing may be deleted.
            LedgerBroken: its last line is broken.
        """
        salt = secrets.token_hex(16)
        return self._append(
            LedgerEntry(0, "", BEGUN, secrets.token_hex(8), _hash_of(item_id, salt), salt, record, because, by, "")
        )

    def finish(self, begun: LedgerEntry) -> LedgerEntry:
        """Note that it is over.

        Raises:
            OSError, LedgerBroken: as `begin`.
        """
        return self._append(replace(begun, event=DELETED))

    def entries(self) -> Iterator[LedgerEntry]:
        """Yield all lines, each checked against the one before.

        Raises:
            OSError: it cannot be read.
            LedgerBroken: a line was changed, taken out or put in; the message names the first such line.
        """
        before = _GENESIS
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                entry = self._read(line, number)
                if entry.number != number or entry.before != before or entry.hash != entry.hashed():
                    raise LedgerBroken(
                        f"{self.path}:{number}: this line, or one before it, was changed, taken out or put in; compare "
                        "with a copy that was kept elsewhere"
                    )
                before = entry.hash
                yield entry

    def verify(self) -> LedgerReport:
        """Check the whole chain, and return what it says.

        Raises:
            OSError, LedgerBroken: as `entries`.
        """
        count, head, running, done = 0, _GENESIS, dict[str, str](), 0
        for entry in self.entries() if self.path.exists() else ():
            count, head = entry.number, entry.hash
            if entry.event == BEGUN:
                running[entry.deletion] = entry.item
            elif running.pop(entry.deletion, None) is not None:
                done += 1
        return LedgerReport(count, done, tuple(running.values()), head)

    def proofs(self, item_id: str) -> tuple[LedgerEntry, ...]:
        """Return the lines about an item, of the whole and sound ledger.

        Raises:
            OSError, LedgerBroken: as `entries`.
        """
        return tuple(entry for entry in self.entries() if entry.is_of(item_id)) if self.path.exists() else ()

    def _append(self, entry: LedgerEntry) -> LedgerEntry:
        with self._locked() as file:
            last = self._last(file)
            number, before = (last.number + 1, last.hash) if last else (1, _GENESIS)
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            entry = replace(entry, number=number, at=at, before=before)
            entry = replace(entry, hash=entry.hashed())
            file.seek(0, os.SEEK_END)
            file.write(json.dumps(asdict(entry), separators=(",", ":")).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return entry

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _last(self, file: BinaryIO) -> LedgerEntry | None:
        """Return the last whole line; half a line behind it, of a crash, is cut off."""
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 2 * _LONGEST))
        tail = file.read()
        whole, newline, torn = tail.rpartition(b"\n")
        if torn:
            file.truncate(end - len(torn))
        if not newline:
            return None
        entry = self._read(whole.rpartition(b"\n")[2], 0)
        if entry.hash != entry.hashed():
            raise LedgerBroken(f"{self.path}: its last line was changed; compare with a copy that was kept elsewhere")
        return entry

    def _read(self, line: bytes, number: int) -> LedgerEntry:
        try:
            fields = json.loads(line)
            return LedgerEntry(**{**fields, "because": tuple(fields["because"])})
        except (ValueError, TypeError, KeyError):
            raise LedgerBroken(f"{self.path}:{number or 'end'}: is no line of a ledger; restore a copy") from None


def _hash_of(item_id: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}:{item_id}".encode()).hexdigest()
