"""Moves the audio of all calls of one worker, once it has said that there was a tick."""

import logging
import sys
from collections.abc import Mapping, Sequence

from engine.audio import AudioBatch
from engine.ports import AudioSink
from telephony.rings import EngineEnd
from telephony.sip_line import SipLine

_log = logging.getLogger(__name__)


def pump(
    rings: EngineEnd,
    lines: Mapping[int, SipLine],
    sinks: Sequence[AudioSink],
    first_channel: int = 0,
    *,
    most: int = sys.maxsize,
) -> None:
    """Queue what the bridge wants next, then pass every new tick on, oldest first, and account for it.

    A tick costs a few passes over arrays of all calls. Lines are called only where a playout began, ended or was cut,
    and where frames ran low. Ticks that come meanwhile are left for the next time, so that this ends also where sinks
    take longer than ticks last.

    Args:
        rings: the engine's end.
        lines: of the live calls, by slot.
        sinks: get the audio.
        first_channel: what makes the number of a slot that of a channel.
        most: ticks to pass on, when there are more.
    """
    for _ in range(min(most, rings.backlog())):
        for slot in rings.hungry():  # first: sinks take their time, and what is sent does not wait
            lines[slot].top_up()
        ticks = rings.next_ticks()
        if ticks is None:
            return
        batch = _numbered(ticks.batch, first_channel)
        for sink in sinks:
            try:
                sink.accept(batch)
            except Exception:
                _log.exception("an audio sink failed")
        awaited = rings.watch.account(ticks.batch.channels, ticks.batch.ticks, ticks.numbers, ticks.bounds)
        for tick in awaited:
            lines[tick.slot].advance(tick)


def _numbered(batch: AudioBatch, first_channel: int) -> AudioBatch:
    """Return a batch under the numbers of channels instead of those of slots."""
    if not first_channel:
        return batch
    return AudioBatch(batch.channels + first_channel, batch.ticks, batch.heard, batch.spoken)
