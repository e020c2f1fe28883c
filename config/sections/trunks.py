"""Trunks, a table each."""

import os
from typing import Annotated

from pydantic import Field, PrivateAttr, model_validator

from config.sections.base import Digits, Listed, Names, Network, Section
from engine.errors import SettingsError
from telephony.trunks import KeyTones, Srtp, Transport, Trunk


class TrunkTable(Section):
    """A trunk; write one table [[trunks]] for each. Numbers go to the trunk of the lowest priority that can take them.

    Its password comes from the environment variable VOICEBOT_TRUNK_NAME_PASSWORD, in capitals and with _ for -.
    """

    name: str = Field(description="Ours for it, in logs and refusals.", examples=["main"])
    host: str = Field(description="Host name or IPv4 address.", examples=["sbc.bank.example"])
    port: int = Field(0, ge=0, le=65535, description="0 stands for 5060, or 5061 over TLS.")
    number_format: str = Field(
        "{number}", description='User part to dial; {number} stands for the E.164 digits, such as "+{number}".'
    )
    priority: int = Field(10, ge=0, description="Lower ones are tried first; among equals the one with the most room.")
    transport: Transport = Field(Transport.UDP, description="udp, or tls (with sip.tls).")
    srtp: Srtp = Field(Srtp.OFF, description="Encrypted media, with keys from SDP: off, optional or required.")
    srtp_in_clear: bool = Field(False, description="Admit SRTP over UDP, where everyone on the way reads its keys.")
    outbound_proxy: str = Field("", description="host or host:port to send everything to instead of host.")
    registration: bool = Field(False, description="Whether to register there.")
    registrar: str = Field("", description="Domain to register at; empty: the host. It is sent where calls go.")
    expires_s: int = Field(300, ge=60, le=86400, description="Seconds that a registration is asked for.")
    user: str = Field("", description="User for digest authentication, and to register.")
    realm: str = Field("*", description="The only realm in which we answer a challenge; * for any.")
    caller_ids: Names = Field((), description="Our numbers, taken in turn; none: sip.caller_id.")
    display_name: str = Field("", description="Our name in From; empty: sip.display_name.")
    from_domain: str = Field("", description="Host part of From; empty: our own address.")
    asserted_identity: bool = Field(False, description="Also send the number in P-Asserted-Identity (RFC 3325).")
    anonymous: bool = Field(False, description="Hide the number in From, and send it asserted only (RFC 3323).")
    channels: int | None = Field(None, ge=1, description="Calls at once, both ways, at most.", examples=[30])
    max_per_second: float | None = Field(None, gt=0, description="Dials a second, at most.", examples=[2.0])
    prefixes: Annotated[tuple[Digits, ...], Listed] = Field((), description="E.164 prefixes it takes; none: all.")
    probe_s: float = Field(30.0, ge=0, description="Seconds between OPTIONS that ask if it is there; 0 for none.")
    latch: bool = Field(False, description="RTP may come from elsewhere than SDP says, once latched to (NAT).")
    peers: Annotated[tuple[Network, ...], Listed] = Field(
        (), description="Networks whose inbound calls are this trunk's; they may call in."
    )
    refer: bool = Field(True, description="Whether it takes REFER; otherwise transfers are bridged.")
    key_tones: KeyTones = Field(KeyTones.AUTO, description="Keys that we press: auto, rfc4733 or info.")

    _password: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _valid(self) -> "TrunkTable":
        name = trunk_password_variable(self.name)
        secret = next((value for key, value in os.environ.items() if key.upper() == name), "")
        self._password = secret
        try:
            self.trunk()
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return self

    def trunk(self) -> Trunk:
        """Return the same as telephony takes it, with its password.

        Raises:
            SettingsError: a value cannot be used.
        """
        values = {name: getattr(self, name) for name in type(self).model_fields}
        values["peers"] = tuple(str(network) for network in self.peers)
        return Trunk(**values, password=self._password)


def trunk_password_variable(name: str) -> str:
    """Return the environment variable with the password of a trunk."""
    return f"VOICEBOT_TRUNK_{name.upper().replace('-', '_')}_PASSWORD"
