"""Lines into clips."""

import asyncio
import gc
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.audio import write_wav
from engine.clock import VirtualClock
from engine.dialog import Line
from engine.errors import AudioError, ModelMissing, SynthesisError
from engine.speech import Language
from tts.cache import PromptCache
from tts.conditioning import Waveform
from tts.prompter import PromptStudio

Studio = Callable[..., PromptStudio]


def _line(text: str, **more: Any) -> Line:
    return Line(text, Language.RUSSIAN, "greeting", **more)


def _run(test: Awaitable[object]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(test, 10)

    asyncio.run(limited())


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Make studios that speak Russian with the given voices and share one disk."""
    made: list[PromptStudio] = []

    def make(*voices: Any, **options: Any) -> PromptStudio:
        made.append(PromptStudio({Language.RUSSIAN: voices}, PromptCache(tmp_path / "prompts"), **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_fixed_prompt_is_rendered_once_and_for_all(studio: Studio, hum: Any, tmp_path: Path) -> None:
    """The second time a clip comes from memory, and after a restart from disk, byte for byte the same."""

    async def test() -> None:
        voice = hum()
        before, after = studio(voice), studio(voice)
        line = _line("Здравствуйте", fixed=True)
        clips = [await before.clip(line), await before.clip(line), await after.clip(line)]
        assert len({clip.samples.tobytes() for clip in clips}) == 1
        assert voice.spoken == ["Здравствуйте"]
        assert (before.stats.misses, before.stats.hits, after.stats.hits) == (1, 1, 1)

    _run(test())
    assert len(list((tmp_path / "prompts").iterdir())) == 1


def test_the_voice_is_given_what_is_spoken(studio: Studio, hum: Any) -> None:
    """The same text with another stress is another clip."""

    async def test() -> None:
        voice = hum()
        here = studio(voice)
        for spoken in ("За\u0301мок", "", "Замо\u0301к", "За\u0301мок"):
            await here.clip(_line("Замок", fixed=True, spoken=spoken))
        assert voice.spoken == ["За\u0301мок", "Замок", "Замо\u0301к"]

    _run(test())


def test_a_calls_own_line_never_reaches_the_disk(studio: Studio, hum: Any, tmp_path: Path) -> None:
    """What holds a name or a debt stays in memory, until it is forgotten or some time has passed."""

    async def test() -> None:
        voice, clock = hum(), VirtualClock()
        here = studio(voice, clock=clock, private_keep_s=60)
        line = _line("Десять тысяч")
        await here.clip(line)
        await here.clip(line)
        assert len(voice.spoken) == 1
        here.forget([line])
        await here.clip(line)
        clock.advance(61)
        await here.clip(line)
        assert len(voice.spoken) == 3

    _run(test())
    assert list((tmp_path / "prompts").iterdir()) == []


def test_a_prepared_line_is_ready(studio: Studio, hum: Any) -> None:
    """A line that was prepared in time is a hit, and is rendered once however often it is prepared."""

    async def test() -> None:
        voice = hum()
        done = threading.Event()
        voice.before = lambda text: done.set() if text == "конец" else None
        here = studio(voice)
        here.prepare([_line("сумма"), _line("сумма")], within_s=1)
        here.prepare([_line("сумма")], within_s=2)
        here.prepare([_line("конец")], within_s=3)
        await asyncio.to_thread(done.wait, 5)
        await here.clip(_line("сумма"))
        assert here.stats.hits == 1
        assert voice.spoken.count("сумма") == 1

    _run(test())


def test_a_waiting_call_jumps_the_queue(studio: Studio, hum: Any) -> None:
    """A clip that a call waits for is rendered before everything that is only foreseen."""

    async def test() -> None:
        voice = hum()
        begun, gate = threading.Event(), threading.Event()

        def before(text: str) -> None:
            begun.set()
            gate.wait(5)

        voice.before = before
        here = studio(voice)
        here.prepare([_line("один"), _line("два"), _line("три")], within_s=1)
        await asyncio.to_thread(begun.wait, 5)
        wanted = asyncio.ensure_future(here.clip(_line("срочно")))
        await asyncio.sleep(0)
        gate.set()
        await wanted
        assert voice.spoken[:2] == ["один", "срочно"]
        assert here.stats.ready_share == 0

    _run(test())


def test_another_voice_stands_in_for_one_that_fails(studio: Studio, hum: Any) -> None:
    """A text that the best voice cannot speak is spoken by the next, and the best is tried again the next time."""

    async def test() -> None:
        best, other = hum("best", fails_on="трудно"), hum("other")
        here = studio(best, other)
        await here.clip(_line("легко"))
        await here.clip(_line("трудно", fixed=True))
        assert other.spoken == ["трудно"]
        best.fails_on = None
        await here.clip(_line("трудно", fixed=True))
        assert best.spoken[-1] == "трудно"
        assert here.stats.rendering["best"].failed == 1

    _run(test())


def test_it_is_an_error_when_every_voice_fails(studio: Studio, hum: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The last voice's error is passed on, and no log holds the text."""

    async def test() -> None:
        with pytest.raises(SynthesisError, match="hoarse"):
            await studio(hum("a", fails_on="т"), hum("b", fails_on="т")).clip(_line("тайна"))

    _run(test())
    assert "тайна" not in caplog.text


def test_a_language_without_a_voice_is_told(studio: Studio, hum: Any) -> None:
    """Preparing for it is without effect, speaking it names the way to see what is missing."""

    async def test() -> None:
        here = studio(hum())
        line = Line("Сәлем", Language.KAZAKH, "greeting")
        here.prepare([line], within_s=1)
        with pytest.raises(ModelMissing, match="voicebot say --list"):
            await here.clip(line)

    _run(test())


def test_a_call_that_gives_up_does_not_take_the_clip_from_another(studio: Studio, hum: Any) -> None:
    """Two calls wait for one text; one hangs up, the other gets its clip."""

    async def test() -> None:
        voice = hum()
        begun, gate = threading.Event(), threading.Event()
        voice.before = lambda text: (begun.set(), gate.wait(5))
        here = studio(voice)
        leaving, staying = (asyncio.ensure_future(here.clip(_line("сумма"))) for _ in range(2))
        await asyncio.to_thread(begun.wait, 5)
        leaving.cancel()
        gate.set()
        assert (await staying).duration_s > 0
        assert leaving.cancelled()
        assert voice.spoken == ["сумма"]

    _run(test())


def test_a_clip_that_fails_after_its_call_gave_up_troubles_nobody(hum: Any, tmp_path: Path) -> None:
    """As when the program is stopped while a voice speaks: the event loop has nothing to complain of."""
    complaints: list[str] = []

    async def stopped() -> None:
        voice = hum()
        begun, gate = threading.Event(), threading.Event()
        voice.before = lambda text: (begun.set(), gate.wait(5))
        here = PromptStudio({Language.RUSSIAN: (voice,)}, PromptCache(tmp_path))
        waiting = [asyncio.ensure_future(here.clip(_line(text))) for text in ("да", "нет")]
        await asyncio.to_thread(begun.wait, 5)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        gate.set()
        await asyncio.to_thread(here.close)

    async def test() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context["message"]))
        await stopped()
        gc.collect()  # a future complains when it is forgotten

    _run(test())
    assert complaints == []


def test_a_recording_stands_in_for_the_voice(
    studio: Studio, hum: Any, tmp_path: Path, tone: Callable[..., Waveform]
) -> None:
    """A recorded line is decoded instead of spoken; when its file changes, the new one is heard."""
    file = tmp_path / "greeting.wav"

    async def test() -> None:
        voice = hum()
        here = studio(voice)
        for duration_s in (0.5, 1.0):
            write_wav(file, (tone(500, duration_s, 16000) * 32767).astype("int16"), 16000)
            clip = await here.clip(_line("Здравствуйте", fixed=True, recording=file))
            assert clip.duration_s == pytest.approx(duration_s + 0.14, abs=0.02)
        assert voice.spoken == []

    _run(test())


def test_a_recording_that_is_gone_is_spoken_in_a_call_and_refused_ahead(
    studio: Studio, hum: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A live call goes on with the voice and a warning; rendering ahead stops with the file's name."""

    async def test() -> None:
        voice = hum()
        here = studio(voice)
        line = _line("Здравствуйте", fixed=True, recording=tmp_path / "gone.ogg")
        here.prepare([line], within_s=1)
        await here.clip(line)
        assert voice.spoken == ["Здравствуйте"]
        with pytest.raises(AudioError, match=r"gone\.ogg"):
            await here.render_ahead([line])

    _run(test())
    assert "gone.ogg" in caplog.text


def test_rendering_ahead_takes_each_fixed_line_once_and_tells_how_far_it_is(studio: Studio, hum: Any) -> None:
    """Lines that hold facts of a call are passed over, doubles are rendered once, progress goes from none to all."""

    async def test() -> None:
        voice, told = hum(), []
        lines = [_line(text, fixed=True) for text in ("раз", "два", "раз")] + [_line("личное")]
        await studio(voice).render_ahead(lines, lambda done, of: told.append((done, of)))
        assert sorted(voice.spoken) == ["два", "раз"]
        assert told == [(0, 2), (1, 2), (2, 2)]
        await studio(voice).render_ahead(lines)
        assert len(voice.spoken) == 2

    _run(test())


def test_rendering_ahead_names_the_prompt_that_fails(studio: Studio, hum: Any) -> None:
    """A designer learns which prompt cannot be spoken, and why."""

    async def test() -> None:
        lines = [_line("легко", fixed=True), Line("трудно", Language.RUSSIAN, "farewell", fixed=True)]
        with pytest.raises(SynthesisError, match=r"prompt farewell \(ru\): hoarse"):
            await studio(hum(fails_on="трудно")).render_ahead(lines)

    _run(test())


def test_closing_ends_the_voices(studio: Studio, hum: Any) -> None:
    """Voices that hold a process are closed, and nothing is rendered afterwards."""

    async def test() -> None:
        voice = hum()
        here = studio(voice)
        here.close()
        assert voice.closed
        here.prepare([_line("да"), _line("нет", recording=Path("no.wav"))], within_s=1)
        for fixed in (False, True):
            with pytest.raises(SynthesisError, match="closed"):
                await here.clip(_line("да", fixed=fixed))
        assert voice.spoken == []

    _run(test())
