"""Personal data out of contacts: numbers and names, written and spoken, in text and in audio."""

from analytics.redaction.muting import mute
from analytics.redaction.redacting import marked, redact
from analytics.redaction.values import Kind, Redacted, Span

__all__ = ["Kind", "Redacted", "Span", "marked", "mute", "redact"]
