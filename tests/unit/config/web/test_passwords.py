"""Which passwords are taken, and that nothing tells whether a user exists."""

import pytest
from argon2 import PasswordHasher

from config.web.passwords import Passwords, WeakPassword, check_password


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short sword", "too short"),
        ("x" * 300, "too long"),
        ("is-alex-there?", "user name"),
        ("ALEX and the whale", "user name"),
        ("aaaabbbbcccc", "too few"),
        ("Password12345", "commonest"),
        ("p@55w0rd!!2026", "commonest"),
        ("qwertyuiop123", "commonest"),
        ("Пароль-2026!!", "commonest"),
        ("123456789abc"[:9] + "012", "commonest"),
        ("abcdefghijklmnop", "commonest"),
        ("whale1whale1whale1", "commonest"),
        ("welcome!!!!!1", "commonest"),
    ],
)
def test_weak_passwords_are_refused(password: str, reason: str) -> None:
    """With the reason."""
    with pytest.raises(WeakPassword, match=reason):
        check_password(password, "alex@bank")


@pytest.mark.parametrize(
    "password", ["lantern orbit 7 meadow", "төрт түрлі сөз керек", "J8#kd93!xLq2", "верблюд чайник лужа"]
)
def test_good_ones_are_taken_in_any_script(password: str) -> None:
    """Length counts, not kinds of characters."""
    check_password(password, "alex")
    hashed = Passwords().hash(password)
    assert hashed.startswith("$argon2id$")
    assert Passwords().matches(hashed, password)
    assert not Passwords().matches(hashed, password + " ")


def test_a_letter_counts_the_same_however_it_is_typed() -> None:
    """Composed by one keyboard, decomposed by another."""
    passwords = Passwords()
    assert passwords.matches(passwords.hash("caf\u00e9 lantern orbit"), "cafe\u0301 lantern orbit")


def test_a_user_who_is_not_there_takes_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash is computed for nobody too, with the same parameters."""
    checked = []
    plain = PasswordHasher.verify

    def verify(self: PasswordHasher, stored: str, password: str) -> bool:
        checked.append(stored.rsplit("$", 2)[0])
        return plain(self, stored, password)

    passwords = Passwords()
    hashed = passwords.hash("lantern orbit 7 meadow")
    monkeypatch.setattr(PasswordHasher, "verify", verify)
    assert not passwords.matches(None, "lantern orbit 7 meadow")
    assert not passwords.matches(hashed, "wrong")
    assert checked[0] == checked[1]


def test_older_parameters_are_noticed() -> None:
    """So that the next signing in renews the hash."""
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("lantern orbit 7 meadow")
    assert Passwords().outdated(old)
    assert Passwords().matches(old, "lantern orbit 7 meadow")
