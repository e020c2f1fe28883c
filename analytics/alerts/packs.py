"""A pack of alerts: what is looked for in every contact, and who is told. README.md shows one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from analytics.categories import CategoryPack, shipped_categories
from analytics.expressions import Expression
from analytics.packs import Entry, digest_of, read_file


@dataclass(frozen=True, slots=True)
class Alert:
    """What is looked for.

    Args:
        name: unique in its pack.
        when: the expression that must hold of a contact.
        url: that is told: https.
        quotes: the words are told too, redacted; without it only where they stand.
        place: ``file:line:column`` of the URL.
    """

    name: str
    when: Expression
    url: str
    quotes: bool
    place: str


@dataclass(frozen=True, slots=True)
class AlertPack:
    """All alerts.

    Args:
        alerts: by name.
        digest: of the file and of the wordings that it may use.
    """

    alerts: Mapping[str, Alert]
    digest: str


def read_alerts(source: Path, categories: CategoryPack | None = None) -> AlertPack:
    """Read a pack.

    Args:
        source: the file.
        categories: whose names its expressions may use; those that ship by default.

    Raises:
        PackError: it is wrong; the message names file, line, column and the mend.
    """
    file, known = read_file(source), categories or shipped_categories()
    [root] = file.root.fields(("alerts",)).values()
    alerts = [_alert(name, body, known.named) for name, body in root.pairs()]
    return AlertPack(MappingProxyType({one.name: one for one in alerts}), digest_of(file.digest, known.digest))


def _alert(name: Entry, body: Entry, named: Mapping[str, Expression]) -> Alert:
    fields = body.fields(("when", "send_to"), ("quotes",))
    url = fields["send_to"]
    parts = urlsplit(url.string())
    if parts.scheme != "https" or not parts.hostname:
        url.fail("write an address such as https://quality.bank.example/hooks/voicebot; only https is told anything")
    return Alert(
        name.name(),
        fields["when"].expression(named),
        url.string(),
        fields["quotes"].flag() if "quotes" in fields else False,
        url.place,
    )
