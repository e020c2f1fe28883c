"""What the states of a scenario must hold, seen one by one and as a graph; a scenario that fails it is not loaded."""

from collections.abc import Iterator
from typing import Final

from dialogs.checks.fault import Fault
from dialogs.checks.wordings import facts_in, facts_told, texts
from dialogs.documents import Steps
from dialogs.errands import MACHINE_FACTS
from dialogs.schema import RETURN, SPECIAL_TARGETS, ScenarioSpec, StateSpec, TransitionSpec
from engine.calls import Disposition

NOT_THE_DIALOGS: Final = frozenset({Disposition.CONNECTED, Disposition.OUT_OF_HOURS})
"""Dispositions that are the switchboard's to give."""

ALWAYS_KNOWN: Final = frozenset(
    {"creditor", "debtor.full_name", "debtor.given_name", "today", "callback.earliest", "callback.latest"}
)
"""Facts that every call has from its first word on."""

_READ_BACK: Final = ({"promise.amount"}, {"promise.due", "promise.on_weekday"})
"""A prompt that reads a promise back tells one fact of each."""


def graph_faults(spec: ScenarioSpec) -> Iterator[Fault]:
    """Yield what is wrong with states and transitions whose names are known to be right."""
    yield from _notices(spec)
    yield from _unheard(spec)
    yield from _refuge(spec)
    for i, transition in enumerate(spec.anytime):
        if transition.confirms:
            mend = "move it to the question that reads the promise back"
            yield Fault(
                "read_back", ("anytime", i, "confirms"), "`confirms` at any time confirms what nobody read", mend
            )
    for name, state in spec.states.items():
        if state.end in NOT_THE_DIALOGS:
            message = f"`{state.end}` is noted by the switchboard, no dialog ends so"
            yield Fault("ending", ("states", name, "end"), message, "choose a disposition of a conversation")
        for i, transition in enumerate(state.on):
            if transition.confirms:
                yield from _confirmed(spec, state, ("states", name, "on", i, "confirms"))
    yield from _dead_ends(spec)


def leaves(spec: ScenarioSpec, name: str, transition: TransitionSpec) -> bool:
    """Whether a transition of a question leads to another state."""
    return transition.to not in SPECIAL_TARGETS and transition.to != name and transition.to in spec.states


def ways_out(spec: ScenarioSpec, name: str) -> Iterator[str]:
    """Yield the states that an answer, or the lack of one, may lead to; limits are no way out."""
    state = spec.states[name]
    if state.ask is not None:
        yield from (each.to for each in (*state.on, *spec.anytime) if leaves(spec, name, each))
    yield from (route.to for route in state.route)
    yield from filter(None, (state.failed, state.absent.to if state.absent else None))


def _notices(spec: ScenarioSpec) -> Iterator[Fault]:
    for name, prompt in spec.prompts.items():
        if prompt.discloses and prompt.interruptible:
            message = f"the notice in `{name}` can be talked over, so nobody can say that it was heard"
            yield Fault("notices", ("prompts", name), message, "add `interruptible: false`")


def _unheard(spec: ScenarioSpec) -> Iterator[Fault]:
    """An action whose request cannot be made says nothing, so no notice must depend on it."""
    for name, state in spec.states.items():
        telling = [prompt for prompt in state.say if spec.prompts[prompt].discloses]
        if state.do is None or not telling:
            continue
        action = spec.actions[state.do]
        wanted = facts_in(f"{action.url} {action.body}") - ALWAYS_KNOWN - MACHINE_FACTS.keys()
        if wanted:
            message = f"the notice in `{telling[0]}` is not heard where {{{min(wanted)}}} is not known for `{state.do}`"
            yield Fault("notices", ("states", name, "say"), message, "say it in a state before this one")


def _refuge(spec: ScenarioSpec) -> Iterator[Fault]:
    """The refuge is taken where words fail, so its own must never."""
    refuge = spec.states[spec.refuge]
    for key, names in (("say", refuge.say), ("absent", refuge.absent.say if refuge.absent else ())):
        for name in names:
            for fact in sorted(facts_told(spec.prompts[name]) - ALWAYS_KNOWN):
                message = f"the refuge tells {{{fact}}} in `{name}`, which may not be known"
                yield Fault(
                    "unset", ("states", spec.refuge, key), message, "say a prompt there that tells no such fact"
                )


def _confirmed(spec: ScenarioSpec, state: StateSpec, steps: Steps) -> Iterator[Fault]:
    """A question that a promise is confirmed in tells sum and day in every text."""
    asked = spec.prompts[state.ask or ""]
    lead = [spec.prompts[name] for name in state.say]
    for language in spec.languages:
        for _, _, text in texts(asked, language):
            told = facts_in(text).union(*(facts_in(each) for prompt in lead for _, _, each in texts(prompt, language)))
            if any(told.isdisjoint(either) for either in _READ_BACK):
                message = (
                    f"`confirms` takes a yes to `{state.ask}`, whose text in {language} does not read sum and day back"
                )
                yield Fault("read_back", steps, message, "tell {promise.amount} and {promise.due} in it")
                return


def _dead_ends(spec: ScenarioSpec) -> Iterator[Fault]:
    ending = {name for name, state in spec.states.items() if state.end is not None}
    grown = True
    while grown:
        more = {name for name in spec.states if name not in ending and not ending.isdisjoint(ways_out(spec, name))}
        grown = bool(more)
        ending |= more
    for name, state in spec.states.items():
        if name not in ending:
            message = f"from `{name}` no answer leads to an ending, only limits do"
            yield Fault("dead_end", ("states", name), message, "lead one of its answers to a state that ends")
        elif state.ask is not None and not any(leaves(spec, name, each) for each in state.on):
            stays = "`return`" if any(each.to == RETURN for each in state.on) else "the same question"
            message = f"no answer to `{name}` itself leads on, all of them lead to {stays}"
            yield Fault("dead_end", ("states", name), message, "lead an answer to another state, or make it an ending")
