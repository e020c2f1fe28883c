"""Moves the audio of all calls of one worker, once it has said that there was a tick."""

import logging
from collections.abc import Mapping, Sequence

from engine.ports import AudioSink
from telephony.rings import EngineEnd
from telephony.sip_line import SipLine

_log = logging.getLogger(__name__)


def pump(rings: EngineEnd, lines: Mapping[int, SipLine], sinks: Sequence[AudioSink]) -> None:
    """Queue what the bridge wants next, then pass every new tick on, oldest first, and account for it.

    A tick costs a few passes over arrays of all calls. Lines are called only where a playout began, ended or was cut,
    and where frames ran low.

    Args:
        rings: the engine's end.
        lines: of the live calls, by slot.
        sinks: get the audio.
    """
    while True:
        for slot in rings.hungry():  # first: sinks take their time, and what is sent does not wait
            lines[slot].top_up()
        ticks = rings.next_ticks()
        if ticks is None:
            return
        for sink in sinks:
            try:
                sink.accept(ticks.batch)
            except Exception:
                _log.exception("an audio sink failed")
        awaited = rings.watch.account(ticks.batch.channels, ticks.batch.ticks, ticks.numbers, ticks.bounds)
        for tick in awaited:
            lines[tick.slot].advance(tick)
