"""Action steps of scenarios: which addresses they may ask."""

from typing import Annotated

from pydantic import AfterValidator, Field

from config.errands import parse_address
from config.sections.base import Listed, Section


def _address(text: str) -> str:
    parse_address(text)
    return text


class Actions(Section):
    """What a scenario's action steps may ask; nothing else is ever asked, whatever a scenario says."""

    allow: Annotated[tuple[Annotated[str, AfterValidator(_address)], ...], Listed] = Field(
        (),
        description="Addresses that begin like this: scheme, host and the start of the path. Tokens come from the "
        "environment: VOICEBOT_ACTION_NAME_TOKEN for `secret: name`.",
        examples=["https://core.bank.example/payments/"],
    )
