"""The files of a model: the network, and for each language a language model and how to search with it.

network.onnx     both languages' letters
ru.npz, kk.npz   language models
decoding.toml    for each language what is in `asr.builtin.decoding`: [ru], [ru.search], [ru.calibration], [ru.weighing]
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from asr.builtin import decoding
from asr.builtin.alphabet import Alphabet
from asr.builtin.answers import Answers
from asr.builtin.beam import Search
from asr.builtin.biasing import Bias
from asr.builtin.choosing import Weighing
from asr.builtin.expectations import phrases
from asr.builtin.features import FrontEnd
from asr.builtin.language_model import LanguageModel
from asr.builtin.network import AcousticNetwork
from asr.builtin.readings import Calibration
from engine.errors import ModelMissing
from engine.speech import Expect, Language

NETWORK = "network.onnx"
DECODING = "decoding.toml"

_BIASES = 256
"""Automata kept; those of names and of a call's own sums are built anew when they are wanted again."""


@dataclass(frozen=True, slots=True)
class Steering:
    """What a turn expects, as the search takes it.

    Args:
        bias: to phrases.
        answers: of the expected kind.
    """

    bias: Bias | None = None
    answers: Answers | None = None

    @property
    def expects(self) -> bool:
        """Whether there is anything to steer by."""
        return self.bias is not None or self.answers is not None


class Tongue:
    """One language of a model.

    Args:
        language: that it is.
        alphabet: letters of the network's head.
        model: words.
        search: how to search.
        calibration: of confidences.
        weighing: of what speaks for the language.
        reward_per_letter: of expected phrases, nats.
        answers_share: of the expected kind's answers in the language model, below 1; 0 leaves them out.
    """

    def __init__(
        self,
        language: Language,
        alphabet: Alphabet,
        model: LanguageModel,
        search: Search,
        calibration: Calibration,
        weighing: Weighing,
        reward_per_letter: float,
        answers_share: float = 0.0,
    ) -> None:
        self.language = language
        self.alphabet = alphabet
        self.model = model
        self.search = search
        self.calibration = calibration
        self.weighing = weighing
        self._reward_per_letter = reward_per_letter
        self._built = lru_cache(_BIASES)(self._build)
        self._answers = {
            expect: Answers.of(model, ngrams, answers_share)
            for expect, ngrams in model.answers.items()
            if answers_share > 0
        }

    def expecting(self, reward_per_letter: float, answers_share: float) -> "Tongue":
        """Return the same tongue that expects more or less."""
        parts = (self.alphabet, self.model, self.search, self.calibration, self.weighing)
        return Tongue(self.language, *parts, reward_per_letter, answers_share)

    def steering(self, expect: Expect, hints: Sequence[str] = ()) -> Steering:
        """Return what steers the search where an answer of a kind is expected, and words that it may hold."""
        return Steering(self._built(expect, tuple(hints)), self._answers.get(expect))

    def _build(self, expect: Expect, hints: tuple[str, ...]) -> Bias | None:
        expected = (*phrases(expect, self.language), *hints)
        return Bias.of(self.alphabet, expected, self._reward_per_letter) if expected else None


@dataclass(frozen=True, slots=True)
class Model:
    """All that the recogniser loads.

    Args:
        network: letters from frames.
        front_end: frames from audio.
        tongues: by language.
    """

    network: AcousticNetwork
    front_end: FrontEnd
    tongues: dict[Language, Tongue]

    @classmethod
    def load(cls, folder: Path) -> "Model":
        """Load a model.

        Raises:
            ModelMissing: a file is missing, or is not what it should be; the message names it.
        """
        network = AcousticNetwork(folder / NETWORK)
        alphabets = network.description.alphabets
        chosen = decoding.read(folder / DECODING, alphabets)
        tongues = {}
        for name, letters in alphabets.items():
            try:
                language, alphabet = Language(name), Alphabet(["", *letters])
            except ValueError as error:
                raise ModelMissing(f"{folder / NETWORK}: {error}; put the model's own file there") from error
            words = LanguageModel.load(folder / f"{name}.npz", alphabet)
            how = chosen[name]
            parts = (how.search, how.calibration, how.weighing, how.reward_per_letter, how.answers_share)
            tongues[language] = Tongue(language, alphabet, words, *parts)
        return cls(network, FrontEnd(network.description.normalisation), tongues)
