"""A conversation by microphone: a real browser, real speech into its microphone, really recognised and answered."""

import asyncio
import io
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr

from config.demo.stage import debtor_clips
from config.settings import Settings
from config.talk import TALK
from config.talk.choice import Choice
from config.wiring import open_prompter
from dialogs.conversation import Conversation, Says
from dialogs.loader import load_scenario
from engine.audio import SAMPLE_RATE_HZ, Samples, silence
from engine.clock import SystemClock
from engine.speech import Language

pytestmark = [pytest.mark.models, pytest.mark.timeout(240)]

_MICROPHONE_HZ = 48_000
_ANSWERS = ("Yes, speaking.", "I have already paid it.", "I paid everything yesterday.")
_BEGINS_S = 1.0
_RESPONSE_S = 1.5
_HESITATES_S = 1.2


async def _microphone(path: Path, answers: tuple[str, ...], repeats: int = 0) -> None:
    """Write what a debtor says when the bot has said what it says; a bot a second slower or faster is no matter.

    The last answer is repeated so many times, for a machine that is too busy to hear it at once.
    """
    scenario = load_scenario("soft_collection")
    held = Conversation(scenario, Choice(scenario="soft_collection", language="en").scene(scenario))
    prompter = open_prompter(Settings(), (Language.ENGLISH,), SystemClock())
    try:
        said = await debtor_clips(answers, Language.ENGLISH, prompter)
        parts: list[Samples] = [silence(_BEGINS_S)]
        for text, clip in zip(answers, said, strict=True):
            for move in held.last.moves:
                parts += [np.zeros_like((await prompter.clip(line)).samples) for line in move.lines]
            parts += [silence(_HESITATES_S), clip.samples, silence(_RESPONSE_S)]
            if held.over:
                break
            held.take(Says(text))
        parts += [silence(6.0), said[-1].samples] * repeats
    finally:
        prompter.close()
    audio = soxr.resample(np.concatenate([*parts, silence(20.0)]), SAMPLE_RATE_HZ, _MICROPHONE_HZ)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_MICROPHONE_HZ)
        file.writeframes(np.asarray(audio, "<i2").tobytes())


def _signed_in(context: Any, pages: Any, url: str, name: str = "alex", role: str = "designer") -> Any:
    for key, value in pages.signed_in(name, role).cookies.items():
        context.add_cookies([{"name": key, "value": value, "url": url}])
    return context.new_page()


def _talking(page: Any, url: str) -> None:
    """Begin the call that counts; one before it loads ears and voice, which takes longer than a debtor is silent."""
    page.goto(f"{url}/talk")
    page.select_option("#language", "en")
    page.click("#start")
    page.wait_for_selector("li.bot", timeout=60_000)
    page.click("#hang-up")
    page.wait_for_selector("[data-disposition=hung_up]")
    page.click("#again")
    page.click("#start")


def test_speech_into_the_microphone_is_recognised_and_a_closed_page_ends_the_call(
    open_pages: Callable[..., Any],
    serve_pages: Callable[..., Any],
    browser_hearing: Callable[[Path], Any],
    tmp_path: Path,
) -> None:
    """The right party is confirmed by a spoken yes, the bot's audio arrives, and there is room again afterwards."""
    wav = tmp_path / "debtor.wav"
    asyncio.run(_microphone(wav, _ANSWERS[:1], repeats=4))
    pages = open_pages(TALK, clock=SystemClock())
    with serve_pages(pages) as url, browser_hearing(wav) as context:
        page = _signed_in(context, pages, url)
        _talking(page, url)
        page.wait_for_selector("text=right party confirmed", timeout=60_000)
        assert any("yes" in turn.inner_text().lower() for turn in page.query_selector_all("li.caller"))
        assert int(page.get_attribute("#talk", "data-frames")) > 200
        page.close()
        other = context.new_page()
        other.goto(f"{url}/talk")
        other.click("#start")
        other.wait_for_selector("li.bot")


@pytest.mark.full
def test_a_debtor_at_the_microphone_is_led_to_an_end(
    open_pages: Callable[..., Any],
    serve_pages: Callable[..., Any],
    browser_hearing: Callable[[Path], Any],
    tmp_path: Path,
) -> None:
    """A disposition is reached by what was really heard; the recording holds both voices."""
    wav = tmp_path / "debtor.wav"
    asyncio.run(_microphone(wav, _ANSWERS))
    pages = open_pages(TALK, clock=SystemClock())
    with serve_pages(pages) as url, browser_hearing(wav) as context:
        page = _signed_in(context, pages, url)
        _talking(page, url)
        page.wait_for_selector("[data-disposition=already_paid]", timeout=120_000)
        answer = context.request.get(url + page.get_attribute("#recording", "href"))
        with wave.open(io.BytesIO(answer.body())) as recording:
            both = np.frombuffer(recording.readframes(recording.getnframes()), "<i2").reshape(-1, 2)
        assert (np.abs(both.astype(int)).max(axis=0) > 3000).all()
