"""The settings file and the environment: order, limits, secrets and messages."""

import tomllib
from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest

from config import describe
from config.sections import Sip, TrunkTable
from config.settings import Settings, find, load
from engine.activity import Thresholds
from engine.dialling.permission import CallingHours, DialRules
from engine.errors import SettingsError
from engine.handover import Colleague, TransferPlan, Way
from engine.speech import Expect, Language
from engine.turns import TurnLimits

Write = Callable[[str], Path]

RULES = """[dialling]
prefixes = ["77"]
weekday_hours = "09:00-21:00"
max_per_second = 1.5
max_per_day = 100
"""
TRUNK = """[[trunks]]
name = "main"
host = "sbc.bank.example"
"""


def test_defaults_bind_and_admit_loopback_only(write: Write) -> None:
    """Without a file the bot listens on loopback, admits loopback and may dial no number."""
    settings = load()
    assert settings.source is None
    assert settings.sip.bind_address == "127.0.0.1"
    assert [str(network) for network in settings.sip.inbound_peers] == ["127.0.0.0/8"]
    assert "trunks" in settings.dial_rules.missing


def test_the_environment_wins_over_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable replaces the file's value and leaves its neighbours alone."""
    path = write("[sip]\nport = 5070\nchannels = 2\n")
    monkeypatch.setenv("VOICEBOT_SIP__PORT", "5080")
    settings = load(path)
    assert (settings.sip.port, settings.sip.channels, settings.source) == (5080, 2, path)


def test_a_list_in_the_environment_is_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists need no JSON in a variable."""
    monkeypatch.setenv("VOICEBOT_DIALLING__PREFIXES", "7701, 7702")
    monkeypatch.setenv("VOICEBOT_DIALLING__HOLIDAYS", "2026-12-16")
    dialling = load().dialling
    assert dialling.prefixes == ("7701", "7702")
    assert load().dial_rules.holidays == {date(2026, 12, 16)}


def test_folders_follow_the_data_folder(write: Write, tmp_path: Path) -> None:
    """Folders that nobody set lie in data_dir, and so does the database."""
    settings = load(write(f'[paths]\ndata_dir = "{tmp_path}/data"\nmodels_dir = "~/models"\n'))
    assert settings.models_dir == Path.home() / "models"
    assert settings.paths.recordings_dir == tmp_path / "data" / "recordings"
    assert settings.database_url == f"sqlite:///{tmp_path}/data/calls.db"


def test_preferences_and_silences_come_by_their_enums(write: Write) -> None:
    """What engine and commands ask for is keyed by language and by expected kind."""
    settings = load(write('asr.prefer.ru = ["vosk"]\ntts.prefer.kk = ["espeak-ng"]\nturns.silence_ms.digits = 1800\n'))
    assert settings.recognisers[Language.RUSSIAN] == ("vosk",)
    assert settings.voices[Language.KAZAKH] == ("espeak-ng",)
    assert settings.turns.silence_by_kind[Expect.DIGITS] == 1800
    assert set(settings.turns.silence_by_kind) == set(Expect)


def test_a_whole_set_of_dialling_rules_is_taken(write: Write) -> None:
    """With trunk, prefixes, hours and rates set, nothing is missing for a dial."""
    rules = load(write(f"{RULES}{TRUNK}")).dial_rules
    assert rules.missing == ()
    assert rules.weekday_hours == CallingHours(time(9), time(21))
    assert rules.weekend_hours is None


def test_people_who_take_callers_are_listed_in_order_with_their_hours(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the file or in a variable; without any there is no plan."""
    assert load().transfer.plan is None
    listed = ["operators sip:operators@10.0.0.7 09:00-18:00", "night-desk sip:1099@10.0.0.7"]
    plan = load(write(f"[transfer]\ntargets = {listed}\nmode = 'bridge'\n")).transfer.plan
    assert plan is not None
    assert plan.colleagues == (
        Colleague("operators", "sip:operators@10.0.0.7", CallingHours(time(9), time(18))),
        Colleague("night-desk", "sip:1099@10.0.0.7"),
    )
    assert plan == TransferPlan(plan.colleagues, way=Way.BRIDGE)
    monkeypatch.setenv("VOICEBOT_TRANSFER__TARGETS", ", ".join(reversed(listed)))
    again = load().transfer.plan
    assert again is not None
    assert again.colleagues == tuple(reversed(plan.colleagues))


def test_defaults_are_the_engines_own() -> None:
    """What the engine documents as its targets is what settings give it when nobody sets anything."""
    settings = load()
    assert settings.turn_limits == TurnLimits()
    assert settings.turns.thresholds == Thresholds()
    assert settings.dial_rules == DialRules()
    given = settings.transfer.model_copy(update={"targets": (Colleague("a", "sip:a@127.0.0.1"),)})
    assert given.plan == TransferPlan(given.targets)


def test_settings_cannot_be_changed(write: Write) -> None:
    """Settings are frozen all the way down."""
    with pytest.raises(ValueError, match="frozen"):
        load().sip.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[sip]\nport = 70000\n", "line 2: sip.port: input should be less than or equal to 65535, not 70000"),
        ("[sip]\n\nporrt = 1\n", "line 3: there is no key 'sip.porrt'; did you mean 'port'?"),
        ("[spi]\nport = 1\n", "line 1: there is no section 'spi'; did you mean 'sip'?"),
        ("[log]\nzzz = 1\n", "line 2: there is no key 'log.zzz'; known are level, format"),
        ("sip = 5060\n", "line 1: sip: this is a section: write its keys below [sip]"),
        ("[sip]\nport = \n", "not valid TOML: Invalid value (at line 2, column 8)"),
        ("[turns]\nsilence_ms.name = 2600\n", "silence_ms.name is 2600, more than max_silence_ms (2500)"),
        ("[sip]\nrtp_port_max = 16010\n", "set rtp_port_max to 16023 or more"),
        ("[sip]\nworkers = 2\nspare = true\nrtp_port_max = 16040\n", "3 workers: set rtp_port_max to 16047 or more"),
        ("[sip]\nchannels = 1200\nworkers = 2\nrtp_port_max = 65535\n", "set workers to 3 or more"),
        ("[sip]\nworkers = 2\nport = 65535\n", "set port to 65534 or less"),
        ("[sip]\nrtp_port_min = 16001\n", "rtp_port_min must be even"),
        (
            "[sip]\nsession_timer_s = 30\n",
            "line 2: sip.session_timer_s: input should be greater than or equal to 90",
        ),
        ('[sip]\nbind_address = "localhost"\n', "line 2: sip.bind_address: expected 4 octets in 'localhost'"),
        ('[dialling]\nweekday_hours = "9-21"\n', 'line 2: dialling.weekday_hours: write hours as "HH:MM-HH:MM"'),
        ('[dialling]\nweekday_hours = "21:00-09:00"\n', "must end later than they begin"),
        (TRUNK, "line 1: a trunk is set, so set dialling.prefixes, dialling.weekday_hours"),
        (
            '[dialling]\ntrunk = "sip:{number}@sbc.bank.example"\n',
            'line 2: dialling.trunk is gone: write a table [[trunks]] with name = "main" and host = "sbc.bank.example"',
        ),
        ('[sip]\npassword = "hunter2"\n', "line 2: sip.password is gone: set the environment variable VOICEBOT_TRUNK_"),
        (f"{RULES}{TRUNK}{TRUNK}", "line 10: another trunk is called main already"),
        (f"{RULES}{TRUNK}hots = 1\n", "line 9: there is no key 'trunks.0.hots'; did you mean 'host'?"),
        (f"{RULES}{TRUNK}port = -1\n", "line 9: trunks.0.port: input should be greater than or equal to 0, not -1"),
        (f'{RULES}{TRUNK}number_format = "x"\n', "trunks.0: trunk main: number_format must be the user part to dial"),
        (f'{RULES}{TRUNK}srtp = "required"\n', 'srtp must be off without transport = "tls"'),
        (f'{RULES}{TRUNK}transport = "tls"\n', 'trunk main has transport = "tls", which needs sip.tls.enabled = true'),
        ('[sip]\ninbound_peers = ["10.0.0.1/8"]\n', "10.0.0.1/8 has host bits set"),
        (
            "[engine]\ntransfer_to = 'sip:a@10.0.0.7'\n",
            "line 2: engine.transfer_to is gone: write below [transfer]: targets = ",
        ),
        (
            "[transfer]\ntargets = ['sip:a@10.0.0.7']\n",
            'line 2: transfer.targets.0: write "NAME ADDRESS" or "NAME ADDRES',
        ),
        ("[transfer]\ntargets = ['desk tel:1']\n", "line 2: transfer.targets.0: the address is a sip: URI, such as"),
        (
            "[transfer]\ntargets = ['desk 1099']\n",
            "line 2: desk has a number, which needs a trunk: write a table [[tru",
        ),
        ("[transfer]\ntargets = ['desk sip:1099@10.0.0.7?a=b']\n", "transfer.targets.0: not of the form sip:user@host"),
        ("[transfer]\ntargets = ['desk sip:1@10.0.0.7 9-18']\n", 'transfer.targets.0: write hours as "HH:MM-HH:MM"'),
        (
            "[transfer]\ntime_zone = 'Almaty'\n",
            "line 2: transfer.time_zone: there is no time zone 'Almaty'; write it as",
        ),
        (
            "[actions]\nallow = ['http://core.bank.example/']\n",
            "line 2: actions.allow.0: http tells debtors' data to the whole network: use https",
        ),
        ("[paths]\ndata_dir = 3\n", "line 2: paths.data_dir: input is not a valid path"),
    ],
)
def test_a_wrong_value_is_named_with_its_place_and_mend(write: Write, text: str, message: str) -> None:
    """Each fault names file, line where it can be told, key and mend, and nothing that follows from it."""
    path = write(text)
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_faults_are_told_at_once(write: Write) -> None:
    """Two wrong keys give two lines, so that one round of mending is enough."""
    with pytest.raises(SettingsError) as caught:
        load(write("[sip]\nport = -1\n[log]\nlevel = 'loud'\n"))
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == ["sip.port", "log.level"]


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ('[[trunks]]\npassword = "hunter2"\nname = "a-b"\nhost = "h"\n', "VOICEBOT_TRUNK_A_B_PASSWORD"),
        ('[asr]\nvosk_server_token = "hunter2"\n', "VOICEBOT_ASR__VOSK_SERVER_TOKEN"),
        ('[store]\npassword = "hunter2"\n', "VOICEBOT_STORE__PASSWORD"),
        ('[store]\nurl = "postgresql://me:hunter2@db.example/x"\n', "VOICEBOT_STORE__PASSWORD"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(write: Write, text: str, mend: str) -> None:
    """The message names line and variable, and does not print the secret."""
    with pytest.raises(SettingsError, match=f"line 2: .*{mend}") as caught:
        load(write(text))
    assert "hunter2" not in str(caught.value)


def test_secrets_come_from_the_environment_and_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password reaches the database URL, escaped, and neither repr nor the printed settings."""
    monkeypatch.setenv("VOICEBOT_STORE__URL", "postgresql+psycopg://bot:old-one@db.example:5433/calls")
    monkeypatch.setenv("VOICEBOT_STORE__PASSWORD", "p@ss/word")
    settings = load()
    assert settings.database_url == "postgresql+psycopg://bot:p%40ss%2Fword@db.example:5433/calls"
    shown = describe.effective(settings) + repr(settings)
    assert "p@ss" not in shown
    assert "old-one" not in shown
    assert "password comes from VOICEBOT_STORE__PASSWORD: set, and not shown" in shown


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("VOICEBOT_SIP__PORT", "high", "environment variable VOICEBOT_SIP__PORT: sip.port: input should be a valid"),
        ("VOICEBOT_SPI__PORT", "1", "VOICEBOT_SPI__PORT: there is no section 'spi'; did you mean 'sip'?"),
        ("VOICEBOT_SIP_PORT", "1", "VOICEBOT_SIP_PORT: between section and key go two underscores"),
        (
            "VOICEBOT_TRUNK_MAIN_PASSWORD",
            "p",
            "environment variable VOICEBOT_TRUNK_MAIN_PASSWORD: there is no such trunk",
        ),
        ("VOICEBOT_SIP__PROT", "1", "VOICEBOT_SIP__PROT: there is no key 'sip.prot'; did you mean 'port'?"),
    ],
)
def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str) -> None:
    """A misspelt variable is an error rather than silently without effect."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load()
    assert message in str(caught.value)


def test_the_file_is_looked_for_in_order(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--config wins over VOICEBOT_CONFIG, that over ./voicebot.toml, that over the one in the home directory."""
    home = tmp_path / "home" / ".config" / "voicebot" / "voicebot.toml"
    home.parent.mkdir(parents=True)
    home.touch()
    assert find() == home
    local = write("")
    assert find() == Path(local.name)
    named = tmp_path / "named.toml"
    named.touch()
    monkeypatch.setenv("VOICEBOT_CONFIG", str(named))
    assert find() == named
    assert find(local) == local


def test_a_named_file_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong name is not silently replaced by defaults."""
    with pytest.raises(SettingsError, match=r"absent\.toml: no such settings file \(named by --config\)"):
        load(tmp_path / "absent.toml")
    monkeypatch.setenv("VOICEBOT_CONFIG", str(tmp_path / "absent.toml"))
    with pytest.raises(SettingsError, match="named by VOICEBOT_CONFIG"):
        load()


def test_the_example_loads_back_as_the_defaults(write: Write) -> None:
    """The documented example is valid and changes nothing."""
    assert load(write(describe.example())).model_dump() == load().model_dump()


def test_the_example_with_every_line_in_use_is_valid(write: Write) -> None:
    """What the example leaves commented out is right as well, and every key is there."""
    text = "\n".join(
        line.removeprefix("# ")
        if line.startswith("# [[") or (line.startswith("# ") and " = " in line and line.split(" = ")[0].count(" ") == 1)
        else line
        for line in describe.example().splitlines()
    ).replace("prefixes = []", 'prefixes = ["77"]')
    settings = load(write(text))
    assert settings.dial_rules.missing == ()
    given = tomllib.loads(text)
    assert set(given.pop("trunks")[0]) == set(TrunkTable.model_fields)
    keys = {(name, key) for name, table in given.items() for key in table}
    sections = {name: field for name, field in Settings.model_fields.items() if name != "trunks"}
    fields = {(name, key) for name, field in sections.items() for key in field.annotation.model_fields}
    secrets = {("inbound", "directory_token"), ("asr", "vosk_server_token"), ("rasa", "token"), ("store", "password")}
    secrets |= {("alerts", "secret"), ("analytics", "password"), ("privacy", "keys"), ("web", "key")}
    secrets |= {("web", "payments_token")}
    assert fields - keys == secrets


def test_printed_settings_mark_defaults_and_load_back(write: Write) -> None:
    """`voicebot settings` tells set values from defaults, and its output is a settings file."""
    lines = "[[inbound.lines]]\nnumber = '77270000000'\ncreditor = 'Example Bank'\n"
    settings = load(write("[sip]\nport = 5070\n[asr.prefer]\nen = ['whisper']\n" + lines))
    text = describe.effective(settings)
    assert "\nport = 5070\n" in text
    assert '\nen = ["whisper"]\n' in text
    assert "\nchannels = 3  # default\n" in text
    assert "\n[[inbound.lines]]\n" in text
    assert load(write(text)).model_dump() == settings.model_dump()


def test_printed_trunks_load_back(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each as a table of its own, the password only said to be set."""
    monkeypatch.setenv("VOICEBOT_TRUNK_MAIN_PASSWORD", "s3cret")
    settings = load(write(f'{RULES}{TRUNK}user = "bank"\npeers = ["10.0.0.0/8"]\n'))
    text = describe.effective(settings) + repr(settings)
    assert "s3cret" not in text
    assert "password comes from VOICEBOT_TRUNK_MAIN_PASSWORD: set, and not shown" in text
    assert load(write(describe.effective(settings))).sip_trunks == settings.sip_trunks


def test_every_field_is_documented() -> None:
    """No setting without a sentence."""

    def undocumented(model: type, path: str) -> list[str]:
        found = []
        for name, field in model.model_fields.items():
            if isinstance(field.annotation, type) and hasattr(field.annotation, "model_fields"):
                found += undocumented(field.annotation, f"{path}{name}.")
            elif not field.description:
                found.append(path + name)
        return found

    assert undocumented(Settings, "") == []
    assert undocumented(TrunkTable, "trunks.") == []


def test_a_wrong_row_of_a_table_that_is_given_several_times_is_named_with_its_line(write: Write) -> None:
    """Row by row: the second line's fault is not looked for in the first."""
    row = "[[inbound.lines]]\nnumber = '77270000000'\ncreditor = 'A'\n"
    with pytest.raises(SettingsError, match=r"line 5: inbound\.lines\.1\.number: .*not 'none'"):
        load(write(row + "[[inbound.lines]]\nnumber = 'none'\ncreditor = 'B'\n"))
    with pytest.raises(
        SettingsError, match=r"line 6: there is no key 'inbound\.lines\.1\.credtor'; did you mean 'creditor'"
    ):
        load(write(row + "[[inbound.lines]]\nnumber = '77270000001'\ncredtor = 'B'\n"))


def test_a_single_call_takes_one_worker_of_several() -> None:
    """The other ports are not bound for it, and no library is asked for more than it holds."""
    alone = Sip(channels=9, workers=4, spare=True).alone
    assert (alone.workers, alone.spare, alone.channels) == (1, False, 3)
