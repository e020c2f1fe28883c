"""The step that lets alerts look at a contact, without its personal data."""

from datetime import timedelta

from sqlalchemy import Connection

from analytics.alerts import AlertPack, enqueue, raised
from analytics.asking import promised
from analytics.expressions import Heard
from analytics.pipeline.contact import Contact, Document
from analytics.pipeline.steps import Step, version_of
from engine.ports import Clock


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
            values = {**contact.values, **promised(contact.promises)}
            for one in raised(pack, Heard(contact.shown), values):
                enqueue(connection, one, now)

    version = version_of("analytics.alerts", "analytics.asking", "analytics.expressions")
    return Step("alerts", f"{version} {pack.digest}", _nothing, ("measures", "promises", "redaction"), keep)


def _nothing(contact: Contact) -> Document:
    return {}  # all of it is in the outbox
