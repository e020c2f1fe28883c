"""Sealed JSON documents of a column."""

import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import KeyMissing, SealBroken
from engine.sealing import Keyring, is_sealed_document, open_document, seal_document

OLD, NEW = os.urandom(32), os.urandom(32)
KEYS = Keyring([NEW, OLD])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_a_document_comes_back(document: Any) -> None:
    stored = seal_document(document, "transcripts.utterances c-1", KEYS)
    assert is_sealed_document(stored)
    assert open_document(stored, "transcripts.utterances c-1", KEYS) == document


def test_it_opens_for_its_own_row_alone() -> None:
    stored = seal_document({"words": ["да"]}, "c-1", KEYS)
    with pytest.raises(SealBroken, match="c-2: was changed, or was sealed for another row"):
        open_document(stored, "c-2", KEYS)
    with pytest.raises(SealBroken, match="no key is given: set VOICEBOT_PRIVACY__KEYS"):
        open_document(stored, "c-1", None)
    with pytest.raises(KeyMissing):
        open_document(stored, "c-1", Keyring([OLD]))


@pytest.mark.parametrize("stored", [None, 5, [], {"a": 1}, {"sealed": 1}, {"sealed": "x", "a": 1}])
def test_what_was_stored_in_clear_comes_back_as_it_is(stored: Any) -> None:
    assert open_document(stored, "c-1", None) == stored


@pytest.mark.parametrize("text", ["", "!", "AAAA", "A" * 200])
def test_rubbish_is_told(text: str) -> None:
    with pytest.raises(SealBroken):
        open_document({"sealed": text}, "c-1", KEYS)
