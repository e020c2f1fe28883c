"""`voicebot rasa` and the settings [rasa], without Rasa."""

import shutil
import socket
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from config import cli
from config.sections import Rasa
from config.settings import Settings, load
from config.wiring import outside_reader
from dialogs.understanding.understanding import load_understanding

SCENARIO = "soft_collection"
OWN = """
intents:
  want_card:
    ru: {examples: ["можно оформить карту"]}
    en: {examples: ["I would like a card."]}
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder, which has no Rasa."""
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def run(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli.cli, ["rasa", *arguments])


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://rasa.bank.example:5005", "must begin with https://"),
        ("ftp://127.0.0.1", "must begin with https://"),
        ("https://", "must begin with https://"),
        ("https://rasa.bank.example/?token=secret", "VOICEBOT_RASA__TOKEN"),
        ("https://me:secret@rasa.bank.example", "VOICEBOT_RASA__TOKEN"),
    ],
)
def test_words_travel_encrypted_and_the_token_is_in_no_file(url: str, complaint: str) -> None:
    """Only loopback goes without."""
    with pytest.raises(ValueError, match=complaint):
        Rasa(url=url)


def test_the_port_to_serve_on_is_that_of_the_url() -> None:
    """Rasa's own where it names none."""
    assert (Rasa().port, Rasa(url="http://127.0.0.1:5006").port) == (5005, 5006)


def test_the_training_data_can_be_looked_at_with_a_scenarios_own_intents(data: Path) -> None:
    """Without any Rasa; what several scenarios teach is joined."""
    shutil.copytree(str(files("dialogs") / "scenarios"), data / "scenarios")
    own = data / "scenarios" / SCENARIO
    with (own / "scenario.yaml").open("a", encoding="utf-8") as file:
        file.write(OWN)
    result = run("train", "--export", str(data / "out"), "--scenario", SCENARIO, "--scenario", str(own))
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (data / "out").iterdir()) == ["config.yml", "domain.yml", "nlu.yml"]
    taught = {one["intent"]: one["examples"] for one in yaml.safe_load((data / "out/nlu.yml").read_text())["nlu"]}
    assert taught["want_card"].splitlines() == ["- можно оформить карту", "- i would like a card"]
    assert set(taught) == {*load_understanding().examples, "want_card"}


@pytest.mark.parametrize("command", ["train", "serve"])
@pytest.mark.usefixtures("data")
def test_what_is_not_installed_is_said_with_the_mend(command: str) -> None:
    """Set-up comes first."""
    result = run(command)
    assert result.exit_code == 1
    assert "voicebot rasa setup" in result.output


@pytest.mark.usefixtures("data")
def test_status_tells_what_is_missing_and_fails_where_the_server_is_away(
    monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    """Where none is asked, nothing is wrong."""
    result = run("status")
    assert result.exit_code == 0, result.output
    assert [line.partition(":")[2].split()[0] for line in result.output.splitlines()] == ["none,", "none:", "none"]
    monkeypatch.setenv("VOICEBOT_RASA__URL", f"http://127.0.0.1:{closed_port}")
    result = run("status")
    assert result.exit_code == 1
    assert "ConnectError" in result.output


async def test_without_a_url_nobody_is_asked_and_with_one_calls_go_on_without_its_answer(
    monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    """As it is by default."""
    async with outside_reader(Settings()) as reader:
        assert reader is None
    monkeypatch.setenv("VOICEBOT_RASA__URL", f"http://127.0.0.1:{closed_port}")
    async with outside_reader(load()) as reader:
        assert reader is not None
        assert await reader.probabilities("hello") is None
