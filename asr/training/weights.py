"""The trained weights as one file of half-precision arrays, which needs no PyTorch to be read."""

import json
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from asr.training.network import Network, Shape
from engine.errors import ModelMissing

WEIGHTS = Path(__file__).with_name("weights.npz")
_ABOUT = "about"
_BROKEN = (OSError, EOFError, ValueError, LookupError, TypeError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What NumPy and PyTorch raise over a file that is none of ours, or one in which bytes changed."""


def save(network: Network, path: Path, *, minutes: float, steps: int) -> None:
    """Write a network with its shape and how long it has been trained; the old file is replaced in one move."""
    arrays = {name: tensor.numpy().astype(np.float16) for name, tensor in network.state_dict().items()}
    about = {"shape": asdict(network.shape), "minutes": round(minutes, 1), "steps": steps}
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, allow_pickle=False, **arrays, **{_ABOUT: np.array(json.dumps(about))})
    part.replace(path)


def load(path: Path) -> tuple[Network, float, int]:
    """Return the network of a file, the minutes and the steps of its training so far.

    Raises:
        ModelMissing: there is no such file, or it holds no weights of ours.
    """
    try:
        with path.open("rb") as raw, np.load(raw) as arrays:
            about = json.loads(str(arrays[_ABOUT]))
            shape = about["shape"]
            network = Network(Shape(**shape | {"stem": tuple(shape["stem"])}))
            named = [name for name in arrays.files if name != _ABOUT]
            network.load_state_dict({name: torch.from_numpy(arrays[name].astype(np.float32)) for name in named})
            return network, about["minutes"], about["steps"]
    except FileNotFoundError as error:
        raise ModelMissing(f"{path}: no such file; give one that asr.training.train wrote") from error
    except _BROKEN as error:
        why, *_ = str(error).split("\n")
        raise ModelMissing(
            f"{path}: no weights of a training ({why}); give a file that asr.training.train wrote"
        ) from error
