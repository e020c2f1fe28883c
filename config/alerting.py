"""Alerts put together: the pack and the courier that settings name, and the sending of what waits."""

import logging
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from analytics.alerts import AlertPack, Letter, delivered, due, failed, read_alerts
from analytics.categories import CategoryPack
from analytics.pipeline.alerting import alerts_step
from analytics.pipeline.steps import Step
from analytics.store import AnalyticsDatabase
from config.errands import parse_address
from config.settings import Settings
from config.webhooks import Courier, WebhookError
from engine.errors import PackError, SettingsError, StoreError
from engine.ports import Clock

_log = logging.getLogger(__name__)

_LEAST_SECRET = 24

LOOK_S = 2.0
"""Between looks at an outbox in which nothing is due."""

_END_S = 5.0
"""For the letter that is under way when sending ends; one that takes longer is sent again."""


def read_pack(settings: Settings, categories: CategoryPack) -> AlertPack | None:
    """Return the alerts that settings name, None where they name none.

    Args:
        settings: of the product.
        categories: whose names alerts may use.

    Raises:
        PackError: the pack is wrong, or tells an address that settings do not allow.
    """
    if settings.alerts.pack is None:
        return None
    pack = read_alerts(settings.alerts.pack, categories)
    courier = Courier(tuple(map(parse_address, settings.alerts.allow)), b"", ssl.create_default_context())
    for alert in pack.alerts.values():
        if (refusal := courier.refusal(alert.url)) is not None:
            raise PackError(f"{alert.place}: {refusal}")
    return pack


def alert_steps(settings: Settings, categories: CategoryPack, clock: Clock) -> tuple[Step, ...]:
    """Return the step that raises alerts, none where settings name no pack.

    Raises:
        PackError: as `read_pack`.
    """
    pack = read_pack(settings, categories)
    return () if pack is None else (alerts_step(pack, timedelta(days=settings.alerts.newest_days), clock),)


def make_courier(settings: Settings) -> Courier:
    """Return who delivers alerts.

    Raises:
        SettingsError: there is no secret, or it is too short to be one.
    """
    secret = settings.alerts.secret.get_secret_value() if settings.alerts.secret else ""
    if len(secret) < _LEAST_SECRET:
        raise SettingsError(
            f"alerts are signed: set VOICEBOT_ALERTS__SECRET to {_LEAST_SECRET} characters or more, "
            f"such as those of: openssl rand -base64 32"
        )
    allowed = tuple(map(parse_address, settings.alerts.allow))
    return Courier(allowed, secret.encode(), ssl.create_default_context())


def send_next(database: AnalyticsDatabase, courier: Courier, clock: Clock) -> Letter | None:
    """Send the letter that has waited longest; return it, or None where none is due.

    Raises:
        StoreError: the database cannot be written; the letter is sent again later.
    """
    with database.writing() as connection:
        letter = due(connection, clock.now())
    if letter is None:
        return None
    try:
        courier.deliver(letter.url, letter.letter_id, letter.body.encode(), int(clock.now().timestamp()))
    except WebhookError as error:
        _log.warning("alert %s of contact %s: %s", letter.alert, letter.contact_id, error)
        with database.writing() as connection:
            failed(connection, letter, str(error), clock.now(), for_good=error.for_good)
    except Exception as error:  # a fault of ours: it costs this letter an attempt and no other
        _log.exception("alert %s of contact %s is not sent", letter.alert, letter.contact_id)
        with database.writing() as connection:
            failed(connection, letter, f"a fault of the program ({type(error).__name__})", clock.now())
    else:
        with database.writing() as connection:
            delivered(connection, letter, clock.now())
    return letter


@contextmanager
def sending(courier: Courier | None, database: AnalyticsDatabase, clock: Clock) -> Iterator[None]:
    """Empty the outbox from a thread of its own while the context is open; a slow receiver holds up nothing else.

    Args:
        courier: None sends nothing.
        database: with the outbox.
        clock: tells what is due.
    """
    if courier is None:
        yield
        return
    over = threading.Event()
    sender = threading.Thread(target=_send, args=(courier, database, clock, over), name="alerts", daemon=True)
    sender.start()
    try:
        yield
    finally:
        over.set()
        sender.join(_END_S)


def courier_beside(settings: Settings) -> Courier | None:
    """Return who delivers alerts beside the engine; where nobody can, say why once, and let them wait."""
    if settings.alerts.pack is None:
        return None
    try:
        return make_courier(settings)
    except SettingsError as error:
        _log.error("alerts are raised, and wait: %s", error)
        return None


def _send(courier: Courier, database: AnalyticsDatabase, clock: Clock, over: threading.Event) -> None:
    while not over.is_set():
        try:
            if send_next(database, courier, clock) is not None:
                continue
        except StoreError as error:
            _log.warning("alerts are sent later: %s", error)
        over.wait(LOOK_S)
