"""The lists of cues say what is wrong with them."""

from pathlib import Path

import pytest

from analytics.promises.cues import read_cues
from engine.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("pay: [", "cannot be read as YAML"),
        ("- pay", "kinds of cues"),
        ("pay: {ru: [плачу]}", "pay: wants a list of patterns for each of ru, kk, en"),
        ("pay: {ru: [плачу], kk: [], en: [pay]}", "pay: a list of patterns is wanted"),
        ("pay: {ru: ['(плачу'], kk: [төлеймін], en: [pay]}", "is no pattern"),
    ],
)
def test_a_wrong_list_is_refused_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    """The message names the file, and the kind where it knows."""
    source = tmp_path / "cues.yaml"
    source.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=problem) as caught:
        read_cues(source)
    assert str(source) in str(caught.value)
