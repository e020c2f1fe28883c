"""The section of the pages: its routes put together, and what it keeps open while the pages run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import APIRouter, FastAPI

from config.studio import drafts, experiments, files, findings, graph, overview, prompts, recordings, texts, versions
from config.studio.bench import close_bench
from config.web import Permission, Section


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await anyio.to_thread.run_sync(close_bench, app)


def _router() -> APIRouter:
    router = APIRouter()
    for pages in (
        overview,
        drafts,
        graph,
        prompts,
        recordings,
        files,
        findings,
        texts,
        versions,
        experiments,
    ):
        router.routes.extend(pages.router.routes)
    return router


SCENARIOS = Section(
    "scenarios",
    "Scenarios",
    _router(),
    Permission.READ_SCENARIOS,
    order=10,
    package="config.studio",
    lifespan=_lifespan,
)
