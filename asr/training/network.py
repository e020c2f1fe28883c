"""The network in PyTorch: it looks back only, and runs a whole utterance or a chunk by the same code.

Two strided convolutions make steps of 40 ms, residual layers of memory follow, and one linear head a language reads the
letters off the last of them. All that a channel must carry from chunk to chunk is one row of numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from asr.builtin.features import BANDS
from asr.builtin.network import STEP_FRAMES
from asr.training.corpora import ALPHABETS


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network.

    Args:
        stem: channels of the strided convolutions but the last.
        width: of all layers after them.
        layers: ``L`` for a recurrent one, ``C`` for a convolution of nine steps with a feed-forward layer behind it.
        dropout: share of values dropped before each layer, in training.
    """

    stem: tuple[int, ...] = (128,)
    width: int = 320
    layers: str = "LLLL"
    dropout: float = 0.1


class State:
    """Reads a flat row of numbers a channel piece by piece, and gathers the row for the next call."""

    def __init__(self, flat: Tensor) -> None:
        self._flat, self._at = flat, 0
        self._after: list[Tensor] = []

    def take(self, *sizes: int) -> Tensor:
        """Return the next piece, shape (channels, *sizes)."""
        count = 1
        for size in sizes:
            count *= size
        piece = self._flat[:, self._at : self._at + count]
        self._at += count
        return piece.reshape(-1, *sizes)

    def give(self, piece: Tensor) -> None:
        """Put down the piece that the next call will take at this place."""
        self._after.append(piece.flatten(1).float())

    def after(self) -> Tensor:
        """Return the row for the next call."""
        return torch.cat(self._after, 1)


class Halving(nn.Module):
    """A convolution over five frames that moves on by two."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.inputs = inputs
        self.convolution = nn.Conv1d(inputs, outputs, 5, stride=2)
        self.state_size = 3 * inputs

    def forward(self, frames: Tensor, state: State) -> Tensor:
        """Map (channels, frames, inputs) to (channels, frames / 2, outputs)."""
        frames = torch.cat([state.take(3, self.inputs).to(frames.dtype), frames], 1)
        state.give(frames[:, -3:])
        return functional.silu(self.convolution(frames.transpose(1, 2)).transpose(1, 2))


class Recurrent(nn.Module):
    """A residual layer of LSTM."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.width = width
        self.norm = nn.LayerNorm(width)
        self.drop = nn.Dropout(dropout)
        self.lstm = nn.LSTM(width, width, batch_first=True)
        self.state_size = 2 * width

    def forward(self, steps: Tensor, state: State) -> Tensor:
        """Map (channels, steps, width) to the same shape."""
        hidden, cell = state.take(self.width)[None], state.take(self.width)[None]
        out, (hidden, cell) = self.lstm(self.drop(self.norm(steps)), (hidden.contiguous(), cell.contiguous()))
        state.give(hidden[0])
        state.give(cell[0])
        return steps + out


class Convolved(nn.Module):
    """A residual convolution over nine steps, each channel for itself, and a feed-forward layer over the channels."""

    reach = 8

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.width = width
        self.convolution = nn.Conv1d(width, width, self.reach + 1, groups=width)
        self.norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 2 * width)
        self.drop = nn.Dropout(dropout)
        self.narrow = nn.Linear(2 * width, width)
        self.state_size = self.reach * width

    def forward(self, steps: Tensor, state: State) -> Tensor:
        """Map (channels, steps, width) to the same shape."""
        seen = torch.cat([state.take(self.reach, self.width).to(steps.dtype), steps], 1)
        state.give(seen[:, -self.reach :])
        mixed = self.norm(self.convolution(seen.transpose(1, 2)).transpose(1, 2))
        return steps + self.narrow(self.drop(functional.silu(self.widen(mixed))))


LAYERS = {"L": Recurrent, "C": Convolved}


class Network(nn.Module):
    """Frames to log-probabilities over the letters of each language."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        widths = (BANDS, *shape.stem, shape.width)
        self.stem = nn.ModuleList([Halving(inputs, outputs) for inputs, outputs in pairwise(widths)])
        self.at_once = 2 ** len(self.stem) // STEP_FRAMES
        self.layers = nn.ModuleList([LAYERS[kind](shape.width, shape.dropout) for kind in shape.layers])
        self.norm = nn.LayerNorm(shape.width)
        self.drop = nn.Dropout(shape.dropout)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(shape.width, self.at_once * (1 + len(ALPHABETS[name]))) for name in ALPHABETS}
        )

    def set_dropout(self, share: float) -> None:
        """Change the share of values dropped in training."""
        self.shape = replace(self.shape, dropout=share)
        for module in self.modules():
            if isinstance(module, nn.Dropout):
                module.p = share

    @property
    def state_size(self) -> int:
        """Numbers that a channel carries."""
        return sum(layer.state_size for layer in self._all())

    def grown(self, layers: int) -> "Network":
        """Return a network that reads exactly as this one does, with more recurrent layers below the heads to train."""
        grown = Network(replace(self.shape, layers=self.shape.layers + layers * "L"))
        grown.load_state_dict(self.state_dict(), strict=False)
        with torch.no_grad():
            for layer in grown.layers[len(self.layers) :]:
                # What an LSTM would write to its cells is nothing: it adds nothing to what passes by, but learns to.
                for weight in layer.lstm.parameters():
                    weight[2 * layer.width : 3 * layer.width] = 0
        return grown

    def trunk(self, frames: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Map frames (channels, frames, BANDS) and states to the last layer (channels, steps, width) and states."""
        pieces = State(state)
        steps = 0.4 * frames
        for layer in self._all():
            steps = layer(steps, pieces)
        return self.drop(self.norm(steps)), pieces.after()

    def forward(self, frames: Tensor, state: Tensor) -> tuple[Tensor, ...]:
        """Return log-probabilities of each language in the order of `ALPHABETS`, and the states."""
        steps, after = self.trunk(frames, state)
        return *(self.read(steps, language) for language in ALPHABETS), after

    def read(self, steps: Tensor, language: str) -> Tensor:
        """Return log-probabilities of a language's letters, shape (channels, frames / STEP_FRAMES, 1 + letters)."""
        letters = 1 + len(ALPHABETS[language])
        return self.heads[language](steps).float().reshape(steps.shape[0], -1, letters).log_softmax(-1)

    def _all(self) -> Iterator[nn.Module]:
        yield from self.stem
        yield from self.layers
