"""The systemd unit and the compose file, against the settings that they have to agree with."""

from configparser import RawConfigParser
from pathlib import Path

import yaml

from config import cli
from config.settings import load
from config.settings import variable as variable_of

DEPLOY = Path(cli.__file__).parent / "deploy"


def unit(name: str = "voicebot.service") -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment]
    parser.read(DEPLOY / name)
    return parser


def test_live_calls_get_their_time_to_end() -> None:
    """The service managers wait longer for the end than the engine drains."""
    drain_s = load().engine.drain_s
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["voicebot"]
    assert int(unit()["Service"]["TimeoutStopSec"]) > drain_s
    assert int(compose["stop_grace_period"].removesuffix("s")) > drain_s


def test_the_unit_stops_the_engine_and_lets_it_stop_its_worker() -> None:
    """SIGTERM reaches the engine alone; a worker that got it too would end its calls at once."""
    service = unit()["Service"]
    assert (service["KillMode"], service["KillSignal"]) == ("mixed", "SIGTERM")
    assert "-HUP $MAINPID" in service["ExecReload"]  # renews the media workers


def test_the_unit_runs_commands_that_exist() -> None:
    """What the unit starts are commands of ours."""
    service = unit()["Service"]
    started = [service[key].split()[1] for key in ("ExecStartPre", "ExecStart")]
    assert started == ["doctor", "serve"]
    assert set(started) <= set(cli.COMMANDS)


def test_rasa_runs_by_itself_and_reaches_no_other_host() -> None:
    """By another user than the engine, with a command of ours, on loopback alone."""
    service, engine = unit("voicebot-rasa.service")["Service"], unit()["Service"]
    assert service["User"] != engine["User"]
    assert (service["IPAddressDeny"], service["IPAddressAllow"]) == ("any", "localhost")
    assert service["ExecStart"].split()[1:] == ["rasa", "serve"]


def test_the_units_variables_are_settings() -> None:
    """Each variable in the unit, Dockerfile and compose file is one that settings read."""
    known = {variable_of(("paths", key)) for key in ("data_dir", "rasa_dir", "run_dir")}
    known |= {"VOICEBOT_CONFIG", variable_of(("rasa", "token"))}
    known |= {variable_of((section, "password")) for section in ("sip", "store")}
    for name in ("voicebot.service", "voicebot-rasa.service", "Dockerfile", "compose.yaml"):
        words = (DEPLOY / name).read_text().replace("=", " ").replace(":", " ").replace("(", " ").split()
        assert {word for word in words if word.startswith("VOICEBOT_")} <= known, name
