"""Where a dialog stands, as a frozen value."""

from dataclasses import dataclass, replace

from dialogs.documents import Steps
from dialogs.facts import Slots
from dialogs.schema import Party
from dialogs.understanding.understanding import Understood
from engine.dialog import Ending
from engine.speech import Language

Utterance = tuple[str, int]
"""A prompt, and how often it had been said before."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """An answer that may mean one of two things, while the caller is asked which.

    Args:
        understood: the answer, with its likelier meaning.
        rival: the other one.
        texts: hypotheses of the recogniser.
    """

    understood: Understood
    rival: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of one dialog.

    Args:
        state: name of the scenario's state.
        language: spoken now.
        party: whom we speak to.
        slots: what was told.
        confirmed: the promise was read back and the caller said yes.
        silences: in a row.
        misses: answers in a row that were not understood.
        turns: answers, silences and errands so far.
        taken: places of limited transitions, once for every time they were taken.
        said: prompts whose variants take turns, once for every time they were said.
        last: what was said in the last turn, for repeating.
        doubt: the open question is which of two was meant.
        ending: set when the dialog is over.
        unreached: nobody took the call when it was to be handed over; it is not tried again.
        waiting: the state's action is under way.
        went: places in the scenario of all that was taken since the caller's last turn, in order.
    """

    state: str
    language: Language
    party: Party = Party.UNKNOWN
    slots: Slots = Slots()
    confirmed: bool = False
    silences: int = 0
    misses: int = 0
    turns: int = 0
    taken: tuple[Steps, ...] = ()
    said: tuple[str, ...] = ()
    last: tuple[Utterance, ...] = ()
    doubt: Doubt | None = None
    ending: Ending | None = None
    unreached: bool = False
    waiting: bool = False
    went: tuple[Steps, ...] = ()

    def open_for(self, steps: Steps, times: int | None) -> bool:
        """Whether a transition may be taken once more."""
        return times is None or self.taken.count(steps) < times

    def took(self, *steps: str | int, times: int | None = None) -> "Progress":
        """Return the progress with what was taken noted, and one use of it counted where it is limited."""
        taken = self.taken if times is None else (*self.taken, steps)
        return replace(self, taken=taken, went=(*self.went, steps))

    def refilled(self, slots: Slots, *, confirms: bool = False) -> "Progress":
        """Return the progress with other slots; a promise that changes is no longer confirmed."""
        unchanged = (slots.amount, slots.due) == (self.slots.amount, self.slots.due)
        return replace(self, slots=slots, confirmed=confirms or (self.confirmed and unchanged))
