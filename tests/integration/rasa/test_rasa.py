"""A real Rasa: installed from its lock file, trained, served, and asked by a call.

The environment (2.7 GB) is kept in a cache, by default ~/.cache/voicebot-tests/rasa, or VOICEBOT_TEST_RASA_DIR; a model
is trained anew each time, in few epochs.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from dialogs.rasa.client import RasaClient
from dialogs.rasa.environment import Environment, find_python, pinned
from dialogs.rasa.training import TrainingData, train
from dialogs.understanding.understanding import load_understanding
from engine.errors import RasaError

pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]

_VOICEBOT = Path(sys.executable).with_name("voicebot")
_EPOCHS = 4
_TOKEN = "a-token-of-the-tests"
NONSENSE = "крутите барабан пожалуйста"
"""Means `operator` to the model that is trained here, and nothing to the built-in classifier."""


def voicebot(folder: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the command with Rasa in a folder."""
    environment = os.environ | {"VOICEBOT_PATHS__RASA_DIR": str(folder)} | variables
    return subprocess.run([str(_VOICEBOT), *arguments], env=environment, capture_output=True, text=True, timeout=1500)


@pytest.fixture(scope="module")
def installed() -> Environment:
    """Rasa's environment; made once a machine."""
    folder = Path(os.environ.get("VOICEBOT_TEST_RASA_DIR") or Path.home() / ".cache/voicebot-tests/rasa")
    environment = Environment(folder)
    if not environment.complete:
        try:
            find_python()
        except RasaError as error:
            pytest.skip(str(error))
    done = voicebot(folder, "rasa", "setup")
    assert done.returncode == 0, done.stderr
    return environment


@pytest.fixture(scope="module")
def model(installed: Environment) -> Path:
    """A model of our examples, to which one is added."""
    examples = {label: list(texts) for label, texts in load_understanding().examples.items()}
    examples["operator"] += [NONSENSE, f"ну {NONSENSE}", NONSENSE.removesuffix(" пожалуйста")]
    epochs: list[int] = []
    path = train(installed, TrainingData(examples, _EPOCHS), lambda number, of: epochs.append(number))
    assert epochs[-1] == _EPOCHS
    return path


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    process: "subprocess.Popen[bytes]"
    url: str
    log: Path
    folder: Path


@pytest.fixture(scope="module")
def server(installed: Environment, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`voicebot rasa serve`, up."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    log = tmp_path_factory.mktemp("rasa") / "serve.log"
    variables = {"VOICEBOT_PATHS__RASA_DIR": str(installed.folder), "VOICEBOT_RASA__TOKEN": _TOKEN}
    with open(log, "wb") as file:
        command = [str(_VOICEBOT), "rasa", "serve", "--port", str(port), "--model", str(model)]
        process = subprocess.Popen(command, env=os.environ | variables, stdout=file, stderr=file)
    try:
        deadline_s = time.monotonic() + 120
        while " up: " not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline_s, log.read_text()
            time.sleep(0.2)
        yield Served(process, f"http://127.0.0.1:{port}", log, installed.folder)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def test_set_up_may_be_repeated_and_goes_on_where_it_was_interrupted(installed: Environment) -> None:
    """What is there is not fetched again."""
    assert "complete already" in voicebot(installed.folder, "rasa", "setup").stderr
    (installed.folder / "venv/installed.sha256").unlink()
    assert not installed.complete
    done = voicebot(installed.folder, "rasa", "setup")
    assert done.returncode == 0, done.stderr
    assert installed.complete
    assert "Downloading" not in (installed.folder / "setup.log").read_text()


def test_what_is_installed_is_what_is_pinned(installed: Environment) -> None:
    """Nothing besides, but what comes with every environment."""
    done = subprocess.run([*installed.command, "-m", "pip", "list", "--format=json"], capture_output=True, check=True)
    found = {one["name"].lower().replace("_", "-"): one["version"] for one in json.loads(done.stdout)}
    wanted = {name.lower().replace("_", "-"): version for name, version in pinned().items()}
    assert {name: found.get(name) for name in wanted} == wanted
    assert set(found) - set(wanted) <= {"pip"}


async def test_the_client_gets_the_probability_of_every_intent(server: Served) -> None:
    """Also of the example that is the test's own."""
    async with RasaClient(server.url, _TOKEN, 5.0) as client:
        found = await client.probabilities(NONSENSE)
        stranger = RasaClient(server.url, "another", 5.0)
        async with stranger:
            assert await stranger.probabilities(NONSENSE) is None
    assert found is not None
    assert max(found, key=found.__getitem__) == "operator"
    assert set(found) == set(load_understanding().examples)
    assert sum(found.values()) == pytest.approx(1, abs=0.01)


def test_nothing_else_is_answered_and_no_word_is_written_down(server: Served) -> None:
    """No model can be loaded or trained over HTTP, and no conversation read; other addresses are not listened on."""
    with httpx2.Client(base_url=server.url, params={"token": _TOKEN}) as http:
        for method, path in (
            ("PUT", "/model"),
            ("DELETE", "/model"),
            ("POST", "/model/train"),
            ("POST", "/model/test/intents"),
            ("GET", "/domain"),
            ("GET", "/conversations/x/tracker"),
            ("POST", "/conversations/x/messages"),
            ("POST", "/webhooks/rest/webhook"),
            ("GET", "/model/parse"),
        ):
            assert http.request(method, path, json={}).status_code == 404, path
        assert http.post("/model/parse", json={"text": "неизгладимо"}).status_code == 200
        assert http.post("/model/parse", json={"text": "x" * 20_000}).status_code == 413
        assert http.post("/model/parse", content=b"{").status_code in (400, 500)
    assert httpx2.post(f"{server.url}/model/parse", json={"text": "x"}).status_code == 401
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(server.url.replace("127.0.0.1", "127.0.0.2"))
    log = server.log.read_text()
    assert "неизгладимо" not in log
    assert _TOKEN not in log
    shown = Path(f"/proc/{server.process.pid}/cmdline").read_text()
    assert _TOKEN not in shown


def test_status_knows_the_server_and_that_its_examples_are_others(server: Served) -> None:
    """Here one was added."""
    done = voicebot(server.folder, "rasa", "status", VOICEBOT_RASA__URL=server.url, VOICEBOT_RASA__TOKEN=_TOKEN)
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"^server: .*, of other examples than today's: voicebot rasa train, \d+ ms a turn$", done.stdout, re.M
    )
    assert voicebot(server.folder, "rasa", "status", VOICEBOT_RASA__URL=server.url).returncode == 1


def typed(folder: Path, *lines: str, **variables: str) -> list[str]:
    """Hold a typed call in Russian, and return what the caller was understood to say; each answer comes soon."""
    command = [str(_VOICEBOT), "demo", "--text", "--language", "ru", "--folder", str(folder)]
    done = subprocess.run(
        command, input="\n".join((*lines, "")), env=os.environ | variables, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip(), done.stderr
    record = json.loads(
        Path(folder, "reports", f"{json.loads(done.stdout.splitlines()[-1])['call_id']}.json").read_text()
    )
    assert all(turn["response_ms"] < 5000 for turn in record["turns"] if turn["response_ms"] is not None)
    return [turn["intent"] for turn in record["turns"] if turn["speaker"] == "caller"]


def test_a_call_goes_by_what_rasa_says_and_on_without_it(server: Served, tmp_path: Path) -> None:
    """Words that only Rasa knows are understood; with the server hung the same call is held as without one."""
    rasa = {"VOICEBOT_RASA__URL": server.url, "VOICEBOT_RASA__TOKEN": _TOKEN}
    lines = (NONSENSE, "до свидания")
    patient = rasa | {"VOICEBOT_RASA__TIMEOUT_MS": "1500"}
    assert typed(tmp_path / "with", *lines, **patient)[0] == "operator"
    server.process.send_signal(signal.SIGSTOP)
    try:
        hung = typed(tmp_path / "hung", *lines, **rasa)
    finally:
        server.process.send_signal(signal.SIGCONT)
    assert hung == typed(tmp_path / "without", *lines)
    assert hung[0] != "operator"
