"""Users, their sessions and attempts to sign in, and the audit log, in a database that processes share."""

from config.web.store.attempts import Attempts, Limit
from config.web.store.audit import Actor, Audit, AuditEntry
from config.web.store.database import WebDatabase
from config.web.store.sessions import Notice, Session, Sessions, SessionTimes, Stage
from config.web.store.users import Account, User, Users

__all__ = [
    "Account",
    "Actor",
    "Attempts",
    "Audit",
    "AuditEntry",
    "Limit",
    "Notice",
    "Session",
    "SessionTimes",
    "Sessions",
    "Stage",
    "User",
    "Users",
    "WebDatabase",
]
