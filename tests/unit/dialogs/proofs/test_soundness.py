"""What the proof allows, no call breaks: scenarios changed at random, walked by the real machine at random."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.conditions import Conditions
from dialogs.documents import parse_document
from dialogs.facts import CallFacts, Declared
from dialogs.machine import Machine
from dialogs.progress import Progress
from dialogs.prompts import Prompt, Template
from dialogs.proofs.faults import ABOUT_THE_DEBT
from dialogs.proofs.proving import prove
from dialogs.schema import Disclosure, Party, ScenarioSpec, StateSpec
from dialogs.understanding.intents import Intent
from dialogs.understanding.slots import Slotted
from dialogs.understanding.understanding import Understood
from dialogs.walking import Step
from engine.accounts import Account, Money, Person
from engine.calls import Disposition
from engine.dialog import ErrandOutcome
from engine.speech import Language

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=ZoneInfo("Asia/Almaty"))
RUSSIAN = Language.RUSSIAN
ACCOUNT = Account(
    account_id="A-1",
    debtor=Person("Алекс Пример", "Алекс", RUSSIAN, "+77000000000"),
    creditor="Sample Bank",
    product={RUSSIAN: "займа"},
    debt=Money.of(45_000),
    days_past_due=12,
    due_date=date(2026, 11, 8),
    least_promise=Money.of(5_000),
)
GOOD: Any = parse_document("good.yaml", (Path(__file__).parent / "good.yaml").read_bytes()).data

# An action, slots of the scenario's own and a clarifying question, so that their ways are walked too.
GOOD["facts"] = {"paid": "money"}
GOOD["actions"] = {"payments": {"url": "https://bank.example/{account_id}", "result": {"paid": "paid"}}}
GOOD["slots"] = {"grade": {"kind": "number", "neutral": True}}
GOOD["states"]["look"] = {
    "do": "payments",
    "say": "pardon",
    "failed": "debt",
    "route": [{"when": "paid > 0", "say": "was_paid", "to": "grading"}, {"to": "debt"}],
}
GOOD["states"]["grading"] = {
    "ask": "grade",
    "expect": "digits",
    "slots": "grade",
    "on": [{"on": "inform", "when": "heard.grade", "take": "grade", "to": "graded"}, {"on": "no", "to": "stranger"}],
}
GOOD["states"]["graded"] = {"say": "graded", "end": "callback"}
GOOD["prompts"] |= {
    "was_paid": {"ru": "Поступило {paid}.", "en": "{paid} came in."},
    "grade": {"neutral": True, "ru": "Оцените.", "en": "Please rate it."},
    "graded": {"neutral": True, "ru": "Оценка {grade}.", "en": "Your grade is {grade}."},
    "or_else": {"neutral": True, "ru": "{meaning.first} или {meaning.second}?", "en": "{meaning.first}, or what?"},
    "refusing": {"ru": "не будете платить", "en": "you will not pay"},
    "later": {"neutral": True, "ru": "говорить позже", "en": "to talk later"},
}
GOOD["clarify"] = {"ask": "or_else", "means": {"refuse": "refusing", "callback": "later", "no": "later"}}
GOOD["states"]["right_party"]["on"][0]["to"] = "look"

STATES, PROMPTS = sorted(GOOD["states"]), sorted(GOOD["prompts"])
ENDS = [name for name, state in GOOD["states"].items() if "end" in state and "absent" not in state]
REFUGE = GOOD["refuge"]
PRIVATE = sorted({*PROMPTS} - {"bye", *GOOD["messages"].values()})  # the loader demands that the others are neutral
WAITING = [name for name, state in GOOD["states"].items() if "ask" in state or name in ENDS]
SPOKEN = [Intent.YES, Intent.NO, Intent.INFORM, Intent.OPERATOR, Intent.HAND_OVER, Intent.REFUSE, Intent.REPEAT,
          Intent.CALLBACK, Intent.AMOUNT_QUESTION, Intent.PTP_FULL, Intent.THIRD_PARTY, Intent.GOODBYE]  # fmt: skip


def _transitions(scenario: Any) -> list[Any]:
    return [*scenario["anytime"], *(way for state in scenario["states"].values() for way in state.get("on", ()))]


@st.composite
def _changed(draw: st.DrawFn) -> ScenarioSpec:
    """Return the good scenario with one to three things changed, whose names are still right."""
    scenario = deepcopy(GOOD)

    def pick(options: list[Any]) -> Any:
        return draw(st.sampled_from(options))

    def redirect() -> None:
        pick(_transitions(scenario))["to"] = pick([*WAITING, "person", "look", "enough", "return", "repeat"])

    def unguard() -> None:
        pick(_transitions(scenario)).pop("when", None)

    def reguard() -> None:
        pick(_transitions(scenario))["when"] = pick(["identified", "not identified", "due", "not amount", "grade"])

    def say() -> None:
        pick(_transitions(scenario))["say"] = pick(PROMPTS)

    def bar() -> None:
        pick(_transitions(scenario))["party"] = pick(["unknown", "other"])

    def limit() -> None:
        pick(_transitions(scenario))["times"] = 1

    def forget() -> None:
        way = pick(_transitions(scenario))
        way["set"] = pick(["due = none", "amount = none", "callback = none", "amount = debt", "due = promised"])

    def drop_route() -> None:
        routes = pick([state["route"] for state in scenario["states"].values() if len(state.get("route", ())) > 1])
        del routes[pick(list(range(len(routes) - 1)))]

    def blab() -> None:
        pick([state for name, state in scenario["states"].items() if "say" in state and name != REFUGE])["say"] = pick(
            PROMPTS
        )

    def debt_wording() -> None:
        scenario["prompts"][pick(PRIVATE)].pop("neutral", None)

    def leave() -> None:
        scenario["states"]["person"]["absent"]["to"] = pick(WAITING)

    def mishear() -> None:
        scenario["limits"]["not_understood"] = {"times": pick([0, 1]), "to": pick(WAITING)}

    def fail() -> None:
        scenario["states"]["look"]["failed"] = pick([*WAITING, "look"])

    def unheed() -> None:
        scenario["anytime"][0]["on"] = [each for each in scenario["anytime"][0]["on"] if each != "third_party"]

    changes: list[Callable[[], None]] = [redirect, unguard, reguard, say, bar, limit, forget, drop_route, blab]
    changes += [debt_wording, leave, mishear, fail, unheed]
    for _ in range(draw(st.integers(1, 3))):
        pick(changes)()
    return ScenarioSpec.model_validate(scenario)


def _machine(spec: ScenarioSpec, *, on_hand: bool, inbound: bool) -> Machine:
    declared = Declared.of(spec)
    facts = CallFacts.of(ACCOUNT, NOW, spec.callback, person_on_hand=on_hand, inbound=inbound, declared=declared)
    prompts = {}
    for name, prompt in spec.prompts.items():
        wordings = {
            language: {
                tone: tuple(Template.parse(text, declared.facts) for text in variants)
                for tone, variants in (prompt.wordings(language) or {}).items()
            }
            for language in spec.languages
        }
        prompts[name] = Prompt(name, wordings, prompt.neutral, prompt.interruptible)
    return Machine(spec, prompts, facts, Conditions(spec))


def _understood(random: Random, state: StateSpec) -> Understood:
    awaited = [intent for transition in state.on for intent in transition.on]
    intent = random.choice(awaited if random.random() < 0.6 else SPOKEN)
    days = (NOW.date() + timedelta(days=random.choice([-1, 0, 2, 90])),) if random.random() < 0.5 else ()
    slots = Slotted(
        amount=Money.of(random.choice([1_000, 15_000, 60_000])) if random.random() < 0.5 else None,
        amount_explicit=True,
        days=days,
        times=(time(random.choice([10, 23])),) if random.random() < 0.4 else (),
        number=random.choice([None, 3]),
    )
    also = (random.choice(SPOKEN),) if random.random() < 0.15 else ()
    rival = random.choice([Intent.REFUSE, Intent.CALLBACK, Intent.NO]) if random.random() < 0.1 else None
    return Understood(intent, 0.9, sure=random.random() < 0.9, slots=slots, also=also, rival=rival)


def _walk(machine: Machine, random: Random) -> Iterator[tuple[Progress, Step]]:
    """Yield the steps of one call, each with the progress before it."""
    step = machine.begin(RUSSIAN)
    yield Progress(machine.start, RUSSIAN), step
    for _ in range(14):
        before = step.progress
        if before.ending is not None:
            if not before.ending.transfer:
                return
            step = machine.unreached(before)
        elif before.waiting:
            paid = ErrandOutcome(answer={"paid": random.choice(["0", "500"])})
            step = machine.done(before, random.choice([paid, ErrandOutcome(failure="timeout")]))
        elif random.random() < 0.12:
            step = machine.silence(before)
        else:
            step = machine.answer(before, _understood(random, machine.state(before)))
        yield before, step


def _broken(machine: Machine, random: Random) -> Iterator[str]:
    """Yield the rules that one call breaks."""
    spec, facts = machine.spec, machine.facts
    heard = set(Disclosure) if facts.inbound else set[Disclosure]()
    for before, step in _walk(machine, random):
        progress = step.progress
        if ("refuge",) in progress.went and ("refuge",) not in before.went:
            yield "refuge"
            return
        for line in step.lines:
            assert spec.prompts[line.prompt].neutral or progress.party is Party.CONFIRMED, line.prompt
            discloses = set(spec.prompts[line.prompt].discloses)
            if heard != set(Disclosure) and not discloses:
                yield "notices"
            heard |= discloses
        end = progress.ending
        if end is None:
            continue
        if end.disposition in ABOUT_THE_DEBT and progress.party is not Party.CONFIRMED:
            yield "ending"
        if spec.states[progress.state].end is Disposition.PROMISE_TO_PAY:
            promise = end.promise
            if promise is None or not promise.confirmed:
                yield "ending"
            elif promise.amount < facts.least_promise or not facts.today <= promise.due <= facts.latest_day:
                yield "mandate"


FOUND_BY = {
    "refuge": {"debt_wording", "unset"},
    "notices": {"notices"},
    "ending": {"ending"},
    "mandate": {"mandate"},
}


@settings(max_examples=40, deadline=None)
@given(spec=_changed(), seed=st.integers(0, 2**32))
def test_whatever_a_call_breaks_the_proof_had_found(spec: ScenarioSpec, seed: int) -> None:
    """Where a walk comes to the refuge for words that cannot be said, or breaks a rule, the proof has told of it."""
    found = {violation.fault.rule for violation in prove(spec).violations}
    random = Random(seed)

    for i in range(25):
        machine = _machine(spec, on_hand=i % 3 != 0, inbound=i % 5 == 0)
        for rule in _broken(machine, random):
            assert found & FOUND_BY[rule], f"{rule} broken, {found or 'nothing'} found"


def test_the_unchanged_scenario_passes_and_its_calls_break_nothing() -> None:
    """The walks themselves come far: they reach promises, callbacks and transfers."""
    spec = ScenarioSpec.model_validate(GOOD)
    random, ends = Random(7), set()
    assert prove(spec).violations == ()

    for i in range(400):
        machine = _machine(spec, on_hand=i % 3 != 0, inbound=i % 5 == 0)
        assert list(_broken(machine, random)) == []
        ends |= {step.progress.ending.disposition for _, step in _walk(machine, random) if step.progress.ending}

    assert {Disposition.PROMISE_TO_PAY, Disposition.CALLBACK, Disposition.OPERATOR, Disposition.REFUSED} <= ends
