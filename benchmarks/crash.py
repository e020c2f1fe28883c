"""What kill -9 costs: of the media worker, and of the engine, in the middle of a call of a running `voicebot serve`.

    python benchmarks/crash.py
    python benchmarks/crash.py --times 3 --only worker

A telephone of bare sockets calls, speaks recorded speech over a little noise of its own, and is on the line when the
process is killed. The noise shows, to the frame, how much of what was sent is in the recording. Every number is told
from outside: recordings, database, packets. Writes benchmarks/results/crash.json.
"""

import argparse
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from bare_phone import A_LAW_VALUES, FRAME_SAMPLES, BarePhone, a_law

from analytics.response import voiced_spans
from benchmarks.hardware import hardware
from engine.audio import SAMPLE_RATE_HZ, read_wav
from engine.calls import CallRecord, Speaker
from engine.store.archive import CallArchive
from telephony.library import loaded_library
from telephony.recording import HEADER_BYTES
from telephony.settings import SOUNDS

_HERE = Path(__file__).parent
_NOISE_RMS = 150
_QUIET_RMS = 40
_ACCOUNT = {
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


class Server:
    """A `voicebot serve` that can be killed and started again on the same data and port."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._accounts = folder / "accounts.json"
        self._accounts.write_text(json.dumps([_ACCOUNT]))
        self._folder, self._starts = folder, 0
        self.start()
        self.eventually(lambda: bool(self.workers()))

    def start(self) -> None:
        """Start it, without waiting."""
        self._starts += 1
        self.log = self._folder / f"serve-{self._starts}.log"
        settings = {
            "VOICEBOT_SIP__PORT": str(self.port),
            "VOICEBOT_PATHS__DATA_DIR": str(self.data),
            "VOICEBOT_PATHS__PROMPTS_DIR": str(self._folder / "prompts"),
        }
        command = [str(Path(sys.executable).with_name("voicebot")), "serve", "--accounts", str(self._accounts)]
        with self.log.open("w") as file:
            self.process = subprocess.Popen(command, env=os.environ | settings, stderr=file)

    def workers(self) -> list[int]:
        """Return the process ids of the media workers so far."""
        return [int(pid) for pid in re.findall(r"media worker \d+ is up on \S+, process (\d+)", self.log.read_text())]

    def records(self) -> list[CallRecord]:
        """Return all calls, newest first."""
        archive = CallArchive(self.data / "calls.db", recordings=self.data / "recordings")
        try:
            found = (archive.record(call.opened.call_id) for call in archive.recent(1000))
            return [record for record in found if record is not None]
        finally:
            archive.close()

    def eventually(self, condition: Callable[[], bool], within_s: float = 60.0) -> None:
        """Wait for something that another process does."""
        deadline_s = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > deadline_s:
                raise TimeoutError(self.log.read_text()[-3000:])
            time.sleep(0.05)


@dataclass
class Caller:
    """A telephone on the line, in a thread."""

    phone: BarePhone
    leave: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=lambda: self.phone.stay(self.leave.is_set))
        self._thread.start()

    def end(self) -> None:
        """Hang up, or see that the bot has."""
        self.leave.set()
        self._thread.join()
        self.phone.hang_up()

    def wait_ended(self, within_s: float) -> None:
        """Wait until the bot hangs up."""
        self._thread.join(within_s)


def speech() -> np.ndarray:
    """Return three minutes of recorded speech, again and again, over noise that is nowhere the same."""
    code = ~np.frombuffer((_HERE / "sipp" / "caller.ulaw").read_bytes(), dtype=np.uint8)
    exponent, mantissa = (code >> 4 & 7).astype(int), (code & 15).astype(int)
    value = ((mantissa << 3) + 0x84 << exponent) - 0x84  # ITU-T G.711, µ-law
    said = np.where(code & 0x80, -value, value)
    whole = np.resize(said, 180 * SAMPLE_RATE_HZ) + np.random.default_rng(3).normal(0, _NOISE_RMS, 180 * SAMPLE_RATE_HZ)
    return np.clip(whole, -32000, 32000).astype(np.int16)


def answered(server: Server, said: bytes, within_s: float) -> tuple[BarePhone, float]:
    """Call again and again until answered; return the telephone and the seconds that it took."""
    began_s = time.monotonic()
    while time.monotonic() - began_s < within_s:
        phone = BarePhone(("127.0.0.1", server.port), speech=said)
        if phone.call(1.0) == 200:
            return phone, time.monotonic() - began_s
        phone.hang_up()
        time.sleep(0.1)
    raise TimeoutError("nobody answers: " + server.log.read_text()[-3000:])


def rms(frames: np.ndarray) -> np.ndarray:
    """Return the level of each frame, of an array of shape (n, 160)."""
    level: np.ndarray = np.sqrt((frames.astype(float) ** 2).mean(axis=1))
    return level


def lost_ms(recorded: np.ndarray, sent: np.ndarray, sent_frames: int) -> float:
    """Return how much of what was sent is missing at the recording's end, in ms; silence there counts as missing."""
    count = len(recorded) // FRAME_SAMPLES
    alive = np.flatnonzero(rms(recorded[: count * FRAME_SAMPLES].reshape(count, FRAME_SAMPLES)) > _QUIET_RMS)
    end = (int(alive[-1]) + 1) * FRAME_SAMPLES
    piece = recorded[end - 1600 : end].astype(float)
    first = max(0, sent_frames * FRAME_SAMPLES - 5 * SAMPLE_RATE_HZ)
    where = sent[first : sent_frames * FRAME_SAMPLES + SAMPLE_RATE_HZ].astype(float)
    likeness = np.correlate(where, piece, mode="valid")
    likeness /= np.sqrt(np.convolve(where**2, np.ones(len(piece)), mode="valid")) * np.linalg.norm(piece)
    assert likeness.max() > 0.6, f"the end of the recording is not found in what was sent ({likeness.max():.2f})"
    found_end = first + int(likeness.argmax()) + len(piece)
    return max(0.0, 1000 * (sent_frames * FRAME_SAMPLES - found_end) / SAMPLE_RATE_HZ)


def hears_apology(phone: BarePhone, since_ns: int) -> bool:
    """Whether the stored apology is in what the telephone received after a moment."""
    heard = [A_LAW_VALUES[np.frombuffer(p.payload, np.uint8)] for p in phone.packets if p.at_ns > since_ns]
    if len(heard) < 100:
        return False
    apology = read_wav(SOUNDS / "apology.wav")[0][:, 0].astype(float)
    begin = int(np.flatnonzero(np.abs(apology) > 500)[0])
    piece = apology[begin : begin + SAMPLE_RATE_HZ]
    where = np.concatenate(heard).astype(float)
    size = len(where) + len(piece)
    likeness = np.fft.irfft(np.fft.rfft(where, size) * np.conj(np.fft.rfft(piece, size)))[: len(where) - len(piece)]
    power = np.convolve(where**2, np.ones(len(piece)), mode="valid")[: len(likeness)]
    return bool((likeness / np.sqrt(np.maximum(power, 1.0)) / np.linalg.norm(piece)).max() > 0.7)


def raw(path: Path) -> np.ndarray:
    """Return what is in a recording whatever its header says, int16, shape (n, 2)."""
    data = path.read_bytes()[HEADER_BYTES:]
    return np.frombuffer(data[: len(data) // 4 * 4], dtype="<i2").reshape(-1, 2)


def untold(record: CallRecord, samples: np.ndarray, until_s: float) -> int:
    """Return how many stretches of the bot's speech before the kill no turn tells of."""
    told = [turn for turn in record.turns if turn.speaker is Speaker.BOT]
    spans = [span for span in voiced_spans(samples[:, 0], 0.8) if span.start_s < until_s - 0.1]
    return sum(not any(t.start_s < span.end_s and t.end_s > span.start_s for t in told) for span in spans)


def run(server: Server, sent: np.ndarray, victim: str) -> dict[str, Any]:
    """Call, kill, and return what it cost."""
    said = a_law(sent)
    phone, _ = answered(server, said, 30)
    caller = Caller(phone)
    time.sleep(random.uniform(9.0, 13.0))
    before = server.records()[0]
    recording = before.opened.recording
    assert recording is not None
    killed_ns, sent_frames = time.time_ns(), phone.sent_frames
    if victim == "worker":
        os.kill(server.workers()[-1], signal.SIGKILL)
    else:
        server.process.kill()
        server.process.wait()
    killed_s = time.monotonic()
    found: dict[str, Any] = {}
    if victim == "engine":
        found["lost_before_salvage_ms"] = lost_ms(raw(recording)[:, 1], sent, sent_frames)
        server.start()
    following, _ = answered(server, said, 60)
    found["answered_again_s"] = time.monotonic() - killed_s
    after_call = Caller(following)
    if victim == "engine":
        caller.wait_ended(30)
        sent_frames_end = phone.sent_frames
        server.eventually(lambda: _salvaged(server, before))
        samples = raw(recording)
        found["lost_after_salvage_ms"] = lost_ms(samples[:, 1], sent, sent_frames_end)
        found["hole_after_salvage_ms"] = hole_ms(samples[:, 1], 2.0 + (sent_frames_end - sent_frames) * 0.02)
    else:
        time.sleep(1.0)
        server.eventually(lambda: _of(server, before).closed is not None)
        samples = raw(recording)
        found["lost_ms"] = lost_ms(samples[:, 1], sent, sent_frames)
    caller.end()
    after_call.end()
    server.eventually(lambda: all(record.closed is not None for record in server.records()))
    after = _of(server, before)
    assert after.closed is not None
    lived_s = (killed_ns - phone.answered_ns) / 1e9
    return found | {
        "turns_lost": max(0, len(before.turns) - len(after.turns)),
        "turns": len(after.turns),
        "utterances_without_a_turn": untold(after, samples, lived_s),
        "disposition": after.closed.disposition.value,
        "apology_heard": hears_apology(phone, killed_ns),
    }


def hole_ms(recorded: np.ndarray, seconds: float) -> float:
    """Return how much of the recording's last seconds holds nothing of a caller who is never silent."""
    count = len(recorded) // FRAME_SAMPLES
    frames = recorded[: count * FRAME_SAMPLES].reshape(count, FRAME_SAMPLES)[-round(seconds / 0.02) :]
    return float((rms(frames) < _QUIET_RMS).sum() * 20)


def _salvaged(server: Server, record: CallRecord) -> bool:
    return re.search(rf"call {record.opened.call_id}: \S+ s salvaged", server.log.read_text()) is not None


def _of(server: Server, record: CallRecord) -> CallRecord:
    return next(one for one in server.records() if one.opened.call_id == record.opened.call_id)


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return least, median and most of every figure, and counts of the rest."""
    found: dict[str, Any] = {}
    for name in runs[0]:
        values = [one[name] for one in runs]
        if isinstance(values[0], float):
            least, middle, most = min(values), float(np.median(values)), max(values)
            found[name] = {"min": round(least, 2), "median": round(middle, 2), "max": round(most, 2)}
        elif isinstance(values[0], bool):
            found[name] = f"{sum(values)} of {len(values)}"
        elif isinstance(values[0], str):
            found[name] = {value: values.count(value) for value in sorted(set(values))}
        else:
            found[name] = sum(values)
    return found


def main() -> None:
    """Kill, count, print and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10, help="kills of each process (10)")
    parser.add_argument("--only", choices=["worker", "engine"], help="kill this one alone, and keep the other figures")
    options = parser.parse_args()
    library, sent = loaded_library(), speech()
    result: dict[str, Any] = {
        "what": "kill -9 in the middle of a call of `voicebot serve`; audio against what a bare telephone sent",
        "limits": f"{library.name} {library.version} ({library.origin}): at most {library.channels} calls at once; "
        "one call is up at each kill",
        "command": " ".join(["python", *sys.argv]),
        "date": _now(),
        "hardware": hardware(),
        "times": options.times,
    }
    for victim in ("worker", "engine"):
        if options.only not in (None, victim):
            continue
        with tempfile.TemporaryDirectory(prefix="crash-") as folder:
            load = os.getloadavg()[0]
            server = Server(Path(folder))
            try:
                runs = []
                for _ in range(options.times):
                    runs.append(run(server, sent, victim))
                    print(victim, json.dumps(runs[-1]), file=sys.stderr)  # noqa: T201
                missing = 2 * options.times - len(server.records())
            finally:
                server.process.terminate()
                server.process.wait(30)
            lost = {"call_records_lost": missing, "load_1min_before": round(load, 2), "at": _now()}
            result[f"{victim} killed"] = summary(runs) | lost | {"runs": runs}
    path = _HERE / "results" / "crash.json"
    earlier = json.loads(path.read_text()) if options.only and path.exists() else {}
    path.write_text(json.dumps(earlier | result, indent=1) + "\n")
    print(json.dumps(result, indent=1))  # noqa: T201


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    main()
