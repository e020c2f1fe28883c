"""Write the trained network as the ONNX file that the product loads: int8 weights, its description in the metadata.

Run: python -m asr.training.export --weights asr/training/weights.npz --version 1 --delay-s 0.16
"""

import argparse
import tempfile
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from asr.builtin.features import BANDS
from asr.builtin.network import METADATA_KEY, STEP_FRAMES, Description
from asr.training import weights
from asr.training.batches import NORMALISATION, TAIL_FRAMES
from asr.training.command import positive, run
from asr.training.corpora import ALPHABETS
from asr.training.network import Network

ONNX_FILE = Path(__file__).parents[1] / "builtin" / "model" / "network.onnx"
_OPSET = 18


def main() -> None:
    """Export, quantise and describe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=weights.WEIGHTS)
    parser.add_argument("--out", type=Path, default=ONNX_FILE)
    parser.add_argument("--version", required=True, help="of the weights")
    parser.add_argument("--delay-s", type=positive, required=True, help="from sound to letter, as delay.py measures it")
    parser.add_argument("--float", action="store_true", help="keep 32-bit weights, to compare")
    chosen = parser.parse_args()
    network, *_ = weights.load(chosen.weights)
    block_frames = network.at_once * STEP_FRAMES
    description = Description(chosen.version, ALPHABETS, TAIL_FRAMES, chosen.delay_s, NORMALISATION, block_frames)
    export(network, chosen.out, description, quantised=not chosen.float)
    print(f"{chosen.out}: {chosen.out.stat().st_size / 1e6:.2f} MB")  # noqa: T201


def export(network: Network, path: Path, description: Description, *, quantised: bool = True) -> None:
    """Write a network with its description to an ONNX file; channels and frames of a call are free."""
    network.eval()
    with tempfile.TemporaryDirectory() as folder:
        plain, ready = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        torch.onnx.export(
            network,
            (torch.zeros(2, 8 * STEP_FRAMES, BANDS), torch.zeros(2, network.state_size)),
            str(plain),
            input_names=["frames", "state"],
            output_names=[*ALPHABETS, "state_after"],
            dynamic_axes={
                "frames": {0: "channels", 1: "frames"},
                "state": {0: "channels"},
                **{name: {0: "channels", 1: "steps"} for name in ALPHABETS},
                "state_after": {0: "channels"},
            },
            opset_version=_OPSET,
            dynamo=False,
        )
        if quantised:
            quantize_dynamic(str(plain), str(ready), weight_type=QuantType.QInt8, per_channel=True)
        model = onnx.load(str(ready if quantised else plain))
    onnx.helper.set_model_props(model, {METADATA_KEY: description.to_json()})
    onnx.save(model, str(path))


if __name__ == "__main__":
    run(main)
