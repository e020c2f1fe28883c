"""Who meets a caller: lines, hours, and directories that are slow, broken or sure of nobody."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from config.accounts import AccountBook
from config.directory import FileDirectory, HttpDirectory
from config.inbound import InboundDesk, default_line, staff
from config.sections import Inbound, InboundLine
from dialogs.library.library import Library
from dialogs.library.serving import Serving
from engine.accounts import Account, Money, Person
from engine.calls import Direction
from engine.clock import VirtualClock
from engine.desk import Opening
from engine.errors import DirectoryError, SettingsError
from engine.speech import Language
from telephony.memory_line import MemoryLine

Bank = Callable[..., AbstractContextManager[tuple[str, list[Any]]]]

ROW = {
    "account_id": "A-4711",
    "phone": "77010000001",
    "full_name": "Alex Sample",
    "given_name": "Alex",
    "language": "en",
    "creditor": "Example Bank",
    "product": {"en": "loan", "ru": "кредита", "kk": "несие"},
    "debt": "45000.00",
    "least_promise": "5000",
    "days_past_due": 12,
    "due_date": "2026-11-10",
}
NO_LIBRARY = Library(Path("/nonexistent"))
NOON = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""A Monday, 12:00 in Almaty."""


def account(
    account_id: str = "A-4711", language: Language = Language.ENGLISH, creditor: str = "Example Bank"
) -> Account:
    person = Person("Alex Sample", "Alex", language, "77010000001")
    product = {Language.ENGLISH: "loan", Language.RUSSIAN: "кредита", Language.KAZAKH: "несие"}
    return Account(account_id, person, creditor, product, Money.of(45000), 12, date(2026, 11, 10), Money.of(5000))


class Slow:
    """A directory that answers when the test lets it."""

    def __init__(self, answer: Sequence[Account] | Exception = ()) -> None:
        self.answer, self.may = answer, asyncio.Event()

    async def of_caller(self, number: str) -> Sequence[Account]:
        await self.may.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def caller(called: str = "+77270000000", remote: str = "77010000001") -> MemoryLine:
    return MemoryLine("call-1", 0, Direction.INBOUND, remote, called)


def desk(directory: Any, *lines: InboundLine, now: datetime = NOON) -> InboundDesk:
    staffed = staff(lines or [LINE], Serving(NO_LIBRARY, ["soft_collection"]))
    return InboundDesk(staffed, directory, VirtualClock(now), person_on_hand=lambda: False)


LINE = InboundLine(number="77270000000", creditor="Example Bank")


async def met(inbound: InboundDesk, line: MemoryLine, found: list[str] | None = None) -> Opening | None:
    return await inbound.meet(
        line, lambda account, dialog: (found if found is not None else []).append(account.account_id)
    )


async def test_the_number_that_was_dialled_chooses_the_line() -> None:
    """With or without a plus; the star takes every other, and without it a stranger's number is nobody's."""
    directory = FileDirectory(AccountBook({}, {"77010000001": (account(),)}))
    other = InboundLine(number="*", creditor="Other Bank")
    inbound = desk(directory, LINE, other)
    for called, bank in (("77270000000", "Example Bank"), ("+77270000000", "Example Bank"), ("bot", "Other Bank")):
        opening = await met(inbound, caller(called))
        assert opening is not None
        assert bank in opening.dialog.begin().lines[0].text
    assert await met(desk(directory, LINE), caller("77279999999")) is None


async def test_a_known_caller_is_greeted_in_the_debtors_language_and_noted() -> None:
    """The record learns whose call it is when the scenario takes over."""
    found: list[str] = []
    opening = await met(desk(FileDirectory(AccountBook({}, {"77010000001": (account(),)}))), caller(), found)
    assert opening is not None
    assert opening.dialog.begin().language is Language.ENGLISH
    move = opening.dialog.no_input()
    assert (move.state, found) == ("right_party", ["A-4711"])
    assert "Alex Sample" in move.lines[0].text


async def test_a_slow_directory_does_not_keep_the_telephone_ringing() -> None:
    """The call is met at once in the line's own language, and goes on when the answer is there."""
    directory = Slow([account(language=Language.KAZAKH)])
    opening = await asyncio.wait_for(met(desk(directory), caller()), 2)
    assert opening is not None
    assert opening.dialog.begin().language is Language.RUSSIAN
    assert opening.dialog.no_input().state == "reception.wait"
    directory.may.set()
    await asyncio.sleep(0.01)
    assert opening.dialog.no_input().language is Language.KAZAKH


@pytest.mark.parametrize("error", [DirectoryError("down"), RuntimeError("a fault of ours")])
async def test_a_directory_that_fails_costs_no_call(error: Exception) -> None:
    """Whatever it raised."""
    directory = Slow(error)
    directory.may.set()
    opening = await met(desk(directory), caller())
    assert opening is not None
    opening.dialog.begin()
    assert opening.dialog.no_input().state == "reception.fault"


async def test_strangers_are_answered_or_refused_as_the_line_says() -> None:
    """Refused only where that is known before the call is answered."""
    nobody = FileDirectory(AccountBook({}, {}))
    opening = await met(desk(nobody), caller())
    assert opening is not None
    refusing = LINE.model_copy(update={"unknown": "refuse"})
    assert await met(desk(nobody, refusing), caller()) is None
    assert await met(desk(Slow(), refusing), caller()) is not None


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        (NOON, True),
        (datetime(2026, 11, 23, 2, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 28, 7, 0, tzinfo=UTC), False),
        (datetime(2026, 12, 16, 7, 0, tzinfo=UTC), False),
    ],
)
async def test_hours_are_the_lines_own(now: datetime, is_open: bool) -> None:
    """Local time, weekends without hours and closed days."""
    line = InboundLine.model_validate(
        LINE.model_dump() | {"weekday_hours": "08:00-20:00", "closed_days": ["2026-12-16"]}
    )
    directory = FileDirectory(AccountBook({}, {}))
    opening = await met(desk(directory, line, now=now), caller())
    assert opening is not None
    assert opening.dialog.begin().state == ("reception.greeting" if is_open else "reception.closed")
    refusing = line.model_copy(update={"closed": "refuse"})
    assert (await met(desk(directory, refusing, now=now), caller()) is None) is not is_open


def test_a_line_of_its_own_needs_one_creditor() -> None:
    """Else it could not say whose line it is."""
    one, two = account(), account("A-2", creditor="Other Bank")
    assert default_line(AccountBook({"A-4711": one}, {}), "soft_collection").creditor == "Example Bank"
    with pytest.raises(SettingsError, match=r"2 creditors: say in \[\[inbound.lines\]\]"):
        default_line(AccountBook({"A-4711": one, "A-2": two}, {}), "soft_collection")


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"directory_url": "http://accounts.bank.example/{number}"}, "must begin with https://"),
        ({"directory_url": "https://accounts.bank.example/"}, "must hold {number} once"),
        ({"lines": [LINE.model_dump(), {"number": "+77270000000", "creditor": "B"}]}, "has two lines"),
    ],
)
def test_settings_that_cannot_work_are_refused(values: dict[str, Any], complaint: str) -> None:
    """Numbers travel encrypted, and each has one line."""
    with pytest.raises(ValueError, match=complaint):
        Inbound.model_validate(values)


async def test_the_banks_own_system_is_asked_by_e164_digits(bank: Bank) -> None:
    """With the token, whatever way the number was shown."""
    with bank(200, json.dumps([ROW]).encode()) as (url, asked):
        found = await HttpDirectory(url + "/by-phone/{number}", "secret", 5.0).of_caller("8 701 000-00-01")
    assert [one.account_id for one in found] == ["A-4711"]
    assert asked == [("GET", "/by-phone/77010000001", "Bearer secret", b"")]


@pytest.mark.parametrize(
    ("status", "body", "headers", "complaint"),
    [
        (500, b"", {}, "the directory answered 500"),
        (302, b"", {"Location": "http://127.0.0.1:9/"}, "the directory answered 302"),
        (200, b"not json", {}, "the directory's answer"),
        (200, json.dumps([ROW | {"phone": "x"}]).encode(), {}, r"account 1: phone: write 7 to 15 digits"),
        (200, b"[" + b" " * (1 << 20) + b"]", {}, "more than 1 MB"),
    ],
)
async def test_a_wrong_answer_is_a_failure_without_personal_data(
    bank: Bank, status: int, body: bytes, headers: dict[str, str], complaint: str
) -> None:
    """Redirections are not followed: they would take the number elsewhere."""
    with (
        bank(status, body, headers) as (url, _),
        pytest.raises(DirectoryError, match=complaint) as raised,
    ):
        await HttpDirectory(url + "/{number}", None, 5.0).of_caller("77010000042")
    assert "77010000042" not in str(raised.value)


@asynccontextmanager
async def odd_bank(*pieces: bytes) -> AsyncIterator[str]:
    """Run a bank's system that sends these bytes whatever it is asked, the last of them until nobody takes it."""
    answering: list[asyncio.Task[Any] | None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.append(asyncio.current_task())
        with suppress(ConnectionError):
            for piece in itertools.chain(pieces, itertools.repeat(pieces[-1])):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/{{number}}"
        await asyncio.wait_for(asyncio.gather(*filter(None, answering)), 2)


async def test_what_speaks_no_http_is_a_failure_without_personal_data() -> None:
    """Its first line may be a row of the accounts."""
    async with odd_bank(json.dumps([ROW]).encode() + b"\r\n") as url:
        with pytest.raises(DirectoryError, match="does not speak HTTP") as raised:
            await HttpDirectory(url, None, 5.0).of_caller("77010000042")
    assert "Alex" not in str(raised.value)


async def test_a_system_that_trickles_or_hangs_keeps_no_thread_of_the_engine() -> None:
    """Connections are given up with the lookups (which the bank waits for), and other work goes on meanwhile."""
    async with odd_bank(b"HTTP/1.0 200 OK\r\n\r\n", b" ") as url:
        directory = HttpDirectory(url, None, 0.5)
        lookups = [asyncio.create_task(directory.of_caller("77010000042")) for _ in range(16)]
        await asyncio.sleep(0.1)
        await asyncio.wait_for(asyncio.to_thread(lambda: None), 0.3)
        for lookup in lookups:
            with pytest.raises(DirectoryError, match=r"within 0\.5 s"):
                await lookup


async def test_an_unknown_number_is_nobody_and_a_dead_system_a_failure(bank: Bank) -> None:
    """404 means nobody; no answer in time, or nobody listening, means that it cannot be known."""
    with bank(404, b"") as (url, _):
        assert await HttpDirectory(url + "/{number}", None, 5.0).of_caller("77010000001") == ()
    with pytest.raises(DirectoryError, match="cannot be reached"):
        await HttpDirectory(url + "/{number}", None, 5.0).of_caller("77010000001")
    for nobody in ("anonymous", "\N{ARABIC-INDIC DIGIT SEVEN}" * 11):
        assert await HttpDirectory(url + "/{number}", None, 5.0).of_caller(nobody) == ()
