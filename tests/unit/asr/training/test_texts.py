"""The texts that language models learn from."""

import gettext
import struct
from pathlib import Path

import pytest

from asr.training.language_model.texts import translations


def catalogue(texts: dict[str, str]) -> bytes:
    """Return a file as gettext's msgfmt writes it: header, a table of lengths and places for each side, the texts."""
    messages = {"": "Content-Type: text/plain; charset=UTF-8\n"} | dict(sorted(texts.items()))
    sides = [[text.encode() for text in side] for side in (messages, messages.values())]
    at = 28 + 16 * len(messages)
    header = struct.pack("<7I", 0x950412DE, 0, len(messages), 28, 28 + 8 * len(messages), 0, at)
    for text in (text for side in sides for text in side):
        header += struct.pack("<2I", len(text), at)
        at += len(text) + 1
    return header + b"".join(text + b"\0" for side in sides for text in side)


def test_translations_give_each_sentence_once_without_marks_and_stress(tmp_path: Path) -> None:
    (tmp_path / "ru").mkdir()
    story = {
        "a": "Мы взя\u0301ли <b>замок</b> штурмом! Вперёд. {name}, ты с нами или нет?",
        "b": "Мы взяли замок штурмом.",
        "c\0d": "один воин пришёл\0два воина пришли",
    }
    (tmp_path / "ru" / "story.mo").write_bytes(catalogue(story))
    with (tmp_path / "ru" / "story.mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("b") == story["b"]
    assert [" ".join(words) for words in translations(tmp_path)] == [
        "мы взяли замок штурмом",
        "ты с нами или нет",
        "один воин пришёл",
        "два воина пришли",
    ]


def test_what_is_no_catalogue_is_named(tmp_path: Path) -> None:
    (tmp_path / "ru.mo").write_bytes(b"no catalogue of texts")
    with pytest.raises(ValueError, match=r"ru\.mo is no catalogue"):
        list(translations(tmp_path))
