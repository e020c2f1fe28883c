"""Two views of an utterance are hidden in different places; what they disagree in counts where there is speech."""

import pytest

torch = pytest.importorskip("torch", reason="training alone needs PyTorch")


def test_each_view_hides_places_of_its_own_and_changes_nothing_else() -> None:
    from asr.training.agreement import two_views

    torch.manual_seed(3)
    frames = 1 + torch.rand(6, 900, 15)
    first, second = two_views(frames).chunk(2)
    assert not torch.equal(first, second)
    for view in (first, second):
        shown = view != 0
        assert torch.equal(view[shown], frames[shown])
        assert 0.5 < shown.float().mean() < 1


def test_views_that_agree_cost_nothing_and_each_moves_towards_the_other() -> None:
    from asr.training.agreement import disagreement

    read = torch.randn(2, 5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    alike = torch.cat([read, read]).log_softmax(-1)
    assert float(disagreement(alike, torch.tensor([5, 5]))) == pytest.approx(0)

    apart = torch.zeros(2, 5, 4, dtype=torch.float64)
    apart[0, :, 1], apart[1, :, 2] = 2, 2
    apart.requires_grad_()
    counted = disagreement(apart.log_softmax(-1), torch.tensor([3]))
    counted.backward()
    before = apart.detach().log_softmax(-1)
    one_step = float((before[0, 0].exp() * (before[0, 0] - before[1, 0])).sum())
    assert float(counted.detach()) == pytest.approx(
        3 * 2 * one_step
    )  # the two are mirrored, so both directions are alike
    assert apart.grad is not None
    assert float(apart.grad[0, 0, 2]) < 0 < float(apart.grad[0, 0, 1])
    assert not apart.grad[:, 3:].any(), "steps behind the utterance count"
