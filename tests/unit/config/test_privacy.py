"""`voicebot redact`, `seal`, `unseal` and `retention`, from the command line."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.pipeline.orders import Order
from analytics.pipeline.running import Made, Stored
from analytics.store import contacts
from analytics.transcripts import utterances_document
from config import cli
from config.analysis.wiring import open_database
from config.settings import load
from engine.audio import read_wav, write_wav
from engine.speech import Word

pytestmark = pytest.mark.usefixtures("restored_logging")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.cli, [str(one) for one in arguments])


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    key = run("seal", "--new-key").output.strip()
    monkeypatch.setenv("VOICEBOT_PRIVACY__KEYS", key)
    return key


def test_a_file_is_sealed_replaced_and_comes_back(tmp_path: Path, key: str) -> None:
    plain = tmp_path / "call.wav"
    plain.write_bytes(b"RIFF" + os.urandom(100_000))
    content = plain.read_bytes()
    assert "would be sealed as call.wav.sealed" in run("seal", "--dry-run", plain).output
    assert plain.exists()
    done = run("seal", "--replace", "--older-than-min", "0", tmp_path)
    assert done.exit_code == 0, done.output
    assert [one.name for one in tmp_path.glob("call*")] == ["call.wav.sealed"]
    assert run("unseal", tmp_path / "call.wav.sealed").exit_code == 0
    assert plain.read_bytes() == content
    assert run("unseal", tmp_path / "call.wav.sealed").exit_code == 2


def test_a_new_key_opens_nothing_until_the_old_one_stands_behind_it(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").write_text("{}")
    assert run("seal", "--replace", tmp_path / "a.json").exit_code == 0
    new = run("seal", "--new-key").output.strip()
    monkeypatch.setenv("VOICEBOT_PRIVACY__KEYS", new)
    refused = run("unseal", tmp_path / "a.json.sealed")
    assert refused.exit_code == 1
    assert "add that key behind the newest one" in refused.output
    monkeypatch.setenv("VOICEBOT_PRIVACY__KEYS", f"{new},{key}")
    assert "sealed anew" in run("seal", "--again", tmp_path / "a.json.sealed").output
    monkeypatch.setenv("VOICEBOT_PRIVACY__KEYS", new)
    assert run("unseal", tmp_path / "a.json.sealed").exit_code == 0


def test_without_a_key_the_mend_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    refused = run("seal", tmp_path / "a.wav")
    assert refused.exit_code == 2
    assert "set VOICEBOT_PRIVACY__KEYS; make one with: voicebot seal --new-key" in refused.output


@pytest.fixture
def recordings(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Recordings of three days, one of them held, under the law of Russia."""
    settings = load()
    folder = settings.paths.recordings_dir
    for name in ("2020-01-02/old.wav", "2020-01-02/held.wav.sealed", "2026-11-01/new.wav"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    Path("holds.yaml").write_text("- {hold: case-7, from: 2026-01-01, contacts: [held]}\n")
    monkeypatch.setenv("VOICEBOT_ANALYTICS__JURISDICTION", "RU")
    for name, value in (("KEEP_RECORDINGS_DAYS", "30"), ("KEEP_TRANSCRIPTS_DAYS", "30"), ("HOLDS", "holds.yaml")):
        monkeypatch.setenv(f"VOICEBOT_PRIVACY__{name}", value)
    return folder


def test_what_is_due_is_deleted_with_a_proof_and_nothing_else(recordings: Path) -> None:
    shown = run("retention", "due", "--list", "--on", "2026-11-23").output
    assert "held: hold case-7" in shown
    assert "kept: the law keeps it until 2029-11-01" in shown
    assert "2020-01-02/old.wav: would be deleted" in run("retention", "delete").output
    assert (recordings / "2020-01-02/old.wav").exists()
    assert run("retention", "proof", "2020-01-02/old.wav").exit_code == 1
    done = run("retention", "delete", "--yes")
    assert "1 deleted, 0 failed" in done.output, done.output
    assert sorted(one.name for one in recordings.rglob("*.*")) == ["held.wav.sealed", "new.wav"]
    proved = run("retention", "proof", "2020-01-02/old.wav")
    assert (proved.exit_code, "deleted  recording" in proved.output) == (0, True)
    assert "sound, 2 lines, 1 deletions" in run("retention", "proof").output


def test_what_analytics_has_stored_goes_with_its_proof(recordings: Path) -> None:
    settings = load()
    at = datetime(2020, 1, 2, 12, tzinfo=UTC)
    said = (Utterance(Role.CLIENT, (Word("да", 0.0, 0.0, 1.0),), 0.0, 0.0),)
    for contact_id in ("c-1", "held"):
        conversation = Conversation(contact_id, Medium.CHAT, at, 1.0, said)
        stored = Stored(conversation, Made("", "d", utterances_document(said)), {}, ())
        with open_database(settings) as database, database.writing() as connection:
            contacts.save(connection, Order(contact_id, Medium.CHAT, at, "ru", known=said), stored, at)
    assert "c-1: would be deleted" in run("retention", "delete").output
    assert "2 deleted, 0 failed" in run("retention", "delete", "--yes").output
    with open_database(settings) as database, database.reading() as connection:
        assert contacts.load(connection, "c-1") is None
        assert contacts.load(connection, "held") is not None
    assert "deleted  transcript, because: policy" in run("retention", "proof", "c-1").output


def test_nothing_is_deleted_while_holds_cannot_be_read(recordings: Path) -> None:
    Path("holds.yaml").write_text("- {hold: case-7}\n")
    refused = run("retention", "delete", "--yes")
    assert refused.exit_code == 2
    assert "holds.yaml:1:3: `from:` is missing" in refused.output
    assert (recordings / "2020-01-02/old.wav").exists()


def test_the_law_is_shown_with_its_certainty() -> None:
    assert "ru_recordings_kept  RU, recording, message: 3 years at least" in run("retention", "law").output


def test_a_chat_loses_its_numbers_and_can_be_read_again(tmp_path: Path) -> None:
    chats, out = tmp_path / "chats.csv", tmp_path / "out.json"
    chats.write_text(
        "contact_id;sent_at;role;text\nc-1;23.11.2026 10:00;клиент;ИИН 760213251360, внесу 15000 тенге 05.12.2026\n"
    )
    done = run("redact", chats, "--zone", "Asia/Almaty", "-o", out)
    assert done.exit_code == 0, done.output
    assert "ИИН [iin] внесу 15000 тенге 05.12.2026" in done.stdout
    assert "Found iin: 1" in done.stderr
    (written,) = json.loads(out.read_text())
    assert written["messages"][0]["text"] == "ИИН [iin] внесу 15000 тенге 05.12.2026"
    assert written["redacted"][0]["kind"] == "iin"
    assert run("redact", out).exit_code == 0, "it is an export as well"
    assert run("redact", chats, "-o", out).exit_code == 2


def test_a_recording_is_muted_where_its_transcript_holds_a_number(tmp_path: Path) -> None:
    recording, transcript, out = tmp_path / "call.wav", tmp_path / "call.json", tmp_path / "out.wav"
    noise = np.random.default_rng(1).integers(-9000, 9000, (80_000, 2)).astype(np.int16)
    write_wav(recording, noise)
    texts = [
        "иин",
        "семь",
        "шесть",
        "ноль",
        "девять",
        "ноль",
        "пять",
        "один",
        "восемь",
        "восемь",
        "ноль",
        "восемь",
        "два",
    ]
    words = [
        {"text": text, "start_s": 2 + at * 0.4, "end_s": 2.4 + at * 0.4, "confidence": 1}
        for at, text in enumerate(texts)
    ]
    said = {"start_s": 2, "end_s": 7.2, "hypotheses": [{"text": " ".join(texts), "confidence": 1, "words": words}]}
    body = {
        "language": "ru",
        "duration_s": 10,
        "channels": [{"channel": 0, "utterances": []}, {"channel": 1, "utterances": [said]}],
    }
    transcript.write_text(json.dumps(body))
    done = run("redact", recording, "--transcript", transcript, "-o", out)
    assert done.exit_code == 0, done.output
    samples, _ = read_wav(out)
    assert np.allclose(samples[:, 0], noise[:, 0], atol=2)
    assert not samples[round(2.4 * 8000) : round(7.2 * 8000), 1].any()
    assert np.allclose(samples[: 2 * 8000, 1], noise[: 2 * 8000, 1], atol=2)
    assert np.allclose(samples[round(7.5 * 8000) :, 1], noise[round(7.5 * 8000) :, 1], atol=2)
    transcript.write_text("[]")
    assert "is no transcript; write one with" in run("redact", recording, "--transcript", transcript).output
