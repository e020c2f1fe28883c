"""What the recognition benchmarks share: texts in one spelling, word errors, and the result file."""

import json
import os
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.hardware import hardware
from engine.speech import Language
from engine.spoken import number_in_words

RESULTS = Path(__file__).parent / "results"

_FULL_FORMS = {
    "i'm": "i am", "i'll": "i will", "she'll": "she will", "it's": "it is", "that's": "that is", "let's": "let us",
    "don't": "do not", "can't": "cannot", "didn't": "did not", "doesn't": "does not", "you're": "you are",
    "we're": "we are", "won't": "will not", "ok": "okay", "alright": "all right", "1st": "first", "2nd": "second",
    "3rd": "third", "4th": "fourth", "5th": "fifth", "6th": "sixth", "10th": "tenth", "15th": "fifteenth",
    "20th": "twentieth", "23rd": "twenty third", "30th": "thirtieth", "voice-mail": "voicemail", "e-mail": "email",
}  # fmt: skip


def spelled(text: str, language: str) -> list[str]:
    """Return a text's words in one spelling: lower case, no punctuation, numbers and English short forms in words."""
    words: list[str] = []
    thousands = r"(?<=\d),(?=\d{3})" if language == "en" else r"(?<=\d)[,.\s](?=\d{3}\b)"
    for raw in re.sub(thousands, "", text.lower().replace("’", "'").replace("ё", "е")).split():
        whole = raw.strip('.,!?;:$"()«»…-')
        for word in re.findall(r"\w+", _FULL_FORMS.get(whole, whole).replace("'", "")):
            number = word.isdigit() and len(word) < 10 and language in set(Language)
            words += number_in_words(int(word), Language(language)).replace("-", " ").split() if number else [word]
    return [word for word in words if word != "and"]


def errors(expected: Sequence[str], heard: Sequence[str]) -> int:
    """Return how many words, or letters of two texts, must be put in, taken out or changed (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for index, word in enumerate(expected, 1):
        corner, row[0] = row[0], index
        for column, other in enumerate(heard, 1):
            corner, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, corner + (word != other))
    return row[-1]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of all lies, to three digits."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)


def save(name: str, module: str, figures: dict[str, Any]) -> None:
    """Write figures with command, date and hardware to the results, and print them."""
    print(keep(name, module, figures))  # noqa: T201


def keep(name: str, module: str, figures: dict[str, Any]) -> str:
    """Write figures with command, date and hardware to the results, and return what was written."""
    body = {
        "command": " ".join(["python", "-m", module, *sys.argv[1:]]),
        "date": datetime.now(UTC).date().isoformat(),
        "hardware": hardware(),
        "load_1min": round(os.getloadavg()[0], 2),
        **figures,
    }
    text = json.dumps(body, indent=2, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return text
