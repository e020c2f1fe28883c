"""The demo with a softphone for a debtor: baresip, another SIP stack, calls `voicebot demo --me`."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engine.audio import read_wav, silence, write_wav
from engine.speech import Language
from tts.voices import load_voice

pytestmark = [pytest.mark.sip, pytest.mark.models, pytest.mark.timeout(150)]

_VOICEBOT = Path(sys.executable).with_name("voicebot")


def talk(program: str, folder: Path, speech: Path, address: str) -> None:
    """Call, say what is in a file, and follow the call to its end."""
    folder.mkdir()
    (folder / "config").write_text(
        "module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aufile.so\nmodule sndfile.so\n"
        f"module_app account.so\nmodule_app menu.so\naudio_source aufile,{speech}\nsnd_path {folder}\n"
        "sip_listen 127.0.0.1:0\nrtp_ports 32000-32100\n"
    )
    (folder / "accounts").write_text("<sip:me@127.0.0.1>;regint=0;audio_codecs=PCMA/8000/1\n")
    (folder / "contacts").touch()
    with (folder / "log").open("w") as log:
        command = [program, "-f", str(folder), "-4", "-e", f"d {address}", "-t", "25"]
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=60)


def test_whoever_calls_the_printed_address_is_the_debtor(tmp_path: Path, baresip: str) -> None:
    """The caller is greeted by the demo's name, understood, and told goodbye; the report is the same as of any call."""
    voice = load_voice("piper:en_US-joe-medium", Language.ENGLISH, tmp_path)
    words = voice.synthesize("No, you have the wrong number.").samples
    write_wav(tmp_path / "say.wav", np.concatenate([silence(9.5), words, silence(30)]))
    with (tmp_path / "demo.txt").open("w") as output:
        command = [str(_VOICEBOT), "demo", "--me", "--language", "en", "--folder", str(tmp_path / "demo")]
        demo = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        address = printed_address(tmp_path / "demo.txt")
        talk(baresip, tmp_path / "phone", tmp_path / "say.wav", address)
        assert demo.wait(40) == 0, (tmp_path / "demo.txt").read_text()
    finally:
        demo.kill()
        demo.wait(10)
    shown = (tmp_path / "demo.txt").read_text()
    last = json.loads(shown.splitlines()[-1])
    assert last["disposition"] == "wrong_person"
    told = [line for line in shown.splitlines() if line.startswith("     you ▸") and "wrong number" in line]
    assert len(told) == 1, shown
    assert told[0].endswith("wrong_person"), shown
    assert "Call established" in (tmp_path / "phone" / "log").read_text(errors="replace")
    recorded, _ = read_wav(Path(last["recording"]))
    heard, _ = read_wav(next((tmp_path / "phone").glob("dump-*-dec.wav")))
    assert np.abs(heard).max() > 3000, "the caller heard the bot"
    assert np.abs(recorded[:, 1]).max() > 3000, "the bot heard the caller"


def printed_address(output: Path) -> str:
    """Wait for the address that the demo prints."""
    deadline_s = time.monotonic() + 60
    while (found := re.search(r"Call (sip:bot@127\.0\.0\.1:\d+) with", output.read_text())) is None:
        assert time.monotonic() < deadline_s, output.read_text()
        time.sleep(0.1)
    return found[1]
