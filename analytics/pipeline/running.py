"""One contact through all steps: decoded, heard, measured, judged; what is stored and still holds is not made anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from pathlib import Path
from types import MappingProxyType

from analytics.conversation import MIXED, Conversation, Role, Utterance
from analytics.intake.metadata import USUAL_ROLES, RecordingFacts
from analytics.intake.recordings import IncomingRecording, RecordingDecoder, take_recording
from analytics.measures.history import PastContact
from analytics.pipeline.contact import Contact, Document
from analytics.pipeline.copies import RecordingCopies
from analytics.pipeline.hearing import Channel, Listeners, in_order, utterances
from analytics.pipeline.orders import Order, Recording, digest_of
from analytics.pipeline.steps import Step, check_order
from analytics.transcripts import utterances_document
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.errors import AudioError


@dataclass(frozen=True, slots=True)
class Made:
    """What a step made.

    Args:
        version: of the step, or of the recogniser.
        digest: of all that it was made from.
        document: the same as JSON.
    """

    version: str
    digest: str
    document: Document


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of a contact from an earlier run.

    Args:
        conversation: with its words.
        transcript: version and digest; its document is the conversation's utterances.
        results: by step.
        warnings: about its recording.
    """

    conversation: Conversation
    transcript: Made
    results: Mapping[str, Made]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Digests:
    """Of what each part of a contact's analysis is made from.

    Args:
        listener: version of the recogniser; empty where nothing has to be recognised.
        transcript: of the recording, what is known beforehand, and the recogniser.
        steps: by name.
    """

    listener: str
    transcript: str
    steps: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """Of all of it: the same order analysed by the same versions has the same."""
        return digest_of(self.transcript, dict(self.steps))


class Pipeline:
    """All steps in their order. One thread at a time.

    Args:
        decode: takes files that nobody vouches for.
        listeners: recognisers.
        steps: in an order in which each comes after what it needs.
        zone: that a recording is taken to be from where nobody says when it began.
        copies: of recordings that lie elsewhere.
    """

    def __init__(
        self,
        decode: RecordingDecoder,
        listeners: Listeners,
        steps: Sequence[Step],
        zone: tzinfo = UTC,
        copies: RecordingCopies | None = None,
    ) -> None:
        check_order(steps)
        self._copies = copies or RecordingCopies()
        self._zone = zone
        self.steps = tuple(steps)
        self._decode = decode
        self._listeners = listeners

    def digests(self, order: Order) -> Digests:
        """Return what an order's analysis would be made from, without making it.

        Raises:
            ModelMissing: there is no recogniser of its language.
        """
        heard = order.recording
        listener, sound = "", None
        if heard is not None:
            listener = self._listeners.version(order.language)
            roles = heard.roles
            sound = [heard.digest, roles.left, roles.right, roles.mono, heard.agent_from_s, order.language, listener]
        transcript = digest_of(sound, utterances_document(order.known))
        started_at = order.started_at.isoformat() if order.started_at else None
        known = [dict(order.attributes), *([list(order.people)] if order.people else [])]
        contact = digest_of(transcript, order.medium, started_at, order.duration_s, *known)
        steps: dict[str, str] = {}
        for step in self.steps:
            steps[step.name] = digest_of(step.name, step.version, contact, [steps[name] for name in step.needs])
        return Digests(listener, transcript, MappingProxyType(steps))

    def run(
        self, order: Order, stored: Stored | None = None, history: tuple[PastContact, ...] | None = None
    ) -> tuple[Contact, Stored]:
        """Analyse a contact.

        Args:
            order: what to analyse.
            stored: of an earlier run; what of it still holds is not made again.
            history: other contacts of the same person that are known by now; None where nobody tells whose it is.

        Returns:
            The contact, for steps that keep tables of their own, and all that is to be stored.

        Raises:
            VoicebotError: the recording cannot be read or heard.
            ValueError: an attribute is wrong.
        """
        digests = self.digests(order)
        source = _Source(order, self._decode, self._copies)
        if stored is None or stored.transcript.digest != digests.transcript:
            conversation = self._conversation(order, source)
            warnings = source.incoming.warnings if order.recording else ()
            stored = None
        else:
            conversation, warnings = _renewed(stored, order), stored.warnings
        contact = Contact(conversation, order.language, source.sides, history, order.people)
        results = {}
        for step in self.steps:
            before = stored.results.get(step.name) if stored else None
            if before is None or before.digest != digests.steps[step.name]:
                before = Made(step.version, digests.steps[step.name], step.make(contact))
            contact.documents[step.name] = before.document
            results[step.name] = before
        words = Made(digests.listener, digests.transcript, utterances_document(conversation.utterances))
        return contact, Stored(conversation, words, MappingProxyType(results), warnings)

    def _conversation(self, order: Order, source: "_Source") -> Conversation:
        if order.recording is None:
            assert order.started_at is not None, "only a recording's file may tell when it began"
            return Conversation(
                *(order.contact_id, order.medium, order.started_at, order.duration_s),
                *(order.known, order.attributes),
            )
        incoming = source.incoming
        channels = {role: self._hear(order, order.recording, role, samples) for role, samples in incoming.sides.items()}
        said = in_order((*order.known, *utterances(channels, incoming.duration_s)))
        started_at = order.started_at or incoming.started_at.astimezone(self._zone)
        return Conversation(
            *(order.contact_id, order.medium, started_at, incoming.duration_s),
            *(_with_takeover(said, order.recording), incoming.attributes),
        )

    def _hear(self, order: Order, recording: Recording, role: Role, samples: Samples) -> Channel:
        """Listen to a channel; not to the bot, whose words are known, but to who took over from it."""
        if any(one.role is role for one in order.known):
            if recording.agent_from_s is None:
                return Channel((), ())
            samples = samples.copy()
            samples[: round(recording.agent_from_s * SAMPLE_RATE_HZ)] = 0
        return self._listeners.listener(order.language)(samples)


class _Source:
    """A contact's recording, decoded when it is first needed."""

    def __init__(self, order: Order, decode: RecordingDecoder, copies: RecordingCopies) -> None:
        self._order = order
        self._decode = decode
        self._copies = copies
        self._incoming: IncomingRecording | None = None

    @property
    def incoming(self) -> IncomingRecording:
        recording = self._order.recording
        if recording is None:
            raise AudioError(f"contact {self._order.contact_id} has no recording")
        if self._incoming is None:
            facts = RecordingFacts(
                *(self._order.contact_id, self._order.started_at, recording.roles, self._order.attributes)
            )
            with self._copies.fetched(recording) as path:
                self._incoming = _taken(path, recording.path, self._decode, facts)
        return self._incoming

    def sides(self) -> Mapping[Role, Samples]:
        return self.incoming.sides if self._order.recording else {}


def _taken(path: Path, known_as: Path, decode: RecordingDecoder, facts: RecordingFacts) -> IncomingRecording:
    """Take a recording, and speak of it by the name that people know it by."""
    try:
        taken = take_recording(path, decode, facts, USUAL_ROLES)
    except AudioError as error:
        raise AudioError(str(error).replace(str(path), str(known_as))) from error
    return replace(
        taken, path=known_as, warnings=tuple(one.replace(str(path), str(known_as)) for one in taken.warnings)
    )


def _with_takeover(said: Sequence[Utterance], recording: Recording) -> tuple[Utterance, ...]:
    """Lay to the person what the bank said after the bot had handed over."""
    from_s = recording.agent_from_s
    if from_s is None:
        return tuple(said)
    return tuple(
        replace(one, role=Role.AGENT) if one.role is Role.BOT and one.start_s >= from_s else one for one in said
    )


def _renewed(stored: Stored, order: Order) -> Conversation:
    """Return a stored conversation with the attributes of now."""
    was = stored.conversation
    mixed = dict([MIXED]) if was.is_mixed else {}
    started_at = order.started_at or was.started_at
    return replace(was, started_at=started_at, attributes=MappingProxyType({**order.attributes, **mixed}))
