"""Action steps over HTTP: only addresses on the allow-list are asked, each once, and a call never waits for ever.

The list, not the scenario, decides where data may go: scheme, host and port must be the same, and the path must go on
where an entry's ends. Facts that a scenario puts into a path are percent-encoded, and steps upwards (``..``) refused.
"""

import json
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit
from urllib.request import Request

from config.outside import OutsideError, OutsideSystem
from dialogs.scenario import Scenario
from engine.dialog import ErrandOutcome, ErrandRequest

_log = logging.getLogger(__name__)

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Address:
    """What an entry of the list, or a request, is compared by."""

    scheme: str
    host: str
    port: int
    path: str

    def admits(self, other: "Address") -> bool:
        """Whether a request's address begins like this one."""
        if (self.scheme, self.host, self.port) != (other.scheme, other.host, other.port):
            return False
        return other.path == self.path or other.path.startswith(self.path.rstrip("/") + "/")


def parse_address(url: str) -> Address:
    """Take a URL apart.

    Raises:
        ValueError: it is no address that may be asked; the message says why, and what to write.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("write an address such as https://core.bank.example/payments/") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("write an address such as https://core.bank.example/payments/")
    if parts.username is not None or parts.password is not None:
        raise ValueError("no user name or password in the address; a token comes from the environment")
    if parts.scheme == "http" and not _loopback(parts.hostname):
        raise ValueError("http tells debtors' data to the whole network: use https, or a proxy on 127.0.0.1")
    path = parts.path or "/"
    if any(unquote(step) in (".", "..") for step in path.split("/")) or "\\" in unquote(path):
        raise ValueError("no steps such as .. in the path")
    return Address(parts.scheme, parts.hostname.lower(), port or _PORTS[parts.scheme], path)


def token_variable(secret: str) -> str:
    """Return the environment variable with the token that an action names."""
    return f"VOICEBOT_ACTION_{secret.upper()}_TOKEN"


class HttpErrands:
    """An `engine.ports.Errands` over HTTP with JSON.

    Args:
        allowed: addresses that requests may begin with.
        environment: holds the tokens.
    """

    def __init__(self, allowed: Iterable[str], environment: Mapping[str, str] = os.environ) -> None:
        self._allowed = tuple(map(parse_address, allowed))
        self._environment = environment
        self._systems = OutsideSystem("errands")

    def refusal(self, url: str) -> str | None:
        """Return why an address is not asked, or None where it is."""
        try:
            address = parse_address(url)
        except ValueError as error:
            return str(error)
        if any(one.admits(address) for one in self._allowed):
            return None
        return f"{address.scheme}://{address.host} is not allowed; add it to actions.allow"

    def warn(self, scenarios: Iterable[Scenario]) -> None:
        """Log the actions of scenarios that would be refused, before a call finds out."""
        for scenario in scenarios:
            for name, action in scenario.spec.actions.items():
                if (refusal := self.refusal(action.url)) is not None:
                    _log.warning("scenario %s: action %s will fail: %s", scenario.name, name, refusal)
                if action.secret and not self._environment.get(token_variable(action.secret)):
                    variable = token_variable(action.secret)
                    _log.warning("scenario %s: action %s will fail: set %s", scenario.name, name, variable)

    async def run(self, request: ErrandRequest) -> ErrandOutcome:
        """Ask, and return the answer or why there is none."""
        if (refusal := self.refusal(request.url)) is not None:
            _log.warning("action %s: %s", request.action, refusal)
            return ErrandOutcome(failure="not allowed")
        token = self._environment.get(token_variable(request.secret)) if request.secret else None
        if request.secret and not token:
            _log.warning("action %s: set %s", request.action, token_variable(request.secret))
            return ErrandOutcome(failure="no token")
        asked = Request(request.url, method=request.method)
        if request.body is not None:
            asked.data = json.dumps(request.body, ensure_ascii=False).encode()
            asked.add_header("Content-Type", "application/json")
        try:
            body = await self._systems.ask(asked, token, request.timeout_s)
        except OutsideError as error:
            return ErrandOutcome(failure=str(error))
        try:
            return ErrandOutcome(answer=json.loads(body) if body.strip() else None)
        except (ValueError, RecursionError):
            return ErrandOutcome(failure="answered no JSON")


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
