"""The secret of the pages: where it comes from, and what is made with it."""

import base64
import os
from pathlib import Path

import pytest

from config.web.keys import Keys, load_keys
from engine.errors import ConfigurationError


def test_the_file_is_made_once_for_its_owner(tmp_path: Path) -> None:
    """And read again at the next start."""
    file = tmp_path / "data" / "web.key"
    first = load_keys(None, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_keys(None, file).request_token("x") == first.request_token("x")
    assert list(file.parent.iterdir()) == [file]


def test_the_environment_wins(tmp_path: Path) -> None:
    """No file is made then."""
    secret = base64.b64encode(os.urandom(32)).decode()
    load_keys(secret, tmp_path / "web.key")
    assert not (tmp_path / "web.key").exists()


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """With the mend."""
    file = tmp_path / "web.key"
    load_keys(None, file)
    file.chmod(0o640)
    with pytest.raises(ConfigurationError, match=r"mode 0640\): chmod 600"):
        load_keys(None, file)


@pytest.mark.parametrize("text", ["", "secret", base64.b64encode(b"x" * 31).decode()])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    """Short ones too."""
    with pytest.raises(ConfigurationError, match="VOICEBOT_WEB__KEY: not 32 bytes in base64; make one"):
        load_keys(text, tmp_path / "web.key")


def test_a_sealed_secret_opens_for_its_owner_alone() -> None:
    """Not for another user, another key, or after a change."""
    keys = Keys(b"k" * 32)
    sealed = keys.seal(b"secret", "user 1")
    assert b"secret" not in sealed
    assert keys.seal(b"secret", "user 1") != sealed
    assert keys.unseal(sealed, "user 1") == b"secret"
    for one, what, owner in (
        (keys, sealed, "user 2"),
        (Keys(b"j" * 32), sealed, "user 1"),
        (keys, sealed[:-1] + bytes([sealed[-1] ^ 1]), "user 1"),
    ):
        with pytest.raises(ConfigurationError, match="totp-reset"):
            one.unseal(what, owner)
