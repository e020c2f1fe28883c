"""Faults as problems: their places in the files, and the calls that show them as dialogs."""

from collections.abc import Iterator, Sequence

from dialogs.checks.fault import Fault
from dialogs.proofs.examples import filled, phrase
from dialogs.proofs.report import Exchange, Problem
from dialogs.proofs.turns import Event, Turn
from dialogs.schema import ScenarioSpec
from dialogs.sources import Sources


def explain(spec: ScenarioSpec, sources: Sources, fault: Fault, path: Sequence[Turn] = ()) -> Problem:
    """Return a fault as a problem.

    Args:
        spec: the scenario.
        sources: where everything in it stands.
        fault: what is wrong.
        path: turns of a call that shows it.
    """
    place = sources.position(fault.steps)
    exchanges = tuple(_exchange(spec, sources, turn) for turn in path)
    return Problem(
        fault.severity, fault.rule, place.file, place.line, place.column, fault.message, fault.mend, exchanges
    )


def _exchange(spec: ScenarioSpec, sources: Sources, turn: Turn) -> Exchange:
    language, arrival = spec.languages[0], turn.arrival
    said = (spec.prompts[each.prompt].text(language) or "" for each in arrival.said)
    heard = "" if turn.event in _WORDLESS else phrase(spec, turn.event, language)
    place = sources.position(turn.steps)
    return Exchange(
        event=", ".join(_event(turn)),
        heard=heard,
        said=tuple(filled(spec, text, language) for text in said),
        state=arrival.state,
        place=f"{place.file}:{place.line}",
    )


def _event(turn: Turn) -> Iterator[str]:
    yield turn.event
    if turn.beside:
        yield "and not being the debtor"
    if turn.guessed:
        yield "but not for certain"
    if turn.times + turn.arrival.spent > 1:
        yield f"{turn.times + turn.arrival.spent} times"
    if turn.arrival.nobody:
        yield "nobody on hand"


_WORDLESS = frozenset(Event) - {Event.NOT_UNDERSTOOD}
