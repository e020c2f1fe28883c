"""Writes network.onnx: a network of the built-in recogniser's form that reads tones instead of speech.

A tone in the middle of a mel band is a letter, quiet is the blank; letters come one step late, so that the state
matters. Russian letters are in lower bands than Kazakh ones, so that each language is foreign to the other's head.
Needs the extra ``train``: python tests/data/tones/make_network.py
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from asr.builtin.features import BANDS, Normalisation
from asr.builtin.network import METADATA_KEY, STEP_FRAMES, Description

ALPHABETS = {"ru": " адент", "kk": " жоқиә"}
FIRST_BAND = {"ru": 3, "kk": 9}
SPACE_BAND = 1
_SLOPE, _BLANK = 1.5, 5.0


def main() -> None:
    """Write the file."""
    tables = {"shape": np.array([0, -1, STEP_FRAMES, BANDS]), "second": np.array([1]), "third": np.array([2])}
    tables |= {"zero": np.array([0]), "minus": np.array([-1]), "end": np.array([2**31])}
    nodes = [
        helper.make_node("Reshape", ["frames", "shape"], ["steps"]),
        helper.make_node("ReduceMean", ["steps", "third"], ["means"], keepdims=0),
        helper.make_node("Unsqueeze", ["state", "second"], ["before"]),
        helper.make_node("Concat", ["before", "means"], ["all"], axis=1),
        helper.make_node("Slice", ["all", "zero", "minus", "second"], ["late"]),
        helper.make_node("Slice", ["all", "minus", "end", "second"], ["last"]),
        helper.make_node("Squeeze", ["last", "second"], ["state_after"]),
    ]
    for language, letters in ALPHABETS.items():
        weights = np.zeros((BANDS, 1 + len(letters)), np.float32)
        for place in range(len(letters)):
            weights[SPACE_BAND if place == 0 else FIRST_BAND[language] + place - 1, 1 + place] = _SLOPE
        tables[f"{language}_weights"] = weights
        tables[f"{language}_bias"] = np.array([_BLANK] + [0.0] * len(letters), np.float32)
        nodes += [
            helper.make_node("MatMul", ["late", f"{language}_weights"], [f"{language}_raw"]),
            helper.make_node("Add", [f"{language}_raw", f"{language}_bias"], [f"{language}_scores"]),
            helper.make_node("LogSoftmax", [f"{language}_scores"], [language], axis=2),
        ]
    floats = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "tones",
        [
            helper.make_tensor_value_info("frames", floats, ["channels", "frames", BANDS]),
            helper.make_tensor_value_info("state", floats, ["channels", BANDS]),
        ],
        [
            *(helper.make_tensor_value_info(one, floats, ["channels", "steps", None]) for one in ALPHABETS),
            helper.make_tensor_value_info("state_after", floats, ["channels", BANDS]),
        ],
        [numpy_helper.from_array(table, name) for name, table in tables.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    normalisation = Normalisation((12.0,) * BANDS)
    description = Description("tones", ALPHABETS, 2 * STEP_FRAMES, 0.04, normalisation)
    onnx.helper.set_model_props(model, {METADATA_KEY: description.to_json()})
    onnx.checker.check_model(model)
    onnx.save(model, str(Path(__file__).with_name("network.onnx")))


if __name__ == "__main__":
    main()
