"""What the law asks of a scenario on a day: dated rules in ``law.yaml``, applied to its words and ways."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, model_validator

from dialogs.checks.fault import Fault
from dialogs.documents import read_document
from dialogs.proofs.automaton import Automaton
from dialogs.proofs.search import Search
from dialogs.schema import Disclosure, ScenarioSpec
from engine.errors import ConfigurationError
from engine.law import Hours, Jurisdiction, Provision, Purpose, provision


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Requirement(_Row):
    """What a rule asks, one of these."""

    forbidden: str | None = None
    notice: tuple[Disclosure, ...] = ()
    ends: tuple[str, ...] = ()
    hours: bool = False
    campaign: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "Requirement":
        if sum(map(bool, (self.forbidden, self.notice, self.ends, self.hours, self.campaign))) != 1:
            raise ValueError("a rule requires exactly one thing")
        return self


class LawRule(_Row):
    """A row of ``law.yaml``."""

    rule: str
    requires: Requirement

    @property
    def provision(self) -> Provision:
        """Its article, dates and hours."""
        return provision(self.rule)

    @model_validator(mode="after")
    def _known(self) -> "LawRule":
        try:
            found = self.provision
        except ConfigurationError as error:
            raise ValueError(str(error)) from error
        if self.requires.hours and found.hours is None:
            raise ValueError(f"{self.rule} sets no hours")
        return self

    def applies(self, spec: ScenarioSpec, on: date) -> bool:
        """Whether a scenario is bound by it on a day."""
        law = self.provision
        return law.in_force(on) and law.jurisdiction in spec.jurisdictions and spec.purpose in law.purposes


class _LawSpec(_Row):
    rules: tuple[LawRule, ...]


@cache
def load_law() -> tuple[LawRule, ...]:
    """Read ``law.yaml``."""
    return _LawSpec.model_validate(read_document(files("dialogs.proofs") / "law.yaml").data).rules


def law_faults(spec: ScenarioSpec, automaton: Automaton, search: Search, on: date) -> Iterator[Fault]:
    """Yield what breaks the law of a day.

    Args:
        spec: the scenario.
        automaton: of it.
        search: that has visited everything.
        on: the day.
    """
    if not spec.jurisdictions:
        message = "no `jurisdictions`, so nobody knows whose law the scenario keeps"
        yield Fault("law", (), message, "add `jurisdictions: [KZ]`, `[RU]` or both")
    for rule in load_law():
        if rule.applies(spec, on):
            for fault in _broken(rule, spec, automaton, search):
                told = f"{fault.message} ({rule.provision.source}; in force from {rule.provision.first})"
                yield Fault("law", fault.steps, told, fault.mend)


def campaign_duties(spec: ScenarioSpec, on: date) -> Iterator[str]:
    """Yield what the law asks of whoever orders the calls."""
    for rule in load_law():
        if rule.requires.campaign and rule.applies(spec, on):
            yield f"{rule.requires.campaign} ({rule.provision.source})"


def _broken(rule: LawRule, spec: ScenarioSpec, automaton: Automaton, search: Search) -> Iterator[Fault]:
    asked, country = rule.requires, rule.provision.jurisdiction
    if asked.forbidden:
        place = ("purpose",) if spec.purpose is not Purpose.COLLECTION else ("jurisdictions",)
        mend = f"take {country} out of `jurisdictions`, or let people call"
        yield Fault("law", place, asked.forbidden, mend)
    told = {notice for prompt in spec.prompts.values() for notice in prompt.discloses}
    missing = [notice for notice in asked.notice if notice not in told]
    if missing:
        message = f"in {country} the notice of {' and '.join(f'`{each}`' for each in missing)} must be heard"
        yield Fault("law", ("start",), message, "tell it in a prompt and mark that `discloses`")
    for intent in asked.ends:
        yield from _unended(intent, spec, automaton, search)
    if asked.hours and (hours := rule.provision.hours) is not None:
        yield from _outside(country, hours, spec)


def _unended(intent: str, spec: ScenarioSpec, automaton: Automaton, search: Search) -> Iterator[Fault]:
    """Every question that such an answer can follow ends the call."""
    for visit in search.situations:
        state = spec.states[visit.situation[0]]
        if state.ask is None:
            continue
        for turn in automaton.answers(visit.situation, intent):
            if turn.arrival.end is None:
                message = f"`{intent}` in answer to `{visit.situation[0]}` does not end the call"
                mend = f"add `- {{on: {intent}, to: …}}` under `anytime`, to a state that ends"
                yield Fault("law", turn.steps, message, mend)
                return


def _outside(jurisdiction: Jurisdiction, hours: Hours, spec: ScenarioSpec) -> Iterator[Fault]:
    wished = spec.callback
    for allowed, days in ((hours.weekdays, "weekdays"), (hours.weekends, "weekends")):
        if days == "weekends" and not wished.weekends:
            continue
        if allowed is None:
            message = f"callbacks at weekends are agreed for, which {jurisdiction} does not allow"
            yield Fault("law", ("callback", "weekends"), message, "write `weekends: false`")
        elif wished.earliest < allowed[0] or wished.latest > allowed[1]:
            kept = f"{allowed[0]:%H:%M} to {allowed[1]:%H:%M}"
            message = f"callbacks are agreed for outside of {kept}, the hours of {jurisdiction} on {days}"
            yield Fault("law", ("callback",), message, "narrow `earliest` and `latest`")
