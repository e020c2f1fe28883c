"""Action steps: HTTP calls that a scenario declares."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, model_validator

from dialogs.schema.base import NAME, Model


class Method(StrEnum):
    """HTTP methods that an action may use."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"


class ActionSpec(Model):
    """A declared HTTP call; only addresses on the settings' allow-list are ever asked.

    Args:
        url: with facts in braces, which are percent-encoded: ``https://core.bank.example/payments/{account_id}``.
        method: of the request.
        body: of a POST or PUT, sent as JSON; facts in braces within its texts.
        secret: names the token sent as bearer, from the environment: ``bank`` is ``VOICEBOT_ACTION_BANK_TOKEN``.
        timeout_s: of the whole request; afterwards the step has failed.
        result: declared facts to fill, by the place of their value in the JSON answer: ``payment.amount``.
        fake: the answer in tests and typed conversations.
    """

    url: Annotated[str, Field(pattern=r"^https?://")]
    method: Method = Method.GET
    body: dict[str, Any] | None = None
    secret: Annotated[str, Field(pattern=NAME)] | None = None
    timeout_s: float = Field(default=4.0, gt=0, le=15)
    result: dict[str, str] = {}
    fake: dict[str, Any] = {}

    @model_validator(mode="after")
    def _body_fits(self) -> "ActionSpec":
        if self.method is Method.GET and self.body is not None:
            raise ValueError("a GET has no `body`; put the facts into `url`, or use `method: POST`")
        return self
