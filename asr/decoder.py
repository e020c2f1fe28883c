"""The decoder process of `asr.decoding`: shuts itself in, decodes its standard input, and says how that went.

It is started as ``python -m asr.decoder ORDER``, with the recording as standard input. ORDER is JSON: the descriptor to
write to, the recording's suffix and the limits. The answer on standard output is one JSON object.
"""

import contextlib
import ctypes
import io
import json
import os
import resource
import signal
import sys
from typing import Any

import numpy as np

from asr.recordings import telephone_blocks
from engine.audio import SAMPLE_RATE_HZ, write_wav
from engine.errors import AudioError

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_NOBODY = 65534


def main() -> None:
    """Decode what the order says."""
    order = json.loads(sys.argv[1])
    status: dict[str, Any] = {}
    _load_everything()
    try:
        status["own_network"] = _shut_in(order)
        status["channels"] = _decode(order)
    except AudioError as error:
        status = {"error": str(error)[:500]}
    except MemoryError:
        status = {"error": "takes too much memory to decode; check that it plays, or convert it to WAV"}
    os.write(sys.stdout.fileno(), json.dumps(status).encode())
    os._exit(0)  # what a broken file may have left in FFmpeg's memory is not tidied up


def _load_everything() -> None:
    """Decode a moment of silence, so that no module is left that would have to be opened later."""
    silence = io.BytesIO()
    write_wav(silence, np.zeros((80, 2), np.int16), 2 * SAMPLE_RATE_HZ)
    silence.seek(0)
    for _ in telephone_blocks(silence, ".wav"):
        pass
    with contextlib.suppress(AudioError):
        list(telephone_blocks(io.BytesIO(b"no recording"), ".wav"))


def _shut_in(order: dict[str, Any]) -> bool:
    """Give up all that decoding needs not; return whether the network namespace is an empty one of our own."""
    libc = ctypes.CDLL(None)
    _limit(resource.RLIMIT_AS, _own_bytes() + order["memory_bytes"])
    signal.alarm(order["wall_s"] + 1)
    own_network = any(libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))
    if os.geteuid() == 0:
        _become_nobody()
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user takes it back
    # The descriptors that are open stay so; the next one would be the limit's first victim: a file, a socket, a pipe.
    _limit(resource.RLIMIT_NOFILE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_CPU, order["cpu_s"], order["cpu_s"] + 1)
    _limit(resource.RLIMIT_FSIZE, order["output_bytes"])
    return own_network


def _become_nobody() -> None:
    try:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    except OSError:
        return  # a container's root that may not: the other limits hold all the same


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    allowed = resource.getrlimit(kind)[1]
    wanted = [value if allowed == resource.RLIM_INFINITY else min(value, allowed) for value in (soft, hard or soft)]
    resource.setrlimit(kind, (wanted[0], wanted[1]))


def _own_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _decode(order: dict[str, Any]) -> int:
    """Write the audio, and return its number of channels."""
    channels = frames = 0
    with os.fdopen(0, "rb", closefd=False) as recording, os.fdopen(order["output"], "wb", closefd=False) as output:
        for block in telephone_blocks(recording, order["suffix"]):
            channels = block.shape[1]
            frames += len(block)
            if frames > order["longest_s"] * SAMPLE_RATE_HZ:
                raise AudioError(f"is longer than {order['longest_s']} s; cut it into calls")
            output.write(block.tobytes())
    return channels


if __name__ == "__main__":
    main()
