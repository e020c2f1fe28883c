"""Writes utterances/ and transducer/: models of GigaAM's two forms for sherpa-onnx that read tones, not speech.

Of the 64 bands that sherpa-onnx computes for GigaAM every letter has the one in which its tone lies, and wins where
four frames of 10 ms are louder there than everywhere else and than quiet. The transducer's decoder tells the last
letter, which the joiner then forbids, so that each is read once; both take one utterance alone, as those of GigaAM do.
Needs the extra ``train``: python tests/data/tones/make_utterances.py
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from make_streaming import FREQUENCIES_HZ, LETTERS
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

BANDS = 64
SUBSAMPLING = 4
_TOP_HZ = 8000
_LOUD = -3.0  # logarithm of a band's power, below which there is quiet
_FORBIDDEN = 1e3
_ABOUT = {
    "normalize_type": "",
    "subsampling_factor": str(SUBSAMPLING),
    "language": "Russian",
    "is_giga_am": "1",
    "version": "1",
}


def main() -> None:
    """Write the files."""
    count = len(LETTERS) + 1
    frames = [
        helper.make_node("Transpose", ["features"], ["in_time"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["in_time", "bands"], ["heard"]),
        helper.make_node("Add", ["heard", "quiet"], ["scores"]),
        helper.make_node("Transpose", ["scores"], ["by_letter"], perm=[0, 2, 1]),
        helper.make_node("AveragePool", ["by_letter"], ["slow"], kernel_shape=[SUBSAMPLING], strides=[SUBSAMPLING]),
    ]
    features = [
        helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", BANDS, "frames"]),
        helper.make_tensor_value_info("feature_lengths", TensorProto.INT64, ["batch"]),
    ]
    tables = {"bands": _bands(count), "quiet": np.array([0.0] * (count - 1) + [_LOUD], np.float32)}
    here = Path(__file__).parent
    _save(
        here / "utterances" / "model.int8.onnx",
        [
            *frames,
            helper.make_node("Transpose", ["slow"], ["steps"], perm=[0, 2, 1]),
            helper.make_node("LogSoftmax", ["steps"], ["log_probs"], axis=2),
        ],
        features,
        [helper.make_tensor_value_info("log_probs", TensorProto.FLOAT, ["batch", "steps", count])],
        tables,
        _ABOUT | {"vocab_size": str(count), "model_type": "EncDecCTCModel"},
    )
    folder = here / "transducer"
    state = [1, 1, count]
    _save(
        folder / "encoder.int8.onnx",
        [
            *frames,
            helper.make_node("Div", ["feature_lengths", "slower"], ["lengths64"]),
            helper.make_node("Cast", ["lengths64"], ["lengths"], to=TensorProto.INT32),
        ],
        features,
        [
            helper.make_tensor_value_info("slow", TensorProto.FLOAT, ["batch", count, "steps"]),
            helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
        ],
        tables | {"slower": np.array(SUBSAMPLING)},
        _ABOUT
        | {
            "vocab_size": str(count - 1),
            "model_type": "EncDecRNNTBPEModel",
            "pred_rnn_layers": "1",
            "pred_hidden": str(count),
        },
    )
    _save(
        folder / "decoder.onnx",
        [
            helper.make_node("Gather", ["forbidden", "last"], ["row"]),
            helper.make_node("Transpose", ["row"], ["told"], perm=[0, 2, 1]),
            *(
                helper.make_node("Identity", [one], [other])
                for one, other in {"length": "length_out", "h": "h_out", "c": "c_out"}.items()
            ),
        ],
        [
            helper.make_tensor_value_info("last", TensorProto.INT32, [1, 1]),
            helper.make_tensor_value_info("length", TensorProto.INT32, [1]),
            *(helper.make_tensor_value_info(one, TensorProto.FLOAT, state) for one in ("h", "c")),
        ],
        [
            helper.make_tensor_value_info("told", TensorProto.FLOAT, [1, count, 1]),
            helper.make_tensor_value_info("length_out", TensorProto.INT32, [1]),
            *(helper.make_tensor_value_info(one, TensorProto.FLOAT, state) for one in ("h_out", "c_out")),
        ],
        {"forbidden": np.diag(np.array([_FORBIDDEN] * (count - 1) + [0.0], np.float32))},
    )
    _save(
        folder / "joiner.onnx",
        [
            helper.make_node("Sub", ["sound", "told"], ["columns"]),
            helper.make_node("Transpose", ["columns"], ["rows"], perm=[0, 2, 1]),
            helper.make_node("Unsqueeze", ["rows", "axis"], ["logits"]),
        ],
        [helper.make_tensor_value_info(one, TensorProto.FLOAT, [1, count, 1]) for one in ("sound", "told")],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 1, 1, count])],
        {"axis": np.array([1])},
    )
    tokens = "".join(f"{token} {number}\n" for number, token in enumerate([*LETTERS, "<blk>"]))
    for name in ("utterances", "transducer"):
        (here / name / "tokens.txt").write_text(tokens, "utf-8")


def _bands(count: int) -> np.ndarray:
    """Return for each letter the band in which its tone lies: shape (bands, letters and the blank)."""
    step = _mel(_TOP_HZ) / (BANDS + 1)
    table = np.zeros((BANDS, count), np.float32)
    for letter, hertz in enumerate(FREQUENCIES_HZ):
        table[round(_mel(hertz) / step) - 1, letter] = 1.0
    return table


def _mel(hertz: float) -> float:
    return float(1127 * np.log1p(hertz / 700))


def _save(
    path: Path,
    nodes: Sequence[NodeProto],
    inputs: Sequence[ValueInfoProto],
    outputs: Sequence[ValueInfoProto],
    tables: dict[str, np.ndarray],
    about: dict[str, str] | None = None,
) -> None:
    path.parent.mkdir(exist_ok=True)
    values = [numpy_helper.from_array(table, name) for name, table in tables.items()]
    graph = helper.make_graph(nodes, "tones", inputs, outputs, values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.helper.set_model_props(model, about or {})
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


if __name__ == "__main__":
    main()
