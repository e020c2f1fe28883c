"""Two views of each utterance, hidden in different places, that shall be read alike.

What one view hides the other often shows, so the network learns to tell a sound from what is around it instead of from
the sentence that it knows by heart. The method is consistency-regularised CTC (Yao and others, 2024, arXiv:2410.05101).
"""

import torch
from torch import Tensor
from torch.nn import functional

WEIGHT = 0.2
"""Of the disagreement beside the loss of the letters, as the method's authors found best."""

_HIDDEN_FRAMES = 22  # at most, in one place: 0.22 s
_FRAMES_A_PLACE = 110
_HIDDEN_BANDS = 4


def two_views(frames: Tensor) -> Tensor:
    """Return normalised frames twice, each time hidden in places of its own.

    Args:
        frames: shape (utterances, frames, bands); 0 is the mean of speech, by which places are hidden.

    Returns:
        Shape (2 · utterances, frames, bands): all of the first views, then all of the second.
    """
    views = frames.repeat(2, 1, 1)
    _, length, bands = views.shape
    for view in views:
        for _ in range(int(torch.randint(0, 2 + length // _FRAMES_A_PLACE, ()))):
            begin, width = int(torch.randint(0, length, ())), int(torch.randint(2, _HIDDEN_FRAMES + 1, ()))
            view[begin : begin + width] = 0
        for _ in range(int(torch.randint(0, 3, ()))):
            begin, width = int(torch.randint(0, bands, ())), int(torch.randint(1, _HIDDEN_BANDS + 1, ()))
            view[:, begin : begin + width] = 0
    return views


def disagreement(log_probabilities: Tensor, steps: Tensor) -> Tensor:
    """Return how far two views' readings are apart, summed over utterances and their steps.

    Each view learns from the other as it stands, so that both move towards each other.

    Args:
        log_probabilities: shape (2 · utterances, steps, letters), in the order of `two_views`.
        steps: of each utterance that count, shape (utterances,).

    Returns:
        The sum of both directions of the Kullback–Leibler divergence, in nats.
    """
    other = torch.cat(log_probabilities.detach().chunk(2)[::-1])
    apart = functional.kl_div(log_probabilities, other, reduction="none", log_target=True).sum(-1)
    counted = torch.arange(apart.shape[1]) < steps.repeat(2)[:, None]
    return apart[counted].sum()
