"""Recordings of live calls under lock and key: written in clear while the call runs, sealed when it is over.

The recorder puts frames at their ticks and makes the header true four times a second, which no sealed file can take. So
a killed process loses as little as ever; what it left in clear is sealed after the next start, once the last seconds
were salvaged.
"""

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from engine.errors import SealBroken, StoreError
from engine.sealing import SUFFIX, Keyring, seal_in_place, stored_at
from engine.store.archive import CallArchive

_log = logging.getLogger(__name__)

RETRY_S: Final = 60.0
_LEFT_S: Final = 7 * 24 * 3600.0
"""Older recordings in clear are from before there were keys: `voicebot seal` seals those."""
_TORN_S: Final = 3600.0
"""What was being written so long ago nobody writes any more."""


class Sealer:
    """Seals recordings in a thread of its own, one after the other; what fails stays in clear and is tried again.

    Args:
        keys: of which the newest seals.
        archive: of the calls.
        recordings: folder that they lie in.
        retry_s: seconds until what failed is tried again.
    """

    def __init__(self, keys: Keyring, archive: CallArchive, recordings: Path, *, retry_s: float = RETRY_S) -> None:
        self._keys, self._archive, self._recordings, self._retry_s = keys, archive, recordings, retry_s
        self._queue: SimpleQueue[str | Path | None] = SimpleQueue()
        self._failed: dict[str, None] = {}
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)
        self._thread.start()

    def ended(self, call_id: str) -> None:
        """Seal the recording of a call whose record is closed; returns at once."""
        self._queue.put(call_id)

    def left_behind(self) -> None:
        """Seal what an earlier run left in clear of calls that are over; returns at once."""
        self._queue.put(self._recordings)

    def stop(self) -> None:
        """Seal what waits, and end. Blocks."""
        self._queue.put(None)
        self._thread.join()

    # From here on: the sealer's thread.

    def _run(self) -> None:
        while True:
            try:
                order = self._queue.get(timeout=self._retry_s if self._failed else None)
            except Empty:
                again, self._failed = self._failed, {}
                for call_id in again:
                    self._seal(call_id)
                continue
            if order is None:
                return
            for call_id in self._over(order) if isinstance(order, Path) else (order,):
                self._seal(call_id)

    def _over(self, folder: Path) -> Iterator[str]:
        """Yield the ids of calls whose recordings lie in clear; sweep away what a killed sealer had begun."""
        now_s = time.time()
        try:
            for path in sorted(folder.rglob("*")):
                age_s = now_s - path.stat().st_mtime if path.is_file() and not path.is_symlink() else None
                if age_s is None:
                    continue
                if path.name.startswith("."):
                    if SUFFIX in path.suffixes and age_s > _TORN_S:
                        path.unlink(missing_ok=True)
                elif path.suffix == ".wav" and age_s < _LEFT_S:
                    yield path.stem
        except OSError as error:
            _log.warning("recordings that were left in clear are looked for at the next start: %s", error.strerror)

    def _seal(self, call_id: str) -> None:
        try:
            record = self._archive.record(call_id)
            if record is None or record.closed is None or (path := record.opened.recording) is None:
                return
            if stored_at(path) == path:
                seal_in_place(path, self._keys)
        except (OSError, SealBroken, StoreError) as error:
            self._failed[call_id] = None
            why = (error.strerror if isinstance(error, OSError) else None) or error
            _log.error("call %s: its recording stays in clear for now: %s", call_id, why)
        except Exception:  # a fault of ours: it must not leave all later recordings in clear
            _log.exception("call %s: its recording stays in clear", call_id)
