"""Writes streaming/model.onnx and tokens.txt: a model of T-one's form for sherpa-onnx that reads tones, not speech.

300 ms of audio give ten steps of letters, each from the power at the letters' frequencies. What it carries is the last
step's power, so that letters come one step late and a batch that mixes channels up is found out. Needs the extra
``train``: python tests/data/tones/make_streaming.py
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LETTERS = " адент"
FREQUENCIES_HZ = (400, 700, 1000, 1300, 1600, 1900)
RATE_HZ = 8000
FRAME_MS = 300
STEPS = 10
_LOUD = 6.0  # logarithm of the mean power a step, below which there is quiet


def main() -> None:
    """Write the files."""
    folder = Path(__file__).parent / "streaming"
    folder.mkdir(exist_ok=True)
    step = RATE_HZ * FRAME_MS // 1000 // STEPS
    at = np.arange(step) / RATE_HZ
    waves = [np.exp(2j * np.pi * hertz * at) / step for hertz in FREQUENCIES_HZ]
    count = len(LETTERS)
    tables = {
        "shape": np.array([0, STEPS, step]),
        "cosines": np.stack([wave.real for wave in waves], axis=1).astype(np.float32),
        "sines": np.stack([wave.imag for wave in waves], axis=1).astype(np.float32),
        "one": np.array(1.0, np.float32),
        "quiet": np.array(_LOUD, np.float32),
        "axis": np.array([1]),
        "zero": np.array([0]),
        "minus": np.array([-1]),
        "end": np.array([2**31]),
        "widths": np.array([0, 0, 0, 0, 0, 1]),
    }
    nodes = [
        helper.make_node("Cast", ["signal"], ["audio"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["audio", "shape"], ["steps"]),
        helper.make_node("MatMul", ["steps", "cosines"], ["real"]),
        helper.make_node("MatMul", ["steps", "sines"], ["imaginary"]),
        helper.make_node("Mul", ["real", "real"], ["real2"]),
        helper.make_node("Mul", ["imaginary", "imaginary"], ["imaginary2"]),
        helper.make_node("Add", ["real2", "imaginary2"], ["power"]),
        helper.make_node("Add", ["power", "one"], ["power1"]),
        helper.make_node("Log", ["power1"], ["now"]),
        helper.make_node("Cast", ["state"], ["before_flat"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["before_flat", "axis"], ["before"]),
        helper.make_node("Concat", ["before", "now"], ["all"], axis=1),
        helper.make_node("Slice", ["all", "zero", "minus", "axis"], ["late"]),
        helper.make_node("Slice", ["all", "minus", "end", "axis"], ["last"]),
        helper.make_node("Squeeze", ["last", "axis"], ["last_flat"]),
        helper.make_node("Cast", ["last_flat"], ["state_next"], to=TensorProto.FLOAT16),
        helper.make_node("Pad", ["late", "widths", "quiet"], ["scores"]),
        helper.make_node("LogSoftmax", ["scores"], ["logprobs"], axis=2),
    ]
    graph = helper.make_graph(
        nodes,
        "tones",
        [
            helper.make_tensor_value_info("signal", TensorProto.INT32, ["batch", step * STEPS, 1]),
            helper.make_tensor_value_info("state", TensorProto.FLOAT16, ["batch", count]),
        ],
        [
            helper.make_tensor_value_info("logprobs", TensorProto.FLOAT, ["batch", STEPS, count + 1]),
            helper.make_tensor_value_info("state_next", TensorProto.FLOAT16, ["batch", count]),
        ],
        [numpy_helper.from_array(table, name) for name, table in tables.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    about = {"frame_length_ms": str(FRAME_MS), "state_dim": str(count), "sample_rate": str(RATE_HZ)}
    onnx.helper.set_model_props(model, about)
    onnx.checker.check_model(model)
    onnx.save(model, str(folder / "model.onnx"))
    tokens = [*LETTERS, "<blk>"]
    (folder / "tokens.txt").write_text("".join(f"{token} {number}\n" for number, token in enumerate(tokens)), "utf-8")


if __name__ == "__main__":
    main()
