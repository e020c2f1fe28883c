"""Words after which a speaker mostly goes on: a turn that stops at one of them gets more time."""

from engine.folding import fold
from engine.speech import Language

_OPEN_ENDED = {
    Language.ENGLISH: "a an and at because but by for from if in is my of on or so that the then to uh um well with",
    Language.RUSSIAN: "а без бы в во вот где до если ещё же за и из или к ко когда мне мой на не ну но о около от "
    "по потому при про с со так там то у что чтобы через это эм я",
    # Native speaker's check: «мен» is left out, since it ends whole sentences too.
    Language.KAZAKH: "ал бірақ егер және ең онда өйткені себебі сосын тек бұл",
}
_FOLDED = {language: frozenset(fold(word) for word in words.split()) for language, words in _OPEN_ENDED.items()}


def open_ended(text: str, language: Language) -> bool:
    """Whether the last word calls for more; callers of Kazakh mix in Russian, so theirs counts too."""
    words = fold(text).split()
    if not words:
        return False
    also = (Language.RUSSIAN,) if language is Language.KAZAKH else ()
    return any(words[-1] in _FOLDED[one] for one in (language, *also))
