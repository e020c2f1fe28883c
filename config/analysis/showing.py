"""A contact in the terminal: its words with their times, measures, promises, and what else was made of it."""

import json
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from analytics.categories import Categorised
from analytics.conversation import Role, Utterance
from analytics.documents import from_document
from analytics.evidence import Evidence
from analytics.expressions import Heard
from analytics.measures import REGISTRY, Measured, Unit
from analytics.measures.history import FollowUp
from analytics.payments import Joined, Standing
from analytics.pipeline.running import Made, Stored
from analytics.promises import Compared, Promise
from analytics.redaction import Span
from analytics.scorecards import Card, Scored, unsuited
from analytics.violations import Finding
from config.analysis.reviewing import print_compared, sum_and_day
from engine.accounts import Money
from engine.speech import DOUBTFUL_BELOW, Language, Word

_COLOURS = {Role.BOT: "blue", Role.AGENT: "cyan", Role.CLIENT: "dark_orange"}
_ORDER = {
    step: place
    for place, step in enumerate(
        ("promises", "live_promises", "categories", "violations", "scorecards", "measures", "redaction", "search")
    )
}
_QUOTED = 60
"""Letters of evidence beside a measure."""
_LINES = 3
"""Of evidence for one verdict; `--json` has all."""


def print_contact(
    found: Stored, cards: Sequence[Card], followed: FollowUp | None = None, became: tuple[Joined, ...] = ()
) -> None:
    """Print all that is stored of a contact, what became of it, and of its promises.

    Args:
        found: what is stored.
        cards: that are in force, which tell what their criteria ask.
        followed: what is known of later contacts.
        became: of its promises.
    """
    console = Console()
    one = found.conversation
    known = "".join(f"  {name}={value}" for name, value in one.attributes.items())
    began = f"{one.started_at:%Y-%m-%d %H:%M:%S %z}"
    console.print(
        f"[bold]{escape(one.contact_id)}[/]  {one.medium}, began {began}, {one.duration_s:.1f} s[dim]{escape(known)}[/]"
    )
    if followed is not None:
        words = {None: "cannot be told yet", 0.0: "no", 1.0: "yes"}
        repeated = f", by {escape(followed.repeated_by)}" if followed.repeated_by else ""
        console.print(
            f"First contact resolved: {words[followed.first_contact_resolved]}; "
            f"repeated within 7 days: {words[followed.repeat_within_7_days]}{repeated}"
        )
    for warning in found.warnings:
        console.print(f"[yellow]Warning:[/] {escape(warning)}")
    heard_by = f"  [dim]heard by {escape(found.transcript.version)}[/]" if found.transcript.version else ""
    console.print(f"\n[bold]What was said[/]{heard_by}")
    console.print(_transcript(one.utterances) if one.utterances else "[dim]nobody says anything[/]")
    for step, made in sorted(found.results.items(), key=lambda one: _ORDER.get(one[0], len(_ORDER))):
        console.print()
        match step:
            case "measures":
                console.print(_measures(made))
            case "promises":
                _print_promises(console, made, one.utterances, became)
            case "live_promises":
                _print_live(console, made)
            case "categories":
                _print_categories(console, made)
            case "scorecards":
                _print_scorecards(console, made, found, cards)
            case "violations":
                _print_violations(console, made)
            case "redaction":
                kinds = Counter(span.kind.value for span in from_document(tuple[Span, ...], made.document))
                told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())) or "none"
                console.print(f"[bold]Personal data[/]  {told}")
            case "search":
                console.print("[bold]Search[/]  in the index, without personal data")
            case _:
                _print_head(console, step.title(), made)
                console.print(escape(json.dumps(made.document, ensure_ascii=False)), soft_wrap=True)


def _transcript(utterances: tuple[Utterance, ...]) -> Table:
    table = Table.grid(
        Column(justify="right", style="dim"), Column(justify="right"), Column(overflow="fold"), padding=(0, 1)
    )
    for one in utterances:
        words = " ".join(map(_shown, one.words)) if one.words else "[dim](speech, not understood)[/]"
        table.add_row(f"{one.start_s:.1f}", f"[{_COLOURS[one.role]}]{one.role}[/]", words)
    return table


def _shown(word: Word) -> str:
    """Return a word, a doubtful one dim: nothing is concluded from it."""
    return f"[dim]{escape(word.text)}[/]" if word.confidence < DOUBTFUL_BELOW else escape(word.text)


def _measures(made: Made) -> Table:
    table = Table(
        *(Column(name, overflow="fold") for name in ("measure", "", "unit", "shown by")),
        title=f"Measures  [dim]version {escape(made.version)}; what cannot be told is left out[/]",
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
    )
    for name, one in from_document(dict[str, Measured], made.document).items():
        if one.value is None:
            continue
        said = next((f"{place.start_s:.1f} s: «{place.text[:_QUOTED]}»" for place in one.evidence if place.text), "")
        unit = REGISTRY[name].unit if name in REGISTRY else ""
        value = f"{one.value:.0f}" if unit in (Unit.COUNT, Unit.YES_NO) else f"{one.value:.2f}"
        table.add_row(name, value, str(unit), escape(said))
    return table


def _print_promises(
    console: Console, made: Made, utterances: tuple[Utterance, ...], became: tuple[Joined, ...]
) -> None:
    standing = {one.promise.number: one for one in became}
    found = from_document(tuple[Promise, ...], made.document)
    _print_head(console, "Promises", made)
    if not found:
        console.print("[dim]none was made[/]")
    for number, one in enumerate(found):
        told = [f"named by the {one.by}", f"confidence {one.confidence:.0%}"]
        told += [f"read back at {utterances[one.confirmed_by].start_s:.1f} s"] if one.confirmed_by is not None else []
        told += [f"if: {one.condition}"] if one.condition else []
        console.print(f"{sum_and_day(one)}: {escape(', '.join(told))}")
        if number in standing:
            console.print(f"  [bold]{_became(standing[number])}[/]")
        for shown in one.evidence:
            console.print(f"  [dim]{shown.start_s:.1f} s[/] {shown.shown}: «{escape(shown.text)}»")


def _became(one: Joined) -> str:
    """Return ``partly kept: 5 000 KZT of 20 000 KZT came, on 24.11.2026``."""
    name = {Standing.PARTLY: "partly kept", Standing.REPLACED: f"replaced by {one.replaced_by}"}
    if not one.payments:
        return name.get(one.standing, one.standing.value)
    currency = one.promise.amount.currency if one.promise.amount else None
    paid = Money(one.paid_minor, currency) if currency else f"{one.paid_minor / 100:.2f}"
    of = f" of {one.promise.amount}" if one.promise.amount else ""
    days = ", ".join(f"{each.paid_at:%d.%m.%Y}" for each in one.payments)
    return f"{name.get(one.standing, one.standing.value)}: {paid}{of} came, on {days}"


def _print_live(console: Console, made: Made) -> None:
    _print_head(console, "Taken live, and found", made)
    compared = from_document(tuple[Compared, ...], made.document)
    if not compared:
        console.print("[dim]nothing was taken live[/]")
    print_compared(console, compared)


def _print_categories(console: Console, made: Made) -> None:
    _print_head(console, "Categories", made)
    for one in from_document(tuple[Categorised, ...], made.document):
        console.print(f"{one.category}: {one.verdict}")
        _print_evidence(console, one.evidence)


def _print_scorecards(console: Console, made: Made, stored: Stored, cards: Sequence[Card]) -> None:
    _print_head(console, "Scorecards", made)
    scored = from_document(tuple[Scored, ...], made.document)
    if not scored:
        _print_unsuited(console, stored, cards)
    asked = {(card.name, one.name): one.says[Language.ENGLISH] for card in cards for one in card.criteria}
    for card in scored:
        score = "no score" if card.score is None else f"{card.score:.0f} of 100"
        console.print(f"{card.card} {escape(card.version)}: {score}, {card.outcome}; {card.judged:.0%} could be judged")
        for one in card.criteria:
            says = asked.get((card.card, one.criterion), "")
            reason = f", {escape(one.reason)}" * bool(one.reason)
            console.print(f"  {one.criterion}: {one.standing}{reason}  [dim]{escape(says)}[/]".rstrip())
            _print_evidence(console, one.evidence, indent=4)


def _print_unsuited(console: Console, stored: Stored, cards: Sequence[Card]) -> None:
    """Say why no card was chosen, and what would have one chosen."""
    console.print("[dim]no card is for this contact:[/]")
    known = stored.results.get("measures")
    measures = from_document(dict[str, Measured], known.document) if known else {}
    for card, why in unsuited(Heard(stored.conversation), measures, cards).items():
        console.print(f"  {card}: [dim]{escape('; '.join(map(str, why.facts)))}[/]")
    console.print(
        "  [dim]give the contact its segment, such as soft, in the metadata (voicebot analyse --metadata); "
        "voicebot packs show CARD tells what a card is for[/]"
    )


def _print_violations(console: Console, made: Made) -> None:
    _print_head(console, "Violations", made)
    found = from_document(tuple[Finding, ...], made.document)
    if not found:
        console.print("[dim]none was found[/]")
    for one in found:
        reason = f" ({escape(one.reason)})" if one.reason else ""
        console.print(f"{one.rule}: {one.status}{reason}, {one.severity}; {escape(one.article)}")
        _print_evidence(console, one.evidence)


def _print_head(console: Console, title: str, made: Made) -> None:
    console.print(f"[bold]{title}[/]  [dim]version {escape(made.version)}[/]")


def _print_evidence(console: Console, evidence: Evidence, *, indent: int = 2) -> None:
    for line in evidence.lines()[:_LINES]:
        console.print(f"{' ' * indent}[dim]{escape(line)}[/]")
