"""A transducer on the trained trunk, to be compared with CTC: letters that know the two letters before them.

The loss adds up all ways to spread the letters of a text over the steps (Graves, 2012), a step of the network at a time
for the whole batch. The prediction network is two embedded letters, as in the stateless transducers of telephone size:
it costs a look-up for each hypothesis, not a recurrent step.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from asr.training.batches import Batch
from asr.training.corpora import ALPHABETS
from asr.training.network import Network

_BLANK = 0
_CONTEXT = 2
_INNER = 256
_MOST_A_STEP = 3
"""Letters that one step may speak when read greedily."""


class Transducer(nn.Module):
    """The trunk, and for each language a prediction of the next letter that is joined to every step.

    Args:
        network: whose trunk it takes over.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self.heard = nn.Linear(network.shape.width, _INNER)
        sizes = {language: 1 + len(alphabet) for language, alphabet in ALPHABETS.items()}
        self.said = nn.ModuleDict({name: nn.Embedding(_CONTEXT * size, _INNER) for name, size in sizes.items()})
        self.joined = nn.ModuleDict({name: nn.Linear(_INNER, size) for name, size in sizes.items()})

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of a batch for each letter."""
        heard = self._heard(batch)
        total = torch.zeros(())
        for language in ALPHABETS:
            rows = [row for row, spoken in enumerate(batch.languages) if spoken == language]
            if rows:
                letters = [torch.from_numpy(batch.letters[row]) for row in rows]
                lengths = torch.tensor([len(one) for one in letters])
                padded = nn.utils.rnn.pad_sequence(letters, batch_first=True)
                said = self._said(padded, language)
                log_probs = self.joined[language](functional.silu(heard[rows][:, :, None] + said[:, None])).float()
                steps = torch.from_numpy(batch.steps[rows])
                total = total + transducer_loss(log_probs.log_softmax(-1), padded, steps, lengths).sum()
        return total / sum(len(one) for one in batch.letters)

    def read(self, batch: Batch) -> list[str]:
        """Return the greedy reading of each utterance."""
        heard = self._heard(batch).float()
        found = []
        for row, steps, language in zip(heard, batch.steps.tolist(), batch.languages, strict=True):
            letters: list[int] = []
            for step in row[:steps]:
                for _ in range(_MOST_A_STEP):
                    said = self._said(torch.tensor([letters], dtype=torch.int64), language)[0, -1]
                    letter = int(self.joined[language](functional.silu(step + said)).argmax())
                    if letter == _BLANK:
                        break
                    letters.append(letter)
            found.append("".join(ALPHABETS[language][letter - 1] for letter in letters))
        return found

    def _heard(self, batch: Batch) -> Tensor:
        frames = torch.from_numpy(batch.frames)
        with torch.autocast("cpu", torch.bfloat16):
            steps, _ = self.network.trunk(frames, torch.zeros(len(frames), self.network.state_size))
            heard: Tensor = self.heard(steps)
        return heard

    def _said(self, letters: Tensor, language: str) -> Tensor:
        """Map letters (rows, n) to what follows each prefix of them, shape (rows, n + 1, inner)."""
        table = self.said[language]
        size = table.num_embeddings // _CONTEXT
        before = functional.pad(letters, (_CONTEXT, 0), value=_BLANK)
        count = letters.shape[1] + 1
        places = [table(before[:, _CONTEXT - 1 - back :][:, :count] + back * size) for back in range(_CONTEXT)]
        return torch.stack(places).sum(0)


def transducer_loss(log_probs: Tensor, letters: Tensor, steps: Tensor, lengths: Tensor) -> Tensor:
    """Return minus the log-probability of texts, all ways to spread their letters over the steps added up.

    Args:
        log_probs: of blank and letters at each step behind each prefix, shape (rows, steps, letters + 1, symbols).
        letters: of the texts, int64, shape (rows, letters); what is behind a text's length is left aside.
        steps: of each row, shape (rows,).
        lengths: of the texts, shape (rows,).

    Returns:
        One number a row, shape (rows,).
    """
    wait = log_probs[..., _BLANK]
    spoken = log_probs[:, :, :-1].gather(3, letters[:, None, :, None].expand(-1, log_probs.shape[1], -1, 1))[..., 0]
    # Letters spoken within a step: the sum over where in the text the step began is a running sum of ratios.
    sofar = functional.pad(spoken.cumsum(2), (1, 0))
    beginning = torch.full_like(wait[:, 0], -1e30)
    beginning[:, 0] = 0.0
    ends = []
    for step in range(log_probs.shape[1]):
        arrived = sofar[:, step] + torch.logcumsumexp(beginning - sofar[:, step], 1)
        beginning = arrived + wait[:, step]
        ends.append(beginning)
    rows = torch.arange(len(letters))
    return -torch.stack(ends, 1)[rows, steps - 1, lengths]
