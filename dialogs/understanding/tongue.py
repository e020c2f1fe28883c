"""Which language a caller's words are in, told by letters and by the words of the language files.

Recognisers of Russian write Kazakh with Russian letters («кейин толеймин»), so words tell more than letters do. What
both languages use («алло», «кредит»), numbers and names tell nothing.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from dialogs.understanding.lessons import Lesson
from engine.folding import fold
from engine.speech import Language

_KAZAKH_LETTER: Final = re.compile("[әғқңөұүһ]", re.IGNORECASE)
_LATIN: Final = re.compile("[a-z]+")

_TIMES_LIKELIER: Final = 12
"""So much oftener must a word be in one language's examples than in another's to tell them apart."""

_LONG_LETTERS: Final = 5
_LONG_WEIGHT: Final = 1.5
_ENOUGH: Final = 2.5
"""Telling words that make sure: two long ones, or three."""
_SHARE: Final = 0.8
"""With less of all telling words in one language the speech is mixed."""

_NUMBERS: Final = frozenset(
    fold(
        "ноль один одна два две три четыре пять шесть семь восемь девять десять двадцать тридцать сорок пятьдесят сто "
        "двести триста пятьсот тысяча тысяч тысячи миллион бір екі үш төрт бес алты жеті сегіз тоғыз он жиырма отыз "
        "қырық елу алпыс жетпіс сексен тоқсан жүз мың миллион one two three four five six seven eight nine ten eleven "
        "twelve twenty thirty forty fifty hundred thousand million tenge тенге теңге рубль рублей"
    ).split()
)


class Tongues:
    """Tells languages by their words.

    Args:
        lessons: by language; their examples are the vocabulary.
    """

    def __init__(self, lessons: Mapping[Language, Lesson]) -> None:
        counts = {
            language: Counter(
                word
                for texts in (*lesson.examples.values(), lesson.whole)
                for text in texts
                for word in text.split()
                if len(word) > 1 and word not in _NUMBERS
            )
            for language, lesson in lessons.items()
        }
        self._telling: dict[str, Language] = {}
        for word in set().union(*counts.values()):
            shares = sorted(((counts[language][word], language) for language in counts), reverse=True)
            (most, language), (second, _) = shares[0], shares[1]
            if most >= _TIMES_LIKELIER * second:
                self._telling[word] = language

    def spoken(self, text: str) -> Language | None:
        """Return the language of a text; None where it is mixed, or too little tells."""
        weights = dict.fromkeys(Language, 0.0)
        for word in re.findall(r"[^\W\d_]+", text):
            folded = fold(word)
            language = self._telling.get(folded)
            if language is None and _KAZAKH_LETTER.search(word) and folded not in _NUMBERS:
                language = Language.KAZAKH
            if language is not None:
                weights[language] += _LONG_WEIGHT if len(folded) >= _LONG_LETTERS else 1.0
        best = max(weights, key=weights.__getitem__)
        return best if weights[best] >= max(_ENOUGH, _SHARE * sum(weights.values())) else None
