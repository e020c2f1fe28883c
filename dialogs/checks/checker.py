"""What a scenario must hold beyond its shape: known names, all translations, a way in and out of every state."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from dialogs.checks.declarations import declarations
from dialogs.conditions import Conditions, Scope
from dialogs.documents import Steps
from dialogs.facts import Declared
from dialogs.filling import setting_fault
from dialogs.mends import suggest
from dialogs.prompts import Template, TemplateError, Wordings
from dialogs.schema import (
    ANYTHING,
    PLAIN,
    SPECIAL_TARGETS,
    Assignment,
    Guard,
    LimitSpec,
    Party,
    PromptSpec,
    ScenarioSpec,
    SlotName,
    StateSpec,
    TransitionSpec,
)
from dialogs.sources import Sources
from dialogs.understanding.intents import Intent
from dialogs.uses import said_in

_CONFIRMING: Final = frozenset({Intent.YES, Intent.RPC_CONFIRM})
"""The only answers that may confirm the right party."""


@dataclass
class Checker:
    """Collects the problems of one scenario, each as ``file:line:column: what is wrong; the mend``.

    Args:
        spec: the scenario with its includes joined.
        sources: the files that it stands in.
        problems: of the graph, and of prompts that are said.
        idle: of prompts that are never said, so that every call can be followed all the same.
    """

    spec: ScenarioSpec
    sources: Sources
    problems: list[str] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._conditions = Conditions(self.spec)
        self._declared = Declared.of(self.spec)
        self._said = said_in(self.spec)

    def note(self, steps: Steps, message: str) -> None:
        """Note a problem at a place in the joined scenario."""
        section, *names = steps or ("",)
        idle = section == "prompts" and names and names[0] not in self._said
        (self.idle if idle else self.problems).append(self.sources.problem(steps, message))

    def wordings(self, name: str) -> Wordings:
        """Parse a prompt's texts, noting what is wrong with them."""
        spec, steps = self.spec.prompts[name], ("prompts", name)
        wordings = {}
        for language in self.spec.languages:
            tones = spec.wordings(language)
            if tones is None:
                self.note(steps, f"prompt `{name}` has no text in {language}; add `{language}:`")
                continue
            parsed = {}
            for tone, texts in tones.items():
                self._check_tone((*steps, language, tone), tone)
                variants = [self._template((*steps, language, tone, i), text, spec) for i, text in enumerate(texts)]
                parsed[tone] = tuple(template for template in variants if template is not None)
            wordings[language] = {tone: templates for tone, templates in parsed.items() if templates}
        return wordings

    def _template(self, steps: Steps, text: str, spec: PromptSpec) -> Template | None:
        try:
            template = Template.parse(text, self._declared.facts)
        except TemplateError as error:
            self.note(steps, str(error))
            return None
        told = sorted(fact for fact in template.facts if spec.neutral and not self._declared.facts[fact].neutral)
        if told:
            self.note(steps, f"a neutral prompt must not tell {{{told[0]}}}; delete the fact or `neutral: true`")
        return template

    def _check_tone(self, steps: Steps, tone: str) -> None:
        used = {entry.use for entry in self.spec.tone}
        if tone != PLAIN and tone not in used:
            mend = suggest(tone, used) if used else "name it under `tone`, with `use`"
            self.note(steps, f"no call is held in the tone `{tone}`; {mend}")

    def check(self) -> None:
        """Note everything that is wrong with the graph."""
        for steps, message in declarations(self.spec, self._conditions):
            self.note(steps, message)
        self._check_top()
        for i, transition in enumerate(self.spec.anytime):
            self._check_transition(("anytime", i), transition, None)
        for name, state in self.spec.states.items():
            self._check_state(name, state)
        if not self.problems:
            self._check_graph()

    def _check_top(self) -> None:
        spec = self.spec
        self._check_target(("start",), spec.start, special=False)
        if spec.start_inbound is not None:
            self._check_target(("start_inbound",), spec.start_inbound, special=False)
        self._check_target(("refuge",), spec.refuge, special=False)
        messages = spec.messages
        for key in ("silence", "not_understood", "language_switched"):
            self._check_prompts(("messages", key), [getattr(messages, key)])
            self._check_neutral(("messages", key), [getattr(messages, key)])
        for key in ("silence", "not_understood", "turns"):
            self._check_target(("limits", key, "to"), getattr(spec.limits, key).to, special=False)
        last_resort = spec.states.get(spec.limits.turns.to)
        if last_resort is not None and not _ends(last_resort):
            message = f"`{spec.limits.turns.to}` is no ending, so a call might never end; name a state with `end`"
            self.note(("limits", "turns", "to"), message)
        refuge = spec.states.get(spec.refuge)
        if refuge is not None:
            if not _ends(refuge):
                self.note(("refuge",), f"`{spec.refuge}` is no ending; name a state with `end`")
            self._check_neutral(("refuge",), (*refuge.say, *(refuge.absent.say if refuge.absent else ())))

    def _check_state(self, name: str, state: StateSpec) -> None:
        steps = ("states", name)
        if name in SPECIAL_TARGETS:
            self.note(steps, f"`{name}` has a meaning of its own as a target; rename the state")
        self._check_prompts((*steps, "say"), state.say)
        if state.absent is not None:
            self._check_prompts((*steps, "absent"), state.absent.say)
            if state.absent.to is not None:
                self._check_target((*steps, "absent", "to"), state.absent.to, special=False)
        self._check_asked(steps, state)
        self._check_prompts((*steps, "ask"), [state.ask] if state.ask else [])
        self._check_prompts((*steps, "again"), [state.again] if state.again else [])
        for i, transition in enumerate(state.on):
            self._check_transition((*steps, "on", i), transition, state)
        for i, route in enumerate(state.route):
            self._check_conditions((*steps, "route", i), route.when, route.set)
            self._check_prompts((*steps, "route", i, "say"), route.say)
            self._check_target((*steps, "route", i, "to"), route.to, special=False)
        if state.route and (state.route[-1].when or state.route[-1].times):
            last = len(state.route) - 1
            self.note((*steps, "route", last), "the last route must always hold; add one with `to` alone")
        for key in ("silence", "not_understood"):
            limit: LimitSpec | None = getattr(state.limits, key)
            if limit is not None:
                self._check_target((*steps, "limits", key, "to"), limit.to, special=False)

    def _check_asked(self, steps: Steps, state: StateSpec) -> None:
        for slot in state.slots:
            if slot not in self.spec.slots:
                mend = suggest(slot, self.spec.slots) if self.spec.slots else "declare it under `slots`"
                self.note((*steps, "slots"), f"unknown slot `{slot}`; {mend}")
        if state.do is not None and state.do not in self.spec.actions:
            mend = suggest(state.do, self.spec.actions) if self.spec.actions else "declare it under `actions`"
            self.note((*steps, "do"), f"unknown action `{state.do}`; {mend}")
        if state.failed is not None:
            self._check_target((*steps, "failed"), state.failed, special=False)

    def _check_transition(self, steps: Steps, transition: TransitionSpec, state: StateSpec | None) -> None:
        known = {*Intent, *self.spec.intents, ANYTHING}
        for intent in transition.on:
            if intent not in known:
                self.note((*steps, "on"), f"unknown intent `{intent}`; {suggest(intent, known)}")
        self._check_conditions(steps, transition.when, transition.set, Scope.ANSWER, state.slots if state else ())
        asked = state.slots if state else ()
        for slot in transition.take:
            if slot in self.spec.slots and slot not in asked:
                message = f"`{slot}` is taken only where the question asks for it; add `slots: {slot}` to the state"
                self.note((*steps, "take"), message)
            elif slot not in {*SlotName, *self.spec.slots}:
                self.note((*steps, "take"), f"unknown slot `{slot}`; {suggest(slot, {*SlotName, *self.spec.slots})}")
        self._check_prompts((*steps, "say"), transition.say)
        self._check_target((*steps, "to"), transition.to, special=True)
        if transition.party is Party.CONFIRMED and not (state and set(transition.on) <= _CONFIRMING):
            message = "only `yes` and `rpc_confirm` in a question of its own may confirm the right party; move it there"
            self.note((*steps, "party"), message)

    def _check_conditions(
        self,
        steps: Steps,
        guards: Iterable[Guard],
        settings: Iterable[Assignment],
        scope: Scope = Scope.DIALOG,
        asked: Iterable[str] = (),
    ) -> None:
        for i, guard in enumerate(guards):
            if (fault := self._conditions.fault(guard, scope, slots=asked)) is not None:
                self.note((*steps, "when", i), fault)
        for i, setting in enumerate(settings):
            if (fault := setting_fault(self.spec, setting)) is not None:
                self.note((*steps, "set", i), fault)

    def _check_prompts(self, steps: Steps, names: Iterable[str]) -> None:
        for name in names:
            if name not in self.spec.prompts:
                self.note(steps, f"unknown prompt `{name}`; {suggest(name, self.spec.prompts)}")

    def _check_neutral(self, steps: Steps, names: Iterable[str]) -> None:
        for name in names:
            prompt = self.spec.prompts.get(name)
            if prompt is not None and not prompt.neutral:
                message = f"prompt `{name}` is said here to anyone; word it neutrally and mark it `neutral: true`"
                self.note(steps, message)

    def _check_target(self, steps: Steps, name: str, *, special: bool) -> None:
        known = {*self.spec.states, *(SPECIAL_TARGETS if special else ())}
        if name not in known:
            self.note(steps, f"unknown state `{name}`; {suggest(name, known)}")

    def _check_graph(self) -> None:
        reached = self._reach()
        for name in self.spec.states:
            if name not in reached and not self.sources.shared(("states", name)):
                message = f"state `{name}` cannot be reached; lead a transition to it or delete it"
                self.note(("states", name), message)
        for name in self._circling():
            message = f"switch `{name}` may lead back to itself without a question, so it never ends; break the circle"
            self.note(("states", name), message)
        for name in self.spec.prompts:
            if name not in self._said and not self.sources.shared(("prompts", name)):
                message = f"prompt `{name}` is never said; use it or delete it"
                self.note(("prompts", name), message)

    def _reach(self) -> set[str]:
        limits = self.spec.limits
        todo = [self.spec.start, self.spec.refuge, limits.silence.to, limits.not_understood.to, limits.turns.to]
        todo += [transition.to for transition in self.spec.anytime] + list(filter(None, [self.spec.start_inbound]))
        reached: set[str] = set()
        while todo:
            name = todo.pop()
            if name in reached or name in SPECIAL_TARGETS:
                continue
            reached.add(name)
            state = self.spec.states[name]
            todo += [transition.to for transition in state.on] + [route.to for route in state.route]
            todo += [limit.to for limit in (state.limits.silence, state.limits.not_understood) if limit]
            todo += [state.absent.to] if state.absent and state.absent.to else []
            todo += [state.failed] if state.failed else []
        return reached

    def _circling(self) -> Iterator[str]:
        """Yield switches from which a switch is reached again through switches alone.

        A transfer is a switch where nobody is on hand.
        """
        switches = {name: ways for name, state in self.spec.states.items() if (ways := _ways_on(state))}
        for name, ways in switches.items():
            todo, seen = list(ways), set[str]()
            while todo:
                target = todo.pop()
                if target == name:
                    yield name
                    break
                if target not in seen:
                    seen.add(target)
                    todo += switches.get(target, [])


def _ends(state: StateSpec) -> bool:
    """Whether the state ends the call, whatever comes of a transfer."""
    return state.end is not None and not (state.absent and state.absent.to)


def _ways_on(state: StateSpec) -> list[str]:
    """Return the states that may follow without a word of the caller's."""
    return ([] if state.do else [route.to for route in state.route]) + (
        [state.absent.to] if state.absent and state.absent.to else []
    )
