"""The whole check of a scenario: shape, names, graph, proofs, words and law."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from dialogs.checks.fault import Fault, Severity
from dialogs.checks.graph import graph_faults
from dialogs.checks.identity import identity_faults
from dialogs.checks.translations import translation_faults
from dialogs.checks.unused import unused
from dialogs.checks.wording import wording_faults
from dialogs.documents import Steps
from dialogs.loader import read_draft
from dialogs.proofs.automaton import Automaton
from dialogs.proofs.explaining import explain
from dialogs.proofs.law import campaign_duties, law_faults
from dialogs.proofs.person import Reach
from dialogs.proofs.proving import Proof, prove
from dialogs.proofs.report import Problem, Report
from dialogs.proofs.rules import PROMISE, Rules
from dialogs.proofs.search import Search
from dialogs.proofs.words import word_faults
from dialogs.schema import ScenarioSpec, TransitionSpec
from engine.errors import ScenarioError

_PLACED: Final = re.compile(r"(?P<file>.*?):(?P<line>\d+):(?P<column>\d+): (?P<message>.*)", re.DOTALL)


def check_scenario(scenario: str | Path, on: date) -> Report:
    """Check a scenario; nothing is raised for what is wrong with it.

    Args:
        scenario: a shipped scenario's name, a folder with a ``scenario.yaml``, or such a file.
        on: the day whose law applies.
    """
    try:
        draft = read_draft(scenario)
    except ScenarioError as error:
        return Report(str(scenario), on, tuple(_shape(str(scenario), str(error).splitlines())))
    spec, sources = draft.spec, draft.sources
    proof = prove(spec)
    automaton = Automaton(spec, Rules(PROMISE))
    search = Search(automaton)
    search.exhaust()
    violations = (*proof.violations, *Reach(spec, automaton, search).faults())
    found = [explain(spec, sources, each.fault, each.path) for each in violations]
    spare = (*_never_taken(spec, proof), *unused(spec))
    faults = (
        *graph_faults(spec),
        *(fault for fault in spare if not sources.shared(fault.steps)),
        *translation_faults(spec),
        *wording_faults(spec),
        *word_faults(spec),
        *identity_faults(spec),
        *law_faults(spec, automaton, search, on),
    )
    found += [explain(spec, sources, fault) for fault in faults]
    found += _shape(str(scenario), draft.idle)
    return Report(str(scenario), on, tuple(_sorted(found)), proof.situations, tuple(campaign_duties(spec, on)))


def _shape(scenario: str, lines: Iterable[str]) -> Iterator[Problem]:
    """Yield what the loader says of what has not the shape of a scenario."""
    for line in lines:
        placed = _PLACED.fullmatch(line)
        if placed is None:
            yield Problem(Severity.ERROR, "shape", scenario, 1, 1, line, "")
            continue
        told, _, mend = placed["message"].rpartition("; ")
        place = int(placed["line"]), int(placed["column"])
        yield Problem(Severity.ERROR, "shape", placed["file"], *place, told or mend, mend if told else "")


def _never_taken(spec: ScenarioSpec, proof: Proof) -> Iterator[Fault]:
    """Yield transitions and routes that no call takes."""
    groups: list[tuple[Steps, Sequence[TransitionSpec]]] = [(("anytime",), spec.anytime)]
    groups += [(("states", name, "on"), state.on) for name, state in spec.states.items()]
    for steps, transitions in groups:
        for i, transition in enumerate(transitions):
            if (*steps, i) not in proof.taken:
                message = f"this way is never taken, whatever is said ({', '.join(transition.on)})"
                mend = "an earlier one takes all its intents, or its conditions never hold; move it up or delete it"
                yield Fault("never_taken", (*steps, i), message, mend)
    for name, state in spec.states.items():
        for i in range(len(state.route)):
            if ("states", name, "route", i) not in proof.taken:
                mend = "an earlier one always holds, or its conditions never do; move it up or delete it"
                yield Fault("never_taken", ("states", name, "route", i), "this way is never taken", mend)


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(
        problems, key=lambda each: (each.severity is not Severity.ERROR, each.file, each.line, each.column, each.rule)
    )
