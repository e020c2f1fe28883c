"""Sealed values for columns of a database: a JSON document becomes an object of ciphertext alone, a text a text."""

import base64
import binascii
import json
import secrets
import zlib
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import SealBroken
from engine.sealing.keys import KEY_ID_BYTES, Keyring, derived

_FIELD: Final = "sealed"
_MARK: Final = "sealed:"
"""Before the ciphertext of a text or of bytes."""
_NONCE_BYTES: Final = 12
_CHANGED: Final = "{}: was changed, or was sealed for another row; restore a backup"


def seal_document(document: Any, owner: str, keys: Keyring) -> dict[str, str]:
    """Return a JSON document compressed and sealed (AES-256-GCM), as a JSON object for the same column.

    Args:
        document: what JSON can hold.
        owner: table, column and row that it belongs to: elsewhere it does not open.
        keys: whose newest one seals.
    """
    plain = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    return {_FIELD: _sealed(plain, owner, keys)}


def is_sealed_document(stored: Any) -> bool:
    """Whether a column's value is a sealed document."""
    return isinstance(stored, dict) and stored.keys() == {_FIELD} and isinstance(stored[_FIELD], str)


def open_document(stored: Any, owner: str, keys: Keyring | None) -> Any:
    """Return what was sealed for this owner; a document that was stored in clear comes back as it is.

    Args:
        stored: the column's value.
        owner: as it was sealed for.
        keys: None where there are none.

    Raises:
        SealBroken: it was changed or belongs elsewhere, or there is no key at all.
        KeyMissing: it was sealed with a key that is not among them.
    """
    return json.loads(_opened(stored[_FIELD], owner, keys)) if is_sealed_document(stored) else stored


def seal_text(text: str, owner: str, keys: Keyring) -> str:
    """Return a text compressed and sealed, as a text for the same column; arguments as of `seal_document`."""
    return _MARK + _sealed(text.encode(), owner, keys)


def open_text(stored: str, owner: str, keys: Keyring | None) -> str:
    """Return the text that was sealed for this owner; one that was stored in clear comes back as it is.

    Raises:
        SealBroken, KeyMissing: as `open_document`.
    """
    return _opened(stored.removeprefix(_MARK), owner, keys).decode() if stored.startswith(_MARK) else stored


def seal_bytes(plain: bytes, owner: str, keys: Keyring) -> bytes:
    """Return bytes sealed, as they are; arguments as of `seal_document`."""
    return _MARK.encode() + _encrypted(plain, owner, keys)


def open_bytes(stored: bytes, owner: str, keys: Keyring | None) -> bytes:
    """Return the bytes that were sealed for this owner; what was stored in clear comes back as it is.

    Raises:
        SealBroken, KeyMissing: as `open_document`.
    """
    mark = _MARK.encode()
    return _decrypted(stored.removeprefix(mark), owner, keys) if stored.startswith(mark) else stored


def _sealed(plain: bytes, owner: str, keys: Keyring) -> str:
    return base64.b64encode(_encrypted(zlib.compress(plain), owner, keys)).decode()


def _opened(sealed: str, owner: str, keys: Keyring | None) -> bytes:
    try:
        return zlib.decompress(_decrypted(base64.b64decode(sealed, validate=True), owner, keys))
    except (binascii.Error, zlib.error):
        raise SealBroken(_CHANGED.format(owner)) from None


def _encrypted(plain: bytes, owner: str, keys: Keyring) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return keys.newest + nonce + _box(keys, keys.newest, owner).encrypt(nonce, plain, owner.encode())


def _decrypted(raw: bytes, owner: str, keys: Keyring | None) -> bytes:
    if keys is None:
        raise SealBroken(f"{owner}: is sealed, and no key is given: set VOICEBOT_PRIVACY__KEYS")
    key_id, nonce = raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES : KEY_ID_BYTES + _NONCE_BYTES]
    box = _box(keys, key_id, owner)
    try:
        return box.decrypt(nonce, raw[KEY_ID_BYTES + _NONCE_BYTES :], owner.encode())
    except (ValueError, InvalidTag):
        raise SealBroken(_CHANGED.format(owner)) from None


def _box(keys: Keyring, key_id: bytes, owner: str) -> AESGCM:
    return AESGCM(derived(keys.find(key_id, owner), b"", b"document"))
