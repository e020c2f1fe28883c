"""The pages in the browser: where they are served, and for how long somebody stays signed in."""

from datetime import timedelta
from ipaddress import IPv4Address
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from config.sections.base import Address, Folder, Listed, Network, Secret, Section

_ANY = "0.0.0.0"
_LEAST_TOKEN = 32


def _host(text: str) -> str:
    name = text.strip().lower()
    if not name or "/" in name or ":" in name or " " in name:
        raise ValueError("write the name alone, without https:// and port, such as voicebot.bank.example")
    return name


class Web(Section):
    """The pages in the browser, served by a process of their own. On other addresses than loopback they want TLS."""

    enabled: bool = Field(True, description="Whether `voicebot serve` starts them; `voicebot web` serves them alone.")
    address: Address = Field("127.0.0.1", description="Where they are served; 0.0.0.0 is every address.")
    port: int = Field(8080, ge=0, le=65535, description="TCP port; 0 takes any that is free.")
    hosts: Annotated[tuple[Annotated[str, AfterValidator(_host)], ...], Listed] = Field(
        (),
        description="Names by which browsers reach them, beside the address itself; other Host headers are refused.",
        examples=[["voicebot.bank.example"]],
    )
    tls_certificate: Folder | None = Field(
        None, description="Certificate with its chain, PEM.", examples=["/etc/voicebot/web.pem"]
    )
    tls_key: Folder | None = Field(
        None, description="Its private key, PEM, without a password.", examples=["/etc/voicebot/web.key"]
    )
    behind_proxy: Annotated[tuple[Network, ...], Listed] = Field(
        (),
        description="Networks of reverse proxies that end TLS in front: nobody else is served then, and their "
        "X-Forwarded-For and X-Forwarded-Proto are believed.",
        examples=[["10.0.0.5"]],
    )
    session_hours: float = Field(12, gt=0, le=168, description="After which everybody signs in again.")
    idle_minutes: float = Field(30, gt=0, le=1440, description="Without a page view, after which a session ends.")
    max_upload_mb: int = Field(25, ge=1, le=1024, description="Largest file that may be uploaded.")
    key: Secret = Field(
        None,
        description="32 bytes in base64, with which second factors are encrypted; unset: made once, in web.key in "
        "paths.data_dir. From the environment alone.",
    )

    payments_token: Secret = Field(
        None,
        description="Token of 32 characters and more with which the bank's system posts payments to /api/payments; "
        "unset: nothing is taken there. From the environment alone.",
    )

    @model_validator(mode="after")
    def _hard_to_guess(self) -> "Web":
        token = self.payments_token.get_secret_value() if self.payments_token else ""
        if token and (len(token) < _LEAST_TOKEN or not token.isascii() or not token.isprintable()):
            raise ValueError(f"payments_token: give {_LEAST_TOKEN} random letters and figures, as openssl rand -hex 32")
        return self

    @model_validator(mode="after")
    def _protected(self) -> "Web":
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together: set both, or neither")
        if not self.loopback and not (self.tls or self.behind_proxy):
            raise ValueError(
                f"address {self.address} is seen by other machines, and passwords would cross the network in clear: "
                'set tls_certificate and tls_key, or behind_proxy = ["10.0.0.5"] where a proxy ends TLS, or '
                'address = "127.0.0.1"'
            )
        if (self.address == _ANY or self.behind_proxy) and not self.hosts:
            raise ValueError('set hosts too, the names by which browsers reach it, such as ["voicebot.bank.example"]')
        return self

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return IPv4Address(self.address).is_loopback

    @property
    def tls(self) -> bool:
        """Whether we end TLS ourselves."""
        return self.tls_certificate is not None and self.tls_key is not None

    @property
    def secure(self) -> bool:
        """Whether browsers reach it over https."""
        return self.tls or bool(self.behind_proxy)

    @property
    def known_hosts(self) -> frozenset[str]:
        """The Host headers that are served, without port."""
        own = {"127.0.0.1", "localhost"} if self.loopback and not self.behind_proxy else set()
        return frozenset({*self.hosts, *own, *({self.address} - {_ANY})})

    @property
    def idle(self) -> timedelta:
        """How long a session lasts without a page view."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def longest(self) -> timedelta:
        """How long a session lasts at most."""
        return timedelta(hours=self.session_hours)
