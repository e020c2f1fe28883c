"""The call that a typed conversation is about, from the options of a command."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from pydantic import ValidationError

from config.accounts import read_accounts
from dialogs.conversation import Scene
from dialogs.mends import suggest
from dialogs.scenario import Scenario
from dialogs.trials.accounts import TIME_ZONE, AccountChanges
from dialogs.trials.reading import FAILED
from dialogs.trials.running import scene_of
from dialogs.trials.spec import TrialSpec
from engine.accounts import Account


def chosen_scene(
    scenario: Scenario,
    call: Mapping[str, Any],
    *,
    changes: Sequence[str] = (),
    segment: str | None = None,
    failing: Sequence[str] = (),
    account: Path | None = None,
) -> Scene:
    """Return the call that was asked for.

    Args:
        scenario: to talk to.
        call: fields of a `TrialSpec`; without `now` it is now.
        changes: ``name=value`` each, or several with commas between.
        segment: of the account.
        failing: names of actions.
        account: ``FILE:ID``.

    Raises:
        click.UsageError: something of it is not to be had; the message names the mend.
    """
    given: dict[str, Any] = {"segment": segment} if segment else {}
    facts: dict[str, str] = {}
    for name, value in _pairs(changes):
        if name in AccountChanges.model_fields and name != "facts":
            given[name] = value
        elif name in scenario.spec.facts:
            facts[name] = value
        else:
            known = [*(each for each in AccountChanges.model_fields if each != "facts"), *scenario.spec.facts]
            raise click.UsageError(f"--set {name}: the account has no such fact; {suggest(name, known)}")
    for name in failing:
        if name not in scenario.spec.actions:
            raise click.UsageError(f"--fail {name}: no such action; {suggest(name, scenario.spec.actions)}")
    language = call.get("language")
    if language is not None and language not in scenario.languages:
        raise click.UsageError(f"--language {language}: {scenario.name} speaks {', '.join(scenario.languages)}")
    try:
        trial = TrialSpec.model_validate(
            {"name": "chat", **call, "account": {**given, "facts": facts}, "actions": dict.fromkeys(failing, FAILED)}
        )
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = {"now": "--date"}.get(str(fault["loc"][0]), f"--set {fault['loc'][-1]}")
        raise click.UsageError(f"{where}: {fault['msg'].removeprefix('Value error, ')}") from None
    base = _account(account) if account else None
    if trial.now is None:
        zone = trial.account.time_zone or (base.debtor.time_zone if base else TIME_ZONE)
        now = datetime.now(ZoneInfo(zone)).replace(tzinfo=None, second=0, microsecond=0)
        trial = trial.model_copy(update={"now": now})
    return scene_of(scenario, trial, base)


def _pairs(changes: Sequence[str]) -> Iterator[tuple[str, str]]:
    for pair in (part for text in changes for part in text.split(",")):
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"--set {pair}: write NAME=VALUE, such as debt=120000")
        yield name.strip(), value.strip()


def _account(place: Path) -> Account:
    file, colon, account_id = str(place).rpartition(":")
    if not colon:
        raise click.UsageError("--account: write FILE:ID, such as accounts.yaml:A-17")
    found = read_accounts(Path(file)).by_id.get(account_id)
    if found is None:
        raise click.UsageError(f"--account: {file} has no account {account_id}")
    return found
