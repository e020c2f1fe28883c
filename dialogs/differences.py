"""What differs between two versions of a scenario, in words for whoever approves a change."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from dialogs.schema import PromptSpec, ScenarioSpec, StateSpec, TransitionSpec
from engine.speech import Language


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs.

    Args:
        where: what it is about, such as ``state promise`` or ``prompt notice``.
        what: the difference.
        before: as it was; None where it is new.
        after: as it is; None where it is gone.
    """

    where: str
    what: str
    before: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        """Return it as lines of text."""
        lines = [f"{self.where}: {self.what}"]
        lines += [f"  - {self.before}"] if self.before is not None else []
        lines += [f"  + {self.after}"] if self.after is not None else []
        return "\n".join(lines)


_BARE: Final = ({"all"}, {"examples"})
"""Keys that a designer leaves out where they stand alone: a segment's conditions, an intent's examples."""


def differences(before: ScenarioSpec, after: ScenarioSpec) -> tuple[Difference, ...]:
    """Return what differs, prompts first, since those are what people hear."""
    found = [*_prompts(before, after), *_states(before, after)]
    found += _ways("any question", before.anytime, after.anytime)
    named = ("facts", "slots", "entities", "segments", "intents", "actions", "pronunciations")
    for section in named:
        found += _entries(section.removesuffix("s"), getattr(before, section), getattr(after, section))
    seen = {"prompts", "states", "anytime", "include", "replaces", *named}
    for key in sorted(ScenarioSpec.model_fields.keys() - seen):
        found += _values("scenario", key, getattr(before, key), getattr(after, key))
    return tuple(found)


def _prompts(before: ScenarioSpec, after: ScenarioSpec) -> Iterator[Difference]:
    for name, old, new in _both(before.prompts, after.prompts):
        where = f"prompt {name}"
        if old is None or new is None:
            yield _appeared(where, _spoken(old), _spoken(new))
            continue
        for language in Language:
            one, other = _spoken(old, language), _spoken(new, language)
            if one != other:
                yield Difference(where, f"says something else in {language.name.title()}", one or None, other or None)
        for key in sorted(PromptSpec.model_fields.keys() - set(Language)):
            yield from _values(where, key, getattr(old, key), getattr(new, key))


def _states(before: ScenarioSpec, after: ScenarioSpec) -> Iterator[Difference]:
    for name, old, new in _both(before.states, after.states):
        where = f"state {name}"
        if old is None or new is None:
            yield _appeared(where, old and _kind(old), new and _kind(new))
            continue
        yield from _ways(where, old.on, new.on)
        for key in sorted(StateSpec.model_fields.keys() - {"on"}):
            yield from _values(where, key, getattr(old, key), getattr(new, key))


def _ways(where: str, before: Iterable[TransitionSpec], after: Iterable[TransitionSpec]) -> Iterator[Difference]:
    """Yield answers whose line was changed, came or went, and whether their order did."""
    old, new = list(map(_way, before)), list(map(_way, after))
    gone = [line for line in old if line not in new]
    come = [line for line in new if line not in old]
    for line in gone:
        same = next((other for other in come if other.partition(" → ")[0] == line.partition(" → ")[0]), None)
        if same is not None:
            come.remove(same)
        yield Difference(where, "an answer is followed otherwise" if same else "an answer is gone", line, same)
    yield from (Difference(where, "an answer is new", None, line) for line in come)
    if sorted(old) == sorted(new) and old != new:
        yield Difference(where, "answers stand in another order: where two fit, the first is taken")


def _entries(kind: str, before: Mapping[Any, Any], after: Mapping[Any, Any]) -> Iterator[Difference]:
    for name, old, new in _both(before, after):
        where = f"{kind} {name}"
        if old is None or new is None:
            yield _appeared(where, None if old is None else _shown(old), None if new is None else _shown(new))
        elif old != new:
            yield Difference(where, "is changed", _shown(old), _shown(new))


def _values(where: str, key: str, before: object, after: object) -> Iterator[Difference]:
    if before != after:
        yield Difference(where, f"`{key}` is changed", _shown(before) or None, _shown(after) or None)


def _both(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> Iterator[tuple[Any, Any, Any]]:
    for name in (*before, *(name for name in after if name not in before)):
        yield name, before.get(name), after.get(name)


def _appeared(where: str, before: str | None, after: str | None) -> Difference:
    return Difference(where, "is new" if before is None else "is gone", before, after)


def _kind(state: StateSpec) -> str:
    for key in ("ask", "do", "end"):
        if (value := getattr(state, key)) is not None:
            return f"{key}: {value}"
    return "route"


def _spoken(prompt: PromptSpec | None, language: Language | None = None) -> str | None:
    if prompt is None:
        return None
    languages = (language,) if language else tuple(Language)
    texts = []
    for each in languages:
        for tone, variants in (prompt.wordings(each) or {}).items():
            texts += [f"[{tone}] {text}" if tone else text for text in variants]
    return " / ".join(texts)


def _way(way: TransitionSpec) -> str:
    """Return a transition as one line."""
    parts = [", ".join(way.on)]
    parts += ["if " + " and ".join(map(str, way.when))] if way.when else []
    parts += [f"at most {way.times} times"] if way.times else []
    does = [*way.take, *map(str, way.set)]
    does += [f"party {way.party}"] if way.party else []
    does += ["confirms"] if way.confirms else []
    says = f", says {', '.join(way.say)}" if way.say else ""
    takes = f" ({', '.join(does)})" if does else ""
    return f"{' '.join(parts)} → {way.to}{takes}{says}"


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case BaseModel() if "__str__" in vars(type(value)):
            return str(value)
        case BaseModel():
            given = {key: each for key, each in value if each != type(value).model_fields[key].get_default()}
            if given.keys() in _BARE:
                return "".join(map(_shown, given.values()))
            return ", ".join(f"{key}: {_shown(each)}" for key, each in given.items())
        case dict():
            return ", ".join(f"{key}: {_shown(each)}" for key, each in value.items())
        case tuple() | list():
            return "; ".join(map(_shown, value))
        case _:
            return str(value)
