"""What is wrong with a text that is not YAML, in the words of those who write it."""

import re
from typing import Final

import yaml

_QUOTED: Final = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:''|[^'])*'")
_FACT: Final = re.compile(r"\{[\w.]+(?::\w+)?\}")
_OPENED: Final = re.compile(r"parsing a flow (sequence|mapping)")


def syntax_fault(text: str, error: yaml.MarkedYAMLError) -> tuple[int, int, str]:
    """Return line and column of a fault, from 1, and what it is with its mend.

    Args:
        text: of the whole file.
        error: what the parser said.
    """
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = " ".join(part for part in (error.context, error.problem) if part)
    return line, column, f"not YAML: {_told(text, error, problem, line)}"


def _told(text: str, error: yaml.MarkedYAMLError, problem: str, line: int) -> str:
    lines = text.splitlines()
    here = lines[line - 1] if line <= len(lines) else ""
    if "\\t" in problem:
        return "a tab; indent with spaces, not tabs"
    if fact := _FACT.search(_QUOTED.sub("", here)):
        return f'a text with {fact[0]} in it needs quotes: "… {fact[0]} …"'
    if here.count('"') % 2:
        return 'a text whose quote is not closed; end it with "'
    begun = f"in line {error.context_mark.line + 1}" if error.context_mark else "above"
    if opened := _OPENED.search(problem):
        bracket, end = ("[", "]") if opened[1] == "sequence" else ("{", "}")
        return f"the {bracket} {begun} does not end; close it with {end}, and put texts with : , [ ] {{ }} in quotes"
    if "quoted scalar" in problem:
        return f"the text {begun} is not closed; end it with the quote that it begins with"
    if "mapping values are not allowed" in problem:
        return "a colon that cannot stand here; put a text with a colon in quotes, or check the indentation"
    if "document start" in problem:
        return "the file has ended above; delete a [] or {} there, or check the indentation"
    if "could not find expected ':'" in problem:
        return f"a name without its colon {begun}; write `name: …`"
    return f"{problem}; check indentation, colons and quotes here"
