"""What somebody chose to talk about: scenario, language, the account and the moment of the call."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from dialogs.conversation import Scene
from dialogs.scenario import Scenario
from dialogs.trials.running import scene_of
from dialogs.trials.spec import TrialSpec
from engine.accounts import Segment
from engine.speech import Language

Field = Annotated[str, BeforeValidator(lambda value: value.strip()[:200] if isinstance(value, str) else value)]


class WrongChoice(Exception):
    """Something that was chosen cannot be had.

    Args:
        errors: messages by field; the empty field stands for the whole.
    """

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" if name else text for name, text in errors.items()))
        self.errors = errors


class Choice(BaseModel):
    """As a form or the first message of a websocket brings it: texts, of which an empty one leaves the standard."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenario: Field
    language: Field = ""
    segment: Field = ""
    days_past_due: Field = ""
    debt: Field = ""
    broken_promises: Field = ""
    now: Field = ""
    facts: Field = ""
    inbound: bool = False
    person_on_hand: bool = False

    def scene(self, scenario: Scenario) -> Scene:
        """Return the call's beginning.

        Raises:
            WrongChoice: the account, the language or the moment is not to be had.
        """
        changes: dict[str, Any] = {
            name: value
            for name in ("segment", "days_past_due", "debt", "broken_promises")
            if (value := getattr(self, name))
        }
        if self.language and self.language not in scenario.languages:
            raise WrongChoice({"language": f"{scenario.name} speaks {', '.join(scenario.languages)}"})
        call = {
            "name": "conversation",
            "language": self.language or None,
            "now": self.now or datetime.now().replace(microsecond=0, second=0),
            "inbound": self.inbound,
            "person_on_hand": self.person_on_hand,
            "account": {**changes, "facts": self._own_facts(scenario)},
        }
        try:
            return scene_of(scenario, TrialSpec.model_validate(call))
        except ValidationError as error:
            raise WrongChoice(
                {
                    str(fault["loc"][-1] if fault["loc"] else ""): fault["msg"].removeprefix("Value error, ")
                    for fault in error.errors(include_url=False)
                }
            ) from None
        except ValueError as error:
            raise WrongChoice({"facts": str(error)}) from None

    def _own_facts(self, scenario: Scenario) -> dict[str, str]:
        facts = {}
        for pair in filter(None, (part.strip() for part in self.facts.split(","))):
            name, equals, value = (part.strip() for part in pair.partition("="))
            if not equals:
                raise WrongChoice({"facts": f"{pair}: write name=value, several with commas between"})
            if name not in scenario.spec.facts:
                known = ", ".join(scenario.spec.facts) or "none"
                raise WrongChoice({"facts": f"the scenario declares no fact {name}; it has: {known}"})
            facts[name] = value
        return facts


LANGUAGES = tuple(Language)
SEGMENTS = tuple(Segment)
