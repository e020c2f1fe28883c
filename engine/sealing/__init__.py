"""Encryption at rest: files in chunks and JSON documents, under keys that can be changed."""

from engine.sealing.documents import is_sealed_document, open_document, seal_document
from engine.sealing.files import (
    SUFFIX,
    SealedReader,
    SealedWriter,
    is_sealed,
    open_sealed,
    reseal_file,
    seal_file,
    seal_in_place,
    unseal_file,
)
from engine.sealing.keys import Keyring, new_key
from engine.sealing.stored import KEYS_VARIABLE, open_stored, plain_path, sealed_path, stored_at, stored_stat

__all__ = [
    "KEYS_VARIABLE",
    "SUFFIX",
    "Keyring",
    "SealedReader",
    "SealedWriter",
    "is_sealed",
    "is_sealed_document",
    "new_key",
    "open_document",
    "open_sealed",
    "open_stored",
    "plain_path",
    "reseal_file",
    "seal_document",
    "seal_file",
    "seal_in_place",
    "sealed_path",
    "stored_at",
    "stored_stat",
    "unseal_file",
]
