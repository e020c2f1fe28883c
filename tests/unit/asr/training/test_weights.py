"""Files of weights that are none are named."""

from pathlib import Path

import numpy as np
import pytest

from engine.errors import ModelMissing

torch = pytest.importorskip("torch", reason="training alone needs PyTorch")


def test_a_file_without_weights_is_named_in_a_line(tmp_path: Path) -> None:
    from asr.training import weights
    from asr.training.network import Network, Shape

    whole = tmp_path / "whole.npz"
    weights.save(Network(Shape(stem=(8,), width=16, layers="L")), whole, minutes=1.0, steps=1)
    with np.load(whole) as arrays:
        held = dict(arrays)
    np.savez(tmp_path / "another.npz", numbers=np.arange(3))
    np.savez(tmp_path / "fewer.npz", **{name: held[name] for name in held if not name.startswith("layers")})
    np.save(tmp_path / "array.npy", np.arange(3))
    (tmp_path / "torn.npz").write_bytes(whole.read_bytes()[:2000])
    (tmp_path / "empty.npz").touch()
    for name in ("missing.npz", "another.npz", "fewer.npz", "array.npy", "torn.npz", "empty.npz"):
        with pytest.raises(ModelMissing, match=name) as told:
            weights.load(tmp_path / name)
        assert "\n" not in str(told.value)
