"""The worker's calls, those that the library has not let go of yet, and what it signals of them.

A library call is kept until the library has no call under its number any more: the binding's destructor hangs up
whatever call has that number by then, a newer one included.
"""

from collections import deque
from collections.abc import Iterator

import pjsua2 as pj

from telephony.worker.bridge import Bridge
from telephony.worker.calls import LibraryCall, Signal, StateChanged
from telephony.worker.live_call import LiveCall


class Roster:
    """Who is on the line. Used on the control thread alone, but for `post`.

    Args:
        bridge: where audio goes.
        channels: calls at once, at most.
        library_calls: that the library holds, those included that only wait for the end of a hang-up.
    """

    def __init__(self, bridge: Bridge, channels: int, library_calls: int) -> None:
        self._bridge, self._channels, self._library_calls = bridge, channels, library_calls
        self._calls: dict[str, LiveCall] = {}
        self._dead: list[LibraryCall] = []
        self._left: list[LibraryCall] = []
        """At trunks that calls have left for others: they take room in the library, but no channel."""
        self._signals: deque[tuple[LibraryCall, Signal]] = deque()

    def __iter__(self) -> Iterator[LiveCall]:
        """Go through the calls as they are now; any may end meanwhile."""
        return iter(tuple(self._calls.values()))

    def get(self, call_id: str) -> LiveCall | None:
        """Return a call by our id, None if it has ended."""
        return self._calls.get(call_id)

    def add(self, call: LiveCall) -> None:
        """Take a call up."""
        self._calls[call.call_id] = call

    def end(self, call: LiveCall) -> None:
        """Let go of a call that is over, and end its audio."""
        self._bridge.end(call.slot)
        del self._calls[call.call_id]
        self.bury(call.library)

    def withdraw(self, call: LiveCall) -> None:
        """Let go of a call that the engine has never heard of, so that nobody else would give its slot back."""
        self.end(call)
        self._bridge.release(call.slot, call.epoch)

    def bury(self, library: LibraryCall) -> None:
        """Keep a library call that is over until its number may be given to another."""
        self._dead.append(library)

    def leave(self, library: LibraryCall) -> None:
        """Keep the library call at a trunk that its call has left for as long."""
        self._left.append(library)

    def forget(self) -> None:
        """Drop the library calls whose numbers are free by now."""
        self._dead = [library for library in self._dead if library.number_in_use]
        self._left = [library for library in self._left if library.number_in_use]

    def clear(self) -> None:
        """Drop everything, before the library ends."""
        self._signals.clear()
        self._dead.clear()
        self._left.clear()
        self._calls.clear()

    @property
    def busy(self) -> bool:
        """Whether there is any call, be it one whose hang-up the far end has not confirmed yet."""
        return bool(self._calls) or any(library.lingers for library in self._dead + self._left)

    @property
    def room(self) -> int:
        """How many more calls the library itself can hold."""
        return self._library_calls - len(self._calls) + self._over() - _lingering(self._dead + self._left)

    @property
    def free_channels(self) -> int:
        """How many more calls can be held; the library keeps room for one more, which is refused.

        A call that we hung up occupies its channel until the far end confirms that, for 32 s at most.
        """
        free = self._channels - len(self._calls) + self._over() - _lingering(self._dead)
        return min(self._bridge.free_slots, free, self.room - 1)

    def post(self, library: LibraryCall, signal: Signal) -> None:
        """Keep what the library signals until it is asked for; keys come on the RTP reader."""
        self._signals.append((library, signal))

    def signals(self) -> Iterator[tuple[LiveCall, Signal]]:
        """Take what was signalled, but for what is of calls that are over, or of trunks that calls have left."""
        while self._signals:
            library, signal = self._signals.popleft()
            call = self._calls.get(signal.call_id)
            if call is not None and call.library is library:
                yield call, signal

    def _over(self) -> int:
        """Return how many calls have ended without our having taken note of it yet."""
        waiting = list(self._signals)  # in one go: the RTP reader may append meanwhile
        return sum(
            isinstance(signal, StateChanged)
            and signal.state == pj.PJSIP_INV_STATE_DISCONNECTED
            and (call := self._calls.get(signal.call_id)) is not None
            and call.library is library
            for library, signal in waiting
        )


def _lingering(libraries: list[LibraryCall]) -> int:
    """Return how many of them the library still has."""
    return sum(library.lingers for library in libraries)
