"""The port to a classifier that runs elsewhere and may stand in for the one that is built in."""

from collections.abc import Mapping
from typing import Protocol


class Reader(Protocol):
    """Guesses what callers' words are for; see `dialogs.rasa.client`."""

    async def probabilities(self, text: str) -> Mapping[str, float] | None:
        """Return the probability of every label for a folded text; None where no answer is to be had in time.

        Never raises, and is back within a bound of its own.
        """
