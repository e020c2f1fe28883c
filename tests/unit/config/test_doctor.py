"""What `voicebot doctor` finds, with things really missing."""

import importlib.metadata
import json
import resource
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from config import cli
from config.doctor import examine
from config.findings import Finding, Report, Status
from config.settings import load
from engine.speech import Language
from telephony.library import SipLibrary

pytestmark = pytest.mark.usefixtures("restored_logging")

Write = Callable[[str], Path]

WHEEL = SipLibrary("pjsua2", "2.15.1.post1", "wheel", 4)


def found() -> dict[str, Finding]:
    """Examine with the settings in force, by key."""
    return {finding.key: finding for finding in examine(load()).findings}


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A UDP port on loopback that somebody holds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def test_keys_are_unique_and_flat() -> None:
    """Every finding has a dotted key of its own, none is the beginning of another's status or mend."""
    keys = [finding.key for finding in examine(load()).findings]
    assert len(keys) == len(set(keys))
    assert {"python.version", "sip.version", "sip.channels", "torch.version", "database.url"} <= set(keys)
    assert not [key for key in keys if key.endswith((".status", ".mend"))]


def test_what_is_not_in_order_has_its_mend_beside_it() -> None:
    """The flat form tells status and mend only where there is something to mend, and whether calls are possible."""
    report = Report((Finding("a.b", 1), Finding("c.d", None, Status.WARNING, "do this")))
    assert report.flat() == {"ok": True, "a.b": 1, "c.d": None, "c.d.status": "warning", "c.d.mend": "do this"}
    assert not Report((Finding("e.f", None, Status.MISSING, "do that"),)).ok


def test_a_rasa_server_that_is_away_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls go on without it; where the settings name none, nothing is missing."""
    assert found()["rasa.server"] == Finding("rasa.server", None)
    monkeypatch.setenv("VOICEBOT_RASA__URL", "http://127.0.0.1:9")
    finding = found()["rasa.server"]
    assert (finding.status, finding.value) == (Status.WARNING, None)
    assert "voicebot rasa serve" in finding.mend


def test_looking_makes_no_file(tmp_path: Path) -> None:
    """Doctor makes neither database nor folder."""
    examine(load())
    assert not (tmp_path / "home").exists()


def test_every_finding_that_is_not_in_order_has_a_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without any of our programs and models, each thing that is missing says what to do."""
    monkeypatch.setenv("PATH", "/nonexistent")
    findings = found()
    assert findings["program.espeak-ng"].status is Status.WARNING
    assert "sudo apt-get install espeak-ng" in findings["program.espeak-ng"].mend
    assert [finding for finding in findings.values() if (finding.status is Status.OK) != (finding.mend == "")] == []


def test_a_missing_or_other_version_of_a_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own metadata is what installed packages are compared with."""
    pins = ["no-such-thing-of-ours==1.0", "click==0.1", 'torch>=2; extra == "gpu"']
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: pins)
    findings = found()
    assert findings["package.no-such-thing-of-ours"].status is Status.MISSING
    assert "pip install no-such-thing-of-ours==1.0" in findings["package.no-such-thing-of-ours"].mend
    assert findings["package.click"].status is Status.WARNING
    assert "tested with 0.1" in findings["package.click"].mend
    assert "package.torch" not in findings


def test_a_part_that_cannot_be_imported_is_one_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package costs its own findings, and all others are still told."""
    monkeypatch.setitem(sys.modules, "asr.silero_detector", None)
    findings = found()
    assert findings["vad.import"].status is Status.MISSING
    assert "make setup" in findings["vad.import"].mend
    assert findings["sip.version"].status is Status.OK


def test_security_fixes_that_the_library_lacks_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel of four calls is older than some; the mend is the build that has them."""
    monkeypatch.setattr("telephony.library.loaded_library", lambda: WHEEL)
    findings = found()
    assert (findings["sip.version"].value, findings["sip.max_calls"].value) == ("2.15.1.post1", 4)
    assert findings["sip.advisories"].status is Status.WARNING
    assert "CVE-2026-41416" in str(findings["sip.advisories"].value)
    assert "make native" in findings["sip.advisories"].mend


def test_more_channels_than_the_library_holds_are_a_fault(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that ask for more calls than the SIP library can hold are told before the first call is lost."""
    monkeypatch.setattr("telephony.library.loaded_library", lambda: WHEEL)
    write("[sip]\nchannels = 200\n")
    assert found()["sip.channels"].status is Status.MISSING
    assert "sip.channels asks for 200 a worker" in found()["sip.channels"].mend


def test_voices_are_told_by_language(tmp_path: Path) -> None:
    """English has its packaged voice; where a language has none, the mend says how to get one."""
    findings = found()
    assert "piper:" in findings["voice.en"].value
    assert {f"voice.{language}" for language in Language} <= set(findings)


def test_recognisers_are_told_by_language(write: Write) -> None:
    """English has its packaged model, Russian the one in the box; one that is named and nobody knows is a fault."""
    write('asr.prefer.kk = ["vosk:no-such-model"]')
    findings = found()
    assert findings["recogniser.en"].status is Status.OK
    assert findings["recogniser.ru"].value == "voicebot-ru-kk"
    assert "voicebot models get t-one-ru" in findings["recogniser.ru"].mend
    assert findings["recogniser.kk"].status is Status.WARNING
    assert findings["recogniser.kk.preferred"].status is Status.MISSING
    assert "asr.prefer.kk: " in findings["recogniser.kk.preferred"].mend


def test_no_language_at_all_is_a_fault(write: Write) -> None:
    """With every language's recogniser out of reach no call can be understood."""
    write("".join(f'asr.prefer.{language} = ["vosk-model-small-tr-0.3"]\n' for language in Language))
    assert {found()[f"recogniser.{language}"].status for language in Language} == {Status.MISSING}


def test_a_remote_server_recognises_the_language_that_names_it(write: Write) -> None:
    """A vosk-server understands one language, so it is used for the one that names it."""
    write('[asr]\nprefer.kk = ["vosk-server"]\nvosk_server_url = "wss://vosk.bank.example:2700"\n')
    assert found()["recogniser.kk"].value == "vosk-server"
    assert found()["recogniser.ru"].value != "vosk-server"


def test_a_port_that_is_taken_is_a_warning(write: Write, taken_port: int) -> None:
    """A running bot holds its own port, so that doctor does not call this a fault."""
    write(f"[sip]\nport = {taken_port}\n")
    assert found()["sip.address"].status is Status.WARNING
    assert "change sip.port" in found()["sip.address"].mend


def test_each_worker_needs_its_port(write: Write, taken_port: int) -> None:
    """The second one's is looked at too."""
    write(f"[sip]\nport = {taken_port - 1}\nspare = true\n")
    assert found()["sip.address.1"].status is Status.WARNING
    assert found()["sip.address.1"].value == f"127.0.0.1:{taken_port}"


def test_busy_rtp_ports_are_counted(write: Write, taken_port: int) -> None:
    """Ports of the RTP range that others hold cost channels."""
    write(f"[sip]\nrtp_port_min = {taken_port - taken_port % 2}\nrtp_port_max = 65535\nchannels = 1\n")
    assert found()["sip.rtp_ports_busy"].value >= 1


def test_an_address_of_another_machine_is_a_fault(write: Write) -> None:
    """An address that this machine has not cannot be listened on."""
    write('[sip]\nbind_address = "203.0.113.7"\n')
    assert found()["sip.address"].status is Status.MISSING
    assert "change sip.bind_address" in found()["sip.address"].mend


def test_a_disk_below_the_limit_is_a_fault(write: Write) -> None:
    """Calls are refused below store.min_free_mb, so that doctor says so first."""
    write("[store]\nmin_free_mb = 1000000000\n")
    assert found()["disk.data_dir.free_mb"].status is Status.MISSING


def test_a_file_in_place_of_a_folder_is_a_fault(write: Write, tmp_path: Path) -> None:
    """A path that cannot be made a folder is told with its setting."""
    (tmp_path / "file").touch()
    write(f'[paths]\ndata_dir = "{tmp_path}/file/data"\n')
    assert found()["disk.data_dir"].status is Status.MISSING
    assert "change paths.data_dir" in found()["disk.data_dir"].mend


def test_too_few_open_files_are_a_warning(write: Write) -> None:
    """The limit is compared with what the channels need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    write("[sip]\nchannels = 500\nrtp_port_max = 65535\n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        finding = found()["limit.open_files"]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (finding.value, finding.status) == (512, Status.WARNING)
    assert "ulimit -n 4256" in finding.mend


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://me@127.0.0.1:1/calls", "start the database"),
        ("mysql://me@127.0.0.1/calls", "not supported"),
        ("sqlite://", "must outlive the process"),
    ],
)
def test_a_database_that_does_not_answer_is_a_fault(write: Write, url: str, reason: str) -> None:
    """The reason and the mend are told for a dead server as for a wrong URL."""
    write(f'[store]\nurl = "{url}"\n')
    finding = found()["database.url"]
    assert finding.status is Status.MISSING
    assert reason in finding.mend


def test_a_database_of_a_newer_version_is_a_fault(write: Write, tmp_path: Path) -> None:
    """A schema that this program does not know is told apart from one that is behind."""
    path = tmp_path / "calls.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.close()
    write(f'[store]\nurl = "sqlite:///{path}"\n')
    assert found()["database.schema"].value == "9999"
    assert found()["database.schema"].status is Status.MISSING


def test_the_command_prints_a_table_or_json(write: Write) -> None:
    """Both forms tell the same; a broken settings file is one finding among the others, and exit code 1."""
    table = CliRunner().invoke(cli.cli, ["doctor"], terminal_width=200)
    report = json.loads(CliRunner().invoke(cli.cli, ["doctor", "--json"]).output)
    assert table.exit_code == (0 if report["ok"] else 1)
    assert all(key in table.output for key in report if key != "ok" and not key.endswith((".status", ".mend")))
    write("[sip]\nport = -1\n")
    broken = CliRunner().invoke(cli.cli, ["doctor", "--json"])
    assert broken.exit_code == 1
    assert "line 2: sip.port" in json.loads(broken.output)["settings.file.mend"]


def test_trunks_are_looked_at_without_being_asked(write: Write, tmp_path: Path) -> None:
    """An unknown name, a password that is not set and a certificate that is not there are told, each with its mend."""
    write(
        """
[dialling]
prefixes = ["77"]
weekday_hours = "09:00-21:00"
max_per_second = 1.0
max_per_day = 10
[sip.tls]
enabled = true
certificate = "/nowhere/sip.crt"
[[trunks]]
name = "main"
host = "127.0.0.1"
port = 5070
user = "bot"
[[trunks]]
name = "lost"
host = "bank.invalid"
"""
    )
    findings = found()
    assert findings["trunk.main.address"].value == "127.0.0.1:5070"
    assert "VOICEBOT_TRUNK_MAIN_PASSWORD" in findings["trunk.main.password"].mend
    assert "bank.invalid cannot be resolved" in findings["trunk.lost.address"].mend
    assert "trunk.lost.password" not in findings
    assert findings["sip.tls.certificate"].status is Status.MISSING
