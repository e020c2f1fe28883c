"""Users and audit log in the browser: who may look, who may change, and what cannot be done to oneself."""

from collections.abc import Callable
from typing import Any

import pytest

from config.web.permissions import GRANTS, Permission, Role, granted
from config.web.server import sections

Open = Callable[..., Any]


def test_an_admin_gives_roles_and_shuts_out(open_pages: Open) -> None:
    """At once, and in the log under the admin's name."""
    pages = open_pages(*sections())
    admin, designer = pages.signed_in("robin", "admin"), pages.signed_in("alex", "designer")
    alex = pages.site.users.account("alex").user
    assert admin.post(f"/people/{alex.user_id}/roles", data={"role": ["approver", "operator"]}).status_code == 303
    assert pages.site.users.account("alex").user.roles == {Role.APPROVER, Role.OPERATOR}
    assert admin.post(f"/people/{alex.user_id}/disabled", data={"disabled": "true"}).status_code == 303
    assert designer.get("/me").status_code == 303
    assert "alex is shut out." in admin.get("/people").text
    assert admin.post(f"/people/{alex.user_id}/disabled", data={"disabled": "false"}).status_code == 303
    text = admin.get("/audit").text
    for action in ("user.roles", "user.disabled", "user.enabled"):
        assert action in text
    assert "approver operator" in text


def test_nobody_locks_the_last_door_behind_himself(open_pages: Open) -> None:
    """One's own role admin and one's own account stay."""
    pages = open_pages(*sections())
    admin = pages.signed_in("robin", "admin")
    robin = pages.site.users.account("robin").user
    admin.post(f"/people/{robin.user_id}/roles", data={"role": "designer"})
    admin.post(f"/people/{robin.user_id}/disabled", data={"disabled": "true"})
    text = admin.get("/people").text
    assert "You cannot take the role admin from yourself" in text
    assert "You cannot shut yourself out." in text
    assert pages.site.users.account("robin").user.roles == {Role.ADMIN}


@pytest.mark.parametrize(
    ("role", "people", "log"), [("designer", 403, 403), ("approver", 403, 200), ("admin", 200, 200)]
)
def test_who_may_look(open_pages: Open, role: str, people: int, log: int) -> None:
    """Managing is the admin's; reading over is the approver's too."""
    client = open_pages(*sections()).signed_in("alex", role)
    assert (client.get("/people").status_code, client.get("/audit").status_code) == (people, log)


def test_a_user_who_is_not_there(open_pages: Open) -> None:
    """404, and nothing in the log."""
    pages = open_pages(*sections())
    assert pages.signed_in("robin", "admin").post("/people/99/roles", data={"role": "designer"}).status_code == 404


def test_no_single_role_both_edits_and_publishes() -> None:
    """That takes two persons, or one whom somebody gave both."""
    for role in Role:
        assert not {Permission.EDIT_SCENARIOS, Permission.APPROVE_SCENARIOS} <= GRANTS[role]
        assert not {Permission.EDIT_SCENARIOS, Permission.PUBLISH_SCENARIOS} <= GRANTS[role]
    assert granted(Role) == frozenset(Permission)
