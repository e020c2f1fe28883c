"""The loss of a transducer is minus the logarithm of what all ways through it add up to."""

from itertools import combinations_with_replacement

import pytest

torch = pytest.importorskip("torch", reason="training alone needs PyTorch")


def test_the_loss_adds_up_every_way_to_spread_the_letters() -> None:
    from asr.training.transducer import transducer_loss

    generator = torch.Generator().manual_seed(1)
    log_probs = torch.randn(2, 4, 4, 3, generator=generator, dtype=torch.float64).log_softmax(-1)
    letters, steps, lengths = torch.tensor([[1, 2, 1], [2, 1, 0]]), torch.tensor([4, 3]), torch.tensor([3, 2])
    found = transducer_loss(log_probs, letters, steps, lengths)
    for row in range(2):
        ways = [
            _way(log_probs[row], letters[row].tolist(), int(steps[row]), spoken)
            for spoken in combinations_with_replacement(range(int(steps[row])), int(lengths[row]))
        ]
        assert found[row] == pytest.approx(-float(torch.logsumexp(torch.stack(ways), 0)))


def _way(log_probs: "torch.Tensor", letters: list[int], steps: int, spoken: tuple[int, ...]) -> "torch.Tensor":
    """Return the log-probability of letters that come at the given steps."""
    total, said = torch.zeros((), dtype=torch.float64), 0
    for step in range(steps):
        while said < len(spoken) and spoken[said] == step:
            total = total + log_probs[step, said, letters[said]]
            said += 1
        total = total + log_probs[step, said, 0]
    return total
