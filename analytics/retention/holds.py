"""Legal holds: what must not be deleted while a court, an auditor or a complaint needs it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from analytics.packs import read_file


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold.

    Args:
        hold_id: of the case; no name.
        first: the day from which it holds.
        last: the last day; None until it is lifted.
        contacts: ids; empty is every contact.
    """

    hold_id: str
    first: date
    last: date | None
    contacts: frozenset[str]

    def keeps(self, contact_ids: Collection[str], on: date) -> bool:
        """Whether it keeps what belongs to some contacts on a day."""
        running = self.first <= on and (self.last is None or on <= self.last)
        return running and (not self.contacts or not self.contacts.isdisjoint(contact_ids))


def read_holds(path: Path) -> tuple[Hold, ...]:
    """Read holds: a list of `hold`, `from`, `to` (left out while it runs), `contacts` (a list of ids, or `all`).

    Raises:
        PackError: the file cannot be read or is laid out otherwise; the message names line, column and the mend.
    """
    holds: list[Hold] = []
    for entry in read_file(path).root.items():
        fields = entry.fields(("hold", "from", "contacts"), ("to",))
        hold_id = fields["hold"].string()
        if any(one.hold_id == hold_id for one in holds):
            fields["hold"].fail(f"hold `{hold_id}` stands twice; join their contacts")
        whole = fields["contacts"]
        everything = isinstance(whole.node, yaml.ScalarNode) and whole.string() == "all"
        contacts = frozenset() if everything else frozenset(one.string() for one in whole.items())
        last = fields["to"].day() if "to" in fields else None
        holds.append(Hold(hold_id, fields["from"].day(), last, contacts))
    return tuple(holds)
