"""Scenario files to `Scenario`: found by name or path, parsed, validated, joined with includes, checked, hashed."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from dialogs import schema
from dialogs.briefing import BriefingTexts
from dialogs.checks import Checker
from dialogs.documents import Document, Steps, read_document
from dialogs.prompts import Prompt, Template, TemplateError
from dialogs.recordings import Recording, find_recordings
from dialogs.scenario import Scenario
from dialogs.understanding.understanding import load_understanding
from engine.errors import ScenarioError
from engine.speech import Language

SCENARIO_FILE: Final = "scenario.yaml"
"""The file that is looked for in a scenario's folder."""

MAX_PROBLEMS: Final = 20
"""Problems named in one error; with more, the rest follows once these are mended."""

_KEYS: Final = frozenset(
    name
    for model in vars(schema).values()
    if isinstance(model, type) and issubclass(model, BaseModel)
    for name in model.model_fields
)

_ModelT = TypeVar("_ModelT", bound=BaseModel)


def shipped_scenarios() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the product."""
    folder = files("dialogs") / "scenarios"
    return tuple(sorted(entry.name for entry in folder.iterdir() if (entry / SCENARIO_FILE).is_file()))


def load_scenario(scenario: str | Path) -> Scenario:
    """Load a scenario and train the understanding, which is kept for the next one.

    Args:
        scenario: a shipped scenario's name, a folder with a ``scenario.yaml``, or such a file.

    Raises:
        ScenarioError: a line for each problem, ``file:line:column: what is wrong; the mend``.
    """
    source, folder = _find(scenario)
    document = read_document(source)
    spec = _validate(schema.ScenarioSpec, document)
    parts = {"prompts": dict.fromkeys(spec.prompts, document), "states": dict.fromkeys(spec.states, document)}
    documents = [document]
    for i, name in enumerate(spec.include):
        included = _read_include(document, i, name, folder)
        documents.append(included)
        spec = _join(spec, _validate(schema.IncludeSpec, included), included, parts)
    checker = Checker(spec, document, parts["states"], parts["prompts"])
    prompts: dict[str, Prompt] = {}
    recordings: list[Recording] = []
    for name, prompt in spec.prompts.items():
        templates = checker.templates(name)
        recorded = find_recordings(checker, name, templates, folder)
        recordings += recorded.values()
        paths = {language: recording.path for language, recording in recorded.items()}
        prompts[name] = Prompt(name, templates, prompt.neutral, prompt.interruptible, paths)
    checker.check()
    _raise_any(checker.problems)
    understanding = load_understanding()
    digest = sha256(understanding.content_hash.encode())
    for each in documents:
        digest.update(sha256(each.content).digest())
    for recording in recordings:
        digest.update(recording.digest)
    return Scenario(spec, prompts, understanding, load_briefing(), digest.hexdigest())


@cache
def load_briefing() -> BriefingTexts:
    """Load what people are told who take calls over; it is kept for the next scenario.

    Raises:
        ScenarioError: as `load_scenario`.
    """
    document = read_document(files("dialogs") / "briefing.yaml")
    spec = _validate(schema.BriefingSpec, document)

    def prompt(texts: schema.PromptSpec, *steps: str) -> Prompt:
        templates = {}
        for language in Language:
            try:
                templates[language] = Template.parse(texts.text(language) or "")
            except TemplateError as error:
                raise ScenarioError(document.problem((*steps, language), str(error))) from error
        return Prompt(".".join(("briefing", *steps)), templates, texts.neutral, texts.interruptible, {})

    return BriefingTexts(
        invitation=prompt(spec.invitation, "invitation"),
        caller={party: prompt(spec.caller[party], "caller", party) for party in schema.Party},
        debt=prompt(spec.debt, "debt"),
        overdue=prompt(spec.overdue, "overdue"),
        said={intent: prompt(texts, "said", intent) for intent, texts in spec.said.items()},
        promise={
            True: prompt(spec.promise.confirmed, "promise", "confirmed"),
            False: prompt(spec.promise.open, "promise", "open"),
        },
        reason={disposition: prompt(texts, "reason", disposition) for disposition, texts in spec.reason.items()},
        version=sha256(document.content).hexdigest(),
    )


def _find(scenario: str | Path) -> tuple[Traversable, Traversable]:
    if isinstance(scenario, str) and scenario in shipped_scenarios():
        folder = files("dialogs") / "scenarios" / scenario
        return folder / SCENARIO_FILE, folder
    path = Path(scenario)
    if path.is_dir():
        return path / SCENARIO_FILE, path
    if path.exists():
        return path, path.parent
    shipped = ", ".join(shipped_scenarios())
    raise ScenarioError(f"{scenario}: no such file or folder, nor a shipped scenario; shipped are: {shipped}")


def _read_include(document: Document, index: int, name: str, folder: Traversable) -> Document:
    steps: Steps = ("include", index) if ("include", index) in document.marks else ("include",)
    if "/" in name or "\\" in name or not name.endswith(".yaml"):
        raise ScenarioError(document.problem(steps, f"`{name}`: an include is a .yaml file in the same folder"))
    if not (folder / name).is_file():
        raise ScenarioError(document.problem(steps, f"`{name}`: no such file beside the scenario; create or rename it"))
    return read_document(folder / name)


def _join(
    spec: schema.ScenarioSpec,
    part: schema.IncludeSpec,
    included: Document,
    parts: Mapping[str, dict[str, Document]],
) -> schema.ScenarioSpec:
    for kind, names in (("prompts", part.prompts), ("states", part.states)):
        for name in names:
            if name in parts[kind]:
                first = parts[kind][name].label
                raise ScenarioError(
                    included.problem((kind, name), f"`{name}` is there already, in {first}; rename or delete one")
                )
            parts[kind][name] = included
    return spec.model_copy(update={"prompts": spec.prompts | part.prompts, "states": spec.states | part.states})


def _validate(model: type[_ModelT], document: Document) -> _ModelT:
    if not isinstance(document.data, dict):
        raise ScenarioError(document.problem((), "a scenario file begins with keys such as `states:` and `prompts:`"))
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        _raise_any(_explain(document, item["loc"], item["type"], item["msg"]) for item in error.errors())
        raise


def _explain(document: Document, location: Steps, kind: str, message: str) -> str:
    last = location[-1] if location else ""
    if kind == "extra_forbidden":
        close = get_close_matches(str(last), _KEYS, 1, 0.6)
        mend = f"did you mean `{close[0]}`?" if close else "delete it"
        return document.problem(location, f"unknown key `{last}`; {mend}")
    if kind == "missing":
        return document.problem(location[:-1], f"`{last}` is missing; add it")
    return document.problem(location, message.removeprefix("Value error, "))


def _raise_any(problems: Iterable[str]) -> None:
    found = list(problems)
    if not found:
        return
    rest = [f"... and {len(found) - MAX_PROBLEMS} more"] if len(found) > MAX_PROBLEMS else []
    raise ScenarioError("\n".join(found[:MAX_PROBLEMS] + rest))
