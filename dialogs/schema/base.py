"""What all models of a scenario file share."""

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

NAME: Final = r"^[a-z][a-z0-9_]{0,63}$"
"""How scenarios, states, prompts and all else that a designer names are written."""


class Model(BaseModel):
    """Frozen, and refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def as_list(value: Any) -> Any:
    """Return a lone word as a list of one."""
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(as_list, json_schema_input_type=str | list[str])]
"""One name, or a list of them."""


def _name(value: str) -> str:
    if not re.fullmatch(NAME, value):
        raise ValueError(f"`{value}` is no name; write small Latin letters, digits and `_`, a letter first")
    return value


Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": NAME})]
"""The name of an entry that a designer makes."""
