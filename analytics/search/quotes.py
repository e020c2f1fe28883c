"""What was found in a contact as people read it: whole utterances, with the words that decided marked in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.expressions import Hit, Match


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of an utterance.

    Args:
        text: of them.
        marked: they are what was found.
    """

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """An utterance or an event.

    Args:
        role: whose it is; None of a pause and of both sides' talking.
        start_s: of the first word that was found, from the contact's start.
        pieces: the whole utterance in its order; of an event its name.
        sure: every word that was found counts as heard.
    """

    role: Role | None
    start_s: float
    pieces: tuple[Piece, ...]
    sure: bool

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(piece.text for piece in self.pieces)

    @property
    def marked(self) -> tuple[str, ...]:
        """What was found."""
        return tuple(piece.text for piece in self.pieces if piece.marked)


def passages(conversation: Conversation, match: Match) -> tuple[Passage, ...]:
    """Return where a match lies in its contact, in the order of time; each utterance once."""
    spoken = conversation.medium is Medium.CALL
    found = [_event(hit) for hit in match.hits if hit.event is not None]
    words = [hit for hit in match.hits if hit.event is None]
    for utterance in conversation.utterances:
        marks: set[int] = set()
        sure = True
        for hit in words:
            if hit.role is utterance.role and hit.start_s <= utterance.end_s and utterance.start_s <= hit.end_s:
                of_it = _spoken(utterance, hit) if spoken else _written(utterance, hit)
                marks.update(of_it)
                sure = sure and (hit.sure or not of_it)
        if marks:
            start_s = utterance.words[min(marks)].start_s
            found.append(Passage(utterance.role, start_s, _pieces(utterance, marks), sure))
    return tuple(sorted(found, key=lambda passage: passage.start_s))


def _spoken(utterance: Utterance, hit: Hit) -> Sequence[int]:
    """Return the numbers of a hit's words in an utterance, by their times."""
    return [
        number for number, word in enumerate(utterance.words) if hit.start_s <= word.start_s and word.end_s <= hit.end_s
    ]


def _written(utterance: Utterance, hit: Hit) -> Sequence[int]:
    """Return the numbers of a hit's words in a message, all of whose words have one time: by what they are."""
    wanted = hit.text.split()
    texts = [word.text for word in utterance.words]
    # A word such as «что-то» is two to the matcher, each of which is shown whole.
    for row in (wanted, [text for text, _ in groupby(wanted)]):
        starts = [at for at in range(len(texts)) if texts[at : at + len(row)] == row]
        if starts:
            return [number for at in starts for number in range(at, at + len(row))]
    return []


def _pieces(utterance: Utterance, marks: Iterable[int]) -> tuple[Piece, ...]:
    marked = set(marks)
    pieces: list[Piece] = []
    for number, word in enumerate(utterance.words):
        if pieces and pieces[-1].marked is (number in marked):
            pieces[-1] = Piece(f"{pieces[-1].text} {word.text}", pieces[-1].marked)
        else:
            pieces.append(Piece(word.text, number in marked))
    return tuple(pieces)


def _event(hit: Hit) -> Passage:
    lasted = f" {hit.end_s - hit.start_s:.1f} s" if hit.end_s > hit.start_s else ""
    return Passage(hit.role, hit.start_s, (Piece(f"{hit.text}{lasted}", True),), hit.sure)
