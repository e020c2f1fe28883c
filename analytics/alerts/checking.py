"""Which alerts a contact raises, and what is told of it: its id, the alert and the seconds; nothing of the person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analytics.alerts.packs import Alert, AlertPack
from analytics.expressions import Heard, Match, Verdict, match_expression
from analytics.search.quotes import passages


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that a contact raised.

    Args:
        alert: which.
        contact_id: of the contact.
        body: what is told, as JSON.
    """

    alert: Alert
    contact_id: str
    body: Mapping[str, Any]


def raised(pack: AlertPack, heard: Heard, measures: Mapping[str, float | None]) -> Iterator[Raised]:
    """Yield the alerts that a contact raises.

    Args:
        pack: of alerts.
        heard: the contact, redacted.
        measures: of it, and the numbers of its promises, by name.
    """
    for alert in pack.alerts.values():
        match = match_expression(alert.when, heard, measures)
        if match.verdict is Verdict.YES:
            contact_id = heard.conversation.contact_id
            yield Raised(alert, contact_id, _body(alert, heard, match))


def _body(alert: Alert, heard: Heard, match: Match) -> Mapping[str, Any]:
    places = [
        {"start_s": round(one.start_s, 2), "role": one.role}
        | ({"text": one.text, "marked": list(one.marked)} if alert.quotes else {})
        for one in passages(heard.conversation, match)
    ]
    return {"alert": alert.name, "contact_id": heard.conversation.contact_id, "places": places}
