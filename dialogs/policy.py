"""The dialog policy: one call's dialog over a scenario, implementing `engine.ports.Dialog`."""

from collections.abc import Mapping, Sequence
from itertools import chain

from dialogs.briefing import BriefingTexts
from dialogs.endings import answers
from dialogs.machine import Machine
from dialogs.progress import Progress
from dialogs.reader import Reader
from dialogs.schema import Party
from dialogs.understanding.intents import Intent
from dialogs.understanding.slots import find_slots
from dialogs.understanding.understanding import Context, Understanding, Understood
from dialogs.understanding.unfinished import open_ended
from dialogs.walking import Step
from engine.calls import Disposition
from engine.dialog import Briefing, Errand, ErrandOutcome, ErrandRequest, Line, Move, Question
from engine.speech import Expect, Language, Transcript

MAX_UPCOMING = 40
"""Lines that are named ahead; the likeliest come first."""

_NAMING = frozenset({Expect.YES_NO, Expect.NAME})


class ScenarioDialog:
    """Keeps the progress of one call; made by `dialogs.scenario.Scenario.open`.

    Args:
        machine: the scenario with the call's facts.
        understanding: of callers' words.
        briefing: texts for whoever takes the call over.
        content_hash: of the scenario as loaded.
        language: to begin in.
        reader: asked what the caller's words are for where no rule tells; without one the built-in classifier guesses.
    """

    def __init__(
        self,
        machine: Machine,
        understanding: Understanding,
        briefing: BriefingTexts,
        content_hash: str,
        language: Language,
        reader: Reader | None = None,
        version: str = "",
    ) -> None:
        self._machine = machine
        self._understanding = understanding
        self._briefing = briefing
        self._hash, self._version = content_hash, version
        self._heard: list[str] = []
        self._progress = Progress(machine.start, language)
        self._last: Move | None = None
        self._reader = reader
        self._guesses: dict[str, Mapping[str, float]] = {}
        """What the reader said of the words of this turn; personal data, and dropped with it."""

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return self._machine.spec.name

    @property
    def scenario_version(self) -> str:
        """The version as people call it; empty where nobody has named it."""
        return self._version

    @property
    def scenario_hash(self) -> str:
        """Content hash of the scenario as loaded, includes and understanding too."""
        return self._hash

    @property
    def language(self) -> Language:
        """Spoken now."""
        return self._progress.language

    @property
    def progress(self) -> Progress:
        """Where the dialog stands."""
        return self._progress

    @property
    def machine(self) -> Machine:
        """The scenario with the call's facts."""
        return self._machine

    def begin(self) -> Move:
        """Return the first move."""
        return self._move(self._machine.begin(self.language))

    async def attend(self, heard: Transcript) -> None:
        """Ask the reader about words that no rule decides; the built-in classifier answers for one that is silent."""
        if self._reader is None or self._progress.ending:
            return
        text = self._understanding.undecided(heard, self._context())
        if text is None or text in self._guesses:
            return
        guess = await self._reader.probabilities(text)
        if guess is not None:
            self._guesses[text] = guess

    def reply(self, heard: Transcript) -> Move:
        """Return the move that answers what the caller said; where nothing is asked, the last move again."""
        understood = self.understand(heard)
        self._guesses.clear()
        return self.follow(understood, _texts(heard))

    def understand(self, heard: Transcript) -> Understood:
        """Return what the caller's words mean here; nothing changes by it."""
        return self._understanding.read(heard, self._context(), self._guesses)

    def follow(self, understood: Understood, texts: Sequence[str] = ()) -> Move:
        """Return the move that answers what was understood; where nothing is asked, the last move again.

        Args:
            understood: of the caller's words.
            texts: them, where they were heard, best hypothesis first.
        """
        if self._last is not None and self._last.question is None:
            return self._last
        self._heard += (understood.intent, *understood.also)
        return self._move(self._machine.answer(self._progress, understood, texts), understood.intent)

    def understands(self, heard: Transcript) -> bool:
        """Whether `reply` would go by these words now, and not ask again; nothing changes by it."""
        return not self._asks or self._step(heard).progress.misses <= self._progress.misses

    def consents(self, heard: Transcript) -> bool:
        """Whether `reply` would now take these words as who the caller is, or as a promise; nothing changes by it."""
        if not self._asks:
            return False
        now, then = self._progress, self._step(heard).progress
        known = then.party is Party.CONFIRMED and now.party is not Party.CONFIRMED
        return known or (then.confirmed and not now.confirmed)

    def foresee(self, heard: Transcript) -> Sequence[Line]:
        """Return the lines with which `reply` would answer these words now; nothing changes by it."""
        return self._step(heard).lines if self._asks else ()

    def no_input(self) -> Move:
        """Return the move after silence; where nothing is asked, the last move again."""
        if self._last is not None and self._last.question is None:
            return self._last
        return self._move(self._machine.silence(self._progress))

    def errand_request(self) -> ErrandRequest:
        """Return the request of the errand that the last move set."""
        request = self._machine.errand_request(self._progress) if self._progress.waiting else None
        if request is None:
            raise LookupError("no errand is under way")
        return request

    def done(self, outcome: ErrandOutcome) -> Move:
        """Return the move after the errand that the last one set; else the last move again."""
        if self._last is not None and self._last.errand is None:
            return self._last
        return self._move(self._machine.done(self._progress, outcome))

    def unreached(self) -> Move:
        """Return the move after nobody took the call that the last one was to hand over; else the last move again."""
        if self._last is not None and not (self._last.ending and self._last.ending.transfer):
            return self._last
        return self._move(self._machine.unreached(self._progress))

    def briefing(self, language: Language) -> Briefing:
        """Return what the person is told, in their language, who is to take the call over."""
        ending = self._progress.ending
        disposition = ending.disposition if ending else Disposition.OPERATOR
        return self._briefing.tell(self._machine.facts, self._progress, self._heard, disposition, language)

    def completes(self, text: str) -> bool:
        """Whether these words already are a whole answer to the open question.

        A bare number at the end is none: «пятнадцать» may be on its way to «пятнадцать тысяч пятьсот»; with a day
        behind it the speaker has moved on. Nor is a bare "no".
        """
        expect = self._expect(self._progress)
        if expect is Expect.YES_NO:
            return self._understanding.whole(text, self.language) in (Intent.YES, Intent.RPC_CONFIRM)
        if expect not in (Expect.PROMISE, Expect.DATE, Expect.SUM):
            return self._machine.tells_all(self._progress, text)
        facts = self._machine.facts
        slots = find_slots(text, self.language, facts.account.debt.currency, facts.today, facts.account.payday)
        day = bool(slots.days) or expect is Expect.SUM
        amount = slots.amount_whole or slots.share is not None or expect is Expect.DATE
        return day and amount

    def unfinished(self, text: str) -> bool:
        """Whether more is likely to follow: a bare "no" is mostly explained or corrected, "on the" is no end."""
        asked_yes_no = self._expect(self._progress) is Expect.YES_NO
        bare_no = asked_yes_no and self._understanding.whole(text, self.language) == Intent.NO
        return bare_no or open_ended(text, self.language)

    def backchannel(self, text: str) -> bool:
        """Whether these words only accompany the bot's and take no turn."""
        return self._understanding.backchannel(text, self.language)

    def upcoming(self) -> Sequence[Line]:
        """Return lines that the next moves may hold, as far as their facts are known, likeliest first."""
        return self._machine.ahead(self._progress)[:MAX_UPCOMING]

    @property
    def _asks(self) -> bool:
        """Whether a question is open."""
        return self._last is not None and self._last.question is not None

    def _step(self, heard: Transcript) -> Step:
        """Return the step that these words would take now; nothing changes by it."""
        return self._machine.answer(self._progress, self.understand(heard), _texts(heard))

    def _context(self) -> Context:
        state, facts, doubt = self._machine.state(self._progress), self._machine.facts, self._progress.doubt
        awaited = {intent for transition in state.on for intent in transition.on}
        if doubt is not None:
            awaited = {Intent.YES, Intent.NO, doubt.understood.intent, doubt.rival}
        return Context(
            language=self.language,
            expect=self._expect(self._progress),
            awaited=frozenset(awaited),
            names=facts.account.debtor.full_name,
            given_name=facts.account.debtor.given_name,
            currency=facts.account.debt.currency,
            today=facts.today,
            right_party=self._progress.party is Party.CONFIRMED,
            payday=facts.account.payday,
        )

    def _move(self, step: Step, intent: str | None = None) -> Move:
        self._progress = progress = step.progress
        question = errand = None
        if progress.waiting:
            errand = self._errand(progress)
        elif progress.ending is None:
            question = self._question(progress)
        self._last = Move(
            progress.state,
            step.lines,
            question,
            progress.ending,
            progress.language,
            intent,
            right_party=progress.party is Party.CONFIRMED,
            errand=errand,
            answers=answers(self._machine.spec, progress.slots),
        )
        return self._last

    def _errand(self, progress: Progress) -> Errand:
        action = self._machine.state(progress).do
        assert action is not None, "only an action's state waits for an errand"
        return Errand(action, self._machine.spec.actions[action].timeout_s)

    def _expect(self, progress: Progress) -> Expect:
        """Return the kind of answer to the open question; which of two was meant is asked for a yes or a no."""
        return Expect.YES_NO if progress.doubt else self._machine.state(progress).expect or Expect.FREE

    def _question(self, progress: Progress) -> Question:
        state, language, expect = self._machine.state(progress), progress.language, self._expect(progress)
        known = (self._machine.choices(progress), state.hints.get(language, ()))
        # Whoever is asked whether they are the debtor repeats the name, or says it where a name is asked for.
        names = self._machine.facts.account.debtor.full_name.split() if expect in _NAMING else ()
        hints = dict.fromkeys(chain(*known, self._understanding.hints(expect, language), names))
        return Question(expect, state.wait_s, tuple(hints), state.pause_ms / 1000 if state.pause_ms else None)


def _texts(heard: Transcript) -> tuple[str, ...]:
    return tuple(hypothesis.text for hypothesis in heard.hypotheses)
