"""What the bot took live beside what was found, in the terminal."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.markup import escape

from analytics.promises import Compared, Difference, LivePromise, Promise

DIFFERS: Final = {
    Difference.AMOUNT: "the sum differs",
    Difference.DAY: "the day differs",
    Difference.CONFIRMATION: "only one of both was read back and agreed to",
    Difference.ONLY_LIVE: "taken live, not found in the words",
    Difference.ONLY_FOUND: "found in the words, not taken live",
}


def in_words(compared: Sequence[Compared]) -> str:
    """Return in what all of it differs, once each."""
    found = dict.fromkeys(DIFFERS[difference] for one in compared for difference in one.differences)
    return ", ".join(found) or "the same"


def sum_and_day(one: Promise) -> str:
    """Return ``20 000 KZT by 24.11.2026``."""
    by = f"by {one.due:%d.%m.%Y}" if one.due else "without a day"
    return f"{one.amount or 'a sum that was not named'} {by}"


def print_compared(console: Console, compared: Sequence[Compared]) -> None:
    """Print each promise as both have it, and the words that show it."""
    for one in compared:
        colour = "yellow" if one.differences else "green"
        console.print(f"[{colour}]{in_words([one])}[/]")
        console.print(f"  live: {_live(one.live)}", highlight=False)
        console.print(f"  found: {escape(_found(one.found))}", highlight=False)
        for shown in one.evidence:
            console.print(f"    [dim]{shown.start_s:.1f} s[/] {shown.shown}: «{escape(shown.text)}»")


def _live(one: LivePromise | None) -> str:
    if one is None:
        return "nothing"
    told = {None: "", True: ", read back and agreed to", False: ", not agreed to when read back"}
    return f"{one.amount} by {one.due:%d.%m.%Y}{told[one.confirmed]}"


def _found(one: Promise | None) -> str:
    if one is None:
        return "nothing"
    confirmed = ", read back and agreed to" if one.confirmed_by is not None else ""
    condition = f", if: {one.condition}" if one.condition else ""
    return f"{sum_and_day(one)}{confirmed}{condition}, confidence {one.confidence:.0%}"
