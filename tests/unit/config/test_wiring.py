"""The composition root: each setting reaches what it sets, and the engine stops in order."""

import asyncio
import base64
from contextlib import AsyncExitStack
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from config.demo.cast import account
from config.demo.typed import Keyboard, NoRecorder, SilentPrompter
from config.privacy import keys_given
from config.sections import Sip
from config.settings import Settings
from config.wiring import Parts, find_recognizers, fleet_settings, running, sip_settings, worker_settings
from dialogs.loader import load_scenario
from engine.calls import CallRequest, Disposition
from engine.clock import Clock, SystemClock
from engine.speech import Language
from engine.store.archive import CallArchive
from engine.store.database import CallDatabase
from telephony.memory_line import MemoryLine, MemoryTelephone

OTHER: dict[str, Any] = {
    "bind_address": "127.0.0.9",
    "port": 5099,
    "public_address": "203.0.113.10",
    "public_rtp_address": "203.0.113.11",
    "rtp_port_min": 15000,
    "rtp_port_max": 18001,
    "channels": 2,
    "workers": 2,
    "spare": True,
    "codecs": ("PCMU",),
    "inbound_peers": (IPv4Network("198.51.100.0/28"),),
    "caller_id": "77010000000",
    "display_name": "Example Bank",
    "session_timers": "required",
    "session_timer_s": 90,
    "rtp_timeout_s": 7.0,
    "hold_timeout_s": 60.0,
    "latch": True,
    "ring_timeout_s": 11.0,
    "retry_after_s": 3,
    "tls": {"enabled": True, "verify_peers": False},
}


@pytest.mark.parametrize("key", Sip.model_fields)
def test_each_sip_setting_reaches_the_telephone(key: str) -> None:
    """A setting that is documented has an effect."""
    changed = Settings(sip=Sip(**{key: OTHER[key]}))
    reached = [(sip_settings(settings), fleet_settings(settings)) for settings in (changed, Settings())]
    assert reached[0] != reached[1]


def test_the_rtp_address_follows_the_public_one() -> None:
    """As documented: unset, it is announced as public_address."""
    assert sip_settings(Settings(sip=Sip(public_address="203.0.113.10"))).public_rtp_address == "203.0.113.10"


def test_trunks_reach_the_telephone_and_their_peers_may_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the password that the environment has for each."""
    monkeypatch.setenv("VOICEBOT_TRUNK_MAIN_SBC_PASSWORD", "s3cret")
    table = {"name": "main-sbc", "host": "sbc.bank.example", "peers": ["198.51.100.0/28"], "user": "u"}
    sip = sip_settings(Settings(trunks=[table, {"name": "spare", "host": "10.0.0.9"}]))  # type: ignore[list-item]
    assert [trunk.password for trunk in sip.trunks] == ["s3cret", ""]
    assert sip.allowed_peers == ("127.0.0.0/8", "198.51.100.0/28")
    assert "s3cret" not in repr(sip)


def test_the_heartbeat_reaches_the_worker() -> None:
    """And nothing else of the worker's settings changes."""
    settings = Settings(engine={"heartbeat_timeout_s": 5.0})  # type: ignore[arg-type]
    assert worker_settings(settings).engine_silence_s == 5.0


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A models folder with a Kazakh model of Vosk's that cannot be loaded."""
    folder = tmp_path / "vosk-model-small-kz-0.42" / "am"
    folder.mkdir(parents=True)
    (folder / "final.mdl").write_bytes(b"junk")
    return tmp_path


def test_a_damaged_recogniser_is_passed_over_with_a_warning(damaged: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The one in the box hears the language instead of nobody."""
    settings = Settings(paths={"models_dir": damaged})  # type: ignore[arg-type]
    found = find_recognizers(settings, (Language.KAZAKH,))
    assert found[Language.KAZAKH].name == "built-in:voicebot-ru-kk"
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "vosk-model-small-kz-0.42 is passed over for kk: " in warning
    assert "Vosk cannot load this model" in warning


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("vosk-model-small-kz-0.42", "none of those that are here can be loaded"),
        ("whisper-small", "none of whisper-small is on this machine"),
    ],
)
def test_a_language_that_nobody_hears_is_warned_of(
    wanted: str, told: str, damaged: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is not among the preferences is not taken for them."""
    settings = Settings(paths={"models_dir": damaged}, asr={"prefer": {"kk": [wanted]}})  # type: ignore[arg-type]
    assert find_recognizers(settings, (Language.KAZAKH,)) == {}
    assert caplog.records[-1].levelname == "WARNING"
    assert f"no recogniser for kk: {told}" in caplog.text


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    paths = {"data_dir": tmp_path / "data"}
    return Settings(paths=paths, store={"min_free_mb": 0})  # type: ignore[arg-type]


class Placing:
    """An engine on a telephone in memory; a dial is answered at once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.up = asyncio.Event()
        self.telephone = MemoryTelephone(2, on_dial=self._answer)
        self.scenario = load_scenario("soft_collection")
        self.clock = SystemClock()
        self.keyboard = Keyboard()

    def running(self) -> Any:
        return running(self.settings, self._parts, open_dialog=self._open)

    def request(self, call_id: str) -> CallRequest:
        debtor = account(Language.ENGLISH, "77010000001", self.clock.now())
        return CallRequest(call_id, "77010000001", debtor, "soft_collection", Language.ENGLISH)

    def _answer(self, line: MemoryLine) -> None:
        line.remote_answers()
        self.up.set()

    def _parts(self, store: CallDatabase, clock: Clock, on_stop: AsyncExitStack) -> Parts:
        return Parts(self.telephone, self.keyboard, SilentPrompter(), (), NoRecorder())

    def _open(self, request: CallRequest) -> Any:
        return self.scenario.open(request.account, now=self.clock.now(), language=request.language)


def dispositions(settings: Settings) -> dict[str, Disposition | None]:
    location, recordings = settings.paths.data_dir / "calls.db", settings.paths.recordings_dir
    with CallArchive(location, recordings=recordings, keys=keys_given(settings)) as archive:
        records = [archive.record(call.opened.call_id) for call in archive.recent(9)]
    return {one.opened.call_id: one.closed.disposition if one.closed else None for one in records if one is not None}


async def test_live_calls_have_their_records_closed_when_the_engine_stops(settings: Settings) -> None:
    """The telephone hangs up first, and the store closes last; between, with a key, the recording is sealed."""
    keys = SecretStr(base64.b64encode(bytes(32)).decode())
    settings = settings.model_copy(update={"privacy": settings.privacy.model_copy(update={"keys": keys})})
    engine = Placing(settings)
    async with engine.running() as bot:
        call = asyncio.create_task(bot.desk.call(engine.request("c-1")))
        await engine.up.wait()
        record = await bot.store.record("c-1")
        assert record is not None
        assert record.opened.recording is not None
        record.opened.recording.write_bytes(b"what was said")
    assert (await call).disposition is Disposition.FAILED
    assert [one.name for one in settings.paths.recordings_dir.rglob("c-1*")] == ["c-1.wav.sealed"]
    assert await asyncio.to_thread(dispositions, settings) == {"c-1": Disposition.FAILED}


async def test_a_wait_for_a_call_that_is_cancelled_leaves_its_record_closed(settings: Settings) -> None:
    """As Ctrl-C does: the call itself goes on to the end of the telephone."""
    engine = Placing(settings)

    async def hold() -> None:
        async with engine.running() as bot:
            await bot.desk.call(engine.request("c-1"))

    holding = asyncio.create_task(hold())
    await engine.up.wait()
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding
    assert await asyncio.to_thread(dispositions, settings) == {"c-1": Disposition.FAILED}
