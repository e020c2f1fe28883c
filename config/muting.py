"""A recording with what redaction found in its words silent: each side on its own channel."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analytics.intake.metadata import ChannelRoles
from analytics.redaction import Span, mute
from analytics.redaction.muting import PAD_S
from asr.decoding import decode_untrusted
from engine.audio import Samples
from engine.sealing import Keyring


def muted(
    path: Path, keys: Keyring | None, roles: ChannelRoles, spans: Sequence[Span], *, pad_s: float = PAD_S
) -> list[Samples]:
    """Return the channels of a recording, int16, shape (n,), 8 kHz, with the spans silent.

    Args:
        path: of it, in clear or sealed.
        keys: that open a sealed one.
        roles: who is on which channel; the bank's channel is the bot's and the agent's alike.
        spans: of all sides.
        pad_s: muted on either side of each.

    Raises:
        AudioError: it cannot be read.
    """
    samples = decode_untrusted(path, keys=keys)
    sides = (roles.left, roles.right) if samples.shape[1] > 1 else (None,)
    return [
        mute(
            np.ascontiguousarray(samples[:, index]),
            [span for span in spans if side is None or span.role.is_bank == side.is_bank],
            pad_s=pad_s,
        )
        for index, side in enumerate(sides)
    ]
