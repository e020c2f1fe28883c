"""A loaded scenario: its states, prompts and understanding, ready to be opened for calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dialogs.briefing import BriefingTexts
from dialogs.conditions import Conditions, Situation, choose_mandate
from dialogs.facts import CallFacts, Declared, Slots
from dialogs.machine import Machine
from dialogs.policy import ScenarioDialog
from dialogs.prompts import Prompt
from dialogs.reader import Reader
from dialogs.schema import ScenarioSpec
from dialogs.sources import Sources
from dialogs.understanding.understanding import Understanding
from engine.accounts import Account
from engine.dialog import Line
from engine.speech import Language


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A scenario that passed every check; immutable, shared by all calls.

    Args:
        spec: its states and limits.
        sources: the files that it stands in.
        prompts: by name.
        understanding: of callers' words.
        briefing: for whoever takes a call over.
        content_hash: over all of its files, recordings too, and those that teach the understanding.
    """

    spec: ScenarioSpec
    sources: Sources
    prompts: Mapping[str, Prompt]
    understanding: Understanding
    briefing: BriefingTexts
    content_hash: str

    @property
    def name(self) -> str:
        """As the scenario file gives it."""
        return self.spec.name

    @property
    def languages(self) -> tuple[Language, ...]:
        """That every prompt is written in; the first is the default."""
        return self.spec.languages

    def open(
        self,
        account: Account,
        *,
        now: datetime,
        language: Language | None = None,
        person_on_hand: bool = True,
        inbound: bool = False,
        reader: Reader | None = None,
        version: str = "",
    ) -> ScenarioDialog:
        """Begin a call's dialog.

        Args:
            account: whom and about what.
            now: the moment of the call, with a time zone; days are counted in the debtor's.
            person_on_hand: callers who want a person can be transferred to one.
            inbound: the caller called us, and reception has greeted.
            reader: guesses where no rule tells; without one the built-in classifier does.
            version: what people call this version of the scenario, for the record.
            language: first language; the debtor's own by default, and the scenario's first where it lacks that.

        Raises:
            ValueError: the scenario does not speak `language`, or `now` has no time zone.
        """
        if language is None:
            wished = account.debtor.language
            language = wished if wished in self.languages else self.languages[0]
        if language not in self.languages:
            raise ValueError(f"scenario {self.name} speaks {', '.join(self.languages)}, not {language}")
        facts = CallFacts.of(
            account,
            now,
            self.spec.callback,
            person_on_hand=person_on_hand,
            inbound=inbound,
            declared=Declared.of(self.spec),
        )
        conditions = Conditions(self.spec)
        mandate = choose_mandate(self.spec, conditions, Situation(facts, Slots(), language))
        machine = Machine(self.spec, self.prompts, replace(facts, mandate=mandate), conditions)
        return ScenarioDialog(machine, self.understanding, self.briefing, self.content_hash, language, reader, version)

    def fixed_lines(self, language: Language, creditor: str | None = None) -> Sequence[Line]:
        """Return the lines that are the same in every call, to be rendered once and for all.

        Args:
            language: of the lines.
            creditor: the bank's name; given, lines whose only fact it is are among them.
        """
        return [line for prompt in self.prompts.values() for line in prompt.ready_lines(language, creditor)]
