"""Which User-Agent is a scanner's."""

from pathlib import Path

import pytest

from engine.errors import ConfigurationError
from telephony.scanners import is_scanner, signatures


@pytest.mark.parametrize("name", ["friendly-scanner", "Friendly-Scanner/1.0", "sipcli/v1.8", "VaxSIPUserAgent/3.1"])
def test_a_scanner_is_known_in_any_case(name: str) -> None:
    assert is_scanner(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "SIPp/3.6",
        "PJSUA v2.17",
        "Asterisk PBX 20",
        "Cisco-SIPGateway/IOS-15",
        "Zoiper v2",
        "FreeSWITCH",
        "OpenSIPS",
    ],
)
def test_what_telephones_and_trunks_are_called_is_let_through(name: str) -> None:
    assert not is_scanner(name)


@pytest.mark.parametrize("text", ["", "user_agents = 3", 'user_agents = ["a\\"b(c"]', 'user_agents = [".*"]', "user_"])
def test_a_list_that_could_do_harm_is_refused(tmp_path: Path, text: str) -> None:
    """Signatures go into a regular expression of the edge's, so that nothing else may stand there."""
    path = tmp_path / "scanners.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"scanners\.toml"):
        signatures(path)
