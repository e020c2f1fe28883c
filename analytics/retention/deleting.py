"""Deletion of what is due, each with its proof."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from analytics.retention.ledger import Ledger
from analytics.retention.planning import Decision, Kept, Verdict
from engine.errors import StoreError


@dataclass(frozen=True, slots=True)
class Deletion:
    """What became of one item.

    Args:
        item: that was due.
        failed: why it is still there; None when it is gone.
    """

    item: Kept
    failed: str | None


def delete(
    decisions: Iterable[Decision], remove: Callable[[Kept], None], ledger: Ledger, by: str
) -> Iterator[Deletion]:
    """Delete what is due, one after the other; what cannot be deleted is told, and the rest goes on.

    Args:
        decisions: of `plan`; those that are not due are left alone.
        remove: deletes an item for good; deleting one that is gone already does nothing.
        ledger: where each deletion is noted before it begins and when it is over.
        by: who asks for it, for the ledger: an account of this machine, no name of a person.

    Raises:
        OSError: the ledger cannot be written: nothing is deleted without proof.
        LedgerBroken: the ledger was changed.
    """
    for decision in decisions:
        if decision.verdict is not Verdict.DUE:
            continue
        item = decision.item
        begun = ledger.begin(item.item_id, item.record.value, decision.because, by)
        try:
            remove(item)
        except (OSError, StoreError) as error:
            yield Deletion(item, (error.strerror if isinstance(error, OSError) else None) or str(error))
            continue
        ledger.finish(begun)
        yield Deletion(item, None)
