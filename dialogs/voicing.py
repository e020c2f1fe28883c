"""Prompts into lines; the one place where anything is given to be said.

A prompt that is not neutral is refused before the right party is confirmed; so is one with a fact that is not known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dialogs.conditions import Conditions, Situation, choose_tone
from dialogs.facts import CallFacts, Slots
from dialogs.progress import Progress, Utterance
from dialogs.prompts import Prompt
from dialogs.schema import Party, ScenarioSpec
from engine.dialog import Line


class Unspeakable(Exception):
    """A prompt must not, or cannot, be spoken now."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What the bot of one call can say.

    Args:
        spec: of the scenario.
        prompts: of the scenario.
        facts: of the call.
        conditions: of the scenario.
    """

    spec: ScenarioSpec
    prompts: Mapping[str, Prompt]
    facts: CallFacts
    conditions: Conditions

    def say(
        self, progress: Progress, names: Iterable[str], again: Sequence[Utterance] = ()
    ) -> tuple[Progress, tuple[Line, ...]]:
        """Return the lines of prompts, and the progress with them as the last that was said.

        Args:
            progress: where the dialog stands.
            names: of the prompts, which are worded afresh.
            again: said before, and now in the same words, after those.

        Raises:
            Unspeakable: one of them must not be said now, or cannot.
        """
        counted, utterances = list(progress.said), []
        for name in names:
            utterances.append((name, counted.count(name)))
            if self.prompts[name].varied:
                counted.append(name)
        utterances += again
        lines = tuple(self.line(progress, *utterance) for utterance in utterances)
        return replace(progress, said=tuple(counted), last=tuple(utterances)), lines

    def line(self, progress: Progress, name: str, times: int) -> Line:
        """Return a prompt's line, said so many times before.

        Raises:
            Unspeakable: it must not be said now, or cannot.
        """
        prompt = self.prompts[name]
        if not prompt.neutral and progress.party is not Party.CONFIRMED:
            raise Unspeakable(name)
        line = self._worded(progress, name, times)
        if line is None:
            raise Unspeakable(name)
        return line

    def speakable(self, progress: Progress, name: str) -> bool:
        """Whether a prompt may be said now, and all of its facts are known."""
        allowed = self.prompts[name].neutral or progress.party is Party.CONFIRMED
        return allowed and self._worded(progress, name, 0) is not None

    def ahead(self, progress: Progress, names: Iterable[str]) -> dict[str, Line]:
        """Return the next wording of each prompt as far as its facts are known, whoever may hear it later."""
        lines = {name: self._worded(progress, name, progress.said.count(name)) for name in dict.fromkeys(names)}
        return {name: line for name, line in lines.items() if line is not None}

    def _worded(self, progress: Progress, name: str, times: int) -> Line | None:
        slots = self._with_meanings(progress)
        return self.prompts[name].line(self.facts, slots, progress.language, tone=self._tone(progress), times=times)

    def _tone(self, progress: Progress) -> str:
        now = Situation(self.facts, progress.slots, progress.language, progress.party)
        return choose_tone(self.spec, self.conditions, now)

    def _with_meanings(self, progress: Progress) -> Slots:
        """Return the slots with the two meanings in words, while the caller is asked which."""
        doubt, clarify = progress.doubt, self.spec.clarify
        if doubt is None or clarify is None:
            return progress.slots
        prompts = [self.prompts[clarify.means[intent]] for intent in (doubt.understood.intent, doubt.rival)]
        if progress.party is not Party.CONFIRMED and not all(prompt.neutral for prompt in prompts):
            return progress.slots
        tone, known = self._tone(progress), progress.slots
        first, second = (prompt.phrase(self.facts, known, progress.language, tone=tone) for prompt in prompts)
        return replace(known, meanings=(first, second) if first and second else None)
