"""Trials as the text of a file, in the form that people write them in."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from dialogs.trials.spec import TrialSpec


def as_yaml(trials: Iterable[TrialSpec]) -> str:
    """Return the text of a file of trials."""
    return "\n".join("\n".join(_lines(trial)) + "\n" for trial in trials)


def _lines(trial: TrialSpec) -> Iterator[str]:
    data = trial.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    for key in _MOMENTS.intersection(data):
        data[key] = data[key].removesuffix(":00")
    steps, name = data.pop("steps", []), data.pop("name")
    after = {key: data.pop(key) for key in _AT_THE_END if key in data}
    yield f"- name: {_flow(name)}"
    yield from (f"  {key}: {_flow(value)}" for key, value in data.items())
    if steps:
        yield "  steps:"
        for step in steps:
            first = sorted(step, key=lambda key: key not in _TURNS)
            yield f"    - {_flow({key: step[key] for key in first})}"
    yield from (f"  {key}: {_flow(value)}" for key, value in after.items())


_MOMENTS = frozenset({"now", "callback"})
_TURNS = ("says", "means", "silence", "nobody")
_AT_THE_END = ("ends", "transfer", "promise", "callback", "answers", "slots", "never")


def _flow(value: Any) -> str:
    """Return a value in one line; words that need it in quotes."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(_flow(each) for each in value) + "]"
        case str() if value.isascii() and value.replace("_", "").isalpha() and value not in ("true", "false", "null"):
            return value
        case str() if _moment(value):
            return value
        case str():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return json.dumps(value)


def _moment(text: str) -> bool:
    """Whether it is a day, or a moment, which stand without quotes."""
    return text[:4].isdigit() and text[4:5] == "-" and text.replace("-", "").replace("T", "").replace(":", "").isdigit()
