"""A recording as analytics takes it: each side's sound by itself, and what is to be told where sides are mixed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
import numpy.typing as npt

from analytics.conversation import MIXED, Role
from analytics.intake.metadata import ChannelRoles, RecordingFacts
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.errors import AudioError
from engine.sealing import stored_stat

_SAME_CORRELATION = 0.999


class RecordingDecoder(Protocol):
    """Decodes files that nobody vouches for; the roof hands it in."""

    def __call__(self, path: Path, /) -> npt.NDArray[np.int16]:
        """Return int16, shape (n, channels), 8 kHz, of one or two channels.

        Raises:
            AudioError: the file cannot be read; the message names it, the reason and the mend.
        """


@dataclass(frozen=True, slots=True)
class IncomingRecording:
    """A recording and what is known of it.

    Args:
        path: of the file.
        contact_id: as the metadata says, else made of the file's content: the same file is the same contact.
        started_at: as the metadata says, else the file's time of change less its length.
        sides: sound by role, int16, shape (n,), 8 kHz; one side where they are mixed.
        attributes: of the contact.
        warnings: what is missing and what that costs, with the file's name.
    """

    path: Path
    contact_id: str
    started_at: datetime
    sides: Mapping[Role, Samples]
    attributes: Mapping[str, str]
    warnings: tuple[str, ...]

    @property
    def duration_s(self) -> float:
        """Length of the recording."""
        return max(len(samples) for samples in self.sides.values()) / SAMPLE_RATE_HZ


def take_recording(
    path: Path, decode: RecordingDecoder, facts: RecordingFacts, usual_roles: ChannelRoles
) -> IncomingRecording:
    """Decode a recording and part its sides.

    Args:
        path: of the file.
        decode: in a limited process.
        facts: what metadata says of it; empty where there is none.
        usual_roles: where the facts name none.

    Raises:
        AudioError: the file cannot be read; the message names it, the reason and the mend.
    """
    samples = decode(path)
    roles = facts.roles or usual_roles
    warnings = []
    attributes = dict(facts.attributes)
    why_mixed = _why_mixed(samples)
    if why_mixed:
        sides = {roles.mono: np.ascontiguousarray(samples[:, 0])}
        attributes.update([MIXED])
        warnings.append(
            f"{path}: {why_mixed}: its sides cannot be told apart. All words count as the {roles.mono.value}'s; talk "
            "ratio, overtalk, interruptions and latency are not measured, and promises and violations may be laid to "
            "the wrong side. Record each side on a channel of its own"
        )
    else:
        sides = {role: np.ascontiguousarray(samples[:, i]) for i, role in enumerate((roles.left, roles.right))}
    whole = _completed(path, facts, len(samples) / SAMPLE_RATE_HZ)
    if facts.started_at is None:
        warnings.append(f"{path}: nobody says when it began; taken from the file's time of change. Give `started_at`")
    assert whole.contact_id is not None
    assert whole.started_at is not None
    return IncomingRecording(
        path,
        whole.contact_id,
        whole.started_at,
        MappingProxyType(sides),
        MappingProxyType(attributes),
        tuple(warnings),
    )


def _why_mixed(samples: npt.NDArray[np.int16]) -> str | None:
    if samples.shape[1] == 1:
        return "is mono"
    left, right = samples[:, 0].astype(np.float32), samples[:, 1].astype(np.float32)
    power = float(np.sqrt(np.dot(left, left) * np.dot(right, right)))
    if power and float(np.dot(left, right)) / power > _SAME_CORRELATION:
        return "has the same sound on both channels"
    return None


def _completed(path: Path, facts: RecordingFacts, duration_s: float) -> RecordingFacts:
    try:
        if facts.contact_id is None:
            facts = replace(facts, contact_id=f"rec-{_digest(path)[:24]}")
        if facts.started_at is None:
            facts = replace(facts, started_at=datetime.fromtimestamp(stored_stat(path).st_mtime - duration_s, UTC))
    except OSError as error:
        raise AudioError(f"{path}: has gone while it was read ({error.strerror}); give it again") from error
    return facts


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
