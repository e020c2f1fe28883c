"""The list of scenarios, and what there is of one."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from config.studio.asking import AtBench, StudioRoute, Viewed
from config.studio.views import View
from config.web import render
from dialogs.library.history import in_words
from dialogs.library.library import Library
from dialogs.library.shelf import Shelf, Version, VersionState
from dialogs.loader import Draft, shipped_scenarios
from dialogs.schema import StateSpec

router = APIRouter(route_class=StudioRoute)

_STEPS_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Listed:
    """A scenario in the list.

    Args:
        shelf: all that the library has of it.
        shipped: whether something comes with the product under this name.
    """

    shelf: Shelf
    shipped: bool

    @property
    def waiting(self) -> tuple[Version, ...]:
        """Versions that wait for a second person, or for publication."""
        open_states = (VersionState.SUBMITTED, VersionState.APPROVED)
        return tuple(version for version in self.shelf.versions if version.state in open_states)


@router.get("")
def list_all(request: Request, bench: AtBench) -> Response:
    """List all scenarios, those first that wait for somebody."""
    return render(request, "scenarios/list.html", scenarios=_listed(bench.library), shipped=shipped_scenarios())


@router.get("/-/history")
def whole_history(request: Request, bench: AtBench) -> Response:
    """Show the last steps taken with any scenario."""
    steps = bench.library.history()[: -_STEPS_SHOWN - 1 : -1]
    return render(request, "scenarios/history_all.html", steps=[(one, in_words(one)) for one in steps])


@router.get("/{name}")
def show(request: Request, bench: AtBench, view: Viewed) -> Response:
    """Show the tree of a scenario."""
    read = bench.reading.read(view)
    states = _states(view, read.draft) if read.draft else []
    return render(request, "scenarios/overview.html", view=view, read=read, states=states, paths=view.paths())


@router.get("/{name}/history")
def history(request: Request, bench: AtBench, view: Viewed) -> Response:
    """Show every step ever taken with a scenario, the last first."""
    steps = bench.library.history(view.name)[: -_STEPS_SHOWN - 1 : -1]
    return render(request, "scenarios/history.html", view=view, steps=[(one, in_words(one)) for one in steps])


@dataclass(frozen=True, slots=True)
class ListedState:
    """A state in the tree: what it does, what it says, where it leads, where it stands."""

    name: str
    kind: str
    says: tuple[str, ...]
    leads: tuple[str, ...]
    file: str
    line: int


def _states(view: View, draft: Draft) -> list[ListedState]:
    found = []
    for name, state in draft.spec.states.items():
        position = draft.sources.position(("states", name))
        leads = tuple(dict.fromkeys([*(way.to for way in state.on), *(way.to for way in state.route)]))
        says = (*state.say, *((state.ask,) if state.ask else ()))
        found.append(ListedState(name, _kind(state), says, leads, view.within(position.file), position.line))
    return found


def _kind(state: StateSpec) -> str:
    if state.ask:
        return "asks"
    if state.do:
        return f"does {state.do}"
    if state.end:
        return f"{'to a person, ' if state.transfer else ''}ends: {state.end}"
    return "decides"


def _listed(library: Library) -> list[Listed]:
    shelves, shipped = library.shelves(), shipped_scenarios()
    found = [Listed(shelves.get(name) or Shelf(name), name in shipped) for name in sorted({*shelves, *shipped})]
    return sorted(found, key=lambda one: (not one.waiting, one.shelf.draft is None, one.shelf.current is None))
