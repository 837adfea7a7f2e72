"""A turn's response: how it ends, and what a lost connection is reported as."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import CancelReason
from turnstream.errors import Unavailable
from turnstream_gateway.relay.following.listener import Listener
from turnstream_gateway.relay.streams.disconnects import Disconnects
from turnstream_gateway.relay.streams.open_streams import OpenStreams
from turnstream_gateway.relay.streams.response import TurnResponse
from turnstream_gateway.relay.streams.viewers import Viewers
from turnstream_gateway.relay.viewer import Viewer
from turnstream_gateway.settings import OnDisconnect

PLAIN = Viewer(Owner("default", "alice"), "turn_1", resumable=False, heartbeat=60)
RESUMABLE = Viewer(Owner("default", "alice"), "turn_1", resumable=True, heartbeat=60)
CLIENT_LEFT: Message = {"type": "http.disconnect"}


class PlayedTurns:
    """A store that remembers what it was told, and may be away."""

    def __init__(self, *, away: bool = False) -> None:
        self.told: list[str] = []
        self._away = away

    async def cancel(self, owner: Owner, turn_id: str, reason: CancelReason) -> None:
        self._tell(f"cancel {owner.user} {turn_id} {reason}")

    async def disconnect(self, owner: Owner, turn_id: str) -> None:
        self._tell(f"disconnect {owner.user} {turn_id}")

    def _tell(self, what: str) -> None:
        self.told.append(what)
        if self._away:
            raise Unavailable


class Answer:
    """One answer on its way to a client."""

    def __init__(self, disconnects: Disconnects, viewer: Viewer) -> None:
        self.closed = 0
        self.sent: list[Message] = []
        self.listener = Listener(b"", self._on_close)
        self._leave = asyncio.Event()
        self.response = TurnResponse(
            viewer,
            self.listener,
            self._chunks(),
            Viewers(disconnects),
            OpenStreams(1).add(viewer.owner),
        )

    async def run(self, *, leaves: bool = False, hangs: bool = False) -> None:
        self._hangs = hangs
        if leaves:
            self._leave.set()
        await self.response({"type": "http"}, self._receive, self._send)

    async def _chunks(self) -> AsyncIterator[bytes]:
        yield b"opening"
        if self._leave.is_set():
            await self.listener.wait(60)
            assert self.listener.disconnected
        elif self._hangs:
            await asyncio.Event().wait()
        else:
            yield b"end"

    async def _receive(self) -> Message:
        await self._leave.wait()
        return CLIENT_LEFT

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    def _on_close(self, _: Listener) -> None:
        self.closed += 1


async def lost(
    policy: OnDisconnect, viewer: Viewer, *, stopping: bool = False, away: bool = False
) -> list[str]:
    """What the store is told when a connection is lost within an answer."""
    turns = PlayedTurns(away=away)
    answer = Answer(Disconnects(turns, policy, lambda: stopping), viewer)
    await answer.run(leaves=True)
    await asyncio.sleep(0.01)
    assert answer.closed == 1
    return turns.told


async def test_an_answer_that_came_to_its_end_reports_nothing() -> None:
    """It says what it is, and ends."""
    turns = PlayedTurns()
    answer = Answer(Disconnects(turns, OnDisconnect.CANCEL, lambda: False), PLAIN)

    await answer.run()
    await asyncio.sleep(0.01)

    start, *chunks = answer.sent
    assert dict(start["headers"]) == {
        b"content-type": b"text/event-stream; charset=utf-8",
        b"cache-control": b"no-cache",
        b"x-accel-buffering": b"no",
        b"turn-id": b"turn_1",
    }
    assert [chunk["body"] for chunk in chunks] == [b"opening", b"end", b""]
    assert [chunk["more_body"] for chunk in chunks] == [True, True, False]
    assert (answer.closed, turns.told) == (1, [])


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (OnDisconnect.GRACE, ["disconnect alice turn_1"]),
        (OnDisconnect.CANCEL, ["cancel alice turn_1 disconnect"]),
        (OnDisconnect.CONTINUE, []),
    ],
)
async def test_a_lost_plain_client_is_reported_as_the_policy_has_it(
    policy: OnDisconnect, told: list[str]
) -> None:
    """Once."""
    assert await lost(policy, PLAIN) == told


async def test_a_lost_client_that_can_resume_is_not_reported() -> None:
    """It comes back by itself."""
    assert await lost(OnDisconnect.CANCEL, RESUMABLE) == []


async def test_a_connection_that_we_end_ourselves_is_not_reported() -> None:
    """A gateway that stops does not stop turns."""
    assert await lost(OnDisconnect.CANCEL, PLAIN, stopping=True) == []


async def test_a_store_that_is_away_is_told_in_vain() -> None:
    """The turn goes on; nothing fails for it here."""
    assert await lost(OnDisconnect.GRACE, PLAIN, away=True) == ["disconnect alice turn_1"]


async def test_a_cancelled_answer_is_a_lost_one() -> None:
    """Servers report a client that is gone in different ways."""
    turns = PlayedTurns()
    answer = Answer(Disconnects(turns, OnDisconnect.GRACE, lambda: False), PLAIN)
    running = asyncio.create_task(answer.run(hangs=True))
    await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await asyncio.sleep(0.01)
    assert turns.told == ["disconnect alice turn_1"]
    assert answer.closed == 1
