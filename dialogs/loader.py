"""Scenario files to `Scenario`: found by name or path, parsed, validated, joined with includes, checked, hashed."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

from dialogs import schema
from dialogs.briefing import BriefingTexts
from dialogs.checks import Checker
from dialogs.documents import read_document
from dialogs.includes import Place, raise_any, read_scenario, validate
from dialogs.prompts import Prompt, Template, TemplateError
from dialogs.proofs.refusing import refused
from dialogs.recordings import Recording, find_recordings
from dialogs.respelling import Respelling
from dialogs.scenario import Scenario
from dialogs.sources import Sources
from dialogs.understanding.lessons import Phrases
from dialogs.understanding.understanding import Understanding, load_understanding
from engine.errors import ScenarioError
from engine.speech import Language

_log = logging.getLogger(__name__)

SCENARIO_FILE: Final = "scenario.yaml"
"""The file that is looked for in a scenario's folder."""


def shipped_scenarios() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the product."""
    folder = files("dialogs") / "scenarios"
    return tuple(sorted(entry.name for entry in folder.iterdir() if (entry / SCENARIO_FILE).is_file()))


@dataclass(frozen=True, slots=True)
class Draft:
    """A scenario whose shape and names are right; what its calls can come to is not known.

    Args:
        spec: includes joined.
        sources: where everything stands.
        prompts: by name.
        recordings: its audio files.
        idle: what is wrong with prompts that are never said, a line each; no call comes to it.
    """

    spec: schema.ScenarioSpec
    sources: Sources
    prompts: Mapping[str, Prompt]
    recordings: tuple[Recording, ...]
    idle: tuple[str, ...] = ()


def load_scenario(scenario: str | Path) -> Scenario:
    """Load a scenario and train the understanding, which is kept for the next one.

    Args:
        scenario: a shipped scenario's name, a folder with a ``scenario.yaml``, or such a file.

    Raises:
        ScenarioError: a line for each problem, ``file:line:column: what is wrong; the mend``.
    """
    draft = read_draft(scenario)
    raise_any((*draft.idle, *refused(draft.spec, draft.sources)))
    if not draft.spec.jurisdictions:
        message = "no `jurisdictions`: nobody knows whose law it keeps; `voicebot scenario check` refuses it"
        _log.warning("%s", draft.sources.problem((), message))
    understanding = _taught(draft.spec)
    digest = sha256(understanding.content_hash.encode())
    for each in draft.sources.documents:
        digest.update(sha256(each.content).digest())
    for recording in draft.recordings:
        digest.update(recording.digest)
    return Scenario(draft.spec, draft.sources, draft.prompts, understanding, load_briefing(), digest.hexdigest())


def read_draft(scenario: str | Path) -> Draft:
    """Read a scenario as far as its shape and names are right; what its calls can come to is not looked at.

    Args:
        scenario: as for `load_scenario`.

    Raises:
        ScenarioError: as `load_scenario`.
    """
    place = find_scenario(scenario)
    spec, sources = read_scenario(place)
    checker = Checker(spec, sources)
    prompts: dict[str, Prompt] = {}
    respelling = Respelling(spec.pronunciations)
    recordings: list[Recording] = []
    for name, prompt in spec.prompts.items():
        wordings = checker.wordings(name)
        recorded = find_recordings(checker, name, wordings, place.folder)
        recordings += recorded.values()
        paths = {language: recording.path for language, recording in recorded.items()}
        prompts[name] = Prompt(name, wordings, prompt.neutral, prompt.interruptible, paths, respelling)
    checker.check()
    raise_any(checker.problems)
    return Draft(spec, sources, prompts, tuple(recordings), tuple(checker.idle))


def _taught(spec: schema.ScenarioSpec) -> Understanding:
    own: Mapping[str, Mapping[Language, Phrases]] = {
        name: {
            # What a designer has written word by word is understood word by word.
            language: Phrases((*phrases.whole, *phrases.examples), phrases.patterns, phrases.examples)
            for language, phrases in by_language.items()
        }
        for name, by_language in spec.intents.items()
    }
    return load_understanding(own)


@cache
def load_briefing() -> BriefingTexts:
    """Load what people are told who take calls over; it is kept for the next scenario.

    Raises:
        ScenarioError: as `load_scenario`.
    """
    document = read_document(files("dialogs") / "briefing.yaml")
    spec = validate(schema.BriefingSpec, document)

    def prompt(texts: schema.PromptSpec, *steps: str) -> Prompt:
        templates = {}
        for language in Language:
            try:
                templates[language] = {schema.PLAIN: (Template.parse(texts.text(language) or ""),)}
            except TemplateError as error:
                raise ScenarioError(document.problem((*steps, language), str(error))) from error
        return Prompt(".".join(("briefing", *steps)), templates, texts.neutral, texts.interruptible)

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


def find_scenario(scenario: str | Path) -> Place:
    """Return where a scenario lies.

    Args:
        scenario: as for `load_scenario`.

    Raises:
        ScenarioError: there is none.
    """
    if isinstance(scenario, str) and scenario in shipped_scenarios():
        shelf = files("dialogs") / "scenarios"
        return Place(shelf / scenario / SCENARIO_FILE, shelf / scenario, shelf)
    path = Path(scenario)
    if path.is_dir():
        return Place(path / SCENARIO_FILE, path, _above(path))
    if path.exists():
        return Place(path, path.parent, _above(path.parent))
    shipped = ", ".join(shipped_scenarios())
    raise ScenarioError(f"{scenario}: no such file or folder, nor a shipped scenario; shipped are: {shipped}")


def _above(folder: Path) -> Path:
    return folder.parent if folder.name not in ("", "..") else folder / ".."
