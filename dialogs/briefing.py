"""What a person is told who takes a call over from the bot: made of the dialog's facts alone, by fixed texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dialogs.facts import CallFacts
from dialogs.progress import Progress
from dialogs.prompts import Prompt
from dialogs.schema import Party
from engine.calls import Disposition
from engine.dialog import Briefing
from engine.speech import Language

MOST_SAID: Final = 3
"""Things of note that the summary repeats, the last ones: whoever listens has a caller waiting."""


@dataclass(frozen=True, slots=True)
class BriefingTexts:
    """The texts of ``briefing.yaml``, by what they tell.

    Args:
        invitation: asks to accept the call; may be heard by a mailbox.
        caller: whom the bot speaks to.
        debt: what is owed.
        overdue: since when.
        said: things of note that were said, by intent.
        promise: the promise so far, read back and confirmed or not.
        reason: why the call is handed over, by the disposition it ends with, where the intents do not tell.
        version: content hash of the file.
    """

    invitation: Prompt
    caller: Mapping[Party, Prompt]
    debt: Prompt
    overdue: Prompt
    said: Mapping[str, Prompt]
    promise: Mapping[bool, Prompt]
    reason: Mapping[Disposition, Prompt]
    version: str

    def tell(
        self,
        facts: CallFacts,
        progress: Progress,
        heard: Sequence[str],
        disposition: Disposition,
        language: Language,
    ) -> Briefing:
        """Return what the person is told.

        Args:
            facts: of the call.
            progress: where the dialog stands.
            heard: intents of the caller's answers, in order.
            disposition: with which the bot's part ends.
            language: of the person.
        """
        invitation, *_ = self.invitation.ready_lines(language, facts.account.creditor)
        prompts = self._prompts(progress, heard, disposition)
        lines = (prompt.line(facts, progress.slots, language) for prompt in prompts)
        return Briefing(invitation, tuple(line for line in lines if line is not None), self.version)

    def _prompts(self, progress: Progress, heard: Sequence[str], disposition: Disposition) -> Iterator[Prompt]:
        yield self.caller[progress.party]
        yield self.debt
        yield self.overdue
        of_note = dict.fromkeys(intent for intent in reversed(heard) if intent in self.said)
        yield from (self.said[intent] for intent in reversed(list(of_note)[:MOST_SAID]))
        yield self.promise[progress.confirmed]
        if disposition in self.reason:
            yield self.reason[disposition]
