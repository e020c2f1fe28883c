"""A call of the engine as something to analyse: its recording, and the bot's own words, which nobody has to guess."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from analytics.conversation import AUTO, AUTO_LANGUAGES, Medium, Role, Utterance
from analytics.intake.metadata import ChannelRoles
from analytics.intake.words import words_of
from analytics.pipeline.hearing import in_order, spread
from analytics.pipeline.orders import Order, Recording, file_digest
from engine.calls import CallClosed, CallRecord, Speaker
from engine.errors import AudioError
from engine.sealing import Keyring
from engine.speech import Language

_ROLES: Final = ChannelRoles(Role.BOT, Role.CLIENT)


def order_of_call(record: CallRecord, zone: ZoneInfo, keys: Keyring | None = None) -> Order:
    """Return what is to be analysed of a call that is over.

    Args:
        record: of the call.
        zone: of the clients' days.
        keys: that open its recording where it is sealed by now.
    """
    opened, closed = record.opened, closed_of(record)
    heard = [turn.transcript.language for turn in record.turns if turn.transcript and turn.text]
    return Order(
        contact_id=opened.call_id,
        medium=Medium.CALL,
        started_at=opened.opened_at.astimezone(zone),
        language=_spoken(heard, opened.language),
        attributes=MappingProxyType(_attributes(record)),
        recording=_recording(record, keys),
        known=in_order(_bots_words(record)),
        duration_s=closed.duration_s,
        people=opened.people,
    )


def _spoken(heard: Sequence[str], opened: Language) -> str:
    """Return the language of the client; who was heard in Russian and in Kazakh may have mixed them."""
    if set(heard) >= AUTO_LANGUAGES:
        return AUTO
    return str(Counter(heard).most_common(1)[0][0] if heard else opened)


def closed_of(record: CallRecord) -> CallClosed:
    """Return the end of a call that is over."""
    assert record.closed is not None, "a call that goes on is not analysed"
    return record.closed


def _recording(record: CallRecord, keys: Keyring | None) -> Recording | None:
    """Return what was recorded; of a call in which nobody spoke there is nothing to hear."""
    path = record.opened.recording
    if path is None or not record.turns:
        return None
    try:
        digest = file_digest(path, keys)
    except AudioError:
        digest = ""  # its worker sets it aside, and says why
    taken = [event.at_s for event in record.events if event.kind == "transferred"]
    return Recording(path, digest, _ROLES, max(taken, default=None))


def _bots_words(record: CallRecord) -> Iterator[Utterance]:
    language = record.opened.language
    for turn in record.turns:
        if turn.speaker is Speaker.CALLER:
            if turn.transcript is not None and turn.text and turn.transcript.language in set(Language):
                language = Language(turn.transcript.language)
            continue
        words = " ".join(word.text for word in words_of(turn.text, 0.0))
        if words:
            said = spread(words, turn.start_s, turn.end_s, 1.0)
            yield Utterance(Role.BOT, said, turn.start_s, turn.end_s, language)


def _attributes(record: CallRecord) -> Mapping[str, str]:
    opened, closed = record.opened, closed_of(record)
    found = {
        "direction": opened.direction.value,
        "outcome": closed.disposition.value,
        "scenario": opened.scenario,
        "live_promise": "no" if closed.promise is None else "yes",
    }
    if opened.account_id is not None:
        found["account"] = opened.account_id
    if closed.promise is not None:  # what the bot took live, to be compared with what is found here
        minor = closed.promise.amount.minor
        found |= {
            "currency": closed.promise.amount.currency.value,
            "live_amount": f"{minor // 100}.{minor % 100:02d}",
            "live_due": closed.promise.due.isoformat(),
            "live_confirmed": "yes" if closed.promise.confirmed else "no",
        }
    return found
