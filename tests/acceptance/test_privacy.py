"""Nothing of a vendor's watches the calls."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_LOAD = {
    "hearing": "from asr.silero_detector import SileroDetector; SileroDetector()",
    "speaking": "import tts.piper_synthesizer, onnxruntime; onnxruntime.get_available_providers()",
    "recognising": "import asr.whisper_recognizer, onnxruntime; onnxruntime.get_available_providers()",
}


@pytest.mark.parametrize("statement", _LOAD.values(), ids=_LOAD.keys())
def test_no_library_leaves_a_device_id_behind(statement: str, root: Path, tmp_path: Path) -> None:
    """ONNX Runtime, which reports to its maker unless told otherwise, is told so wherever it is loaded."""
    clean = {name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", "CI")}
    done = subprocess.run(
        [sys.executable, "-c", statement],
        cwd=root,
        env=clean | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert [str(path) for path in tmp_path.rglob("*")] == []
