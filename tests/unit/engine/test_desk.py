"""The call desk: records are opened first, closed always, and by it alone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from engine.accounts import Account
from engine.calls import CallClosed, CallRequest, Disposition, EndCause
from engine.desk import CallDesk, Opening
from engine.errors import DialRefused, NoFreeChannel, StoreError, StoreFull, TelephonyError
from engine.speech import Language
from telephony.memory_line import MemoryLine

YES = 400


@dataclass(frozen=True)
class Outcome:
    fault: str | None = None
    missing: int = 0


@dataclass
class Recorder:
    """Notes what it is told, and what the store knew by then."""

    store: Any
    outcome: Outcome | None = None
    refuses: TelephonyError | None = None
    channels: set[int] = field(default_factory=set)
    closed_rows: list[int] = field(default_factory=list)

    def open(self, channel: int, path: Path) -> None:
        if self.refuses is not None:
            raise self.refuses
        assert channel not in self.channels
        self.channels.add(channel)

    async def close(self, channel: int) -> Outcome | None:
        self.channels.remove(channel)
        self.closed_rows.append(len(self.store.ends))
        return self.outcome


@dataclass
class Office:
    """A desk with all that it works with."""

    engine: Any
    desk: CallDesk
    recorder: Recorder
    closed: list[CallClosed]

    async def whole_call(self, calling: "asyncio.Task[CallClosed]", line: MemoryLine) -> CallClosed:
        """Answer, say yes when the bot has asked, and let it end the call."""
        line.remote_answers()
        await self.engine.run(3.0)
        line.remote_presses("42#")
        for _ in range(50):
            await self.engine.run(0.1)
            if calling.done():
                break
        return await asyncio.wait_for(calling, 10)


@pytest.fixture
def office(kit: Callable[..., Any], interview: Any, account: Account, tmp_path: Path) -> Callable[..., Any]:
    """Return a context manager that opens a desk; ``dialog`` is every call's, None refuses callers."""

    @asynccontextmanager
    async def start(dialog: Any = interview, folder: Path = tmp_path) -> AsyncIterator[Office]:
        async with kit() as engine:
            recorder, closed = Recorder(engine.store), []

            async def meet(line: Any, identified: Any) -> Opening | None:
                return Opening(dialog(), account) if dialog else None

            desk = CallDesk(
                engine.telephone,
                recorder,
                engine.services,
                recordings=folder,
                open_dialog=lambda request: dialog(),
                meet=meet,
                on_closed=closed.append,
            )
            await engine.telephone.start(desk.receive, [engine.listener])
            yield Office(engine, desk, recorder, closed)
            for line in engine.telephone.lines:
                line.remote_ends()
            await desk.settle(5.0)

    return start


@pytest.fixture
def request_(account: Any) -> CallRequest:
    return CallRequest("call-1", "+77000000000", account, "interview", Language.ENGLISH)


async def test_the_record_is_opened_before_the_dial_and_closed_after_the_recording(
    office: Callable[..., Any], request_: CallRequest
) -> None:
    """A call is known before a packet is sent; whoever is told of its end finds everything."""
    async with office() as one:
        dial, opened_at_dial = one.engine.telephone.dial, []

        async def watched(request: CallRequest) -> MemoryLine:
            opened_at_dial.extend(one.engine.store.begins)
            return await dial(request)

        one.engine.telephone.dial = watched
        calling = asyncio.create_task(one.desk.call(request_))
        await one.engine.run(0.1)
        closed = await one.whole_call(calling, one.engine.telephone.lines[0])
        assert one.closed == one.engine.store.ends == [closed]
    (row,) = opened_at_dial
    assert (row.call_id, row.account_id, row.remote) == ("call-1", "A-1", "+77000000000")
    assert row.people == ("Alan Brown", "Alan")
    assert row.recording is not None
    assert row.recording.name == "call-1.wav"
    assert closed.disposition is Disposition.OPERATOR
    assert one.recorder.closed_rows == [0]


async def test_the_record_names_the_version_that_the_call_ran_by(
    office: Callable[..., Any], interview: Any, request_: CallRequest
) -> None:
    """And when the right party was confirmed: once, however long the talk goes on."""

    class Versioned(interview):
        scenario_version = "interview v3"

        def reply(self, heard: Any) -> Any:
            return replace(super().reply(heard), right_party=True)

    async with office(Versioned) as one:
        calling = asyncio.create_task(one.desk.call(request_))
        await one.engine.run(0.1)
        line = one.engine.telephone.lines[0]
        line.remote_answers()
        await one.engine.run(3.0)
        line.remote_presses("1#")
        await one.engine.run(6.0)
        await one.whole_call(calling, line)
        noted = [(event.kind, event.detail) for event in one.engine.store.events]
    assert noted[0] == ("scenario", "interview v3")
    assert noted.count(("right_party", "")) == 1


@pytest.mark.parametrize(
    ("error", "kind"), [(DialRefused("night"), "dial_refused"), (NoFreeChannel("full"), "dial_failed")]
)
async def test_a_dial_that_fails_closes_its_record_and_forgets_its_prompts(
    office: Callable[..., Any], interview: Any, request_: CallRequest, error: TelephonyError, kind: str
) -> None:
    """The debtor's name and debt do not stay in memory for a call that never was."""

    class Foresighted(interview):
        def upcoming(self) -> Any:
            return self.begin().lines

    async with office(Foresighted) as one:

        async def refuse(request: CallRequest) -> MemoryLine:
            raise error

        one.engine.telephone.dial = refuse
        with pytest.raises(type(error)):
            await one.desk.call(request_)
        (end,) = one.engine.store.ends
        assert end.disposition is Disposition.FAILED
        assert one.engine.store.kinds == [kind]
        assert one.closed == []
        assert one.engine.prompter.forgotten == one.engine.prompter.prepared != []


async def test_a_dial_that_breaks_leaves_no_record_open(office: Callable[..., Any], request_: CallRequest) -> None:
    """Even where the error is none of ours."""
    async with office() as one:

        async def breaks(request: CallRequest) -> MemoryLine:
            raise OSError("out of descriptors")

        one.engine.telephone.dial = breaks
        with pytest.raises(OSError, match="descriptors"):
            await one.desk.call(request_)
        assert [end.disposition for end in one.engine.store.ends] == [Disposition.FAILED]


async def test_without_room_for_a_record_nothing_is_dialled_and_callers_are_refused(
    office: Callable[..., Any], request_: CallRequest, caplog: pytest.LogCaptureFixture
) -> None:
    """No call is ever unknown to the store."""
    async with office() as one:
        one.engine.store.refuses = StoreFull("no room")
        with pytest.raises(StoreFull):
            await one.desk.call(request_)
        line = one.engine.telephone.call_in()
        await one.engine.run(0.1)
        assert line.ended
        assert not line.answered
        assert one.engine.telephone.lines == ()
        assert one.recorder.channels == set()
    assert f"call {line.call_id} refused: no room" in caplog.text


async def test_a_folder_that_cannot_be_made_is_an_error_that_names_it(
    office: Callable[..., Any], request_: CallRequest, tmp_path: Path
) -> None:
    """Before anything is dialled."""
    (tmp_path / "file").write_text("")
    async with office(folder=tmp_path / "file") as one:
        with pytest.raises(StoreError, match=str(tmp_path / "file")):
            await one.desk.call(request_)
        assert one.engine.telephone.lines == ()


async def test_a_caller_whom_nobody_meets_is_refused(office: Callable[..., Any]) -> None:
    """Before answer."""
    async with office(dialog=None) as one:
        line = one.engine.telephone.call_in()
        await one.engine.run(0.1)
        assert line.ended
        assert not line.answered
        assert one.engine.store.begins == []


@pytest.mark.parametrize(
    ("outcome", "detail"),
    [
        (Outcome("No space left on device"), "No space left on device"),
        (Outcome(missing=7), "7 frames missing"),
        (Outcome(), None),
        (None, None),
    ],
)
async def test_what_became_of_the_recording_is_in_the_record_before_it_closes(
    office: Callable[..., Any], request_: CallRequest, outcome: Outcome | None, detail: str | None
) -> None:
    """A recording that is not whole is no secret."""
    async with office() as one:
        one.recorder.outcome = outcome
        calling = asyncio.create_task(one.desk.call(request_))
        await one.engine.run(0.1)
        await one.whole_call(calling, one.engine.telephone.lines[0])
        faults = [event.detail for event in one.engine.store.events if event.kind == "recording_fault"]
    assert faults == ([detail] if detail else [])
    assert one.recorder.closed_rows == [0]


async def test_a_call_that_cannot_be_recorded_is_not_held(office: Callable[..., Any]) -> None:
    """Its record says why."""
    async with office() as one:
        one.recorder.refuses = TelephonyError("the recorder was stopped")
        line = one.engine.telephone.call_in()
        await one.engine.run(0.1)
        assert line.ended
        assert not line.answered
        assert one.engine.store.kinds == ["recording_fault"]
        assert [end.disposition for end in one.engine.store.ends] == [Disposition.FAILED]


async def test_a_record_that_cannot_be_closed_keeps_neither_channel_nor_recording(
    office: Callable[..., Any], request_: CallRequest, caplog: pytest.LogCaptureFixture
) -> None:
    """Who placed the call is told; a caller's is logged; the next call can use the channel."""
    async with office() as one:
        one.engine.store.loses = StoreError("the database is gone")
        calling = asyncio.create_task(one.desk.call(request_))
        await one.engine.run(0.1)
        with pytest.raises(StoreError, match="gone"):
            await one.whole_call(calling, one.engine.telephone.lines[0])
        line = one.engine.telephone.call_in()
        await one.engine.run(0.1)
        line.remote_ends()
        await one.engine.run(0.1)
        assert one.recorder.channels == set()
        assert one.closed == []
    assert f"call {line.call_id} was not brought to its end" in caplog.text


async def test_a_disk_that_holds_up_the_record_does_not_hold_up_the_channel(office: Callable[..., Any]) -> None:
    """The line's slot is the next caller's as soon as the line has ended."""
    async with office() as one:
        room = asyncio.Event()
        written = one.engine.store.closed

        async def when_there_is_room(call: CallClosed) -> None:
            await room.wait()
            await written(call)

        one.engine.store.closed = when_there_is_room
        first = one.engine.telephone.call_in()
        await one.engine.run(0.5)
        first.remote_ends()
        await one.engine.run(0.1)
        second = one.engine.telephone.call_in()
        assert second.channel == first.channel
        await one.engine.run(0.5)
        assert second.answered
        assert not second.ended
        second.remote_ends()
        await one.engine.run(0.1)
        room.set()
        await one.desk.settle(5.0)
        assert [end.call_id for end in one.closed] == [first.call_id, second.call_id]


async def test_to_cancel_the_wait_for_a_call_does_not_end_it(office: Callable[..., Any], request_: CallRequest) -> None:
    """It ends with its line, and `settle` waits for its record."""
    async with office() as one:
        calling = asyncio.create_task(one.desk.call(request_))
        await one.engine.run(0.1)
        calling.cancel()
        await one.engine.run(0.1)
        (line,) = one.engine.telephone.lines
        line.remote_ends(EndCause.BUSY, 486)
        await one.desk.settle(5.0)
        assert [(end.disposition, end.sip_status) for end in one.closed] == [(Disposition.BUSY, 486)]
