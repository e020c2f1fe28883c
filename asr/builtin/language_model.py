"""The language model of one language as a file: words, n-grams, letters of unknown words, answers; 8 bits a number.

Log-probabilities and backoffs are kept as one of 256 values each, chosen by quantiles, so that common ones are near.
The file is an archive of NumPy, packed by LZMA, a quarter smaller than by deflate; `numpy.load` reads both.
"""

import lzma
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from asr.builtin.alphabet import Alphabet
from asr.builtin.lexicon import Lexicon, Spelling
from asr.builtin.ngrams import SPECIAL, NGrams, suffixes
from engine.errors import ModelMissing
from engine.speech import Expect

_STEPS = 256

_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError)
_BROKEN = (OSError, EOFError, ValueError, LookupError, TypeError, RuntimeError, *_DAMAGED)
"""What NumPy raises over a file that is none of its archives, or one in which bytes changed."""


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """What the search knows of a language.

    Args:
        ngrams: of words.
        lexicon: their letters.
        spelling: of other words.
        answers: n-grams of answers by what is expected; none of what is not among them.
    """

    ngrams: NGrams
    lexicon: Lexicon
    spelling: Spelling
    answers: Mapping[Expect, NGrams]

    @classmethod
    def of(
        cls, alphabet: Alphabet, words: NGrams, letters: NGrams, answers: Mapping[Expect, NGrams] | None = None
    ) -> "LanguageModel":
        """Prepare models of words, of letters and of answers for an alphabet."""
        return cls(words, Lexicon.of(alphabet, words), Spelling.of(alphabet, letters), answers or {})

    @classmethod
    def load(cls, path: Path, alphabet: Alphabet) -> "LanguageModel":
        """Load a model from its file.

        Raises:
            ModelMissing: there is no such file, or it is no language model.
        """
        try:
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                answers = {one: _unpacked(one, file) for one in Expect if f"{one}_words" in file}
                return cls.of(alphabet, _unpacked("word", file), _unpacked("letter", file), answers)
        except FileNotFoundError as error:
            raise ModelMissing(f"{path}: no such file; put the language model there") from error
        except _BROKEN as error:
            raise ModelMissing(f"{path}: not a language model ({error}); put the right file there") from error


def save(path: Path, words: NGrams, letters: NGrams, answers: Mapping[Expect, NGrams] | None = None) -> None:
    """Write a model's file."""
    tables = _packed("word", words) | _packed("letter", letters)
    for expect, ngrams in (answers or {}).items():
        tables |= _packed(expect, ngrams)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as file:
        for name, table in tables.items():
            with file.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, table, allow_pickle=False)


def _packed(name: str, model: NGrams) -> dict[str, npt.NDArray[np.generic]]:
    vocabulary = len(model.words)
    log_prob, log_prob_steps = _quantised(model.log_prob)
    backoff, backoff_steps = _quantised(model.backoff)
    # Parents ascend, so that their differences are small, and the file's compression makes little of them.
    parents = np.diff(model.keys // vocabulary, prepend=0)
    return {
        f"{name}_words": np.frombuffer("\n".join(model.words).encode(), np.uint8),
        f"{name}_parents": parents.astype(np.uint32),
        f"{name}_last": (model.keys % vocabulary).astype(np.uint32),
        f"{name}_log_prob": log_prob,
        f"{name}_log_prob_steps": log_prob_steps,
        f"{name}_backoff": backoff,
        f"{name}_backoff_steps": backoff_steps,
    }


def _unpacked(name: str, file: "np.lib.npyio.NpzFile") -> NGrams:
    words = tuple(file[f"{name}_words"].tobytes().decode().split("\n"))
    keys = np.cumsum(file[f"{name}_parents"].astype(np.int64)) * len(words) + file[f"{name}_last"]
    log_prob = file[f"{name}_log_prob_steps"][file[f"{name}_log_prob"]]
    backoff = file[f"{name}_backoff_steps"][file[f"{name}_backoff"]]
    if words[: len(SPECIAL)] != SPECIAL or {len(log_prob), len(backoff)} != {len(words) + len(keys)}:
        raise ValueError(f"its tables {name}_* do not fit together")
    return NGrams(words, keys, log_prob, backoff, suffixes(len(words), keys))


def _quantised(values: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Return the nearest step of each value, and the steps."""
    steps = np.quantile(np.unique(values), np.linspace(0, 1, _STEPS)).astype(np.float32)
    above = np.clip(np.searchsorted(steps, values), 1, _STEPS - 1)
    lower = values - steps[above - 1] < steps[above] - values
    return (above - lower).astype(np.uint8), steps
