"""`voicebot scenario`: what people do with scenarios, a command a module."""

import click

from config.lazy import Entry, LazyGroup

_HERE = "config.commands.scenario"

ENTRIES = {
    "check": Entry(f"{_HERE}.check", "Find what is wrong with scenarios, and prove what must never happen.", False),
    "test": Entry(f"{_HERE}.test", "Run the tests of scenarios, and name the ways that none takes.", False),
    "chat": Entry(f"{_HERE}.chat", "Talk to a scenario by typing, at any date and about any account.", False),
    "run": Entry(f"{_HERE}.run", "Hear a scenario without a call: a test as audio, or every prompt."),
    "list": Entry(
        "config.commands.scenario.listing", "List scenarios, and which version is in service.", attribute="list_all"
    ),
    "schema": Entry(f"{_HERE}.schema", "Write the JSON Schema by which editors complete and underline."),
    "graph": Entry(f"{_HERE}.graph", "Draw a scenario as SVG or PNG."),
    "diff": Entry(f"{_HERE}.texts", "Tell in words what differs between two scenarios."),
    "export": Entry(f"{_HERE}.texts", "Write all texts into a spreadsheet, for lawyers and translators."),
    "import": Entry(f"{_HERE}.texts", "Take changed texts back from a spreadsheet.", attribute="take_in"),
    "versions": Entry(f"{_HERE}.listing", "List the versions of a scenario."),
    "history": Entry(f"{_HERE}.listing", "Show every step ever taken: who, when, what, why."),
    "publish": Entry(
        "config.commands.scenario.publishing", "Put a version into service that a second person approved."
    ),
    "rollback": Entry(f"{_HERE}.publishing", "Put a version into service again that was before."),
    "experiment": Entry(f"{_HERE}.experiment", "Share the accounts between two versions, and compare."),
}


@click.group(cls=LazyGroup, entries=ENTRIES)
def scenario() -> None:
    """Check, test, hear and publish scenarios; talk to one by typing.

    The library of versions is in the folder of the setting scenarios.folder. A running `voicebot serve` takes new calls
    by what is published within seconds; calls that run keep the version that they began with.
    """
