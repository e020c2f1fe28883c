"""Every text of a scenario with example values for its facts, to be heard before any call."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dialogs.conversation import Conversation, Scene
from dialogs.facts import CallFacts, Slots
from dialogs.scenario import Scenario
from dialogs.schema import SlotKind, ValueKind
from dialogs.trials.accounts import NOW, TIME_ZONE, standard_account
from dialogs.values import SLOT_VALUES, Value, Values
from engine.accounts import Currency, Money
from engine.dialog import Line
from engine.speech import Language

_DAY: Final = NOW.date() + timedelta(days=5)
_SUM: Final = Money.of(15_000, Currency.TENGE)
_EXAMPLES: Final[dict[ValueKind, Value]] = {
    ValueKind.TEXT: "…",
    ValueKind.MONEY: _SUM,
    ValueKind.DAY: _DAY,
    ValueKind.DAYS: 12,
    ValueKind.ON_WEEKDAY: _DAY,
    ValueKind.TIME: time(15, 0),
    ValueKind.NUMBER: 4,
    ValueKind.PERCENT: 15,
    ValueKind.DIGITS: "4321",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One text of a prompt.

    Args:
        name: of the prompt; with its tone and the number of its variant, where there are several.
        line: to be spoken.
    """

    name: str
    line: Line


def samples(scenario: Scenario, language: Language) -> Iterator[Sample]:
    """Yield every text of every prompt in a language."""
    facts, slots = _facts(scenario, language), _slots(scenario, language)
    for name, prompt in scenario.prompts.items():
        tones = prompt.wordings[language]
        for tone, variants in tones.items():
            for i, template in enumerate(variants):
                alone = replace(prompt, wordings={language: {tone: (template,)}})
                line = alone.line(facts, slots, language, tone=tone)
                if line is not None:
                    parts = (name, tone, str(i + 1) if len(variants) > 1 else "")
                    yield Sample("-".join(part for part in parts if part), line)


def _facts(scenario: Scenario, language: Language) -> CallFacts:
    account = replace(
        standard_account(language, NOW.date()), payday=25, promised=_SUM, promised_due=NOW.date() - timedelta(days=1)
    )
    scene = Scene(account=account, now=NOW.replace(tzinfo=ZoneInfo(TIME_ZONE)), language=language)
    own = Values(tuple(sorted((name, _EXAMPLES[fact.kind]) for name, fact in scenario.spec.facts.items())))
    return replace(Conversation(scenario, scene).machine.facts, own=own)


def _slots(scenario: Scenario, language: Language) -> Slots:
    own = Values()
    for name, slot in scenario.spec.slots.items():
        values = list(scenario.spec.entities.get(slot.of or "", ()))
        value = values[0] if slot.kind is SlotKind.CHOICE and values else _EXAMPLES[SLOT_VALUES[slot.kind]]
        own = own.put(name, value)
    means = scenario.spec.clarify.means if scenario.spec.clarify else {}
    texts = [scenario.spec.prompts[prompt].text(language) or "" for prompt in means.values()]
    meanings = (texts[0], texts[1]) if len(texts) > 1 else None
    return Slots(_SUM, _DAY, _DAY, time(15, 0), own, meanings=meanings)
