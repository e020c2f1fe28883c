"""`voicebot scenario chat`: a typed conversation with a scenario."""

from pathlib import Path

import click

from engine.accounts import Segment
from engine.speech import Language


@click.command()
@click.argument("path", default="soft_collection")
@click.option("-l", "--language", type=click.Choice([one.value for one in Language]), help="That the debtor speaks.")
@click.option("--segment", type=click.Choice([one.value for one in Segment]), help="Of the account.")
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE,…", help="Facts of the account, own ones too.")
@click.option("--date", "now", metavar="MOMENT", help="Of the call, such as 2026-11-20T18:30.  [default: now]")
@click.option("--account", metavar="FILE:ID", help="Talk about this account of an accounts file.")
@click.option("--inbound", is_flag=True, help="The debtor calls.")
@click.option("--no-person", is_flag=True, help="Nobody is on hand to take a call over.")
@click.option("--fail", "failing", multiple=True, metavar="ACTION", help="An action that fails.")
@click.option("--explain", is_flag=True, help="Tell which transitions were taken, and why others were not.")
def chat(
    path: str,
    language: str | None,
    segment: str | None,
    changes: tuple[str, ...],
    now: str | None,
    account: str | None,
    inbound: bool,
    no_person: bool,
    failing: tuple[str, ...],
    explain: bool,
) -> None:
    """Talk to the scenario PATH by typing what the debtor says, at any date and about any account.

    The dialog is the one of a call; no telephone, recogniser or voice is needed. An empty line is silence. Actions
    answer what the scenario makes up. Commands while talking: :state, :slots, :why, :undo, :restart, :nobody (nobody
    took the transfer), :save FILE (as a test), :help, :quit. Lines may come from a pipe, too.

    \b
    Examples:
      voicebot scenario chat soft_collection --language ru --explain
      voicebot scenario chat my/scenario --segment hard --set days_past_due=95,debt=120000 --date 2026-12-31T18:00
      printf 'yes\\nI will pay on Friday\\n' | voicebot scenario chat --language en
    """
    from config.chat import Chat
    from config.commands.scenario.scene import chosen_scene
    from dialogs.conversation import Conversation
    from dialogs.loader import load_scenario

    scenario = load_scenario(path)
    scene = chosen_scene(
        scenario,
        {"language": language, "now": now, "inbound": inbound, "person_on_hand": not no_person},
        changes=changes,
        segment=segment,
        failing=failing,
        account=Path(account) if account else None,
    )
    Chat(Conversation(scenario, scene), explain=explain).hold()
