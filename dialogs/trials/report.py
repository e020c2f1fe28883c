"""What came of trials, for people, for programs, and for build servers."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from dialogs.conversation import Exchange, Means, Nobody, Says, Silence
from dialogs.trials.running import Failure, Result
from dialogs.trials.ways import Coverage, describe


def tell_failure(result: Result, failure: Failure) -> Iterator[str]:
    """Yield lines: where and what, and the dialog up to there."""
    trial = result.trial
    yield trial.problem(failure.steps, f"{trial.spec.name}: {failure.message}")
    for exchange in failure.heard:
        yield from (f"    {line}" for line in tell_exchange(exchange))


def tell_exchange(exchange: Exchange) -> Iterator[str]:
    """Yield a turn of the caller's and the bot's answer, a line each."""
    said = tell_turn(exchange)
    if said:
        yield f"debtor: {said}"
    outcomes = iter(exchange.outcomes)
    for move in exchange.moves:
        words = " ".join(line.text for line in move.lines)
        ending = f" – ends: {move.ending.disposition}" if move.ending else ""
        yield f"bot [{move.state}{ending}]: {words}"
        if move.errand is not None:
            action, outcome = next(outcomes)
            yield f"action {action}: {outcome.failure or 'answered'}"


def tell_turn(exchange: Exchange) -> str:
    """Return the caller's turn in words; empty at the beginning."""
    understood = exchange.understood
    match exchange.turn:
        case Says(text) if understood is not None:
            return f"{text} ({understood.intent} {understood.confidence:.2f})"
        case Means() if understood is not None:
            return f"(means {understood.intent})"
        case Silence():
            return "(silence)"
        case Nobody():
            return "(nobody takes the call)"
        case _:
            return ""


def tell_coverage(covered: Coverage) -> Iterator[str]:
    """Yield lines: the share, the ways that are missing with their places, and what was never said."""
    done, total = len(covered.covered), len(covered.ways)
    yield f"{covered.scenario.name}: {done} of {total} ways covered ({100 * covered.share:.1f} %)"
    yield from (f"  {covered.named(steps)}" for steps in covered.missing)
    yield from (f"  {covered.named(steps)}: no call can take it, so it does not count" for steps in covered.never)
    for language, names in covered.unspoken.items():
        said = f"{covered.prompts - len(names)} of {covered.prompts} prompts said in {language}"
        yield f"  {said}" + (f"; not: {', '.join(names)}" if names else "")


def as_json(scenario: str, results: Sequence[Result], covered: Coverage | None) -> dict[str, Any]:
    """Return what came of a scenario's trials as one JSON object."""
    found: dict[str, Any] = {
        "scenario": scenario,
        "tests": [
            {
                "name": result.trial.spec.name,
                "place": result.trial.problem((), "").rstrip(": "),
                "passed": result.passed,
                "failures": [
                    {
                        "place": result.trial.problem(failure.steps, "").rstrip(": "),
                        "message": failure.message,
                        "dialog": [line for exchange in failure.heard for line in tell_exchange(exchange)],
                    }
                    for failure in result.failures
                ],
            }
            for result in results
        ],
    }
    if covered is not None:
        found["coverage"] = {
            "ways": len(covered.ways),
            "covered": len(covered.covered),
            "missing": [
                {
                    "place": covered.scenario.sources.problem(steps, "").rstrip(": "),
                    "way": describe(covered.scenario.spec, steps),
                }
                for steps in covered.missing
            ],
            "never": [covered.scenario.sources.problem(steps, "").rstrip(": ") for steps in covered.never],
            "unspoken": {str(language): list(names) for language, names in covered.unspoken.items()},
        }
    return found


def as_junit(found: Iterable[tuple[str, Sequence[Result]]]) -> str:
    """Return results by scenario as a JUnit report in XML."""
    root = ElementTree.Element("testsuites")
    for scenario, results in found:
        failed = sum(not result.passed for result in results)
        suite = ElementTree.SubElement(root, "testsuite", name=scenario, tests=str(len(results)), failures=str(failed))
        for result in results:
            case = ElementTree.SubElement(suite, "testcase", classname=scenario, name=result.trial.spec.name)
            for failure in result.failures:
                element = ElementTree.SubElement(case, "failure", message=failure.message)
                element.text = "\n".join(tell_failure(result, failure))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
