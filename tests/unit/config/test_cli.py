"""The command line as a whole: laziness, errors, exit codes."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from config import cli, settings
from engine.errors import StoreError

pytestmark = pytest.mark.usefixtures("restored_logging")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a command `fail` that raises a StoreError, and `show` that prints a setting."""
    module = type(cli)("voicebot_commands_of_a_test")

    @click.command()
    def fail() -> None:
        raise StoreError("the disk is gone")

    @click.command()
    @click.pass_obj
    def show(obj: settings.Settings) -> None:
        """Show the port."""
        logging.getLogger("engine").debug("shown")
        click.echo(obj.sip.port)

    module.fail, module.show = fail, show
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(cli.COMMANDS, "fail", cli.Entry(module.__name__, "Fail."))
    monkeypatch.setitem(cli.COMMANDS, "show", cli.Entry(module.__name__, "Show."))


def run(*arguments: str) -> "click.testing.Result":
    return CliRunner().invoke(cli.cli, arguments)


def test_help_names_every_command_and_imports_none() -> None:
    """`voicebot --help` answers without importing settings, models or telephony."""
    code = """
import sys
from config.cli import cli
cli(["--help"], standalone_mode=False)
heavy = {"pydantic", "numpy", "rich", "vosk", "pjsua2", "sqlalchemy"} & set(sys.modules)
sys.exit(str(heavy) if heavy else 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(cli.__file__).parents[1]
    )
    assert done.returncode == 0, done.stderr
    assert all(f"  {name} " in done.stdout for name in cli.COMMANDS)


def below(command: click.Command, *words: str) -> Iterator[tuple[str, ...]]:
    """Yield the words that call a command, or each of a group's commands."""
    if not isinstance(command, click.Group):
        yield words
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from below(found, *words, name)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    """Each command, or each of its own commands, shows an example, even with a broken settings file."""
    Path("voicebot.toml").write_text("[[[")
    command = cli.cli.get_command(click.Context(cli.cli), name)
    assert command is not None
    calls = list(below(command, name))
    for words in calls:
        result = run(*words, "--help")
        assert result.exit_code == 0, result.output
        assert run(*words, "-h").output == result.output
        assert f"voicebot {' '.join(words)}" in result.output.split("Usage:")[1].split("\n", 1)[1]


def test_a_command_finds_its_settings(failing: None) -> None:
    """The named file is read before the command runs."""
    Path("mine.toml").write_text("[sip]\nport = 5099\n")
    assert run("--config", "mine.toml", "show").output == "5099\n"


def test_a_wrong_settings_file_is_one_message_and_exit_code_2(failing: None) -> None:
    """The message names file and line; there is no traceback."""
    Path("voicebot.toml").write_text("[sip]\nport = 'x'\n")
    result = run("show")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: voicebot.toml, line 2: sip.port: ")
    assert result.stderr.count("\n") == 1


def test_an_error_of_ours_is_one_message_and_exit_code_1(failing: None) -> None:
    """A failure that is no wrong configuration exits with 1."""
    result = run("fail")
    assert (result.exit_code, result.stderr) == (1, "Error: the disk is gone\n")


def test_a_missing_package_is_one_message(failing: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is not installed is no traceback: the message names doctor and set-up."""
    monkeypatch.setitem(cli.COMMANDS, "show", cli.Entry("no_such_package_of_ours", "Show."))
    result = run("show")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: No module named 'no_such_package_of_ours'; voicebot doctor")


def test_debug_shows_the_traceback_and_logs_more(failing: None) -> None:
    """With --debug the error itself comes through, and the log is at level debug."""
    assert isinstance(run("--debug", "fail").exception, StoreError)
    assert "DEBUG   engine: shown" in run("--debug", "show").stderr
    assert "DEBUG" not in run("show").stderr


def test_ctrl_c_is_one_word_and_exit_code_130(failing: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As shells expect of a program that was interrupted."""
    _raise(monkeypatch, KeyboardInterrupt())
    result = run("fail")
    assert (result.exit_code, result.stderr.split()) == (130, ["Stopped."])


def test_a_file_that_cannot_be_had_is_one_message(failing: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's reason, and which file."""
    _raise(monkeypatch, PermissionError(13, "Permission denied", "/data"))
    result = run("fail")
    assert (result.exit_code, result.stderr) == (1, "Error: /data: Permission denied\n")


def _raise(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    @click.command()
    def fail() -> None:
        raise error

    monkeypatch.setattr(sys.modules["voicebot_commands_of_a_test"], "fail", fail)


def test_an_unknown_command_is_wrong_usage() -> None:
    """A misspelt command exits with 2."""
    result = run("dmeo")
    assert result.exit_code == 2
    assert "No such command 'dmeo'" in result.stderr


def test_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """`voicebot settings` prints what is in force, `--example` needs no valid settings."""
    monkeypatch.setenv("VOICEBOT_SIP__PORT", "5098")
    assert "\nport = 5098\n" in run("settings").output
    monkeypatch.setenv("VOICEBOT_SIP__PORT", "?")
    assert "\nport = 5060\n" in run("settings", "--example").output
    assert run("settings").exit_code == 2
