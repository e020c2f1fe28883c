"""A network that is trained on in a larger shape begins where the smaller one ended."""

import pytest

torch = pytest.importorskip("torch", reason="training alone needs PyTorch")


def test_a_grown_network_reads_as_before_and_learns_in_its_new_layers() -> None:
    from asr.builtin.features import BANDS
    from asr.training.network import Network, Shape

    torch.manual_seed(0)
    small = Network(Shape(stem=(8,), width=16, layers="LL", dropout=0.0))
    grown = small.grown(2)
    frames = torch.randn(3, 40, BANDS)
    before, *_ = small(frames, torch.zeros(3, small.state_size))
    after, *_ = grown(frames, torch.zeros(3, grown.state_size))
    assert grown.shape.layers == "LLLL"
    assert torch.equal(before, after)
    after[..., 1].sum().backward()
    for layer in grown.layers[2:]:
        assert layer.lstm.weight_ih_l0.grad.abs().sum() > 0
