"""Logging, set up once a process: to stderr, with ids and figures but no personal data.

Nothing that we log may hold a name, a telephone number or what was said. As a second line of defence the formatter
masks whatever looks like a telephone, identity, account or card number, tracebacks included.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal

MASK = "[number]"
MIN_DIGITS = 10
"""Ten digits is a national number in Kazakhstan and Russia; shorter runs are counts, ports and samples."""

# Digits, two at most apart by a single separator or bracket; part of no word or hyphenated id, and no ISO date.
_NUMBER = re.compile(r"(?<![\w-])(?!\d{4}-\d\d-\d\d)\+?\(?\d(?:[ \u00a0()-]{0,2}\d){9,18}(?![\w-])")
_QUIET = (
    *(
        "alembic",
        "faster_whisper",
        "fontTools",
        "httpcore2",
        "httpx2",
        "huggingface_hub",
        "matplotlib",
        "PIL",
        "pymorphy3",
        "uvicorn",
    ),
    "websockets",
)


def mask(text: str) -> str:
    """Return the text with every run of ten digits or more replaced, as telephone numbers are written."""
    return _NUMBER.sub(MASK, text)


class MaskingFormatter(logging.Formatter):
    """Lines for people: time in UTC, level, logger, message."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """Return the time in UTC, ISO 8601 with milliseconds."""
        return _instant(record)

    def format(self, record: logging.LogRecord) -> str:
        """Return the whole line, traceback included, masked."""
        return mask(super().format(record))


class JsonFormatter(MaskingFormatter):
    """One JSON object a line: ``at``, ``level``, ``logger``, ``message`` and, where there is one, ``error``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object, its texts masked."""
        line = {
            "at": _instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": mask(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def configure(level: str, form: Literal["text", "json"]) -> None:
    """Send all logging of this process to stderr.

    Args:
        level: least level written: debug, info, warning or error; libraries speak from warning up.
        form: lines for people, or one JSON object a line.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else MaskingFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _instant(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds")
