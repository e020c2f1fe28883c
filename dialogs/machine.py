"""The state machine that walks a scenario: pure functions from progress and answer to progress and lines.

Rules of the machine:

1. An answer is matched first by the open question's own transitions, then by those that hold at any time, then by the
   question's ``anything``; the first whose intent, conditions and ``times`` fit is taken. What confirms a person or a
   promise is taken only where the answer is sure; a guess is asked again.
2. Silence, and words not understood, ask again until their limit sends the dialog elsewhere; a limit on all turns ends
   every loop.
3. **No word about a debt before the right party is confirmed.** A prompt that is not marked neutral is not spoken
   while the party is unknown or another: the dialog goes to the scenario's neutral ``refuge`` and ends. Whoever
   disclaims being the debtor (`dialogs.understanding.intents.DISCLAIMS`) withdraws a confirmation, and no scenario can
   give it back. Whoever is handed the phone is unknown until asked by name: without a way for that, the refuge.
4. A state that hands the caller over to a person takes its ``absent`` way where none is on hand. Where one was to be
   reached and was not, the dialog takes that way too, and is without a person from then on: it rings once in a call.
5. A prompt with a fact that is not known yet leads to the refuge too, instead of an exception in a live call.
6. An answer may say several things, or one of two: `dialogs.choosing` tells what leads. Digressions beside it are
   answered before its words, as far as they may be heard; which of two is meant is asked where both can be worded.
7. An action's state says its words and waits for what came of the action; each counts as a turn, so that no circle of
   actions is endless. One whose request holds a fact that is not known has failed at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dialogs.ahead import prompts_ahead
from dialogs.answers import Answer, Finder
from dialogs.choosing import Choosing, Considered, said, settled, whose_words
from dialogs.conditions import Conditions
from dialogs.errands import results
from dialogs.facts import CallFacts
from dialogs.filling import apply, take
from dialogs.progress import Doubt, Progress
from dialogs.prompts import Prompt
from dialogs.schema import REPEAT, RETURN, SWITCH, Guard, Party, ScenarioSpec, StateSpec
from dialogs.schema import TransitionSpec as Transition
from dialogs.understanding.intents import DISCLAIMS, Intent
from dialogs.understanding.understanding import Understood
from dialogs.voicing import Unspeakable, Voice
from dialogs.walking import Step, Walker
from engine.dialog import ErrandOutcome, ErrandRequest, Line
from engine.speech import Language


@dataclass(frozen=True, slots=True)
class Machine:
    """A scenario with the facts of one call."""

    spec: ScenarioSpec
    prompts: Mapping[str, Prompt]
    facts: CallFacts
    conditions: Conditions

    @property
    def walker(self) -> Walker:
        """What enters the states."""
        return Walker(self.spec, self.prompts, self.facts, self.conditions)

    @property
    def voice(self) -> Voice:
        """What can be said in the call."""
        return self.walker.voice

    @property
    def start(self) -> str:
        """The first state."""
        return (self.facts.inbound and self.spec.start_inbound) or self.spec.start

    def begin(self, language: Language) -> Step:
        """Enter the first state."""
        own = self.facts.inbound and self.spec.start_inbound
        progress = Progress(self.start, language).took("start_inbound" if own else "start")
        try:
            return self.walker.enter(progress, self.start, ())
        except Unspeakable:
            return self.walker.refuge(progress)

    def answer(self, progress: Progress, understood: Understood, texts: Sequence[str] = ()) -> Step:
        """Follow what the caller said.

        Args:
            progress: where the dialog stands.
            understood: what was said.
            texts: hypotheses of the recogniser, best first.
        """
        at, meant, texts = self._heard(progress, understood, texts)
        try:
            if at.turns > self.spec.limits.turns.times:
                return self.walker.exhausted(at, ())
            answer = self._answer(at, meant, texts)
            choosing = self._choosing(at, answer)
            asked = self._clarify(at, choosing, meant, texts)
            if asked is not None:
                return asked
            considered = choosing.considered(at, meant, answer)
            lead = next((each for each in considered if each.hindrance is None), None)
            if lead is None:
                return self._missed(at)
            step = self._follow(at, lead, meant, answer, progress.doubt)
            return self._beside(step, choosing.beside(step.progress, lead, meant))
        except Unspeakable:
            return self.walker.refuge(at)

    def considered(
        self, progress: Progress, understood: Understood, texts: Sequence[str] = ()
    ) -> tuple[Considered, ...]:
        """Return what an answer might take, in order; the first without a hindrance leads."""
        at, meant, texts = self._heard(progress, understood, texts)
        answer = self._answer(at, meant, texts)
        return self._choosing(at, answer).considered(at, meant, answer)

    def silence(self, progress: Progress) -> Step:
        """Follow silence."""
        progress = replace(progress, turns=progress.turns + 1, silences=progress.silences + 1, doubt=None, went=())
        try:
            return self.walker.ask_again(progress, progress.silences, "silence")
        except Unspeakable:
            return self.walker.refuge(progress)

    def unreached(self, progress: Progress) -> Step:
        """Go on after nobody took the call that was to be handed over."""
        progress = replace(progress, ending=None, unreached=True, went=())
        try:
            return self.walker.absent(progress, progress.state, ())
        except Unspeakable:
            return self.walker.refuge(progress)

    def done(self, progress: Progress, outcome: ErrandOutcome) -> Step:
        """Go on after the action of the state that the dialog is in."""
        state = self.state(progress)
        assert state.do is not None, "only an action's state waits for an errand"
        assert state.failed is not None, "the schema asks every action's state for it"
        progress = replace(progress, turns=progress.turns + 1, waiting=False, went=())
        found = None
        if outcome.failure is None:
            found = results(self.spec.actions[state.do], self.facts.declared, outcome.answer, self.facts)
        try:
            if progress.turns > self.spec.limits.turns.times:
                return self.walker.exhausted(progress, ())
            if found is None:
                return self.walker.enter(progress.took("states", progress.state, "failed"), state.failed, ())
            slots = progress.slots
            for name, value in found.pairs:
                slots = replace(slots, results=slots.results.put(name, value))
            return self.walker.route(replace(progress, slots=slots), progress.state, ())
        except Unspeakable:
            return self.walker.refuge(progress)

    def errand_request(self, progress: Progress) -> ErrandRequest | None:
        """Return the request of the state's action, or None where it has none, or a fact in it is not known."""
        return self.walker.errand_request(progress)

    def state(self, progress: Progress) -> StateSpec:
        """Return the state that the dialog is in."""
        return self.walker.state(progress)

    def ahead(self, progress: Progress) -> tuple[Line, ...]:
        """Return lines that the next moves may hold, as far as their facts are known, likeliest first."""
        names = prompts_ahead(self.spec, progress, person_on_hand=self.facts.person_on_hand)
        return tuple(self.voice.ahead(progress, names).values())

    def tells_all(self, progress: Progress, text: str) -> bool:
        """Whether a text already tells all that the open question asks for by the scenario's own slots."""
        asked = () if progress.doubt else self.state(progress).slots
        return Finder(self.spec).whole(asked, text, progress.language)

    def choices(self, progress: Progress) -> Iterator[str]:
        """Yield the words of the choices that the open question asks for."""
        for slot in self.state(progress).slots:
            entity = self.spec.entities.get(self.spec.slots[slot].of or "", {})
            for words in entity.values():
                yield from words.get(progress.language, ())

    def _heard(
        self, progress: Progress, understood: Understood, texts: Sequence[str]
    ) -> tuple[Progress, Understood, Sequence[str]]:
        """Return where the dialog stands once it has heard an answer, and what the answer means.

        Whoever disclaims being the debtor is not spoken to as the debtor from here on, nor whoever is handed the phone.
        The language is the caller's own, unless one is asked for by name. After the question which of two was meant,
        the words before it count. A number that is asked for, and not a word more, informs, whatever a classifier
        makes of a single word.
        """
        if Finder(self.spec).lone_number(self.state(progress).slots, texts, progress.language):
            understood = replace(understood, intent=Intent.INFORM, sure=True, also=(), rival=None)
        doubt, language = progress.doubt, progress.language
        if understood.spoken in self.spec.languages and understood.intent != Intent.SWITCH_LANGUAGE:
            language = understood.spoken or language
        party = whose_words(progress.party, said(understood))
        progress = replace(
            progress, turns=progress.turns + 1, silences=0, party=party, language=language, doubt=None, went=()
        )
        if doubt is None:
            return progress, understood, texts
        meant = settled(doubt, understood)
        return (progress, replace(understood, rival=None), texts) if meant is None else (progress, meant, doubt.texts)

    def _answer(self, progress: Progress, understood: Understood, texts: Sequence[str]) -> Answer:
        return Finder(self.spec).find(self.state(progress).slots, texts, understood.slots, progress.language)

    def _choosing(self, progress: Progress, answer: Answer) -> Choosing:
        def failing(transition: Transition, at: Progress) -> Guard | None:
            return self.conditions.failing(transition.when, self.walker.now(at, answer))

        return Choosing(self.spec, progress.state, failing)

    def _clarify(
        self, progress: Progress, choosing: Choosing, understood: Understood, texts: Sequence[str]
    ) -> Step | None:
        """Ask which of two was meant, where they lead apart and both can be worded; else None."""
        clarify, rival = self.spec.clarify, understood.rival
        urgent = said(understood)[0] != understood.intent or understood.intent in DISCLAIMS
        if clarify is None or rival is None or rival in DISCLAIMS or urgent:
            return None
        ways = [choosing.first(progress, intent, understood) for intent in (understood.intent, rival)]
        if None in ways or len({way.steps for way in ways if way is not None}) < 2:
            return None
        means = [clarify.means.get(intent) for intent in (understood.intent, rival)]
        if not all(name is not None and self.voice.speakable(progress, name) for name in means):
            return None
        progress = replace(progress.took("clarify"), doubt=Doubt(understood, rival, tuple(texts)), misses=0)
        return self.walker.speak(progress, (clarify.ask,)) if self.voice.speakable(progress, clarify.ask) else None

    def _follow(
        self, progress: Progress, way: Considered, understood: Understood, answer: Answer, doubt: Doubt | None
    ) -> Step:
        transition = way.transition
        progress = progress.took(*way.steps, times=transition.times)
        slots = take(transition.take, self.facts, progress.slots, answer)
        slots = apply(self.spec, transition.set, self.facts, slots)
        party = transition.party if transition.party and progress.party is not Party.OTHER else progress.party
        progress = replace(progress.refilled(slots, confirms=transition.confirms), party=party, misses=0)
        if transition.to == RETURN:
            return self.walker.speak(progress, (*transition.say, *self.walker.asking(progress)))
        if transition.to == REPEAT:  # a question which of two was meant stays open with its words
            return self.walker.speak(replace(progress, doubt=doubt), transition.say, progress.last)
        if transition.to == SWITCH:
            wished = understood.language
            language = wished if wished in self.spec.languages else progress.language
            progress = replace(progress, language=language, doubt=doubt)
            step = self.walker.speak(progress, (self.spec.messages.language_switched,), progress.last)
            return Step(replace(step.progress, last=progress.last), step.lines)
        return self.walker.enter(progress, transition.to, transition.say)

    def _beside(self, step: Step, ways: Sequence[Considered]) -> Step:
        """Answer digressions of the same turn before the other words, as far as they may be heard."""
        progress, names, spoken = step.progress, list[str](), {line.prompt for line in step.lines}
        for way in ways:
            progress = progress.took(*way.steps, times=way.transition.times)
            names += [name for name in way.transition.say if name not in {*spoken, *names}]
        names = [name for name in names if self.voice.speakable(progress, name)]
        progress, lines = self.voice.say(progress, names)
        return Step(replace(progress, last=step.progress.last), (*lines, *step.lines))

    def _missed(self, progress: Progress) -> Step:
        progress = replace(progress, misses=progress.misses + 1)
        return self.walker.ask_again(progress, progress.misses, "not_understood")
