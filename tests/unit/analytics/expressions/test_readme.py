"""The examples that teach the language are of the language."""

import re
from pathlib import Path

import pytest

import analytics.expressions
from analytics.expressions import parse, printed

NAMED = {name: parse("да OR иә") for name in ("hardship", "debt", "assent")}
README = (Path(analytics.expressions.__file__).parent / "README.md").read_text(encoding="utf-8")


def _examples() -> list[str]:
    table = README[README.index("| To find") : README.index("```text")]
    listing = README[README.index("```text") : README.index("## Binding")].splitlines()[1:]
    in_table = [
        code
        for row in table.splitlines()[2:]
        for code in re.findall(r"`([^`]+)`", row.partition("|")[2].partition("|")[2])
    ]
    windows = [f"да {code}" if code.startswith("IN ") else code for code in in_table if "…" not in code]
    return windows + [row.split("   ")[0] for row in listing if row and row != "```"]


@pytest.mark.parametrize("example", _examples())
def test_every_example_is_an_expression(example: str) -> None:
    tree = parse(example, named=NAMED).tree

    assert parse(printed(tree)).tree == tree


def test_all_examples_are_looked_at() -> None:
    assert len(_examples()) > 40
