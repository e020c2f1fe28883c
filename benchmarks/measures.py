"""How long the measures of a call take: two minutes of two voices, some 240 words, on one core.

python -m benchmarks.measures
"""

from datetime import UTC, datetime
from statistics import median
from time import perf_counter

import numpy as np

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.measures import Side, measure
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.speech import Word

_DURATION_S = 120.0
_RUNS = 50
_SAID = {
    Role.AGENT: "добрый день это банк когда вы сможете внести сорок пять тысяч тенге подождите минуту пожалуйста",
    Role.CLIENT: "я уже говорил что зарплата будет пятого повторите сумму очень плохо слышно спасибо заплачу завтра",
}
_HERTZ = {Role.AGENT: 120.0, Role.CLIENT: 210.0}


def _lines() -> tuple[Utterance, ...]:
    found, at_s = [], 1.0
    while at_s < _DURATION_S - 10:
        role = (Role.AGENT, Role.CLIENT)[len(found) % 2]
        words = tuple(
            Word(text, at_s + 0.4 * i, at_s + 0.4 * i + 0.38, 0.9) for i, text in enumerate(_SAID[role].split())
        )
        found.append(Utterance(role, words, at_s, words[-1].end_s))
        at_s = words[-1].end_s + 0.7
    return tuple(found)


def _channel(lines: tuple[Utterance, ...], role: Role) -> Samples:
    times = np.arange(round(_DURATION_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    buzz = sum(np.sin(2 * np.pi * _HERTZ[role] * k * times) / k for k in range(1, 9))
    spoken = np.zeros(len(times), np.bool_)
    for line in lines:
        if line.role is role:
            spoken |= (times >= line.start_s) & (times < line.end_s)
    noise = np.random.default_rng(1).normal(0, 3, len(times))
    return np.asarray(3000 * buzz * spoken + noise, np.int16)


def main() -> None:
    """Print the time of all measures, with audio and from words alone."""
    lines = _lines()
    call = Conversation("speed", Medium.CALL, datetime(2026, 11, 23, tzinfo=UTC), _DURATION_S, lines)
    audio = {Side.BANK: _channel(lines, Role.AGENT), Side.CLIENT: _channel(lines, Role.CLIENT)}
    print(f"{sum(len(line.words) for line in lines)} words in {len(lines)} utterances, {_DURATION_S:.0f} s")  # noqa: T201
    for name, given in (("with audio", audio), ("words alone", None)):
        measure(call, audio=given)
        took_ms = []
        for _ in range(_RUNS):
            started_s = perf_counter()
            measure(call, audio=given)
            took_ms.append(1000 * (perf_counter() - started_s))
        print(f"{name}: median {median(took_ms):.1f} ms, least {min(took_ms):.1f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
