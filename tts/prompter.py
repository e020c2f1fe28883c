"""Lines into clips: from memory, from disk, from a recording, or rendered by a voice in a queue with deadlines."""

import asyncio
import itertools
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from engine.audio import AudioClip
from engine.clock import SystemClock
from engine.dialog import Line
from engine.errors import AudioError, ModelMissing, SynthesisError
from engine.ports import Clock, Synthesizer
from engine.speech import Language
from tts.cache import MemoryCache, PromptCache, prompt_key
from tts.recordings import read_recording, recording_fingerprint
from tts.rendering import RenderQueue, RenderStats

_log = logging.getLogger(__name__)

_Source = TypeVar("_Source", Path, str)
_Clip = TypeVar("_Clip", bound=AudioClip | None)

PRIVATE_KEEP_S = 900.0
"""How long a call's own clips stay in memory after their last use: longer than any call's pause, then they are gone."""


@runtime_checkable
class Closable(Protocol):
    """A voice that holds a process or a connection."""

    def close(self) -> None:
        """Let go of it."""


@dataclass(frozen=True, slots=True)
class PromptStats:
    """How well prompts were foreseen.

    Args:
        hits: clips that were ready when a call asked for them.
        misses: clips that a call had to wait for.
        rendering: of all voices, by name.
    """

    hits: int
    misses: int
    rendering: Mapping[str, RenderStats]

    @property
    def ready_share(self) -> float:
        """Of the clips asked for, the share that was ready; 1 before the first."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else 1.0


class _Voice:
    """A synthesizer and its queue."""

    def __init__(self, synthesizer: Synthesizer, clock: Clock, threads: int, limit: int) -> None:
        self.synthesizer = synthesizer
        self.fingerprint = synthesizer.fingerprint
        self.name = getattr(synthesizer, "name", self.fingerprint)
        self.queue = RenderQueue(self.name, clock, threads=threads, limit=limit)

    def close(self) -> None:
        """End the queue, and the process of a voice that has one."""
        self.queue.close()
        if isinstance(self.synthesizer, Closable):
            self.synthesizer.close()


class PromptStudio:
    """The `Prompter` of the product. Used on the event loop, except for `close`.

    Fixed prompts are kept on disk and in memory; a call's own, which hold names and debts, in memory alone and only
    until some time after their last use (or `forget`). Where a voice fails, the next one of the language speaks.

    Args:
        voices: by language, best first.
        disk: where fixed prompts are kept; None keeps them in memory alone.
        clock: of the deadlines; None is the system's.
        threads: texts that one voice renders at once; above 1 only with voices that bear several threads, as all those
            in this package do.
        memory_bytes: for fixed prompts, and again for the calls' own.
        queue_limit: texts that may wait for one voice.
    """

    def __init__(
        self,
        voices: Mapping[Language, Sequence[Synthesizer]],
        disk: PromptCache | None,
        *,
        clock: Clock | None = None,
        threads: int = 1,
        memory_bytes: int = 64 * 2**20,
        private_keep_s: float = PRIVATE_KEEP_S,
        queue_limit: int = 2000,
    ) -> None:
        clock = clock or SystemClock()
        self._clock, self._disk = clock, disk
        self._fixed = MemoryCache(memory_bytes, monotonic_s=clock.monotonic_s)
        self._private = MemoryCache(memory_bytes, private_keep_s, clock.monotonic_s)
        self._voices = {
            language: [_Voice(voice, clock, threads, queue_limit) for voice in in_order]
            for language, in_order in voices.items()
        }
        # Reading a clip must not wait behind a voice that renders.
        self._files = ThreadPoolExecutor(2, thread_name_prefix="prompt files")
        self._hits = self._misses = 0
        self._closed = False

    @property
    def languages(self) -> tuple[Language, ...]:
        """That it has a voice for."""
        return tuple(self._voices)

    @property
    def stats(self) -> PromptStats:
        """Counts so far."""
        voices = itertools.chain(*self._voices.values())
        return PromptStats(self._hits, self._misses, {voice.name: voice.queue.stats for voice in voices})

    def prepare(self, lines: Sequence[Line], within_s: float) -> None:
        """Render these before the deadline, earliest deadline first; returns at once, without effect once closed."""
        if self._closed:
            return
        deadline_s = self._clock.monotonic_s() + within_s
        for line in lines:
            if line.recording is not None:
                self._files.submit(self._recorded, line.recording).add_done_callback(_log_failure)
            elif voices := self._voices.get(line.language):
                key = prompt_key(voices[0].fingerprint, line.voiced)
                if self._memory(line).get(key) is None:
                    voices[0].queue.submit(key, self._rendering(voices[0], line, key), deadline_s=deadline_s)

    async def clip(self, line: Line) -> AudioClip:
        """Return the line's audio, 8 kHz, rendering it before all that is only foreseen if it is not ready.

        Raises:
            SynthesisError: every voice of the language failed.
            ModelMissing: there is no voice for the language.
        """
        if line.recording is not None:
            try:
                recorded = await self._on_file_thread(self._recorded, line.recording)
            except AudioError as error:
                _log.warning("prompt %s is synthesised, since its recording cannot be used: %s", line.prompt, error)
            else:
                self._hits += 1
                return recorded
        clip, was_ready = await self._obtained(line, waited_for=True)
        self._hits += was_ready
        self._misses += not was_ready
        return clip

    async def render_ahead(self, lines: Sequence[Line], progress: Callable[[int, int], None] | None = None) -> None:
        """Bring all fixed lines and recordings among these into the cache.

        Args:
            lines: of a scenario, in any order; those that hold facts of a call are passed over.
            progress: called with the number of lines done and of all, first with 0.

        Raises:
            AudioError: a recording cannot be used.
            SynthesisError: every voice of a line's language failed; the message names the prompt.
            ModelMissing: there is no voice for a line's language.
        """
        ahead = [line for line in lines if line.fixed or line.recording]
        fixed = list({(line.language, line.voiced, line.recording): line for line in ahead}.values())
        report = progress or _silent
        report(0, len(fixed))
        tasks = [asyncio.ensure_future(self._ahead(line)) for line in fixed]
        try:
            for done, task in enumerate(asyncio.as_completed(tasks), 1):
                await task
                report(done, len(fixed))
        finally:
            for left in tasks:
                left.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def forget(self, lines: Sequence[Line]) -> None:
        """Drop a call's own clips from memory at the call's end."""
        for line in lines:
            for voice in self._voices.get(line.language, ()):
                self._private.forget(prompt_key(voice.fingerprint, line.voiced))

    def close(self) -> None:
        """Give up what is queued, wait for what is being rendered, and end the voices' processes."""
        self._closed = True
        self._files.shutdown()
        for voice in itertools.chain(*self._voices.values()):
            voice.close()

    async def _ahead(self, line: Line) -> None:
        if line.recording is not None:
            await self._on_file_thread(self._recorded, line.recording)
            return
        try:
            await self._obtained(line, waited_for=False)
        except SynthesisError as error:
            raise SynthesisError(f"prompt {line.prompt} ({line.language}): {error}") from error

    async def _obtained(self, line: Line, *, waited_for: bool) -> tuple[AudioClip, bool]:
        """Return the clip, and whether it was ready, from the first voice that does not fail."""
        problem = SynthesisError("no voice")
        for voice in self._of(line.language):
            key = prompt_key(voice.fingerprint, line.voiced)
            if (ready := await self._ready(line, key)) is not None:
                return ready, True
            future = voice.queue.submit(key, self._rendering(voice, line, key), waited_for=waited_for)
            clip = asyncio.wrap_future(future)
            clip.add_done_callback(_forget_failure)
            try:
                # Shielded: a call that gives up must not take the clip from another that waits for the same.
                return await asyncio.shield(clip), False
            except SynthesisError as error:
                _log.warning("prompt %s: %s", line.prompt, error)
                problem = error
        raise problem

    async def _ready(self, line: Line, key: str) -> AudioClip | None:
        if (found := self._memory(line).get(key)) is not None or not line.fixed:
            return found
        return await self._on_file_thread(self._stored, key)

    def _known(self, line: Line, key: str) -> AudioClip | None:
        """Return what another call has had rendered since this text was queued."""
        found = self._memory(line).get(key)
        return self._stored(key) if found is None and line.fixed else found

    def _of(self, language: Language) -> list[_Voice]:
        if not (voices := self._voices.get(language)):
            raise ModelMissing(f"there is no voice for {language}: `voicebot say --list` shows what each one needs")
        return voices

    def _rendering(self, voice: _Voice, line: Line, key: str) -> Callable[[], AudioClip]:
        def render() -> AudioClip:
            if (known := self._known(line, key)) is not None:
                return known
            clip = voice.synthesizer.synthesize(line.voiced)
            self._memory(line).put(key, clip)
            if line.fixed and self._disk is not None:
                self._disk.put(key, clip)
            return clip

        return render

    def _memory(self, line: Line) -> MemoryCache:
        return self._fixed if line.fixed else self._private

    def _stored(self, key: str) -> AudioClip | None:
        clip = self._disk.get(key) if self._disk is not None else None
        if clip is not None:
            self._fixed.put(key, clip)
        return clip

    def _recorded(self, path: Path) -> AudioClip:
        key = prompt_key(recording_fingerprint(path), "")
        clip = self._fixed.get(key)
        if clip is None:
            clip = read_recording(path)
            self._fixed.put(key, clip)
        return clip

    async def _on_file_thread(self, call: Callable[[_Source], _Clip], source: _Source) -> _Clip:
        if self._closed:
            raise SynthesisError("the voices are closed")
        return await asyncio.get_running_loop().run_in_executor(self._files, call, source)


def _silent(_done: int, _of: int) -> None:
    """Report no progress."""


def _forget_failure(clip: "asyncio.Future[AudioClip]") -> None:
    """Take note of a failure for which nobody waits any more, or the event loop would complain of it."""
    if not clip.cancelled():
        clip.exception()


def _log_failure(decoded: Future[AudioClip]) -> None:
    if not decoded.cancelled() and (error := decoded.exception()) is not None:
        _log.warning("a recording cannot be used: %s", error)
