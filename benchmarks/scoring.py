"""What judging a call costs beside its length: words made ready, measures, categories, all scorecards, all rules.

python -m benchmarks.scoring
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import process_time
from zoneinfo import ZoneInfo

from analytics.categories import categorise
from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.expressions import Heard
from analytics.measures import measure
from analytics.scorecards import apply_card, shipped_cards
from analytics.violations import ContactFacts, find_violations
from benchmarks.promise_set import Split, load, path_of
from engine.law import Jurisdiction
from engine.speech import Language, Word

_DURATION_S = 120.0
_RUNS = 20


def _call(language: Language) -> Conversation:
    """Return two minutes of the lines that people wrote for the development half of the promises' set."""
    lines = [line for one in load(path_of(language, Split.DEVELOPMENT)) for line in one.lines]
    utterances: list[Utterance] = []
    at_s = 1.0
    for role, text in lines:
        words = tuple(Word(word, at_s + 0.4 * n, at_s + 0.4 * n + 0.38, 0.9) for n, word in enumerate(text.split()))
        if not words:
            continue
        if words[-1].end_s > _DURATION_S:
            break
        utterances.append(Utterance(Role(role), words, at_s, words[-1].end_s, language))
        at_s = words[-1].end_s + 0.7
    return Conversation("c", Medium.CALL, datetime(2026, 11, 23, 9, tzinfo=UTC), _DURATION_S, tuple(utterances))


def _cost_ms(work: Callable[[], object]) -> float:
    """Return the median CPU time of some work, in ms, after it was done once."""
    work()
    took_ms = []
    for _ in range(_RUNS):
        began_s = process_time()
        work()
        took_ms.append(1000 * (process_time() - began_s))
    return median(took_ms)


def main() -> None:
    """Print CPU milliseconds by step and language, and their share of the call's length."""
    load_of_machine = Path("/proc/loadavg").read_text().split()[0]
    print(f"median CPU ms of {_RUNS} runs, a call of {_DURATION_S:.0f} s; load of the machine {load_of_machine}")  # noqa: T201
    cards = shipped_cards()
    for language in Language:
        call = _call(language)
        heard, measures = Heard(call), measure(call)
        facts = [
            ContactFacts(country, (ZoneInfo(zone),), creditor_names=("Sample Bank",), inbound=False, history=())
            for country, zone in ((Jurisdiction.KAZAKHSTAN, "Asia/Almaty"), (Jurisdiction.RUSSIA, "Europe/Moscow"))
        ]
        steps: dict[str, Callable[[], object]] = {
            "words made ready": lambda call=call: Heard(call),
            "measures": lambda call=call: measure(call),
            "categories": lambda heard=heard, measures=measures: categorise(heard, measures),
            f"{len(cards)} scorecards": lambda heard=heard, measures=measures: [
                apply_card(heard, measures, card) for card in cards
            ],
            "rules of KZ and RU": lambda heard=heard, measures=measures, facts=facts: [
                find_violations(heard, measures, one, clean=True) for one in facts
            ],
        }
        costs_ms = {name: _cost_ms(step) for name, step in steps.items()}
        words = sum(len(one.words) for one in call.utterances)
        share = sum(costs_ms.values()) / 1000 / _DURATION_S
        told = ", ".join(f"{name} {cost_ms:.1f}" for name, cost_ms in costs_ms.items())
        print(f"{language}: {words} words: {told}; {share:.2%} of the call")  # noqa: T201


if __name__ == "__main__":
    main()
