"""Whom, when and how often the bot may call."""

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from config.sections.base import DayHours, Digits, Listed, Section
from engine.dialling.permission import DialRules
from engine.errors import SettingsError


class Dialling(Section):
    """Whom the bot may call. Until trunks, prefixes, hours and rates are all set it dials nothing but loopback."""

    prefixes: Annotated[tuple[Digits, ...], Listed] = Field(
        (), description='Numbers that may be dialled, by E.164 prefix: ["77", "79"].'
    )
    weekday_hours: DayHours = Field(
        None,
        description="Calling hours at the callee, Monday to Friday. Unset: no calls on these days.",
        examples=["09:00-21:00"],
    )
    weekend_hours: DayHours = Field(
        None, description="The same on Saturday and Sunday. Unset: no calls on these days.", examples=["10:00-18:00"]
    )
    holidays: Annotated[tuple[date, ...], Listed] = Field(
        (), description="Days on which holiday_hours hold, such as 2026-12-16."
    )
    holiday_hours: DayHours = Field(
        None, description="Calling hours on holidays. Unset: no calls.", examples=["10:00-18:00"]
    )
    max_per_second: float | None = Field(None, gt=0, description="Dials a second, at most.", examples=[2.0])
    max_per_day: int | None = Field(None, ge=1, description="Dials a day, at most, over all numbers.", examples=[40000])
    min_gap_s: float = Field(
        86400.0, ge=0, description="Seconds between two dials to one number. A day: the strictest daily cap we know of."
    )

    @model_validator(mode="after")
    def _valid(self) -> "Dialling":
        try:
            self.rules(trunks=False)
        except SettingsError as error:
            raise ValueError(str(error).removeprefix("dialling.")) from error
        return self

    def rules(self, *, trunks: bool) -> DialRules:
        """Return the same as the engine's rules, given whether there is any trunk."""
        return DialRules(
            **{name: getattr(self, name) for name in type(self).model_fields} | {"holidays": frozenset(self.holidays)},
            trunks=trunks,
        )
