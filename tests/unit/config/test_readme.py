"""What the README shows is true: its files are read, its commands exist, its paths are there."""

import re
from pathlib import Path

import click
import pytest

from config import cli, settings
from config.accounts import read_accounts

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text("utf-8")


def block(kind: str, word: str) -> str:
    """Return the block of code of a kind that holds a word."""
    (found,) = (text for text in re.findall(rf"```{kind}\n(.*?)```", README, re.S) if word in text)
    return str(found)


def test_the_accounts_file_is_read(tmp_path: Path) -> None:
    """With the defaults that its last line names."""
    path = tmp_path / "accounts.yaml"
    path.write_text(block("yaml", "account_id"), "utf-8")
    account = read_accounts(path).by_id["A-17"]
    assert account.debtor.time_zone == "Asia/Almaty"
    assert (account.debt.currency, account.latest_promise_days, account.segment) == ("KZT", 14, "soft")


def test_the_settings_for_real_numbers_are_complete(tmp_path: Path) -> None:
    """Nothing is missing before a number may be dialled."""
    path = tmp_path / "voicebot.toml"
    path.write_text(block("toml", "[dialling]"), "utf-8")
    assert not settings.load(path).dial_rules.missing


def test_the_trunks_are_taken_as_shown(tmp_path: Path) -> None:
    """Under the rules that the block before sets."""
    path = tmp_path / "voicebot.toml"
    rules = block("toml", "[dialling]").partition("[[trunks]]")[0]
    path.write_text(rules + block("toml", "[sip.tls]"), "utf-8")
    assert [trunk.name for trunk in settings.load(path).sip_trunks] == ["main", "spare"]


def test_every_command_shown_exists_with_its_options() -> None:
    """In the blocks for the shell and in the text; and none is missing from the table."""
    context = click.Context(cli.cli)
    shown = re.findall(r"voicebot ([a-z]+)((?: [^\n`#&|]+)?)", README)
    assert [name for name in cli.COMMANDS if f"`{name}`" not in README] == []
    for name, rest in shown:
        command = cli.cli.get_command(context, name)
        assert command is not None, name
        known = {option for one in command.params for option in one.opts}
        if isinstance(command, click.Group):
            continue
        used = set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", rest))
        assert used <= known | {"--help"}, f"voicebot {name}{rest}"


@pytest.mark.parametrize("path", sorted(set(re.findall(r"(?<!!)\[[^\]]*\]\(([^)#:]+)\)", README))))
def test_every_link_leads_somewhere(path: str) -> None:
    """To a file of the checkout."""
    assert (ROOT / path).exists()


@pytest.mark.parametrize(
    "path",
    sorted(set(re.findall(r"`((?:engine|telephony|asr|tts|dialogs|analytics|config|benchmarks)/[^`]*)`", README))),
)
def test_every_path_named_is_there(path: str) -> None:
    """So that "where to change what" stays true."""
    assert (ROOT / path).exists()
