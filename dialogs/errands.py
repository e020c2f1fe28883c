"""Action steps in a call: the request with the call's facts filled in, and declared facts out of the answer.

Facts stand in braces, in machine form (`dialogs.values.machine_text`): ISO dates, decimal amounts; in the address
percent-encoded. Beside the facts of prompts there are those of `MACHINE_FACTS`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from dialogs.documents import Steps
from dialogs.facts import CallFacts, Declared, Slots, fact_value, parse_fact
from dialogs.prompts import suggest_fact
from dialogs.schema import ActionSpec
from dialogs.values import Values, machine_text
from engine.dialog import ErrandRequest
from engine.speech import Language

MACHINE_FACTS: Final[Mapping[str, Callable[[CallFacts, Language], str]]] = {
    "account_id": lambda facts, language: facts.account.account_id,
    "debtor.phone": lambda facts, language: facts.account.debtor.phone,
    "product_code": lambda facts, language: facts.account.product_code,
    "segment": lambda facts, language: str(facts.account.segment),
    "language": lambda facts, language: str(language),
}
"""Facts for other systems alone; no prompt may name them."""

_FACT: Final = re.compile(r"\{([^{}]*)\}")
_ORIGIN: Final = re.compile(r"https?://[^/?#{}\s]+(?:[/?#]|$)")


def request(name: str, action: ActionSpec, facts: CallFacts, slots: Slots, language: Language) -> ErrandRequest | None:
    """Return an action's request, or None where a fact in it is not known.

    Args:
        name: of the action.
        action: as declared.
        facts: of the call.
        slots: what was told and looked up.
        language: spoken now.
    """
    try:
        url = _filled(action.url, facts, slots, language, encoded=True)
        body = _filled(action.body, facts, slots, language, encoded=False)
    except LookupError:
        return None
    return ErrandRequest(name, str(action.method), url, body, action.secret, action.timeout_s)


def results(action: ActionSpec, declared: Declared, answer: Any, facts: CallFacts) -> Values | None:
    """Return the facts that an answer gives, or None where one of them is missing or none of its kind.

    Args:
        action: whose answer it is.
        declared: by the scenario.
        answer: JSON.
        facts: of the call.
    """
    found = Values()
    for name, path in action.result.items():
        value = parse_fact(declared, name, _at(answer, path), facts.account)
        if value is None:
            return None
        found = found.put(name, value)
    return found


def faults(name: str, action: ActionSpec, own: Mapping[str, Any], declared: Declared) -> Iterator[tuple[Steps, str]]:
    """Yield what is wrong with an action as declared: its place, and what is wrong with the mend.

    Args:
        name: of the action.
        action: as declared.
        own: facts that the scenario declares, which alone can be filled.
        declared: all that prompts may name.
    """
    steps: Steps = ("actions", name)
    if not _ORIGIN.match(action.url):
        yield (*steps, "url"), "a fact may stand in the path or behind `?` alone; write the server's name out"
    known = {*declared.facts, *MACHINE_FACTS}
    for place, text in (((*steps, "url"), action.url), *_texts(action.body, (*steps, "body"))):
        for fact in _FACT.findall(text):
            if fact not in known:
                yield place, suggest_fact(fact, known)
    for fact in action.result:
        if fact not in own:
            yield (*steps, "result", fact), f"`{fact}` is no declared fact; add it under `facts` with its kind"


def _texts(body: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    match body:
        case str():
            yield steps, body
        case dict():
            for key, value in body.items():
                yield from _texts(value, (*steps, key))
        case list():
            for i, value in enumerate(body):
                yield from _texts(value, (*steps, i))


def _filled(value: Any, facts: CallFacts, slots: Slots, language: Language, *, encoded: bool) -> Any:
    def fact(match: re.Match[str]) -> str:
        text = _machine_fact(match[1], facts, slots, language)
        return quote(text, safe="") if encoded else text

    match value:
        case str():
            return _FACT.sub(fact, value)
        case dict():
            return {key: _filled(each, facts, slots, language, encoded=encoded) for key, each in value.items()}
        case list():
            return [_filled(each, facts, slots, language, encoded=encoded) for each in value]
        case _:
            return value


def _machine_fact(name: str, facts: CallFacts, slots: Slots, language: Language) -> str:
    if name in MACHINE_FACTS:
        text = MACHINE_FACTS[name](facts, language)
    else:
        value = fact_value(facts, slots, name, language)
        text = "" if value is None else machine_text(value)
    if not text.strip("."):  # nothing, or a step up in an address
        raise LookupError(name)
    return text


def _at(answer: Any, path: str) -> Any:
    for key in path.split("."):
        if isinstance(answer, dict):
            answer = answer.get(key)
        elif isinstance(answer, list) and key.isdecimal() and int(key) < len(answer):
            answer = answer[int(key)]
        else:
            return None
    return answer
