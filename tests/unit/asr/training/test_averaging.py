"""The mean of networks that share a past, one of which may have grown since."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training alone needs PyTorch")


def _written(path: Path, layers: str, value: float) -> Path:
    from asr.training import weights
    from asr.training.network import Network, Shape

    network = Network(Shape(stem=(8,), width=16, layers=layers))
    with torch.no_grad():
        for weight in network.parameters():
            weight.fill_(value)
    weights.save(network, path, minutes=value, steps=int(value))
    return path


def test_each_weight_is_the_mean_of_those_that_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from asr.training import averaging, weights

    early, late, last = (
        _written(tmp_path / f"{value}.npz", layers, value) for layers, value in (("L", 1.0), ("LL", 2.0), ("LL", 6.0))
    )
    monkeypatch.setattr("sys.argv", ["averaging", *map(str, (early, late, last)), "--out", str(tmp_path / "mean.npz")])
    averaging.main()
    assert "the mean of 3 networks, 6 minutes, 6 steps" in capsys.readouterr().out
    network, minutes, steps = weights.load(tmp_path / "mean.npz")
    assert (minutes, steps) == (6.0, 6)
    for name, weight in network.named_parameters():
        assert torch.equal(weight, torch.full_like(weight, 4.0 if name.startswith("layers.1.") else 3.0)), name


def test_networks_without_a_common_past_have_no_mean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from asr.training import averaging

    larger, smaller = _written(tmp_path / "larger.npz", "LL", 1.0), _written(tmp_path / "smaller.npz", "L", 2.0)
    monkeypatch.setattr("sys.argv", ["averaging", str(larger), str(smaller), "--out", str(tmp_path / "mean.npz")])
    with pytest.raises(SystemExit):
        averaging.main()
    assert not (tmp_path / "mean.npz").exists()
