"""Wildcards: ``*`` stands for any letters, none too. No regular expression, so none that takes for ever."""


def fits(pattern: str, word: str) -> bool:
    """Whether a word is what a pattern describes; in time linear in the word for each ``*``."""
    first, *middle = pattern.split("*")
    if not middle:
        return word == pattern
    last = middle.pop()
    if len(word) < len(first) + len(last) or not word.startswith(first) or not word.endswith(last):
        return False
    at, end = len(first), len(word) - len(last)
    for part in middle:
        found = word.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
