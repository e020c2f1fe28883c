"""The words of the report, in the reader's language."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

from engine.speech import Language


class Wording:
    """Texts by key.

    Args:
        language: the reader's.
    """

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values.

        Raises:
            KeyError: there is no such text.
        """
        return _texts()[key][self.language].format(**values)

    def named(self, kind: str, name: str) -> str:
        """Return the name of something, such as a segment; one that has no words of ours is itself."""
        return self(f"{kind}_{name}") if self.names(kind, name) else name

    def names(self, kind: str, name: str) -> bool:
        """Return whether something has a name of ours."""
        return f"{kind}_{name}" in _texts()

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number as it is written in the language."""
        text = f"{value:,.{digits}f}".replace("-", "\N{MINUS SIGN}")
        if self.language is Language.ENGLISH:
            return text
        return text.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")

    def percent(self, share: float) -> str:
        """Return a share as a whole percentage."""
        gap = "" if self.language is Language.ENGLISH else "\N{NO-BREAK SPACE}"
        return f"{self.number(100 * share)}{gap}%"


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    text = (files("analytics.insights") / "data" / "report.yaml").read_text("utf-8")
    return {key: value for key, value in yaml.safe_load(text).items() if isinstance(value, dict)}
