"""What should the heads spell, letters by language, letters of all or parts of words, and by CTC or a transducer?

Each kind gets fresh heads on the trained trunk; they learn alone, then both, for the same time of a core. Told
are letters and words wrong, read greedily without a language model: how well each kind hears, not how it is searched.
A transducer knows the letters before, so that it has a little language model within.

Run: python -m asr.training.units --cache /tmp/asr-cache [--minutes 8] [--kinds letters one-alphabet pieces-256]
"""

import argparse
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from asr.training import batches, cache, weights
from asr.training.augmentation import Noise
from asr.training.batches import Batch
from asr.training.command import count, positive, run
from asr.training.corpora import ALPHABETS, Split
from asr.training.errors import Errors
from asr.training.network import Network
from asr.training.train import Drawn, one_cycle
from asr.training.transducer import Transducer

KINDS = ("letters", "one-alphabet", "pieces-256", "pieces-1024", "transducer")
_TESTED = (Split.PEOPLE, Split.PEOPLE_NEW_TEXTS, Split.VOICE, Split.TEXTS, Split.KAZAKH)
_FRAMES_IN_BATCH = 20_000
_PEAK = 1e-3
_RISE = 0.1
_HEADS_ALONE = 0.25


@dataclass(frozen=True, slots=True)
class Units:
    """What one head spells.

    Args:
        size: their number; with the blank, which is 0, one more.
        encode: a text as units from 1.
        decode: units as a text.
    """

    size: int
    encode: Callable[[str], list[int]]
    decode: Callable[[Sequence[int]], str]


def letters(alphabet: str) -> Units:
    """Return the letters of an alphabet as units."""
    return Units(
        len(alphabet),
        lambda text: [1 + alphabet.index(letter) for letter in text],
        lambda units: "".join(alphabet[unit - 1] for unit in units),
    )


def pieces(texts: Sequence[str], size: int) -> Units:
    """Return so many frequent parts of the words of texts as units (byte-pair encoding over letters)."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=size, show_progress=False))
    return Units(
        tokenizer.get_vocab_size(),
        lambda text: [1 + unit for unit in tokenizer.encode(text).ids],
        lambda units: tokenizer.decode([unit - 1 for unit in units]),
    )


class Speller(nn.Module):
    """The trained trunk under fresh heads.

    Args:
        network: whose trunk it takes over.
        units: by language; languages of the same units share a head.
    """

    def __init__(self, network: Network, units: Mapping[str, Units]) -> None:
        super().__init__()
        self.network, self.units = network, units
        distinct = list(dict.fromkeys(units.values()))
        self.heads = nn.ModuleList([nn.Linear(network.shape.width, 1 + one.size) for one in distinct])
        self._head = {language: distinct.index(one) for language, one in units.items()}

    def forward(self, batch: Batch) -> list[Tensor]:
        """Return the log-probabilities of each utterance, shape (steps, 1 + units)."""
        frames = torch.from_numpy(batch.frames)
        with torch.autocast("cpu", torch.bfloat16):
            steps, _ = self.network.trunk(frames, torch.zeros(len(frames), self.network.state_size))
        heard = [self.heads[self._head[language]] for language in batch.languages]
        return [
            head(row[:count].float()).log_softmax(-1)
            for head, row, count in zip(heard, steps, batch.steps.tolist(), strict=True)
        ]

    def loss(self, batch: Batch) -> Tensor:
        """Return the CTC loss for each letter, so that kinds of units can be compared."""
        total = torch.zeros(())
        for log_probs, indices, language in zip(self(batch), batch.letters, batch.languages, strict=True):
            text = "".join(ALPHABETS[language][index - 1] for index in indices.tolist())
            units = torch.tensor(self.units[language].encode(text))
            lengths = torch.tensor([len(log_probs)]), torch.tensor([len(units)])
            # A passage may be cut too tight for its letters: infinitely wrong, and no lesson.
            total += functional.ctc_loss(log_probs[:, None], units[None], *lengths, reduction="sum", zero_infinity=True)
        return total / sum(len(one) for one in batch.letters)

    def read(self, batch: Batch) -> list[str]:
        """Return the greedy reading of each utterance."""
        found = []
        for log_probs, language in zip(self(batch), batch.languages, strict=True):
            best = torch.unique_consecutive(log_probs.argmax(-1))
            found.append(self.units[language].decode(best[best > 0].tolist()))
        return found


def known(kind: str) -> str:
    """Return a kind of units that there is: one of `KINDS`, or any number of pieces.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if kind in KINDS or re.fullmatch(r"pieces-[1-9]\d*", kind):
        return kind
    raise argparse.ArgumentTypeError(f"no kind of units: {kind}; there are {', '.join(KINDS)}")


def units_of(kind: str, folder: Path) -> dict[str, Units]:
    """Return the units of each language, of a kind that is `known`."""
    if kind == "letters":
        return {language: letters(alphabet) for language, alphabet in ALPHABETS.items()}
    if kind == "one-alphabet":
        return dict.fromkeys(ALPHABETS, letters("".join(sorted(set("".join(ALPHABETS.values()))))))
    said = list(cache.utterances(folder, Split.TRAIN))
    texts = {language: sorted({one.text for one in said if one.language == language}) for language in ALPHABETS}
    return {language: pieces(read, int(kind.removeprefix("pieces-"))) for language, read in texts.items()}


def heads(kind: str, network: Network, folder: Path) -> Speller | Transducer:
    """Return a trained trunk under fresh heads of a kind that is `known`."""
    return Transducer(network) if kind == "transducer" else Speller(network, units_of(kind, folder))


def train(speller: Speller | Transducer, folder: Path, minutes: float) -> int:
    """Train heads and trunk in place for so many minutes of a core; return the steps made."""
    drawn = DataLoader(Drawn(folder, 4000, 1, 0.9, Noise()), batch_size=None, num_workers=1, prefetch_factor=4)
    optimizer = torch.optim.AdamW(speller.parameters(), lr=_PEAK, betas=(0.9, 0.98), weight_decay=0.02)
    begin_s = time.process_time()
    speller.train()
    for step, batch in enumerate(drawn, 1):
        done = (time.process_time() - begin_s) / (60 * minutes)
        speller.network.requires_grad_(done > _HEADS_ALONE)  # which would be spoilt by heads that know nothing yet
        for group in optimizer.param_groups:
            group["lr"] = _PEAK * one_cycle(done, _RISE)
        optimizer.zero_grad(set_to_none=True)
        speller.loss(batch).backward()
        nn.utils.clip_grad_norm_(speller.parameters(), 2.0)
        optimizer.step()
        if done >= 1:
            return step
    return 0


def main() -> None:
    """Compare the kinds, one after another."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/asr-cache"))
    parser.add_argument("--weights", type=Path, default=weights.WEIGHTS, help="whose trunk is taken over")
    parser.add_argument("--minutes", type=positive, default=8.0, help="of a core to train each kind")
    parser.add_argument("--kinds", nargs="+", type=known, default=KINDS, help="of units: " + ", ".join(KINDS))
    parser.add_argument("--most", type=count, default=200, help="utterances of a set")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    for kind in chosen.kinds:
        torch.manual_seed(1)
        network, *_ = weights.load(chosen.weights)
        speller = heads(kind, network, chosen.cache)
        steps = train(speller, chosen.cache, chosen.minutes)
        speller.eval()
        cells = [kind, f"{steps}"]
        for split in _TESTED:
            errors = Errors()
            with torch.inference_mode():
                for batch, utterances in batches.for_tests(chosen.cache, split, _FRAMES_IN_BATCH, chosen.most):
                    for one, heard in zip(utterances, speller.read(batch), strict=True):
                        errors.add(one.text, heard)
            cells.append(f"`{split}` {errors.wer:.3f} ({errors.cer:.3f})")
        print(f"| {' | '.join(cells)} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    run(main)
