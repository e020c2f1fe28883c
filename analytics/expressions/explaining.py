"""A match in words: who said what, at which second."""

from analytics.conversation import Role
from analytics.expressions.results import Gap, Hit, Match, Reading, Verdict


def explain(match: Match) -> str:
    """Return the verdict and, a line each, what decided it."""
    lines = [match.verdict.value]
    lines += [f"  {_hit(hit)}" for hit in match.hits]
    lines += [f"  {_reading(reading)}" for reading in match.readings]
    lines += [f"  {_gap(gap)}" for gap in match.gaps]
    if match.verdict is Verdict.NO and len(lines) == 1:
        lines.append("  nowhere in what was said")
    return "\n".join(lines)


def clock(second: float) -> str:
    """Return a second of a contact as minutes and seconds: 1:05.2."""
    tenths = round(second * 10)
    return f"{tenths // 600}:{tenths % 600 // 10:02}.{tenths % 10}"


def _hit(hit: Hit) -> str:
    if hit.event is not None:
        lasted = f", {hit.end_s - hit.start_s:.1f} s" if hit.end_s > hit.start_s else ""
        return f"{clock(hit.start_s)} {hit.text}{f' by {hit.role}' if hit.role else ''}{lasted}"
    doubt = "" if hit.sure else f", not sure (confidence {hit.confidence:.2f})"
    return f"{clock(hit.start_s)} {hit.role}: «{hit.text}»{doubt}"


def _reading(reading: Reading) -> str:
    if reading.value is None:
        return f"{reading.name} is not known; wanted: {reading.wanted}"
    value = reading.value if isinstance(reading.value, str) else f"{reading.value:.4g}"
    return f"{reading.name} is {value}; wanted: {reading.wanted}"


def _gap(gap: Gap) -> str:
    who = "all" if gap.roles == frozenset(Role) else ", ".join(sorted(gap.roles))
    return f"{gap.unheard:.0%} of what was said by {who} from {clock(gap.start_s)} to {clock(gap.end_s)} was not heard"
