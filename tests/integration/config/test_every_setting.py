"""Every documented setting is read by something that runs: one that is not has no effect, whatever it promises."""

import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from analytics.categories import shipped_categories
from analytics.conversation import Medium
from analytics.intake.metadata import USUAL_ROLES
from analytics.pipeline.orders import Order, Recording
from config import cli, settings
from config.alerting import alert_steps, make_courier
from config.analysis.wiring import make_pipeline
from config.sections import Section
from config.settings import section_at
from config.web.app import create_app
from config.web.server import configuration, listening
from config.wiring import sip_settings
from engine.clock import SystemClock
from engine.sealing import new_key

pytestmark = [pytest.mark.sip, pytest.mark.models]


def leaves(model: type[BaseModel], keys: tuple[str, ...] = ()) -> Iterator[str]:
    """Return section and key of every setting that is a value."""
    for name in model.model_fields:
        below = section_at((*keys, name))
        if below is None:
            if issubclass(model, Section):
                yield f"{model.__name__}.{name}"
        else:
            yield from leaves(below, (*keys, name))


class Stopper(logging.Handler):
    """Ends the server by SIGTERM once it says that it is up."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("up: "):
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.usefixtures("restored_logging")
def test_the_server_and_the_edge_read_every_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A server from the command line to its drained end, and the edge; what validation reads does not count."""
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VOICEBOT_SIP__PORT", "0")
    monkeypatch.setenv("VOICEBOT_WEB__PORT", "0")
    monkeypatch.setenv("VOICEBOT_INBOUND__DIRECTORY_URL", "http://127.0.0.1:9/{number}")
    monkeypatch.setenv("VOICEBOT_RASA__URL", "http://127.0.0.1:9")
    read: set[str] = set()
    plain, load = Section.__getattribute__, settings.load

    def watched(self: Section, name: str) -> Any:
        read.add(f"{type(self).__name__}.{name}")
        return plain(self, name)

    def loaded(chosen: Path | None) -> settings.Settings:
        found = load(chosen)
        monkeypatch.setattr(Section, "__getattribute__", watched)
        return found

    monkeypatch.setattr(settings, "load", loaded)
    stopper = Stopper()
    log = logging.getLogger("config.calling")
    log.addHandler(stopper)
    try:
        result = CliRunner().invoke(cli.cli, ["serve"])
    finally:
        log.removeHandler(stopper)
    assert result.exit_code == 0, result.output
    monkeypatch.setenv("VOICEBOT_STORE__URL", "postgresql://voicebot@db.bank.example/voicebot")
    assert settings.load(None).database_url  # looks for a password where there is a URL
    for name in ("CERTIFICATE", "KEY", "AUTHORITIES"):
        (tmp_path / name).touch()
        monkeypatch.setenv(f"VOICEBOT_SIP__TLS__{name}", str(tmp_path / name))
        monkeypatch.setenv(f"VOICEBOT_EDGE__TLS_{name}", str(tmp_path / name))
    monkeypatch.setenv("VOICEBOT_EDGE__WORKERS", "127.0.0.1:5070")
    monkeypatch.setenv("VOICEBOT_EDGE__TLS_PORT", "5061")
    result = CliRunner().invoke(cli.cli, ["kamailio", "config"])
    assert result.exit_code == 0, result.output
    (tmp_path / "empty").touch()
    monkeypatch.setenv("VOICEBOT_RASA__PYTHON", str(tmp_path / "empty"))
    result = CliRunner().invoke(cli.cli, ["rasa", "setup"])
    assert "is no CPython" in result.output
    monkeypatch.setenv("VOICEBOT_SIP__TLS__ENABLED", "true")
    assert sip_settings(settings.load(None)).tls is not None
    pack = tmp_path / "alerts.yaml"
    pack.write_text("alerts:\n  one: {when: да, send_to: 'https://hooks.example/in'}\n")
    for name, value in (("PACK", pack), ("ALLOW", "https://hooks.example/"), ("SECRET", "-" * 24)):
        monkeypatch.setenv(f"VOICEBOT_ALERTS__{name}", str(value))
    assert alert_steps(settings.load(None), shipped_categories(), SystemClock())
    assert make_courier(settings.load(None))
    monkeypatch.delenv("VOICEBOT_STORE__URL")
    of_workers = settings.load(None)  # in serve processes of their own read these
    monkeypatch.setenv("VOICEBOT_ANALYTICS__DATABASE", "postgresql://voicebot@db.bank.example/analytics")
    assert settings.load(None).analytics_database_url  # looks for a password where there is a URL
    monkeypatch.delenv("VOICEBOT_ANALYTICS__DATABASE")
    make_pipeline(of_workers).digests(
        Order("c", Medium.CALL, None, of_workers.analytics.language, recording=Recording(tmp_path, "", USUAL_ROLES))
    )
    of_pages = settings.load(None)
    with listening(of_pages.web):
        app = create_app(of_pages, ())
        app.build_middleware_stack()
        configuration(app, of_pages.web)
    monkeypatch.setenv("VOICEBOT_PRIVACY__KEYS", new_key())
    for arguments in (["retention", "due"], ["retention", "delete", "--yes"], ["seal", str(tmp_path / "empty")]):
        result = CliRunner().invoke(cli.cli, arguments)
        assert result.exit_code == 0, result.output
    assert set(leaves(settings.Settings)) - read == set()
