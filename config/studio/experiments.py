"""Two versions side by side: started with a share, watched with intervals, ended with a winner."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from config.studio.asking import AtBench, Publisher, StudioRoute, Viewed, step
from config.studio.bench import Bench, actor_for
from config.studio.intervals import Plot, plot
from config.web import render
from dialogs.library.comparison import Comparison, measure
from dialogs.library.experiment import Arm, Experiment
from dialogs.library.shelf import VersionState
from engine.calls import Disposition
from engine.errors import StoreError
from engine.store import CallArchive

router = APIRouter(route_class=StudioRoute)


@router.get("/{name}/experiments")
def show(request: Request, bench: AtBench, view: Viewed) -> Response:
    """Show the experiment that runs with what it has come to, those before, and a form to start one."""
    shelf = view.shelf
    challengers = [
        version
        for version in reversed(shelf.versions)
        if version.state in (VersionState.APPROVED, VersionState.PUBLISHED) and version.number != shelf.current
    ]
    latest = shelf.experiments[-1] if shelf.experiments else None
    found, told = _measured(bench, latest) if latest else (None, "")
    return render(
        request,
        "scenarios/experiments.html",
        view=view,
        latest=latest,
        found=found,
        told=told,
        plot=_plot(found) if found else None,
        arms=list(Arm),
        challengers=challengers,
        outcomes=[one.value for one in Disposition if one.conversation],
    )


@router.post("/{name}/experiments")
def start(
    request: Request,
    bench: AtBench,
    user: Publisher,
    name: str,
    challenger: Annotated[int, Form(ge=1, le=10**6)],
    percent: Annotated[float, Form(gt=0, lt=100)],
    outcome: Annotated[Disposition, Form()],
    worth: Annotated[float, Form(ge=0.1, le=50)],
) -> Response:
    """Give a share of the accounts another version than the one in service."""
    return step(
        request,
        lambda: (
            bench.library.experiments.start(
                name, challenger, actor_for(user), share=percent / 100, outcome=outcome, worth=worth / 100
            ).experiment_id
        ),
        action="scenario.experiment_started",
        subject=f"{name} {{}}: v{challenger} for {percent:g} %",
        told=f"{percent:g} % of the accounts get v{challenger} from now on.",
        then=f"/scenarios/{name}/experiments",
        otherwise=f"/scenarios/{name}/experiments",
    )


@router.post("/{name}/experiments/finish")
def finish(
    request: Request,
    bench: AtBench,
    user: Publisher,
    name: str,
    winner: Annotated[Arm, Form()],
    comment: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """End the experiment that runs."""
    return step(
        request,
        lambda: bench.library.experiments.finish(name, actor_for(user), winner, comment),
        action="scenario.experiment_finished",
        subject=f"{name}: {{}}",
        told=f"{name} {{}} is in service for all accounts.",
        then=f"/scenarios/{name}/experiments",
        otherwise=f"/scenarios/{name}/experiments",
    )


def _measured(bench: Bench, experiment: Experiment) -> tuple[Comparison | None, str]:
    """Return what an experiment has come to, or why that cannot be told."""
    settings = bench.settings
    try:
        with CallArchive(settings.database_url, recordings=settings.paths.recordings_dir) as archive:
            return measure(experiment, archive), ""
    except StoreError as error:
        return None, str(error)


def _plot(found: Comparison) -> Plot:
    arms = [(f"{arm}: v{found.experiment.version(arm)}", found.rates[arm]) for arm in Arm]
    return plot([(label, rate) for label, rate in arms if rate is not None], found.difference)
