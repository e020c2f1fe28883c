"""`voicebot serve` as operations staff and softphones meet it: callers in, kill -9, start again, drain."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.conversation import Conversation
from analytics.store import AnalyticsDatabase, contacts
from dialogs.library.library import Library
from engine.accounts import Account, Money, Person
from engine.audio import SAMPLE_RATE_HZ, Samples, read_wav, silence, write_wav
from engine.calls import CallRecord, CallRequest, Disposition, Speaker
from engine.sealing import Keyring, is_sealed, new_key, sealed_path
from engine.speech import Language
from engine.store.archive import CallArchive
from telephony.settings import SipSettings
from telephony.sip_telephone import SipTelephone
from tts.voices import load_voice

pytestmark = [
    pytest.mark.sip,
    pytest.mark.models,
    pytest.mark.timeout(150),
    pytest.mark.usefixtures("sipp", "baresip"),
]

_VOICEBOT = Path(sys.executable).with_name("voicebot")
_SIPP = Path(__file__).parents[2] / "benchmarks" / "sipp"
_ACCOUNTS = [
    {
        "account_id": "A-1",
        "phone": "77010000001",
        "full_name": "Alex Sample",
        "given_name": "Alex",
        "language": "en",
        "creditor": "Example Bank",
        "product": {"en": "consumer loan", "ru": "потребительского кредита", "kk": "тұтынушылық несие"},
        "debt": "45000.00",
        "least_promise": "5000",
        "days_past_due": 12,
        "due_date": "2026-11-10",
    }
]


_SECOND = _ACCOUNTS[0] | {"account_id": "A-4711", "debt": "7000.00"}
"""Another debt of the same caller, so that the contract is asked for."""


@dataclass
class Server:
    """A running `voicebot serve`."""

    process: subprocess.Popen[str]
    port: int
    data: Path
    log: Path

    def records(self, keys: Keyring | None = None) -> list[CallRecord]:
        """Return all calls, the newest first."""
        archive = CallArchive(self.data / "calls.db", recordings=self.data / "recordings", keys=keys)
        try:
            found = (archive.record(call.opened.call_id) for call in archive.recent(10))
            return [record for record in found if record is not None]
        finally:
            archive.close()

    def eventually(self, condition: Callable[[], bool], within_s: float = 40.0) -> None:
        """Wait for something that another process does."""
        deadline_s = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline_s, self.log.read_text()
            time.sleep(0.1)

    def said(self, pattern: str) -> "re.Match[str] | None":
        """Look for words in the log."""
        return re.search(pattern, self.log.read_text())


@pytest.fixture
def serve(tmp_path: Path) -> Callable[..., AbstractContextManager[Server]]:
    """Return a context manager that runs the server; twice in a test means a restart on the same data."""
    accounts = tmp_path / "accounts.json"
    settings = {
        "VOICEBOT_SIP__PORT": "0",
        "VOICEBOT_WEB__ENABLED": "false",
        "VOICEBOT_PATHS__DATA_DIR": str(tmp_path / "data"),
        "VOICEBOT_PATHS__PROMPTS_DIR": str(tmp_path / "prompts"),
    }
    runs = iter(range(9))

    @contextmanager
    def run(*others: Mapping[str, Any], **variables: str) -> Iterator[Server]:
        accounts.write_text(json.dumps([*_ACCOUNTS, *others]))
        log = tmp_path / f"serve-{next(runs)}.log"
        with log.open("w") as file:
            command = [str(_VOICEBOT), "serve", "--accounts", str(accounts)]
            process = subprocess.Popen(command, env=os.environ | settings | variables, stderr=file, text=True)
        server = Server(process, 0, tmp_path / "data", log)
        try:
            server.eventually(lambda: server.said(r"channels at \S+:\d+") is not None, 90.0)
            found = server.said(r"channels at \S+:(\d+)")
            assert found is not None
            server.port = int(found[1])
            yield server
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(30)

    return run


def sipp(server: Server, folder: Path, seconds: int) -> "subprocess.Popen[bytes]":
    """Call in with recorded audio, for so long."""
    shutil.copytree(_SIPP, folder, dirs_exist_ok=True)
    call = f"-sf caller.xml -i 127.0.0.1 -mi 127.0.0.1 -mp 30000 -m 1 -d {1000 * seconds} -s voicebot"
    return subprocess.Popen(
        ["sipp", f"127.0.0.1:{server.port}", *call.split()],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_a_sipp_caller_with_recorded_audio_is_understood_and_answered(
    serve: Callable[[], AbstractContextManager[Server]], tmp_path: Path
) -> None:
    """The caller is found by number, told who calls, heard, and answered; SIGTERM then ends the server cleanly."""
    with serve() as server:
        assert sipp(server, tmp_path / "sipp", 20).wait(60) == 0
        server.eventually(lambda: bool(server.records()) and server.records()[0].closed is not None)
        (record,) = server.records()
        server.process.terminate()
        assert server.process.wait(30) == 0
    assert record.opened.account_id == "A-1"
    heard = [turn for turn in record.turns if turn.speaker is Speaker.CALLER]
    assert any(turn.text for turn in heard)
    assert any(turn.response_ms for turn in record.turns)
    assert record.turns[0].text.startswith("Hello! This is the automated assistant of Example Bank.")
    assert "Sample" not in server.log.read_text()


class _Anywhere:
    """Lets the test's own telephone dial the server."""

    def allow(self, destination: str, time_zone: str) -> str:
        return destination


async def test_a_caller_with_two_contracts_keys_in_which(
    serve: Callable[..., AbstractContextManager[Server]], tmp_path: Path
) -> None:
    """Reception asks for digits and names no contract; the record then knows whose call it is."""
    sip = SipSettings(sip_port=0, caller_id="77010000001", rtp_port_min=39000, rtp_port_max=39199)
    telephone = SipTelephone(sip, _Anywhere(), tmp_path / "run")
    with serve(_SECOND) as server:

        def states() -> list[str]:
            return [turn.state for turn in server.records()[0].turns] if server.records() else []

        await telephone.start(lambda line: None, [])
        try:
            phone = Person("Alex Sample", "Alex", Language.ENGLISH, "77010000001")
            account = Account("A-1", phone, "Example Bank", {}, Money.of(1), 1, date(2026, 1, 1), Money.of(1))
            address = f"sip:77270000000@127.0.0.1:{server.port}"
            line = await telephone.dial(CallRequest("keyed", address, account, "none", Language.ENGLISH))
            await asyncio.to_thread(server.eventually, lambda: "reception.which" in states())
            await line.send_digits("4711")
            await asyncio.to_thread(server.eventually, lambda: "right_party" in states())
            await line.hang_up()
        finally:
            await telephone.stop()
        server.eventually(lambda: server.records()[0].closed is not None)
        (record,) = server.records()
    spoken = [turn.text for turn in record.turns if turn.speaker is Speaker.BOT]
    assert spoken[:2] == [
        "Hello! This is the automated assistant of Example Bank. This call is recorded.",
        "Please say or key in the last four digits of your contract number.",
    ]
    assert record.opened.account_id == "A-4711"
    assert "identified" in [event.kind for event in record.events]


def _publish(data: Path, folder: Path, word: str) -> str:
    """Bring a version with this word in its first question into service, by the command line; return its hash."""
    text = (Path(__file__).parents[1] / "unit" / "dialogs" / "reminder.yaml").read_text("utf-8")
    text = text.replace("name: reminder", "name: soft_collection").replace("silence: {times: 2", "silence: {times: 9")
    folder.mkdir(exist_ok=True)
    (folder / "scenario.yaml").write_text(text.replace("Are you {", f"Version {word}. Are you {{"), "utf-8")
    people = ["--by", "writer", "--approved-by", "reviewer"]
    subprocess.run(
        [str(_VOICEBOT), "scenario", "publish", str(folder), *people],
        env=os.environ | {"VOICEBOT_PATHS__DATA_DIR": str(data)},
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=60,
    )
    version = Library(data / "scenarios").shelf("soft_collection").published
    assert version is not None
    return version.scenario_hash


async def test_a_publication_is_heard_in_the_next_call_and_not_in_the_one_that_runs(
    serve: Callable[..., AbstractContextManager[Server]], tmp_path: Path
) -> None:
    """Without a restart; the records of both calls name the version that they ran by."""
    sip = SipSettings(sip_port=0, caller_id="77010000001", rtp_port_min=39200, rtp_port_max=39399)
    telephone = SipTelephone(sip, _Anywhere(), tmp_path / "run")
    phone = Person("Alex Sample", "Alex", Language.ENGLISH, "77010000001")
    account = Account("A-1", phone, "Example Bank", {}, Money.of(1), 1, date(2026, 1, 1), Money.of(1))
    data, mine = tmp_path / "data", tmp_path / "mine"
    hashes = [_publish(data, mine, "one")]
    with serve() as server:

        def asked(number: int, word: str) -> int:
            """Return how often a call, counted from the first, has asked by the version with this word."""
            records = server.records()[::-1]
            texts = [turn.text for turn in records[number].turns] if number < len(records) else []
            return sum(text.endswith(f"Version {word}. Are you Alex Sample?") for text in texts)

        async def eventually(condition: Callable[[], bool]) -> None:
            await asyncio.to_thread(server.eventually, condition)

        address = f"sip:77270000000@127.0.0.1:{server.port}"
        await telephone.start(lambda line: None, [])
        try:
            first = await telephone.dial(CallRequest("first", address, account, "none", Language.ENGLISH))
            await eventually(lambda: asked(0, "one") == 1)
            hashes.append(await asyncio.to_thread(_publish, data, mine, "two"))
            await eventually(lambda: server.said("new calls run by soft_collection v2") is not None)
            second = await telephone.dial(CallRequest("second", address, account, "none", Language.ENGLISH))
            await eventually(lambda: asked(1, "two") == 1)
            before = asked(0, "one")
            await eventually(lambda: asked(0, "one") > before)
            await first.hang_up()
            await second.hang_up()
        finally:
            await telephone.stop()
        server.eventually(lambda: all(record.closed is not None for record in server.records()))
        records = server.records()[::-1]
    for record, content_hash, version in zip(records, hashes, ("v1", "v2"), strict=True):
        assert record.opened.scenario_hash == content_hash
        assert [event.detail for event in record.events if event.kind == "scenario"] == [f"soft_collection {version}"]
    assert asked(0, "two") == 0


def test_a_softphone_holds_a_conversation(serve: Callable[[], AbstractContextManager[Server]], tmp_path: Path) -> None:
    """Baresip, another SIP stack: says who it is after the greeting, until it hears about the debt."""
    voice = load_voice("piper:en_US-joe-medium", Language.ENGLISH, tmp_path)
    words = voice.synthesize("Yes, speaking.").samples
    # Pauses of different lengths: words said over a line that must be heard count for nothing.
    said = [part for pause_s in (10.5, 7.0, 5.0, 8.0, 6.0) for part in (silence(pause_s), words)]
    write_wav(tmp_path / "say.wav", np.concatenate([*said, silence(8)]))
    (tmp_path / "config").write_text(
        "module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aufile.so\nmodule_app account.so\n"
        f"module_app menu.so\naudio_source aufile,{tmp_path}/say.wav\naudio_player aufile,{tmp_path}/heard.wav\n"
        "sip_listen 127.0.0.1:0\nrtp_ports 31000-31100\n"
    )
    (tmp_path / "accounts").write_text("<sip:77010000001@127.0.0.1>;regint=0;audio_codecs=PCMU/8000/1\n")
    (tmp_path / "contacts").touch()
    # Baresip names the machine's own address in SDP and sends from loopback.
    with serve(VOICEBOT_SIP__LATCH="true") as server, (tmp_path / "baresip.log").open("w") as log:
        command = ["baresip", "-f", str(tmp_path), "-4", "-e", f"d sip:bot@127.0.0.1:{server.port}", "-t", "50"]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as softphone:
            server.eventually(lambda: any("overdue" in turn.text for one in server.records() for turn in one.turns), 60)
            softphone.terminate()
        server.eventually(lambda: server.records()[0].closed is not None)
        (record,) = server.records()
    assert "Call established" in (tmp_path / "baresip.log").read_text(errors="replace")
    # The pause that the synthetic voice makes at the comma may end its turn.
    assert next(turn.intent for turn in record.turns if turn.intent is not None) in {"rpc_confirm", "yes"}


@pytest.mark.full
@pytest.mark.timeout(300)
def test_a_call_is_analysed_by_itself(serve: Callable[[], AbstractContextManager[Server]], tmp_path: Path) -> None:
    """Its recording is heard again behind the engine; search finds it, and a card that suits the scenario scores it."""
    with serve() as server:
        assert sipp(server, tmp_path / "sipp", 20).wait(60) == 0
        server.eventually(lambda: bool(server.records()) and server.records()[0].closed is not None)
        (record,) = server.records()
        server.eventually(lambda: _analysed(server) == [record.opened.call_id], 150.0)
        found = json.loads(_voicebot(server, "search", 'bot: "automated assistant" AND @scenario = soft*', "--json"))
        (scored,) = _shown(server, found["contact_id"])["results"]["scorecards"]["document"]
    assert found["contact_id"] == record.opened.call_id
    assert (scored["card"], scored["criteria"][0]["standing"]) == ("soft_collection", "met")


@pytest.mark.full
@pytest.mark.timeout(600)
def test_under_keys_a_call_is_in_clear_nowhere_and_can_be_shown_given_out_and_erased(
    serve: Callable[..., AbstractContextManager[Server]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From hang-up to the proof of its erasure, as operations staff and a data-protection officer go about it."""
    monkeypatch.setenv("VOICEBOT_PRIVACY__KEYS", new_key())
    keys = Keyring.parse(os.environ["VOICEBOT_PRIVACY__KEYS"], "a test")
    with serve() as server:
        assert sipp(server, tmp_path / "sipp", 20).wait(60) == 0
        server.eventually(lambda: bool(server.records(keys)) and server.records(keys)[0].closed is not None)
        (record,) = server.records(keys)
        call_id, recording = record.opened.call_id, record.opened.recording
        assert recording is not None
        server.eventually(lambda: _analysed(server, keys) == [call_id], 250.0)
        assert is_sealed(sealed_path(recording))
        assert not recording.exists()
        assert _clear_in(server, _words(record)) == {}

        shown = _voicebot(server, "contacts", "show", call_id)
        assert "automated assistant of" in shown
        assert "Sample" not in shown
        assert "Alex Sample" in _voicebot(server, "contacts", "show", call_id, "--original")
        found = json.loads(_voicebot(server, "search", 'bot: "automated assistant"', "--json"))
        assert found["contact_id"] == call_id
        _voicebot(server, "person", "export", "A-1", str(tmp_path / "own.zip"))
        _voicebot(server, "person", "export", "A-1", str(tmp_path / "muted.zip"), "--recordings", "redacted")
        own, muted = (_exported(tmp_path / name, tmp_path) for name in ("own.zip", "muted.zip"))
        assert [row["text"] for row in own[0]["tables"]["turns"]] == [turn.text for turn in record.turns]
        named_s = [
            (word.start_s, word.end_s)
            for one in _conversation(server, keys, call_id).utterances
            for word in one.words
            if "Sample" in word.text
        ]
        assert named_s
        for start_s, end_s in named_s:
            part = slice(round(start_s * SAMPLE_RATE_HZ), round(end_s * SAMPLE_RATE_HZ))
            assert own[1][part, 0].any()
            assert not muted[1][part, 0].any()

        erased = _voicebot(server, "person", "erase", "A-1", "--yes")
        assert " 0 failed" in erased, erased
        assert _clear_in(server, _words(record)) == {}
        assert not [name for name in _clear_in(server, [call_id.encode()]) if name.endswith((".db", "-wal", ".jsonl"))]
        assert not list(recording.parent.iterdir())
        for item in (call_id, f"calls/{call_id}", f"{recording.parent.name}/{recording.name}"):
            assert "because: request" in _voicebot(server, "retention", "proof", item)
    assert "Sample" not in server.log.read_text()


def _words(record: CallRecord) -> list[bytes]:
    """Return what was said in a call, so long that it stands nowhere by chance: names, and words in a row."""
    said = [turn.text.split() for turn in record.turns]
    rows = [" ".join(words[at : at + 2]) for words in said for at in range(len(words) - 1)]
    return [one.encode() for one in dict.fromkeys([*record.opened.people, *rows]) if len(one) > 8]


def _clear_in(server: Server, words: Sequence[bytes]) -> dict[str, list[bytes]]:
    """Return which words stand in the server's files and in its log, by file."""
    files = [one for one in server.data.rglob("*") if one.is_file() and one.suffix != ".onnx"]
    found = {str(one): [word for word in words if word in one.read_bytes()] for one in (*files, server.log)}
    return {name: some for name, some in found.items() if some}


def _conversation(server: Server, keys: Keyring, contact_id: str) -> Conversation:
    with AnalyticsDatabase(server.data / "analytics.db", keys) as database, database.reading() as connection:
        found = contacts.load(connection, contact_id)
    assert found is not None
    return found.conversation


def _exported(out: Path, folder: Path) -> tuple[Any, Samples]:
    """Return the document and the recording of an export."""
    with zipfile.ZipFile(out) as archive:
        (folder / "sound.wav").write_bytes(archive.read("recordings/0001.wav"))
        return json.loads(archive.read("person.json")), read_wav(folder / "sound.wav")[0]


def _voicebot(server: Server, *words: str) -> str:
    """Run a command on the server's data, and return what it prints."""
    variables = os.environ | {"VOICEBOT_PATHS__DATA_DIR": str(server.data)}
    return subprocess.run([_VOICEBOT, *words], env=variables, check=True, capture_output=True, text=True).stdout


def _analysed(server: Server, keys: Keyring | None = None) -> list[str]:
    """Return the contacts that were analysed; cheaply, since the worker that is waited for yields to all others."""
    if not (server.data / "analytics.db").exists():
        return []
    with AnalyticsDatabase(server.data / "analytics.db", keys) as database, database.reading() as connection:
        return [line.contact_id for line in contacts.latest(connection, 10)]


def _shown(server: Server, contact_id: str) -> Any:
    return json.loads(_voicebot(server, "contacts", "show", contact_id, "--json"))


def test_a_killed_engine_loses_no_call_and_hardly_any_audio(
    serve: Callable[[], AbstractContextManager[Server]], tmp_path: Path
) -> None:
    """The worker apologises to the caller, and the next start closes the record and salvages the recording."""
    with serve() as server:
        caller = sipp(server, tmp_path / "sipp", 40)
        server.eventually(lambda: bool(server.records()) and any(t.text for t in server.records()[0].turns))
        time.sleep(1.0)
        server.process.send_signal(signal.SIGKILL)
        killed_at = time.time()
        server.process.wait(10)
        caller.wait(60)
    with serve() as server:
        server.eventually(lambda: server.records()[0].closed is not None)
        (record,) = server.records()
        path = record.opened.recording
        assert path is not None
        lived_s = killed_at - record.opened.opened_at.timestamp()
        server.eventually(lambda: _seconds(path) >= lived_s - 1.0)
    closed = record.closed
    assert closed is not None
    assert closed.disposition is Disposition.INTERRUPTED
    samples, _ = read_wav(path)
    apology = samples[int((lived_s + 2.0) * SAMPLE_RATE_HZ) :, 0]
    assert np.abs(apology).max() > 1000, "the worker's apology is in the recording"


@pytest.mark.full
def test_a_killed_worker_costs_its_call_alone(
    serve: Callable[[], AbstractContextManager[Server]], tmp_path: Path
) -> None:
    """Its call gets a record that says so, and the next caller is answered by a new worker."""
    with serve() as server:
        first = sipp(server, tmp_path / "sipp", 30)
        server.eventually(lambda: bool(server.records()) and bool(server.records()[0].events))
        time.sleep(3.0)
        worker = server.said(r"media worker \d+ is up on \S+, process (\d+)")
        assert worker is not None
        os.kill(int(worker[1]), signal.SIGKILL)
        server.eventually(lambda: server.records()[0].closed is not None)
        first.kill()
        first.wait(10)
        (cut,) = server.records()
        server.eventually(lambda: len(re.findall(r"media worker \d+ is up", server.log.read_text())) == 2)
        assert sipp(server, tmp_path / "sipp", 5).wait(40) == 0
        server.eventually(lambda: len(server.records()) == 2 and server.records()[0].closed is not None)
    assert cut.closed is not None
    assert cut.closed.disposition is Disposition.INTERRUPTED
    assert cut.opened.recording is not None
    assert _seconds(cut.opened.recording) > 2.0


def _seconds(path: Path) -> float:
    samples, rate = read_wav(path)
    return len(samples) / rate
