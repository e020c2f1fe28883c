"""The settings of the product, from one TOML file and the environment.

A value comes from, in this order: the variable ``VOICEBOT_SECTION__KEY``, the settings file, the documented default.
The file is the one named with ``--config``, else by ``VOICEBOT_CONFIG``, else ``./voicebot.toml``, else
``~/.config/voicebot/voicebot.toml``. Secrets come from the environment alone: in the file they are an error.
"""

import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast, get_args, get_origin

from pydantic import BaseModel, Field, PrivateAttr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url

from config.sections import (
    Actions,
    Alerts,
    Analytics,
    Asr,
    Dialling,
    Edge,
    Engine,
    Inbound,
    Log,
    Paths,
    Privacy,
    Rasa,
    Scenarios,
    Secret,
    Sip,
    Store,
    Transfer,
    TrunkTable,
    Tts,
    Turns,
    Web,
    trunk_password_variable,
)
from config.sections.databases import URLS, password_in, with_password
from engine.dialling.permission import DialRules
from engine.errors import SettingsError
from engine.speech import Language
from engine.turns import TurnLimits
from telephony.trunks import Transport, Trunk

PREFIX = "VOICEBOT_"
CONFIG_VARIABLE = "VOICEBOT_CONFIG"


class Settings(BaseSettings):
    """Everything that can be set; frozen."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        enable_decoding=False,
        frozen=True,
        extra="forbid",
    )

    paths: Paths = Field(default_factory=Paths)
    sip: Sip = Field(default_factory=Sip)
    edge: Edge = Field(default_factory=Edge)
    dialling: Dialling = Field(default_factory=Dialling)
    inbound: Inbound = Field(default_factory=Inbound)
    engine: Engine = Field(default_factory=Engine)
    transfer: Transfer = Field(default_factory=Transfer)
    actions: Actions = Field(default_factory=Actions)
    turns: Turns = Field(default_factory=Turns)
    asr: Asr = Field(default_factory=Asr)
    tts: Tts = Field(default_factory=Tts)
    rasa: Rasa = Field(default_factory=Rasa)
    scenarios: Scenarios = Field(default_factory=Scenarios)
    store: Store = Field(default_factory=Store)
    privacy: Privacy = Field(default_factory=Privacy)
    analytics: Analytics = Field(default_factory=Analytics)
    alerts: Alerts = Field(default_factory=Alerts)
    web: Web = Field(default_factory=Web)
    log: Log = Field(default_factory=Log)
    trunks: tuple[TrunkTable, ...] = Field((), description="Trunks, each a table [[trunks]].")

    _source: Path | None = PrivateAttr(default=None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, and read nothing else."""
        return env_settings, init_settings

    @property
    def source(self) -> Path | None:
        """The settings file that was read, None where there is none."""
        return self._source

    @property
    def sip_trunks(self) -> tuple[Trunk, ...]:
        """The trunks as telephony takes them, with their passwords."""
        return tuple(table.trunk() for table in self.trunks)

    @property
    def dial_rules(self) -> DialRules:
        """The dialling rules as the engine takes them."""
        return self.dialling.rules(trunks=bool(self.trunks))

    @property
    def models_dir(self) -> Path:
        """Where recognition models and voices are looked for."""
        return self.paths.models_dir

    @property
    def scenarios_dir(self) -> Path:
        """Where the library of scenario versions is kept."""
        return self.scenarios.folder or self.paths.data_dir / "scenarios"

    @property
    def recognisers(self) -> Mapping[Language, tuple[str, ...]]:
        """Preferred recognisers by language, best first; empty means any that is found."""
        return self.asr.prefer.by_language

    @property
    def voices(self) -> Mapping[Language, tuple[str, ...]]:
        """Preferred voices by language, best first; empty means any that is found."""
        return self.tts.prefer.by_language

    @property
    def turn_limits(self) -> TurnLimits:
        """The times of turn-taking and of the call as the engine takes them."""
        return self.turns.limits(self.engine.max_call_s)

    @property
    def database_url(self) -> str:
        """The database URL with its password: never print or log it."""
        if self.store.url is None:
            return f"sqlite:///{self.paths.data_dir / 'calls.db'}"
        password = self.store.password
        return with_password(self.store.url, password.get_secret_value()) if password else self.store.url

    @property
    def analytics_database_url(self) -> str:
        """The database of analytics with its password: never print or log it."""
        if self.analytics.database is None:
            return f"sqlite:///{self.paths.data_dir / 'analytics.db'}"
        password = self.analytics.password
        url = self.analytics.database
        return with_password(url, password.get_secret_value()) if password else url

    @property
    def web_database_url(self) -> str:
        """The database of the pages, with its password: the same PostgreSQL, or a file beside the engine's SQLite."""
        if make_url(self.database_url).get_backend_name() == "postgresql":
            return self.database_url
        return f"sqlite:///{self.paths.data_dir / 'web.db'}"


def find(chosen: Path | None = None) -> Path | None:
    """Return the settings file to read, or None where there is none.

    Args:
        chosen: named on the command line; must exist then, as must one named by ``VOICEBOT_CONFIG``.

    Raises:
        SettingsError: a file that was named does not exist.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    for path, by in ((chosen, "--config"), (Path(named).expanduser() if named else None, CONFIG_VARIABLE)):
        if path is not None:
            if not path.is_file():
                raise SettingsError(f"{path}: no such settings file (named by {by})")
            return path
    usual = (Path("voicebot.toml"), Path.home() / ".config" / "voicebot" / "voicebot.toml")
    return next((path for path in usual if path.is_file()), None)


def load(chosen: Path | None = None) -> Settings:
    """Read the settings.

    Args:
        chosen: the file to read instead of the usual ones.

    Raises:
        SettingsError: the message names the file and line, or the variable, and the mend; one line per fault.
    """
    path = find(chosen)
    text = ""
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path}: cannot be read: {error}") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from error
    faults = [*_moved(values, path, text), *_secrets(values, path, text), *_stray_variables(values)]
    if faults:
        raise SettingsError("\n".join(faults))
    try:
        settings = Settings(**values)
    except ValidationError as error:
        details = (detail for detail in error.errors() if detail["type"] != "default_factory_not_called")
        raise SettingsError("\n".join(_explain(detail, path, text) for detail in details)) from error
    if unfit := list(_unfit(settings, path, text)):
        raise SettingsError("\n".join(unfit))
    settings._source = path
    return settings


def variable(keys: tuple[str, ...]) -> str:
    """Return the environment variable that sets a key, given as section and name."""
    return PREFIX + "__".join(key.upper() for key in keys)


def section_at(keys: tuple[str, ...]) -> type[BaseModel] | None:
    """Return the model that holds the keys below this one, or None where it is a plain value or unknown.

    A number stands for a row of a table that may be given several times, ``("inbound", "lines", "0")``.
    """
    model: type[BaseModel] = Settings
    rows: type[BaseModel] | None = None
    for key in keys:
        if rows is not None and key.isdecimal():
            model, rows = rows, None
            continue
        field = model.model_fields.get(key)
        if field is None:
            return None
        rows = row_model(field.annotation)
        if rows is None and not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            return None
        model = model if rows is not None else cast(type[BaseModel], field.annotation)
    return None if rows is not None else model


def row_model(annotation: Any) -> type[BaseModel] | None:
    """Return the model of each row where a field holds a table that may be given several times, else None."""
    item = next(iter(get_args(annotation)), None) if get_origin(annotation) is tuple else None
    return item if isinstance(item, type) and issubclass(item, BaseModel) else None


def _moved(values: Mapping[str, Any], path: Path | None, text: str) -> Iterator[str]:
    """Name what used to set the one trunk and the one person, and show how they are set now."""
    for (section, key), mend in (
        (("dialling", "trunk"), "write a table [[trunks]]"),
        (("sip", "username"), "write user = into the trunk's table [[trunks]]"),
        (("sip", "password"), "set the environment variable VOICEBOT_TRUNK_NAME_PASSWORD of the trunk in [[trunks]]"),
        (("engine", "transfer_to"), 'write below [transfer]: targets = ["operators sip:operators@10.0.0.7"]'),
    ):
        table = values.get(section)
        given = table.get(key) if isinstance(table, dict) else None
        if given is not None or any(name.upper() == variable((section, key)) for name in os.environ):
            old = re.search(r"@([\w.-]+)", str(given)) if key == "trunk" else None
            example = f' with name = "main" and host = "{old[1] if old else "sbc.bank.example"}"'
            yield (
                f"{_place((section, key), path, text)}: {section}.{key} is gone: {mend}"
                f"{example if key == 'trunk' else ''}; see `voicebot settings --example`"
            )


def _unfit(settings: Settings, path: Path | None, text: str) -> Iterator[str]:
    """Name what is wrong between sections."""
    if settings.trunks and (missing := settings.dial_rules.missing):
        place = _place(("trunks", "0"), path, text)
        yield f"{place}: a trunk is set, so set {', '.join(missing)} too, or no number can be dialled"
    names = [table.name for table in settings.trunks]
    for index, table in enumerate(settings.trunks):
        where = _place(("trunks", str(index), "name"), path, text)
        if trunk_password_variable(table.name) in map(trunk_password_variable, names[:index]):
            yield f"{where}: another trunk is called {table.name} already; give each a name of its own"
        if table.transport is Transport.TLS and not settings.sip.tls.enabled:
            yield f'{where}: trunk {table.name} has transport = "tls", which needs sip.tls.enabled = true'

    for one in settings.transfer.targets:
        if one.address.isdecimal() and not settings.trunks:
            where = _place(("transfer", "targets"), path, text)
            yield f"{where}: {one.name} has a number, which needs a trunk: write a table [[trunks]], or a sip: address"


def _secrets(values: Mapping[str, Any], path: Path | None, text: str) -> Iterator[str]:
    for section, content in values.items():
        model = section_at((section,))
        if model is None or not isinstance(content, dict):
            continue
        for key in content:
            field = model.model_fields.get(key)
            if field is not None and field.annotation == Secret:
                keys = (section, key)
                yield (
                    f"{_place(keys, path, text)}: {section}.{key} is a secret: take it out of the file and set the "
                    f"environment variable {variable(keys)}"
                )
    tables = values.get("trunks")
    for place, table in enumerate(tables if isinstance(tables, list) else ()):
        if isinstance(table, dict) and "password" in table:
            yield (
                f"{_place(('trunks', str(place), 'password'), path, text)}: a trunk's password is a secret: take it "
                f"out of the file and set the environment variable "
                f"{trunk_password_variable(str(table.get('name', 'NAME')))}"
            )
    for keys, secret in URLS.items():
        table = values.get(keys[0])
        url = table.get(keys[1]) if isinstance(table, dict) else None
        if isinstance(url, str) and password_in(url):
            yield (
                f"{_place(keys, path, text)}: {'.'.join(keys)} holds a password: take it out of the file and set the "
                f"environment variable {variable(secret)}"
            )


def _stray_variables(values: Mapping[str, Any]) -> Iterator[str]:
    """Name variables that look like ours and would silently have no effect."""
    sections = list(Settings.model_fields)
    tables = values.get("trunks")
    trunks = [str(table.get("name")) for table in tables if isinstance(table, dict)] if isinstance(tables, list) else []
    passwords = {trunk_password_variable(name) for name in trunks}
    for name in sorted(os.environ):
        if not name.upper().startswith(PREFIX) or name.upper() == CONFIG_VARIABLE:
            continue
        if re.fullmatch(trunk_password_variable(".+"), name.upper()):
            if name.upper() not in passwords:
                yield f"environment variable {name}: there is no such trunk{_near(name, sorted(passwords))}"
            continue
        section, nested, _ = name[len(PREFIX) :].lower().partition("__")
        if nested and section not in sections:
            yield f"environment variable {name}: there is no section {section!r}{_near(section, sections)}"
        elif not nested and section.partition("_")[0] in sections:
            yield f"environment variable {name}: between section and key go two underscores, {PREFIX}SECTION__KEY"


def _explain(detail: ErrorDetails, path: Path | None, text: str) -> str:
    keys = tuple(str(key) for key in detail["loc"])
    dotted = ".".join(keys)
    if detail["type"] == "extra_forbidden":
        model = section_at(keys[:-1])
        what = "section" if len(keys) == 1 else "key"
        known = list(model.model_fields) if model is not None else []
        return f"{_place(keys, path, text)}: there is no {what} {dotted!r}{_near(keys[-1], known)}"
    reason = detail["msg"].removeprefix("Value error, ")
    if detail["type"] in ("model_type", "model_attributes_type", "dict_type"):
        reason = "this is a section: write its keys below [" + dotted + "]"
    shown = "" if isinstance(detail["input"], dict | BaseModel) else f", not {detail['input']!r}"
    return f"{_place(keys, path, text)}: {dotted}: {reason[:1].lower()}{reason[1:]}{shown}"


def _place(keys: tuple[str, ...], path: Path | None, text: str) -> str:
    """Say where a value was set: in a variable, on a line of the file, or somewhere among both."""
    named = next((name for name in os.environ if name.upper() == variable(keys)), None)
    if named is not None:
        return f"environment variable {named}"
    if path is None:
        return "environment"
    line = _line(keys, text)
    return f"{path}, line {line}" if line else str(path)


def _line(keys: tuple[str, ...], text: str) -> int | None:
    """Return the line of a key, or of the table that it should be in; None where it cannot be told by its looks."""
    table: tuple[str, ...] = ()
    rows: Counter[tuple[str, ...]] = Counter()
    found: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[?)\[([^\[\]]+)\]", line)
        pair = re.match(r"\s*([\w.\"'-]+)\s*=", line)
        if header:
            table = _parts(header[2])
            if header[1]:
                rows[table] += 1
                table = (*table, str(rows[table] - 1))
        here = table if header else (*table, *_parts(pair[1])) if pair else None
        if here and keys[: len(here)] == here and (found is None or len(here) > found[0]):
            found = len(here), number
    return found[1] if found else None


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _near(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"
