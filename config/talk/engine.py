"""The engine behind the microphone: loaded once, when somebody first talks, in the process of the pages.

It is the engine of a call, with browsers for telephones. What it writes, record and recording, lies in a folder that
ends with the process: rehearsals are no contacts with debtors, and must neither count as such nor outlive their use.
"""

import asyncio
import logging
import tempfile
from collections import deque
from collections.abc import Mapping
from contextlib import AsyncExitStack
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from config.demo.stage import demo_settings
from config.settings import Settings
from config.talk.messages import told
from config.wiring import Voicebot, find_recognizers, open_prompter, outside_reader, running, spoken_parts
from dialogs.conversation import Scene
from dialogs.fakes import FakeErrands
from dialogs.reader import Reader
from dialogs.scenario import Scenario
from engine.calls import CallClosed, CallRequest
from engine.clock import SystemClock
from engine.dialog import ErrandOutcome, ErrandRequest
from engine.errors import ModelMissing, VoicebotError
from engine.ports import Dialog, Recognizer
from engine.services import News
from engine.speech import Language
from telephony.browser_line import BrowserTelephone, Wire
from telephony.call_ids import new_call_id
from tts.prompter import PromptStudio

_log = logging.getLogger(__name__)

AT_ONCE: Final = 3
"""Conversations at the same time, of all users: each takes up to half a core while its caller speaks."""
_RECORDINGS: Final = 20
"""That are kept, of all users; older ones are deleted."""
_MIN_FREE_MB: Final = 100


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One conversation, from its beginning.

    Args:
        user_id: who talks.
        scenario: that is talked to.
        scene: whom the bot believes to call, and when.
        wire: to the browser, which is told of everything.
    """

    user_id: int
    scenario: Scenario
    scene: Scene
    wire: "Screen"


class Screen(Wire, Protocol):
    """A `Wire` that carries news beside the audio."""

    def show(self, news: Mapping[str, object]) -> None:
        """Send what the page shows; does not block."""


class TooMany(VoicebotError):
    """The user, or everybody together, holds as many conversations as there may be."""


_current: ContextVar[Rehearsal] = ContextVar("rehearsal")
"""Whose call a task belongs to; set before the session, whose tasks inherit it."""


class _MadeUp:
    """Answers of other systems, made up by the scenario of whoever asks: a rehearsal asks nobody."""

    async def run(self, request: ErrandRequest) -> ErrandOutcome:
        rehearsal = _current.get()
        errands = FakeErrands(rehearsal.scenario.spec.actions, rehearsal.scene.failing)
        return errands.outcome(request.action)


class TalkEngine:
    """Holds conversations with browsers; `close` it in the loop where it was used.

    Args:
        settings: of the product: models, voices, turn-taking.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._bot: Voicebot | None = None
        self._telephone = BrowserTelephone(AT_ONCE)
        self._reader: Reader | None = None
        self._recognizers: Mapping[Language, Recognizer] = {}
        self._prompter: PromptStudio | None = None
        self._live: dict[str, Rehearsal] = {}
        self._recordings: deque[tuple[str, int, Path]] = deque()

    @property
    def loaded(self) -> bool:
        """Whether ears and voice are there already."""
        return self._bot is not None

    def check_room(self, user_id: int) -> None:
        """Raise where a user cannot begin a conversation now.

        Raises:
            TooMany: as said; the message is for the user.
        """
        if any(one.user_id == user_id for one in self._live.values()):
            raise TooMany("You hold a conversation already, perhaps in another window. End that one first.")
        if len(self._live) >= AT_ONCE:
            raise TooMany(f"{AT_ONCE} conversations are being held, as many as there may be. Try again in a while.")

    async def open(self) -> None:
        """Load ears and voice, once; takes seconds, in a thread.

        Raises:
            VoicebotError: something that the engine needs is missing; the next call tries again.
        """
        async with self._opening:
            if self._bot is None:
                async with AsyncExitStack() as stack:
                    self._bot = await self._opened(stack)
                    self._stack = stack.pop_all()

    async def close(self) -> None:
        """End all conversations and the engine."""
        self._bot = None
        await self._stack.aclose()

    async def hold(self, rehearsal: Rehearsal) -> CallClosed:
        """Hold a conversation to its end.

        Raises:
            ModelMissing: the language has no recogniser or no voice.
            TooMany: there is no room.
            VoicebotError: the engine could not be loaded, or the call not be held.
        """
        self.check_room(rehearsal.user_id)
        call_id = new_call_id()
        self._live[call_id] = rehearsal
        try:
            await self.open()
            assert self._bot is not None
            language = rehearsal.scene.language or rehearsal.scenario.languages[0]
            self._check(language)
            _current.set(rehearsal)
            self._telephone.expect(call_id, rehearsal.wire)
            request = CallRequest(call_id, "browser", rehearsal.scene.account, rehearsal.scenario.name, language)
            closed = await self._bot.desk.call(request)
            await self._keep(self._bot, rehearsal, call_id)
            return closed
        finally:
            self._telephone.forget(call_id)
            del self._live[call_id]

    def recording(self, call_id: str, user_id: int) -> Path | None:
        """Return the recording of a conversation of this user's, if it is still kept."""
        for kept, owner, path in self._recordings:
            if (kept, owner) == (call_id, user_id):
                return path
        return None

    async def _opened(self, stack: AsyncExitStack) -> Voicebot:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicebot-talk-")))
        settings = demo_settings(self._settings, folder)
        settings = settings.model_copy(
            update={"store": settings.store.model_copy(update={"min_free_mb": _MIN_FREE_MB})}
        )
        clock = SystemClock()
        recognizers = await asyncio.to_thread(find_recognizers, settings, tuple(Language))
        if not recognizers:
            raise ModelMissing("no recogniser is installed: pip install 'collection-voicebot[demo]' brings English")
        prompter = await asyncio.to_thread(open_prompter, settings, tuple(recognizers), clock)
        self._reader = await stack.enter_async_context(outside_reader(settings))
        self._recognizers, self._prompter = recognizers, prompter
        return await stack.enter_async_context(
            running(
                settings,
                lambda store, clock, on_stop: spoken_parts(settings, self._telephone, recognizers, prompter, on_stop),
                open_dialog=self._dialog,
                errands=_MadeUp(),
                watch=self._show,
            )
        )

    def _check(self, language: Language) -> None:
        """Raise where a language cannot be heard or spoken."""
        name = language.name.title()
        if language not in self._recognizers:
            raise ModelMissing(
                f"{name} cannot be understood here: no recogniser for it is installed. "
                f"`voicebot models list` shows what there is; English works from the packages alone."
            )
        assert self._prompter is not None
        if language not in self._prompter.languages:
            raise ModelMissing(f"There is no {name} voice here: see `voicebot models list`.")

    def _dialog(self, request: CallRequest) -> Dialog:
        one = self._live[request.call_id]
        scene = one.scene
        return one.scenario.open(
            scene.account,
            now=scene.now,
            language=request.language,
            person_on_hand=scene.person_on_hand,
            reader=self._reader,
        )

    def _show(self, call_id: str, news: News) -> None:
        one, message = self._live.get(call_id), told(news)
        if one is not None and message is not None:
            one.wire.show(message)

    async def _keep(self, bot: Voicebot, rehearsal: Rehearsal, call_id: str) -> None:
        record = await bot.store.record(call_id)
        if record is None or record.opened.recording is None:
            return
        self._recordings.append((call_id, rehearsal.user_id, record.opened.recording))
        while len(self._recordings) > _RECORDINGS:
            _, _, oldest = self._recordings.popleft()
            await asyncio.to_thread(oldest.unlink, missing_ok=True)
