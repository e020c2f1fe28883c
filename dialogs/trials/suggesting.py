"""Trials written for the ways that none takes yet: what the scenario does now, for a person to look at."""

from collections.abc import Callable, Collection, Iterator

from dialogs.conversation import Conversation, Exchange, Says
from dialogs.proofs.examples import phrase
from dialogs.scenario import Scenario
from dialogs.schema import ValueKind
from dialogs.trials.exploring import Explorer, Node, Target
from dialogs.trials.keeping import concluded, joined
from dialogs.trials.running import scene_of, turn_of
from dialogs.trials.scenes import scenes
from dialogs.trials.spec import MeansSpec, StepSpec, TrialSpec
from dialogs.trials.ways import Coverage, describe
from dialogs.understanding.intents import Intent
from dialogs.values import parse_value
from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import date_in_words, money_in_words, time_in_words
from engine.spoken.readings import Case


def suggest_trials(covered: Coverage, names: Collection[str], tell: Callable[[str], None]) -> Iterator[TrialSpec]:
    """Yield trials that take the ways, and say the prompts, that are missing; each runs through to the call's end.

    Args:
        covered: by the trials that there are.
        names: of these.
        tell: told what is looked for.
    """
    scenario, taken = covered.scenario, set(names)
    for language in scenario.languages:
        missing: set[Target] = {(name, language) for name in covered.unspoken[language]}
        if language is scenario.languages[0]:
            missing |= set(covered.missing)
        for scene in scenes(scenario.spec, language):
            if not missing:
                break
            tell(f"{scenario.name} in {language}: {len(missing)} to find")
            for trial, met in _covering(scenario, scene, missing):
                missing -= met
                name = _unlike(trial.name, taken)
                taken.add(name)
                yield trial.model_copy(update={"name": name})


def _covering(scenario: Scenario, scene: TrialSpec, missing: set[Target]) -> Iterator[tuple[TrialSpec, set[Target]]]:
    """Yield trials of one call that together meet what can be met in it, and what each meets; long ones first."""
    explorer, rest = Explorer(scenario, scene), set(missing)
    found = explorer.find(missing)
    for target, node in sorted(found.items(), key=lambda pair: (-len(pair[1].steps()), str(pair[0]))):
        if target not in rest:
            continue
        ended = explorer.ended(node, frozenset(rest))
        met = _met(ended)
        rest -= met
        yield written(scenario, scene.model_copy(update={"name": _name(scenario, target)}), ended.steps()), met


def _met(node: Node) -> set[Target]:
    found: set[Target] = set()
    each: Node | None = node
    while each is not None:
        found |= each.met
        each = each.previous
    return found


def written(scenario: Scenario, scene: TrialSpec, steps: Collection[StepSpec]) -> TrialSpec:
    """Return a trial that holds what happens now: in words, wherever words are understood so."""
    scene = scene.model_copy(update={"steps": ()})
    conversation = Conversation(scenario, scene_of(scenario, scene))
    done = [_step(conversation, step) for step in steps]
    return concluded(scene.model_copy(update={"steps": tuple(joined(done)), "review": True}), conversation)


def _step(conversation: Conversation, step: StepSpec) -> StepSpec:
    """Take a step and return it, in words where the understanding makes the same of them."""
    currency = conversation.scene.account.debt.currency
    meant = conversation.take(turn_of(conversation.scenario, step, currency))
    if step.means is None or meant.understood is None:
        return step.model_copy(update={"to": meant.progress.state})
    conversation.undo()
    for words in _wordings(conversation, step.means):
        said = conversation.take(Says(words))
        if _same(said, meant):
            return StepSpec(says=words, to=said.progress.state)
        conversation.undo()
    conversation.take(turn_of(conversation.scenario, step, currency))
    return step.model_copy(update={"to": meant.progress.state})


def _same(said: Exchange, meant: Exchange) -> bool:
    return (said.progress.state, said.progress.slots, said.progress.party, said.went, said.prompts) == (
        meant.progress.state,
        meant.progress.slots,
        meant.progress.party,
        meant.went,
        meant.prompts,
    )


def _wordings(conversation: Conversation, means: MeansSpec) -> Iterator[str]:
    """Yield what may be said to be understood so."""
    spec, language = conversation.scenario.spec, conversation.progress.language
    if means.rival is not None or means.share is not None:
        return
    intent = phrase(spec, means.intent, language)
    values = ", ".join(_values(conversation, means, language))
    if not values and intent:
        yield intent
    elif values and means.intent == Intent.INFORM:
        yield values
    elif values and intent:
        yield f"{intent}, {values}"


def _values(conversation: Conversation, means: MeansSpec, language: Language) -> Iterator[str]:
    case = Case.GENITIVE if language is Language.RUSSIAN else Case.NOMINATIVE
    currency: Currency = conversation.scene.account.debt.currency
    if means.amount is not None:
        amount = parse_value(ValueKind.MONEY, means.amount, currency)
        assert isinstance(amount, Money), "a sum is parsed to money"
        yield money_in_words(amount, language)
    if means.due is not None:
        yield date_in_words(means.due, language, case=case)
    if means.time is not None:
        yield time_in_words(means.time, language)
    for name, value in means.slots.items():
        words = conversation.scenario.spec.entities.get(conversation.scenario.spec.slots[name].of or "", {})
        yield words[value][language][0] if value in words and words[value].get(language) else value


def _name(scenario: Scenario, target: Target) -> str:
    if len(target) == 2 and isinstance(target[1], Language):
        return f"says {target[0]} in {target[1]}"
    return describe(scenario.spec, target).replace("`", "")[:160]


def _unlike(name: str, taken: Collection[str]) -> str:
    number, wished = 2, name
    while name in taken:
        name, number = f"{wished} ({number})", number + 1
    return name
