"""A language model is built only where the corpora tell what the tests speak."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from asr.training.corpora import is_held_out
from asr.training.language_model.build import main
from engine.errors import ConfigurationError

TRAINED = next(text for text in (f"да {'а' * count}" for count in range(99)) if not is_held_out(text))


@pytest.mark.parametrize(
    ("corpus", "rows", "told"),
    [
        ("kk-synth", [{"text": TRAINED}], r"ru-\*/manifest\.jsonl is missing"),
        ("ru-synth", [{"text": TRAINED}], "no ru corpus speaks in tests"),
        ("ru-synth", [], r"manifest\.jsonl, line 1: "),
    ],
)
def test_a_folder_that_tells_no_tests_leaves_the_model_as_it_was(
    tmp_path: Path, corpus: str, rows: list[dict[str, str]], told: str
) -> None:
    (tmp_path / corpus).mkdir()
    (tmp_path / corpus / "manifest.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    target = tmp_path / "ru.npz"
    target.write_bytes(b"the model of before")
    ended = CliRunner().invoke(main, ["ru", str(target), "--speech", str(tmp_path)])
    with pytest.raises(ConfigurationError, match=told):
        raise ended.exception or AssertionError(ended.output)
    assert target.read_bytes() == b"the model of before"
