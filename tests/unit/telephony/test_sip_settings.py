"""Settings of the telephony side."""

from dataclasses import replace
from typing import Any

import pytest

from engine.errors import SettingsError
from telephony.settings import SipSettings, TlsSettings, WorkerSettings
from telephony.trunks import Transport, Trunk


def test_the_defaults_are_loopback_alone() -> None:
    """Nothing leaves this host, and nobody else gets in, until settings say so."""
    settings = SipSettings()
    assert settings.bind_address == "127.0.0.1"
    assert settings.allowed_peers == ("127.0.0.0/8",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bind_address", ""),
        ("bind_address", "localhost"),
        ("public_sip_address", "300.1.1.1"),
        ("public_rtp_address", "::1"),
        ("allowed_peers", ("10.0.0.1/8",)),
        ("allowed_peers", ("everyone",)),
        ("sip_port", 70000),
        ("rtp_port_min", 10001),
        ("rtp_port_min", 80),
        ("rtp_port_max", 10003),
        ("channels", 0),
        ("caller_id", "7701\r\nX: y"),
        ("caller_id", ""),
        ("display_name", 'Bank" <sip:evil@host>'),
        ("from_domain", "bank.example\r\n"),
        ("codecs", ()),
        ("answer_timeout_s", 0),
        ("media_timeout_s", -1),
        ("hold_timeout_s", 0),
        ("session_min_s", 30),
        ("session_expires_s", 80),
        ("retry_after_s", -1),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_name(name: str, value: Any) -> None:
    """The message names the setting."""
    with pytest.raises(SettingsError, match=name):
        SipSettings(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("engine_silence_s", 1.0), ("worker_silence_s", 0.1), ("tx_queue_frames", 2), ("ring_ticks", 100)],
)
def test_a_worker_setting_that_cannot_work_is_refused_by_name(name: str, value: Any) -> None:
    """Three heartbeats may get lost, three frames must be queued, 4 s must be kept."""
    with pytest.raises(SettingsError, match=name):
        WorkerSettings(**{name: value})


def test_trunks_need_names_of_their_own_and_tls_where_they_use_it() -> None:
    """What is wrong between settings is said as well."""
    one = Trunk(name="main", host="sbc.example")
    with pytest.raises(SettingsError, match="trunks: must be each of a name of its own"):
        SipSettings(trunks=(one, one))
    with pytest.raises(SettingsError, match="tls: must be set, since a trunk is reached over TLS"):
        SipSettings(trunks=(replace(one, transport=Transport.TLS),))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("tls.port", {"port": -1, "verify_peers": False}),
        ("tls.certificate and tls.key", {"certificate": __file__, "verify_peers": False}),
        ("tls.authorities", {}),
        ("tls.authorities", {"authorities": "/nowhere/ca.pem"}),
        ("tls.key", {"certificate": __file__, "key": "/nowhere/key.pem", "verify_peers": False}),
    ],
)
def test_tls_that_cannot_work_is_refused_by_name(name: str, values: dict[str, Any]) -> None:
    """Nobody is believed without authorities, and files must be there."""
    with pytest.raises(SettingsError, match=f"telephony setting {name}: must be"):
        TlsSettings(**values)
