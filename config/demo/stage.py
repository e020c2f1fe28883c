"""Sets the demo's stage: the account, the scenario, and the simulated debtor in a process of their own."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

import numpy as np
import soxr

from config.demo.actor import Actor
from config.demo.cast import account
from config.sections import Transfer
from config.settings import Settings
from dialogs.fakes import FakeErrands
from dialogs.loader import load_scenario
from dialogs.reader import Reader
from engine.accounts import Account
from engine.audio import SAMPLE_RATE_HZ, AudioClip, write_wav
from engine.calls import CallRequest
from engine.desk import Identified, Opening
from engine.dialog import Line
from engine.errors import ScenarioError, TelephonyError
from engine.handover import Colleague
from engine.ports import CallLine, Dialog, Prompter
from engine.speech import Language
from telephony.call_ids import new_call_id

SCENARIO = "soft_collection"

_RAISED = 1.12
"""How much higher than the bot's voice the debtor's is, so that people can tell them apart."""

LOWERED = 0.88
"""The same for the person who takes debtors over."""

_READY_S = 30.0
_ENDS_S = 12.0
"""It ends with its call; its own media worker may take 8 s over that."""


class Stage:
    """The demo's scenario, and the account that it is about.

    Args:
        language: of the call.
        now: the moment of the call, with a time zone.
        scenario: name of a shipped one, or a path.
        person_on_hand: whether the debtor can be handed over to a person.

    Raises:
        ScenarioError: the scenario is wrong, or has no prompts in the language; the message names file and line.
    """

    def __init__(
        self, language: Language, now: datetime, scenario: str = SCENARIO, *, person_on_hand: bool = False
    ) -> None:
        self.person_on_hand = person_on_hand
        self.reader: Reader | None = None
        """Guesses what the debtor means where no rule tells; without one the built-in classifier does."""
        self.language = language
        self.now = now
        self.scenario = load_scenario(scenario)
        if language not in self.scenario.languages:
            spoken = ", ".join(self.scenario.languages)
            raise ScenarioError(f"{scenario}: has no prompts in {language}, only in {spoken}; see --language")

    @property
    def errands(self) -> FakeErrands:
        """Answers of other systems, made up by the scenario: a demonstration asks nobody."""
        return FakeErrands(self.scenario.spec.actions)

    def request(self, destination: str) -> CallRequest:
        """Order a call to the debtor."""
        debtor = account(self.language, destination, self.now)
        return CallRequest(new_call_id(), destination, debtor, self.scenario.name, self.language)

    def open_dialog(self, request: CallRequest) -> Dialog:
        """Make the dialog of an outbound call."""
        return self._open(request.account)

    def _open(self, debtor: Account) -> Dialog:
        return self.scenario.open(
            debtor, now=self.now, language=self.language, person_on_hand=self.person_on_hand, reader=self.reader
        )

    async def meet(self, line: CallLine, identified: Identified) -> Opening:
        """Make the dialog of an inbound call: whoever calls is taken for the demo's debtor."""
        debtor = account(self.language, line.remote, self.now)
        return Opening(self._open(debtor), debtor)


def demo_settings(settings: Settings, folder: Path, *, port: int = 0) -> Settings:
    """Return settings for a demo: what it writes lies in one folder, and nothing but loopback is dialled or let in.

    Args:
        settings: the user's; models, voices and turn-taking stay as they are.
        folder: for database, recordings and the worker's files.
        port: for SIP; 0 takes any free one, so that a running engine is not disturbed.
    """
    paths = settings.paths.model_copy(
        update={"data_dir": folder, "recordings_dir": folder / "recordings", "run_dir": folder / "run"}
    )
    blank = Settings()
    # A softphone on a host of several addresses names another one in SDP than it sends from on loopback.
    sip = blank.sip.model_copy(update={"port": port, "latch": True})
    return settings.model_copy(
        update={
            "paths": paths,
            "sip": sip,
            "dialling": blank.dialling,
            "transfer": blank.transfer,
            "trunks": (),
            "store": blank.store,
            "privacy": settings.privacy.model_copy(update={"keys": None}),  # made-up calls, to be heard afterwards
        },
    )


def with_person(settings: Settings, address: str, language: Language) -> Settings:
    """Return a demo's settings with a person on loopback who takes debtors over by answering."""
    plan = Transfer(targets=(Colleague("operator", address),), mode="bridge", accept="answer", language=language)
    return settings.model_copy(update={"transfer": plan})


async def debtor_clips(
    lines: Sequence[str], language: Language, prompter: Prompter, raised: float = _RAISED
) -> list[AudioClip]:
    """Speak the debtor's lines, higher than the bot; another one's lower."""
    clips = []
    for text in lines:
        clip = await prompter.clip(Line(text, language, "debtor"))
        raised_clip = soxr.resample(clip.samples, SAMPLE_RATE_HZ * raised, SAMPLE_RATE_HZ)
        clips.append(AudioClip(np.asarray(raised_clip, np.int16)))
    return clips


@asynccontextmanager
async def debtor(
    clips: Sequence[AudioClip],
    folder: Path,
    *,
    actor: Actor | None = None,
    patience_s: float = 1.0,
    hangs_up: bool = False,
) -> AsyncIterator[str]:
    """Run the debtor simulator and yield its SIP address.

    Args:
        clips: what it says, in order; 8 kHz.
        folder: for the clips as files.
        actor: prompts it, and notes what it says; without one it says line after line.
        patience_s: silence of the bot that it waits for.
        hangs_up: it ends the call after its last line.

    Raises:
        TelephonyError: it did not come up.
    """
    arguments = ["--patience-s", str(patience_s)]
    arguments += ["--hang-up"] * hangs_up + ["--prompted"] * (actor is not None)
    for path in await asyncio.to_thread(_write, clips, folder):
        arguments += ["--line", str(path)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "config.demo.debtor", *arguments),
        stdin=asyncio.subprocess.DEVNULL if actor is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    playing = None
    try:
        try:
            first = await asyncio.wait_for(process.stdout.readline(), _READY_S)
            address = json.loads(first)["address"]
        except (TimeoutError, ValueError, KeyError) as error:
            raise TelephonyError("the debtor simulator did not come up; see its messages above") from error
        if actor is not None and process.stdin is not None:
            playing = asyncio.create_task(actor.play(process.stdin, process.stdout))
        yield f"sip:debtor@{address}"
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _ENDS_S)
    finally:
        if process.returncode is None:
            process.terminate()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _ENDS_S)
        if process.returncode is None:
            process.kill()
            await process.wait()
        if playing is not None:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)


def _write(clips: Sequence[AudioClip], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    paths = [folder / f"debtor-{index}.wav" for index in range(len(clips))]
    for path, clip in zip(paths, clips, strict=True):
        write_wav(path, clip.samples)
    return paths
