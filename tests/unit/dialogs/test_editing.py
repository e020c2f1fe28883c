"""Recordings named in a scenario's files: one line comes, goes or changes, and nothing else."""

import pytest

from dialogs.documents import parse_document
from dialogs.editing import name_recording
from engine.errors import ScenarioError
from engine.speech import Language

BEFORE = """\
# Kept.
prompts:
  hello:
    neutral: true  # anybody
    ru: "Здравствуйте!"
    en: Hello!

  bye: {neutral: true, en: "Bye!"}
  pause:
    recordings:
      ru: pause.ru.wav  # old
      en: pause.en.wav

    # of the text
    en: Wait.
"""


def recordings(content: str, prompt: str) -> object:
    data = parse_document("x", content.encode()).data
    assert isinstance(data, dict)
    prompts = data["prompts"]
    assert isinstance(prompts, dict)
    entry = prompts[prompt]
    assert isinstance(entry, dict)
    return entry.get("recordings")


@pytest.mark.parametrize(
    ("prompt", "path", "named"),
    [
        ("hello", "r/hello.en.wav", {"en": "r/hello.en.wav"}),
        ("bye", "r/bye.en.wav", {"en": "r/bye.en.wav"}),
        ("pause", "r/new.wav", {"ru": "pause.ru.wav", "en": "r/new.wav"}),
        ("pause", None, {"ru": "pause.ru.wav"}),
        ("hello", None, None),
    ],
)
def test_a_recording_is_named(prompt: str, path: str | None, named: object) -> None:
    after = name_recording("x", BEFORE, prompt, Language.ENGLISH, path)
    assert recordings(after, prompt) == named
    assert [one for one in BEFORE.splitlines() if one.lstrip().startswith(("#", "neutral", "en: W"))] == [
        one for one in after.splitlines() if one.lstrip().startswith(("#", "neutral", "en: W"))
    ]
    others = {"hello", "bye", "pause"} - {prompt}
    assert all(recordings(after, one) == recordings(BEFORE, one) for one in others)


def test_named_twice_is_as_named_once() -> None:
    once = name_recording("x", BEFORE, "hello", Language.ENGLISH, "a.wav")
    assert name_recording("x", once, "hello", Language.ENGLISH, "a.wav") == once
    both = name_recording("x", once, "hello", Language.RUSSIAN, "b.wav")
    assert recordings(both, "hello") == {"en": "a.wav", "ru": "b.wav"}


def test_a_prompt_that_is_not_there_is_named() -> None:
    with pytest.raises(ScenarioError, match="there is no prompt `nobody`"):
        name_recording("x", BEFORE, "nobody", Language.ENGLISH, "a.wav")
