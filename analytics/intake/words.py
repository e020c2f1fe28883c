"""Words of a written message, as a recogniser would give them: without punctuation, all at the message's time."""

import re

from engine.speech import Word

_WORD = re.compile(
    r"""
      https?://\S+ | [\w.+-]++@[\w-]++(?:\.[\w-]++)++          # addresses, whole: redaction knows them so
    | \+?\d++(?:[.,:/-]\d++)*+%?+(?!-?[^\W\d_])                # 15000,50  05.12  +7-701-000-00-00  10%
    | \d++(?=[^\W\d_])(?!\d*(?:-|\w*\d))                       # the 5 of 5тыс, not that of 5a5
    | \w+(?:['’-]\w+)*                                         # 15-го  как-нибудь  I'll
    | [₸₽$€]
    """,
    re.VERBOSE,
)


def words_of(text: str, at_s: float) -> tuple[Word, ...]:
    """Return a message's words, in order and in their own case.

    Args:
        text: of the message.
        at_s: when it was sent, from the contact's start.
    """
    return tuple(Word(found.group(), at_s, at_s, 1.0) for found in _WORD.finditer(text))
