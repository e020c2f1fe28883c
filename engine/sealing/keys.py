"""Keys of encryption at rest: the newest seals, all of them open."""

import base64
import binascii
import secrets
from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.errors import KeyMissing, SettingsError

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 8
_MEND: Final = "make one with: voicebot seal --new-key"


class Keyring:
    """Master keys, from which those of every file and purpose are derived. Their text appears nowhere.

    Args:
        keys: of 32 random bytes each, the newest first.

    Raises:
        ValueError: there is none, one is of another length, or one comes twice.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"one key of {KEY_BYTES} bytes or more of them are wanted")
        self._keys = {derived(key, b"", b"key id", KEY_ID_BYTES): key for key in keys}
        if len(self._keys) != len(keys):
            raise ValueError("the same key is there twice")
        self.newest: Final = next(iter(self._keys))

    @staticmethod
    def parse(text: str, place: str) -> "Keyring":
        """Read keys in base64, parted by commas, the newest first.

        Args:
            text: as the environment gives it.
            place: what to call it in errors.

        Raises:
            SettingsError: a key is none; the message tells which by its place in the row, never the key.
        """
        keys = []
        for number, one in enumerate(text.split(","), 1):
            try:
                keys.append(base64.b64decode(one.strip(), validate=True))
            except (binascii.Error, ValueError):
                keys.append(b"")
            if len(keys[-1]) != KEY_BYTES:
                raise SettingsError(f"{place}: key {number} is not {KEY_BYTES} bytes in base64; {_MEND}")
        try:
            return Keyring(keys)
        except ValueError as error:
            raise SettingsError(f"{place}: {error}; give each key once") from None

    def __repr__(self) -> str:
        return f"Keyring({', '.join(key_id.hex() for key_id in self._keys)})"

    def find(self, key_id: bytes, what: str) -> bytes:
        """Return the master key of an id.

        Raises:
            KeyMissing: it is not among them; the message names what it was wanted for, and the id.
        """
        key = self._keys.get(key_id)
        if key is None:
            raise KeyMissing(
                f"{what}: was sealed with key {key_id.hex()}, which is not among the keys given "
                f"({', '.join(one.hex() for one in self._keys)}): add that key behind the newest one"
            )
        return key


def new_key() -> str:
    """Return a new random key in base64."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def derived(key: bytes, salt: bytes, purpose: bytes, length: int = KEY_BYTES) -> bytes:
    """Return a key for one purpose (HKDF-SHA256, RFC 5869)."""
    return HKDF(SHA256(), length, salt, b"collection-voicebot sealing: " + purpose).derive(key)
