"""The secret of this installation's pages, and what is made with it: request tokens, sealed secrets, fingerprints.

It comes from VOICEBOT_WEB__KEY, else from a file beside the database, which is made at first need for its owner alone.
Whoever has the database without it can neither produce codes of a second factor nor test recovery codes.
"""

import base64
import binascii
import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import ConfigurationError

KEY_BYTES = 32
_NONCE_BYTES = 12
_MEND = "make one with: python3 -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())'"


class Keys:
    """Keys for each purpose, derived from one secret.

    Args:
        secret: 32 random bytes.
    """

    def __init__(self, secret: bytes) -> None:
        self._tokens = _derived(secret, "request tokens")
        self._codes = _derived(secret, "recovery codes")
        self._box = AESGCM(_derived(secret, "sealed secrets"))

    def request_token(self, visit: str) -> str:
        """Return what a form of this visit must carry; it changes with the session's token."""
        return hmac.new(self._tokens, visit.encode(), sha256).hexdigest()

    def code_hash(self, code: str) -> str:
        """Return what is stored of a recovery code; fast, since codes are long and random."""
        return hmac.new(self._codes, code.encode(), sha256).hexdigest()

    def seal(self, plain: bytes, owner: str) -> bytes:
        """Encrypt and authenticate (AES-256-GCM, a random nonce of 96 bits before it), bound to its owner."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._box.encrypt(nonce, plain, owner.encode())

    def unseal(self, sealed: bytes, owner: str) -> bytes:
        """Return what was sealed for this owner.

        Raises:
            ConfigurationError: it was sealed with another key, or for somebody else.
        """
        try:
            return self._box.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner.encode())
        except InvalidTag:
            raise ConfigurationError(
                "a second factor was stored with another key: give back the VOICEBOT_WEB__KEY or web.key that was "
                "there, or let the person begin anew: voicebot users totp-reset NAME"
            ) from None


def load_keys(given: str | None, file: Path) -> Keys:
    """Return the keys from the environment's secret, else from the file, which is made where there is none.

    Raises:
        ConfigurationError: the secret is not 32 bytes in base64, or others may read the file.
    """
    if given is not None:
        return Keys(_decoded(given, "environment variable VOICEBOT_WEB__KEY"))
    try:
        _make(file)
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode & 0o777
            text = opened.read(200)
    except OSError as error:
        raise ConfigurationError(f"{file}: the key of the pages cannot be read or made: {error.strerror}") from error
    if mode & 0o077:
        raise ConfigurationError(f"{file}: others than its owner may read it (mode {mode:04o}): chmod 600 {file}")
    return Keys(_decoded(text.decode("ascii", "replace"), str(file)))


def _make(file: Path) -> None:
    """Make the file whole or not at all, also while another process does the same."""
    if file.exists():
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600), "wb") as opened:
        opened.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        opened.flush()
        os.fsync(opened.fileno())
    try:
        os.link(part, file)
    except FileExistsError:
        pass
    finally:
        part.unlink()


def _decoded(text: str, place: str) -> bytes:
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:
        raise ConfigurationError(f"{place}: not {KEY_BYTES} bytes in base64; {_MEND}")
    return secret


def _derived(secret: bytes, purpose: str) -> bytes:
    return hmac.new(secret, b"collection-voicebot web: " + purpose.encode(), sha256).digest()
