"""What the engine does at its start about an earlier one that died: no call stays open, no audio is left behind.

The media worker keeps the last seconds of each call in its rings, its apology included. They are put into the
recordings at once where the worker is gone, and a little later where it still speaks its apology.
"""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from config.sealer import Sealer
from engine.audio import FRAME_S
from engine.errors import TelephonyError, VoicebotError
from engine.sealing import sealed_path, stored_at
from engine.store.database import CallDatabase
from telephony import recording
from telephony.salvage import in_use, leftovers, salvage

_log = logging.getLogger(__name__)

_APOLOGY_S = 15.0
"""By then a worker whose engine died has ended: 3 s until it notices, 8 s for the longest apology, and some."""


async def recover(run_dir: Path, store: CallDatabase, sealer: Sealer | None = None) -> "asyncio.Task[None]":
    """Salvage recordings and close the calls that a crash left open.

    Args:
        run_dir: with the rings.
        store: of the calls.
        sealer: seals the recordings that were left, when nothing more is salvaged.

    Returns:
        A task that salvages what its worker still uses now; to be cancelled at the engine's end.

    Raises:
        StoreError: the database cannot be read or written.
    """
    accompanied = await asyncio.to_thread(in_use, run_dir)
    await _salvage(await asyncio.to_thread(leftovers, run_dir), store)
    closed = await store.close_interrupted(_repaired_s)
    for call in closed:
        _log.warning(
            "call %s was interrupted after %.1f s by a crash; its record is closed", call.call_id, call.duration_s
        )
    return asyncio.get_running_loop().create_task(_salvage_later(run_dir, accompanied, store, sealer), name="salvage")


async def _salvage_later(
    run_dir: Path, accompanied: frozenset[Path], store: CallDatabase, sealer: Sealer | None
) -> None:
    await asyncio.sleep(_APOLOGY_S)
    try:
        # Those of our own workers, which come and go, are not ours to take.
        left = await asyncio.to_thread(leftovers, run_dir)
        await _salvage([path for path in left if path in accompanied], store)
        if sealer is not None:
            sealer.left_behind()
    except Exception:  # the task's root: calls go on without it
        _log.exception("the audio of an earlier run was not salvaged")


async def _salvage(paths: Sequence[Path], store: CallDatabase) -> None:
    for path in paths:
        try:
            for call in await asyncio.to_thread(salvage, path):
                record = await store.record(call.call_id)
                if record is None or record.opened.recording is None:
                    continue
                if stored_at(record.opened.recording) == sealed_path(record.opened.recording):
                    continue  # it was sealed when it was whole
                ticks = call.first_tick + np.arange(len(call.heard), dtype=np.int64)
                await asyncio.to_thread(recording.salvage, record.opened.recording, ticks, call.heard, call.spoken)
                _log.info("call %s: %.2f s salvaged", call.call_id, len(ticks) * FRAME_S)
        except TelephonyError as error:
            _log.warning("%s holds nothing to salvage: %s", path.name, error)
        except VoicebotError as error:
            _log.warning("%s is kept, and salvaged at the next start: %s", path.name, error)
            continue
        await asyncio.to_thread(path.unlink, missing_ok=True)


def _repaired_s(path: Path) -> float | None:
    return recording.repair(path).duration_s if path.exists() else None
