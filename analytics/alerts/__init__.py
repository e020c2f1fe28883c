"""Alerts: named expressions that every newly analysed contact is checked by; what holds is told by webhook."""

from analytics.alerts.checking import Raised, raised
from analytics.alerts.outbox import Letter, delivered, due, enqueue, failed, forget, states
from analytics.alerts.packs import Alert, AlertPack, read_alerts

__all__ = [
    "Alert",
    "AlertPack",
    "Letter",
    "Raised",
    "delivered",
    "due",
    "enqueue",
    "failed",
    "forget",
    "raised",
    "read_alerts",
    "states",
]
