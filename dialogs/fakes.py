"""Answers of other systems as a scenario makes them up: for tests, typed conversations and demonstrations."""

from collections.abc import Collection, Mapping

from dialogs.schema import ActionSpec
from engine.dialog import ErrandOutcome, ErrandRequest


class FakeErrands:
    """An `engine.ports.Errands` that asks nobody, and gives what stands under ``fake``.

    Args:
        actions: of the scenario.
        failing: names of those that fail.
    """

    def __init__(self, actions: Mapping[str, ActionSpec], failing: Collection[str] = ()) -> None:
        self._actions, self._failing = actions, failing

    async def run(self, request: ErrandRequest) -> ErrandOutcome:
        """Return the answer that the scenario makes up."""
        return self.outcome(request.action)

    def outcome(self, action: str) -> ErrandOutcome:
        """Return the same by the action's name."""
        if action in self._failing:
            return ErrandOutcome(failure="made to fail")
        return ErrandOutcome(answer=self._actions[action].fake)
