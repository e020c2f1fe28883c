"""What a scenario must hold beyond its shape: known names, all translations, a way in and out of every state."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from dialogs.documents import Document, Steps
from dialogs.facts import FACTS
from dialogs.prompts import Template, TemplateError
from dialogs.schema import (
    ANYTHING,
    SPECIAL_TARGETS,
    Assignment,
    Condition,
    Guard,
    LimitSpec,
    Party,
    ScenarioSpec,
    SlotName,
    StateSpec,
    TransitionSpec,
)
from dialogs.understanding.intents import Intent
from engine.speech import Language

_CONFIRMING: Final = frozenset({Intent.YES, Intent.RPC_CONFIRM})
"""The only answers that may confirm the right party."""

SETTINGS: Final = ("amount = debt", "amount = none", "due = none", "callback = none")
"""What ``set`` may do."""


@dataclass
class Checker:
    """Collects the problems of one scenario, each as ``file:line:column: what is wrong; the mend``.

    Args:
        spec: the scenario with its includes joined.
        document: the scenario file itself.
        states: the file that each state stands in.
        prompts: the file that each prompt stands in.
    """

    spec: ScenarioSpec
    document: Document
    states: Mapping[str, Document]
    prompts: Mapping[str, Document]
    problems: list[str] = field(default_factory=list)

    def templates(self, name: str) -> Mapping[Language, Template]:
        """Parse a prompt's texts, noting what is wrong with them."""
        spec, document, templates = self.spec.prompts[name], self.prompts[name], {}
        for language in self.spec.languages:
            text = spec.text(language)
            if text is None:
                message = f"prompt `{name}` has no text in {language}; add `{language}:`"
                self.problems.append(document.problem(("prompts", name), message))
                continue
            try:
                template = templates[language] = Template.parse(text)
            except TemplateError as error:
                self.problems.append(document.problem(("prompts", name, language), str(error)))
                continue
            told = sorted(fact for fact in template.facts if spec.neutral and not FACTS[fact].neutral)
            if told:
                message = f"a neutral prompt must not tell {{{told[0]}}}; delete the fact or `neutral: true`"
                self.problems.append(document.problem(("prompts", name, language), message))
        return templates

    def check(self) -> None:
        """Note everything that is wrong with the graph."""
        self._check_top()
        for i, transition in enumerate(self.spec.anytime):
            self._check_transition(self.document, ("anytime", i), transition, None)
        for name, state in self.spec.states.items():
            self._check_state(name, state)
        if not self.problems:
            self._check_graph()

    def _check_top(self) -> None:
        spec = self.spec
        self._check_target(self.document, ("start",), spec.start, special=False)
        if spec.start_inbound is not None:
            self._check_target(self.document, ("start_inbound",), spec.start_inbound, special=False)
        self._check_target(self.document, ("refuge",), spec.refuge, special=False)
        messages = spec.messages
        for key in ("silence", "not_understood", "language_switched"):
            self._check_prompts(self.document, ("messages", key), [getattr(messages, key)])
            self._check_neutral(("messages", key), [getattr(messages, key)])
        for key in ("silence", "not_understood", "turns"):
            self._check_target(self.document, ("limits", key, "to"), getattr(spec.limits, key).to, special=False)
        last_resort = spec.states.get(spec.limits.turns.to)
        if last_resort is not None and not _ends(last_resort):
            message = f"`{spec.limits.turns.to}` is no ending, so a call might never end; name a state with `end`"
            self._note(self.document, ("limits", "turns", "to"), message)
        refuge = spec.states.get(spec.refuge)
        if refuge is not None:
            if not _ends(refuge):
                self._note(self.document, ("refuge",), f"`{spec.refuge}` is no ending; name a state with `end`")
            self._check_neutral(("refuge",), (*refuge.say, *(refuge.absent.say if refuge.absent else ())))

    def _check_state(self, name: str, state: StateSpec) -> None:
        document, steps = self.states[name], ("states", name)
        if name in SPECIAL_TARGETS:
            self._note(document, steps, f"`{name}` has a meaning of its own as a target; rename the state")
        self._check_prompts(document, (*steps, "say"), state.say)
        if state.absent is not None:
            self._check_prompts(document, (*steps, "absent"), state.absent.say)
            if state.absent.to is not None:
                self._check_target(document, (*steps, "absent", "to"), state.absent.to, special=False)
        self._check_prompts(document, (*steps, "ask"), [state.ask] if state.ask else [])
        self._check_prompts(document, (*steps, "again"), [state.again] if state.again else [])
        for i, transition in enumerate(state.on):
            self._check_transition(document, (*steps, "on", i), transition, state)
        for i, route in enumerate(state.route):
            self._check_conditions(document, (*steps, "route", i), route.when, route.set)
            self._check_prompts(document, (*steps, "route", i, "say"), route.say)
            self._check_target(document, (*steps, "route", i, "to"), route.to, special=False)
        if state.route and (state.route[-1].when or state.route[-1].times):
            last = len(state.route) - 1
            self._note(document, (*steps, "route", last), "the last route must always hold; add one with `to` alone")
        for key in ("silence", "not_understood"):
            limit: LimitSpec | None = getattr(state.limits, key)
            if limit is not None:
                self._check_target(document, (*steps, "limits", key, "to"), limit.to, special=False)

    def _check_transition(
        self, document: Document, steps: Steps, transition: TransitionSpec, state: StateSpec | None
    ) -> None:
        known = {*Intent, ANYTHING}
        for intent in transition.on:
            if intent not in known:
                self._note(document, (*steps, "on"), f"unknown intent `{intent}`; {_suggest(intent, known)}")
        self._check_conditions(document, steps, transition.when, transition.set)
        for slot in transition.take:
            if slot not in set(SlotName):
                self._note(document, (*steps, "take"), f"unknown slot `{slot}`; {_suggest(slot, SlotName)}")
        self._check_prompts(document, (*steps, "say"), transition.say)
        self._check_target(document, (*steps, "to"), transition.to, special=True)
        if transition.party is Party.CONFIRMED and not (state and set(transition.on) <= _CONFIRMING):
            message = "only `yes` and `rpc_confirm` in a question of its own may confirm the right party; move it there"
            self._note(document, (*steps, "party"), message)

    def _check_conditions(
        self, document: Document, steps: Steps, guards: Iterable[Guard], settings: Iterable[Assignment]
    ) -> None:
        for guard in guards:
            if guard.operator is not None or guard.subject not in set(Condition):
                self._note(
                    document, (*steps, "when"), f"unknown condition `{guard}`; {_suggest(str(guard), Condition)}"
                )
        for setting in map(str, settings):
            if setting not in SETTINGS:
                self._note(document, (*steps, "set"), f"unknown setting `{setting}`; {_suggest(setting, SETTINGS)}")

    def _check_prompts(self, document: Document, steps: Steps, names: Iterable[str]) -> None:
        for name in names:
            if name not in self.spec.prompts:
                self._note(document, steps, f"unknown prompt `{name}`; {_suggest(name, self.spec.prompts)}")

    def _check_neutral(self, steps: Steps, names: Iterable[str]) -> None:
        for name in names:
            prompt = self.spec.prompts.get(name)
            if prompt is not None and not prompt.neutral:
                message = f"prompt `{name}` is said here to anyone; word it neutrally and mark it `neutral: true`"
                self._note(self.document, steps, message)

    def _check_target(self, document: Document, steps: Steps, name: str, *, special: bool) -> None:
        known = {*self.spec.states, *(SPECIAL_TARGETS if special else ())}
        if name not in known:
            self._note(document, steps, f"unknown state `{name}`; {_suggest(name, known)}")

    def _check_graph(self) -> None:
        reached = self._reach()
        for name in self.spec.states:
            if name not in reached:
                message = f"state `{name}` cannot be reached; lead a transition to it or delete it"
                self._note(self.states[name], ("states", name), message)
        for name in self._circling():
            message = f"switch `{name}` may lead back to itself without a question, so it never ends; break the circle"
            self._note(self.states[name], ("states", name), message)
        used = set(self._prompts_used())
        for name in self.spec.prompts:
            if name not in used:
                message = f"prompt `{name}` is never said; use it or delete it"
                self._note(self.prompts[name], ("prompts", name), message)

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

    def _prompts_used(self) -> Iterator[str]:
        messages = self.spec.messages
        yield from (messages.silence, messages.not_understood, messages.language_switched)
        for transition in self.spec.anytime:
            yield from transition.say
        for state in self.spec.states.values():
            yield from state.say
            yield from state.absent.say if state.absent else ()
            yield from filter(None, (state.ask, state.again))
            for said in [transition.say for transition in state.on] + [route.say for route in state.route]:
                yield from said

    def _note(self, document: Document, steps: Steps, message: str) -> None:
        self.problems.append(document.problem(steps, message))


def _ends(state: StateSpec) -> bool:
    """Whether the state ends the call, whatever comes of a transfer."""
    return state.end is not None and not (state.absent and state.absent.to)


def _ways_on(state: StateSpec) -> list[str]:
    """Return the states that may follow without a word of the caller's."""
    return [route.to for route in state.route] + ([state.absent.to] if state.absent and state.absent.to else [])


def _suggest(name: str, known: Iterable[str]) -> str:
    names = sorted(str(each) for each in known)
    close = get_close_matches(name, names, 1, 0.6)
    return f"did you mean `{close[0]}`?" if close else "known are " + ", ".join(names)
