"""What a scenario must prove before any call may run it; the rest is `dialogs.proofs.checking`'s."""

from collections.abc import Iterator

from dialogs.checks.fault import Fault
from dialogs.checks.graph import graph_faults
from dialogs.proofs.proving import prove
from dialogs.schema import ScenarioSpec
from dialogs.sources import Sources


def refused(spec: ScenarioSpec, sources: Sources) -> Iterator[str]:
    """Yield a line for each fault that keeps a scenario from being called, with the answers that lead to it.

    Args:
        spec: the scenario, whose names are known to be right.
        sources: where everything in it stands.
    """
    for violation in prove(spec).violations:
        heard = ", ".join(f"`{turn.event}`" for turn in violation.path)
        yield f"{_line(sources, violation.fault)} (after {heard})"
    for fault in graph_faults(spec):
        yield _line(sources, fault)


def _line(sources: Sources, fault: Fault) -> str:
    return sources.problem(fault.steps, f"{fault.message}; {fault.mend}")
