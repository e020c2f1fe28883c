"""The last steps: the contact goes into the search index, and alerts look at it. Both see it without personal data."""

from datetime import timedelta

from sqlalchemy import Connection

from analytics.alerts import AlertPack, enqueue, raised
from analytics.expressions import Heard
from analytics.expressions.lemmas import keys_version
from analytics.pipeline.contact import Contact
from analytics.pipeline.steps import Step, version_of
from analytics.search import Indexed, put
from engine.ports import Clock

_SHOWN = ("analytics.redaction", "analytics.expressions")


def search_step() -> Step:
    """Return the step by which contacts can be found."""

    def keep(connection: Connection, contact: Contact) -> None:
        put(connection, Indexed(contact.shown, contact.values))

    version = version_of("analytics.search", *_SHOWN)
    return Step("search", f"{version} {keys_version()}", _nothing, ("measures",), keep)


def alerts_step(pack: AlertPack, newest: timedelta, clock: Clock) -> Step:
    """Return the step that puts what alerts have to tell into their outbox.

    Args:
        pack: of alerts.
        newest: contacts that began longer ago raise none.
        clock: that tells how long ago it is.
    """

    def keep(connection: Connection, contact: Contact) -> None:
        now = clock.now()
        if now - contact.conversation.started_at <= newest:
            for one in raised(pack, Heard(contact.shown), contact.values):
                enqueue(connection, one, now)

    return Step("alerts", f"{version_of('analytics.alerts', *_SHOWN)} {pack.digest}", _nothing, ("measures",), keep)


def _nothing(contact: Contact) -> None:
    """Return no document: what the step makes lies in tables of its own."""
