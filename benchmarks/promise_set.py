"""The published set of promises to pay: conversations, and what was promised at their end.

The format and the rules by which it is annotated: tests/data/promises/README.md, whose table of counts
``python -m benchmarks.promise_set`` prints.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, TypeAdapter, ValidationError

from analytics.conversation import Role
from dialogs.documents import Document, Steps, read_document
from engine.accounts import Currency
from engine.speech import Language

SET: Final = Path(__file__).parents[1] / "tests/data/promises"
HEADER: Final = "| Language | Split | All | Clean | Recognised | Bot | Agent | Without a promise | Promises |"

_UNHEARD = re.compile(r"[^\w '-]|[\d_]")
"""What a recogniser without punctuation does not write."""
_CLOSED = re.compile(r"[.!?…—]»?$")
_LONGEST = timedelta(days=400)

_Amount = Annotated[StrictInt, Field(gt=0)]
_Index = Annotated[StrictInt, Field(ge=0)]
_Text = Annotated[str, Field(min_length=1, pattern=r"^\S(.*\S)?$")]


class Split(StrEnum):
    """Which part: whoever builds the extractor reads the first two and never the last."""

    DEVELOPMENT = "development"
    TRAINING = "training"
    HELD_OUT = "heldout"


_SHORT: Final[dict[str, str]] = {Split.HELD_OUT: "held", Split.TRAINING: "train"}


class Kind(StrEnum):
    """Who wrote the words down: a careful person, or something like a telephone recogniser."""

    CLEAN = "clean"
    RECOGNISED = "recognised"


class Topic(StrEnum):
    """What a conversation tries above all; those of `WITHOUT_PROMISE` end without one."""

    FULL = "full"
    PART = "part"
    NO_SUM = "no_sum"
    NO_DAY = "no_day"
    SEVERAL = "several"
    CORRECTED = "corrected"
    READ_BACK = "read_back"
    ACCEPTED = "accepted"
    CONDITIONAL = "conditional"
    RANGE = "range"
    OTHER_PAYER = "other_payer"
    ALREADY_PAID = "already_paid"
    UNSURE = "unsure"
    REFUSED = "refused"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    PAST = "past"
    OTHER_DEBT = "other_debt"
    OTHER_DAY = "other_day"
    COUNTERCLAIM = "counterclaim"
    IRONY = "irony"
    STRANGER = "stranger"
    HARDSHIP = "hardship"
    DISPUTE = "dispute"
    QUESTION = "question"
    CUT_OFF = "cut_off"


WITHOUT_PROMISE: Final = frozenset(Topic) - {
    Topic.FULL,
    Topic.PART,
    Topic.NO_SUM,
    Topic.NO_DAY,
    Topic.SEVERAL,
    Topic.CORRECTED,
    Topic.READ_BACK,
    Topic.ACCEPTED,
    Topic.CONDITIONAL,
    Topic.RANGE,
    Topic.OTHER_PAYER,
}


class PromiseSetError(ValueError):
    """A file of the set is not as its README says; the message has a line ``file:line:column: mend`` for each fault."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Version(_Model):
    """What the client undertook at one moment: minor units, a day, and the index of his line."""

    amount: _Amount | None
    date: date | None
    line: _Index


class Promise(Version):
    """A promise as it stands at the end.

    Args:
        by: whose words named it: ``bank`` where the client only agreed.
        confirmed_by: index of the line that said yes to a read-back of it.
        condition: the event on which it hangs, in the words of the call.
        superseded: what it replaced, oldest first.
    """

    by: Literal["client", "bank"]
    confirmed_by: _Index | None = None
    condition: _Text | None = None
    superseded: tuple[Version, ...] = ()


class AnnotatedConversation(_Model):
    """One conversation with its promises.

    Args:
        id: language, ``dev``, ``train`` or ``held``, three digits.
        kind: clean or as recognised.
        bank: who speaks for the bank.
        topic: what it tries above all.
        called_at: the client's local time.
        currency: of all its sums.
        debt: minor units.
        due_now: minor units that are overdue, where that is not the whole debt.
        note: what is tricky.
        lines: role and text, in order.
        promises: in the order in which they were made.
    """

    id: Annotated[str, Field(pattern=r"^(ru|kk|en)-(dev|train|held)-\d{3}$")]
    kind: Kind
    bank: Literal[Role.BOT, Role.AGENT]
    topic: Topic
    called_at: AwareDatetime
    currency: Currency
    debt: _Amount
    due_now: _Amount | None = None
    note: _Text | None = None
    lines: Annotated[tuple[tuple[Role, _Text], ...], Field(min_length=1)]
    promises: tuple[Promise, ...]


_FILE: Final = TypeAdapter(tuple[AnnotatedConversation, ...])


def path_of(language: Language, split: Split) -> Path:
    """Return where one file of the set lies."""
    return SET / split / f"{language}.yaml"


def load(path: Path) -> tuple[AnnotatedConversation, ...]:
    """Read and check one file.

    Raises:
        PromiseSetError: it is not as the README says.
        engine.errors.ScenarioError: it cannot be read, or is no YAML.
    """
    document = read_document(path)
    try:
        conversations = _FILE.validate_python(document.data)
    except ValidationError as error:
        faults = [document.problem(fault["loc"], fault["msg"]) for fault in error.errors()]
        raise PromiseSetError("\n".join(faults)) from None
    found = [document.problem(steps, message) for steps, message in _faults(conversations, document)]
    if found:
        raise PromiseSetError("\n".join(found))
    return conversations


def counts(language: Language, split: Split, conversations: Sequence[AnnotatedConversation]) -> str:
    """Return a file's row in the README's table."""
    cells = [
        language,
        split,
        len(conversations),
        *(sum(one.kind is kind for one in conversations) for kind in Kind),
        *(sum(one.bank is role for one in conversations) for role in (Role.BOT, Role.AGENT)),
        sum(not one.promises for one in conversations),
        sum(len(one.promises) for one in conversations),
    ]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _faults(conversations: Sequence[AnnotatedConversation], document: Document) -> Iterator[tuple[Steps, str]]:
    path = Path(document.label)
    prefix = f"{path.stem}-{_SHORT.get(path.parent.name, 'dev')}-"
    seen: set[str] = set()
    for index, one in enumerate(conversations):
        if one.id in seen or not one.id.startswith(prefix):
            yield (index, "id"), f"{one.id} stands twice or does not begin with {prefix}; number it anew"
        seen.add(one.id)
        if bool(one.promises) is (one.topic in WITHOUT_PROMISE):
            yield (
                (index, "topic"),
                f"{one.topic} with {len(one.promises)} promises; see the topics in the README",
            )
        if one.due_now is not None and one.due_now >= one.debt:
            yield (index, "due_now"), "not less than the debt; leave it out where the whole debt is due"
        for number, (role, text) in enumerate(one.lines):
            if role is not Role.CLIENT and role is not one.bank:
                yield (index, "lines", number), f"the bank's side is {one.bank} here"
            if reason := _misspelt(text, one.kind):
                yield (index, "lines", number), reason
        for number, promise in enumerate(one.promises):
            for steps, message in _promise_faults(one, promise):
                yield (index, "promises", number, *steps), message


def _misspelt(text: str, kind: Kind) -> str | None:
    if kind is Kind.CLEAN:
        return None if _CLOSED.search(text) else "a clean line ends like a sentence, or with … where it was cut off"
    if text != text.lower() or _UNHEARD.search(text):
        return "a recognised line is in lower case, without punctuation or digits"
    return None


def _promise_faults(one: AnnotatedConversation, promise: Promise) -> Iterator[tuple[Steps, str]]:
    versions: list[tuple[Steps, Version]] = [((), promise)]
    versions += [(("superseded", number), version) for number, version in enumerate(promise.superseded)]
    for steps, version in versions:
        if version.line >= len(one.lines):
            yield (*steps, "line"), f"there is no line {version.line}; the last is {len(one.lines) - 1}"
        elif one.lines[version.line][0] is not Role.CLIENT:
            yield (*steps, "line"), f"line {version.line} is not the client's"
        if version.line > promise.line:
            yield (*steps, "line"), f"superseded after line {promise.line}, in which it was finally said"
        if version.amount is None and version.date is None:
            yield steps, "neither a sum nor a day is no promise"
        if version.amount is not None and version.amount > one.debt:
            yield (*steps, "amount"), "more than the debt; amounts are minor units"
        today = one.called_at.date()
        if version.date is not None and not today <= version.date <= today + _LONGEST:
            yield (*steps, "date"), f"before the call of {today}, or more than {_LONGEST.days} days after it"
        if version is not promise and (version.amount, version.date) == (promise.amount, promise.date):
            yield steps, "superseded by the same sum and day"
    if promise.confirmed_by is not None and not promise.line < promise.confirmed_by < len(one.lines):
        yield ("confirmed_by",), f"not a line after {promise.line}, in which it was finally said"


def main() -> None:
    """Print the table of counts."""
    sys.stdout.write(f"{HEADER}\n|{'---|' * (HEADER.count('|') - 1)}\n")
    for language in Language:
        for split in Split:
            if (path := path_of(language, split)).exists():
                sys.stdout.write(f"{counts(language, split, load(path))}\n")


if __name__ == "__main__":
    main()
