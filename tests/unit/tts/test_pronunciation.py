"""Respellings of words that engines misread."""

from pathlib import Path

import pytest

from engine.errors import ConfigurationError
from engine.speech import Language
from tts.pronunciation import Pronunciation, load_pronunciation


@pytest.mark.parametrize(
    ("text", "respelt"),
    [
        ("Банк Каспи!", "Банк ка́спи!"),
        ("каспийский", "каспийский"),
        ("По договору кредитора", "По догово́ру креди́тора"),
        ("Договорились", "договори́лись"),
        ("до́говор", "до́говор"),
    ],
)
def test_listed_words_are_respelt_whole_or_by_stem(text: str, respelt: str) -> None:
    """Whole words and stems count in any case, the longest stem wins, and a stress that the author set stays."""
    words = Pronunciation({"каспи": "ка́спи", "договор*": "догово́р*", "договори*": "договори́*", "кредит*": "креди́т*"})
    assert words.apply(text) == respelt


def test_the_products_own_lists_load_for_every_language_and_engine(language: Language) -> None:
    """The list that is shipped is well formed, and an engine's section goes over the language's."""
    for engine in ("piper", "espeak", "festival"):
        load_pronunciation(language, engine)
    assert load_pronunciation(Language.RUSSIAN, "espeak").apply("сорок") == "[[s'orVk]]"
    assert load_pronunciation(Language.RUSSIAN, "festival").apply("сорок") == "сорок"


def test_a_changed_list_has_another_fingerprint() -> None:
    """Prompts rendered before a change of the list are not taken for the changed ones."""
    assert Pronunciation({"а": "б"}).fingerprint != Pronunciation({"а": "в"}).fingerprint


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("ru: [каспи]", "`ru:` must hold"),
        ("ru: {да: 'yes', нет: no}", "entry `нет: False` must be two texts"),
        ("ru: {дог*: догово́р}", "needs a star at both ends"),
        ("ru: {", "not a readable YAML file"),
        ("- ru", "`ru:` must hold"),
    ],
)
def test_a_wrong_list_is_refused_with_its_file_and_the_mend(tmp_path: Path, content: str, complaint: str) -> None:
    """The message names the file, the entry, and what to write instead."""
    file = tmp_path / "words.yaml"
    file.write_text(content, "utf-8")
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        load_pronunciation(Language.RUSSIAN, path=file)
    assert str(file) in str(caught.value)


def test_a_missing_list_is_refused(tmp_path: Path) -> None:
    """A file that is named and not there is an error, not an empty list."""
    with pytest.raises(ConfigurationError, match=r"gone\.yaml"):
        load_pronunciation(Language.RUSSIAN, path=tmp_path / "gone.yaml")
