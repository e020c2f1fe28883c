"""A browser whose microphone is a recording."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def _hearing(wav: Path) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    from tests.conftest import CHROMIUM, FLAGS

    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={wav}%noloop"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(30_000)
        yield context
        browser.close()


@pytest.fixture
def browser_hearing() -> Callable[[Path], AbstractContextManager[Any]]:
    """Open a Chromium, as a context of pages, whose microphone plays a WAV file once, from when it is opened."""
    return _hearing
