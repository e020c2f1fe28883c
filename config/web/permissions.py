"""Roles, what each of them may do, and nothing else: the table that every page is checked against."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a person is there for; one person may have several."""

    DESIGNER = "designer"
    APPROVER = "approver"
    OPERATOR = "operator"
    ADMIN = "admin"


class Permission(StrEnum):
    """What can be allowed, as it is named in the audit log and in messages."""

    READ_SCENARIOS = "scenarios.read"
    TRY_SCENARIOS = "scenarios.try"
    EDIT_SCENARIOS = "scenarios.edit"
    APPROVE_SCENARIOS = "scenarios.approve"
    PUBLISH_SCENARIOS = "scenarios.publish"
    LISTEN_TO_CALLS = "calls.listen"
    RATE_CALLS = "calls.rate"
    MANAGE_USERS = "users.manage"
    READ_AUDIT = "audit.read"


_READER = frozenset({Permission.READ_SCENARIOS, Permission.TRY_SCENARIOS})

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.DESIGNER: _READER | {Permission.EDIT_SCENARIOS},
    Role.APPROVER: _READER | {Permission.APPROVE_SCENARIOS, Permission.PUBLISH_SCENARIOS, Permission.READ_AUDIT},
    Role.OPERATOR: _READER | {Permission.LISTEN_TO_CALLS, Permission.RATE_CALLS},
    Role.ADMIN: frozenset({Permission.READ_SCENARIOS, Permission.MANAGE_USERS, Permission.READ_AUDIT}),
}
"""Whoever manages users changes no scenario, and whoever changes one does not publish it, unless given both roles."""


def granted(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return what somebody with these roles may do."""
    return frozenset().union(*(GRANTS[role] for role in roles))
