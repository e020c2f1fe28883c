"""`voicebot users`: from the shell, without a password as an argument."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config import cli

GOOD = "lantern orbit 7 meadow"


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restored_logging: None) -> None:
    """Keep the users of a test in its folder."""
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path / "data"))


def run(*words: str, typed: str | None = None, **variables: str) -> Result:
    return CliRunner().invoke(cli.cli, ["users", *words], input=typed, env=variables)


def test_a_user_from_beginning_to_end() -> None:
    """Made at a prompt that asks again for a weak password, given roles, shut out."""
    made = run("add", "Alex", "--role", "designer", typed=f"password123456\npassword123456\n{GOOD}\n{GOOD}\n")
    assert made.exit_code == 0, made.output
    assert "among the commonest" in made.output
    assert GOOD not in made.output
    assert made.output.endswith("alex: designer\n")
    assert run("roles", "alex", "approver", "operator").output == "alex: approver operator\n"
    assert run("password", "alex", VOICEBOT_NEW_PASSWORD="quarry violin 3 sparrow").exit_code == 0
    assert run("totp-reset", "alex").exit_code == 0
    assert run("disable", "alex").exit_code == 0
    assert run("list").output == "alex: approver operator, disabled\n"
    assert run("disable", "alex", "--undo").exit_code == 0
    assert run("list").output == "alex: approver operator\n"


def test_before_the_first_user_the_list_says_how() -> None:
    """To make one."""
    assert "voicebot users add NAME --role admin" in run("list").output


@pytest.mark.parametrize(
    ("words", "password", "fault"),
    [
        (("add", "a", "--role", "admin"), GOOD, "is no user name: 2 to 64 of"),
        (("add", "alex smith", "--role", "admin"), GOOD, "is no user name"),
        (("add", "alex"), GOOD, "Missing option '--role'"),
        (("add", "alex", "--role", "boss"), GOOD, "'boss' is not one of"),
        (("add", "alex", "--role", "admin"), "short", "VOICEBOT_NEW_PASSWORD: this password is not taken: too short"),
        (("roles", "nobody", "admin"), GOOD, "there is no user nobody; voicebot users list"),
    ],
)
def test_what_is_wrong_is_said(words: tuple[str, ...], password: str, fault: str) -> None:
    """With exit code 2, and no user is made."""
    result = run(*words, VOICEBOT_NEW_PASSWORD=password)
    assert result.exit_code == 2, result.output
    assert fault in result.output
    assert "There are no users." in run("list").output


def test_a_name_is_taken_once() -> None:
    """In whatever case."""
    assert run("add", "alex", "--role", "admin", VOICEBOT_NEW_PASSWORD=GOOD).exit_code == 0
    again = run("add", "ALEX", "--role", "admin", VOICEBOT_NEW_PASSWORD=GOOD)
    assert (again.exit_code, "there is a user alex already" in again.output) == (2, True)
