"""`voicebot redact`: personal data out of chats, and out of recordings by their transcripts."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.settings import Settings

if TYPE_CHECKING:
    from analytics.conversation import Conversation
    from analytics.redaction import Redacted
    from engine.sealing import Keyring
    from engine.speech import Word


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--transcript", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Of a recording: what `voicebot transcribe --json` wrote.")  # fmt: skip
@click.option(
    "--name", "people", metavar="NAME", multiple=True, help="A full name that is known, the debtor's above all."
)
@click.option("--channels", default="left=bot,right=client", show_default=True, help="Who is on which channel.")
@click.option("--language", type=click.Choice(["ru", "kk", "en"]), help="Of the words; else of the transcript.")
@click.option("--zone", metavar="ZONE", default="UTC", show_default=True, help="Of times without one.")
@click.option("--pad-ms", type=click.IntRange(0, 2000), default=250, show_default=True, help="Muted on either side.")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False),
              help="Write the text as JSON, of a recording the muted WAV (8 kHz); must not exist.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a contact, with what was found where.")
@click.pass_obj
@click.pass_context
def redact(
    ctx: click.Context,
    settings: Settings,
    file: Path,
    transcript: Path | None,
    people: tuple[str, ...],
    channels: str,
    language: str | None,
    zone: str,
    pad_ms: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Take card, identity, account and telephone numbers and names out of FILE; sums, days and times stay.

    FILE is an export of chats, SMS or e-mail (CSV or JSON), or a recording together with its --transcript. Numbers are
    found in digits and in words, in Russian, Kazakh and English, also over several turns. FILE itself is never changed.

    \b
    Examples:
      voicebot redact chats.csv --zone Asia/Almaty
      voicebot transcribe call.wav --json > call.json
      voicebot redact call.wav --transcript call.json --name "Alex Sample" -o call-redacted.wav
    """
    from analytics.redaction import redact as take_out
    from config.privacy import keys_given

    if out is not None and out.exists():
        raise click.UsageError(f"{out} exists already: name another file")
    faults: list[str] = []
    contacts = _chats(file, zone, faults) if transcript is None else [(_call(transcript, channels, language), ())]
    kinds: Counter[str] = Counter()
    written = []
    for conversation, known in contacts:
        redacted = take_out(conversation, (*people, *known))
        kinds.update(span.kind.value for span in redacted.spans)
        written.append(_document(redacted))
        if as_json:
            click.echo(json.dumps(written[-1], ensure_ascii=False))
        else:
            _show(redacted)
        if transcript is not None and out is not None:
            _mute(file, keys_given(settings), redacted, channels, pad_ms / 1000, out)
    if transcript is None and out is not None:
        with out.open("x", encoding="utf-8") as target:
            json.dump(written, target, ensure_ascii=False, indent=1)
    for fault in faults:
        click.echo(f"Error: {fault}", err=True)
    told = ", ".join(f"{kind}: {count}" for kind, count in sorted(kinds.items())) or "nothing"
    click.echo(f"Found {told}" + (f"; written to {out}" if out else ""), err=True)
    ctx.exit(1 if faults else 0)


def _chats(file: Path, zone: str, faults: list[str]) -> "list[tuple[Conversation, tuple[str, ...]]]":
    """Return the contacts of an export, each with the names that it gives."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from analytics.intake.messages import read_contacts
    from analytics.intake.values import Reading

    try:
        found = read_contacts(file, Reading(zone=ZoneInfo(zone)))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise click.UsageError(f"there is no time zone {zone!r}; write it as Asia/Almaty") from error
    faults += [fault.problem for fault in found.faults]
    return [(one, found.people.get(one.contact_id, ())) for one in found.conversations]


def _call(transcript: Path, channels: str, language: str | None) -> "Conversation":
    """Return a call of what `voicebot transcribe --json` wrote of it.

    Raises:
        IntakeError: it is something else.
    """
    from datetime import UTC, datetime

    from analytics.conversation import Conversation, Medium, Utterance
    from analytics.intake.metadata import parse_channel_roles
    from analytics.intake.values import Reading
    from engine.errors import IntakeError
    from engine.speech import Language

    roles = parse_channel_roles(channels, Reading())
    try:
        body: dict[str, Any] = json.loads(transcript.read_text("utf-8"))
        code = language or body["language"]
        spoken = Language(code) if code in set(Language) else None
        several = len(body["channels"]) > 1
        utterances = [
            Utterance(
                (roles.left, roles.right)[channel["channel"]] if several else roles.mono,
                _words(said),
                said["start_s"],
                said["end_s"],
                spoken,
            )
            for channel in body["channels"]
            for said in channel["utterances"]
        ]
        duration_s = float(body["duration_s"])
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, IndexError) as error:
        raise IntakeError(
            f"{transcript}: is no transcript; write one with: voicebot transcribe RECORDING --json > FILE"
        ) from error
    ordered = tuple(sorted(utterances, key=lambda one: one.start_s))
    return Conversation(transcript.stem, Medium.CALL, datetime.fromtimestamp(0, UTC), duration_s, ordered)


def _words(said: dict[str, Any]) -> "tuple[Word, ...]":
    """Return the words of the best reading, at an even pace where the recogniser gave no times."""
    from engine.speech import Word

    best: dict[str, Any] = said["hypotheses"][0] if said["hypotheses"] else {"text": "", "words": []}
    if best["words"]:
        return tuple(Word(**word) for word in best["words"])
    texts = best["text"].split()
    begin_s, step_s = said["start_s"], (said["end_s"] - said["start_s"]) / max(1, len(texts))
    return tuple(
        Word(text, begin_s + at * step_s, begin_s + (at + 1) * step_s, best["confidence"])
        for at, text in enumerate(texts)
    )


def _mute(file: Path, keys: "Keyring | None", redacted: "Redacted", channels: str, pad_s: float, out: Path) -> None:
    import numpy as np

    from analytics.intake.metadata import parse_channel_roles
    from analytics.intake.values import Reading
    from config.muting import muted
    from engine.audio import write_wav

    sides = muted(file, keys, parse_channel_roles(channels, Reading()), redacted.spans, pad_s=pad_s)
    with out.open("xb") as target:
        write_wav(target, np.stack(sides, axis=1))


def _document(redacted: "Redacted") -> dict[str, Any]:
    """Return a contact as intake reads it, with what was found."""
    from datetime import timedelta

    from analytics.documents import as_document

    conversation = redacted.conversation
    return {
        "contact_id": conversation.contact_id,
        "medium": conversation.medium.value,
        "messages": [
            {
                "sent_at": (conversation.started_at + timedelta(seconds=one.start_s)).isoformat(),
                "role": one.role.value,
                "text": one.text,
            }
            for one in conversation.utterances
        ],
        "redacted": as_document(redacted.spans),
    }


def _show(redacted: "Redacted") -> None:
    click.echo(redacted.conversation.contact_id)
    for one in redacted.conversation.utterances:
        click.echo(f"{one.start_s:9.1f} s  {one.role.value:<7} {one.text}")
