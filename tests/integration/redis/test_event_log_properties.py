"""Whatever happens to a log and its viewers, each gets every event once and in order.

Or it is told to start over, and then gets all of it. Hypothesis chooses what happens; the server
and the network decide how it interleaves.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from turnstream.contracts.turns import TurnStatus
from turnstream.redis import topology
from turnstream.redis.client import command_client, listening_client
from turnstream.redis.event_log import EventLog, Kind, Position
from turnstream.redis.log_servers import one_server
from turnstream_devstack.servers import EmbeddedValkey, ephemeral
from turnstream_gateway.relay.following import hub as hub_module
from turnstream_gateway.relay.following import listener as listener_module
from turnstream_gateway.relay.following import pauses
from turnstream_gateway.relay.following.announcers import one_announcer
from turnstream_gateway.relay.following.hub import Hub
from turnstream_gateway.relay.relay import Relay

from tests.integration.redis.log_viewers import (
    FROM_STORE,
    TURN,
    PlayedStore,
    Watcher,
    Writer,
    events_of,
    stop,
)
from tests.support.left_open import left_open

LONGEST = 20.0
"""Seconds for every viewer to see the end; with the short silence below it takes a tenth."""
FUTURE = Position(900, 1)

_viewer = st.integers(0, 5)
_happening = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 30)),
    st.tuples(st.just("takeover"), st.just(0)),
    st.tuples(st.just("zombie"), st.just(0)),
    st.tuples(st.just("lose"), st.just(0)),
    st.tuples(st.just("cut"), st.just(0)),
    st.tuples(st.just("join"), st.integers(0, 9)),
    st.tuples(st.just("leave"), _viewer),
    st.tuples(st.just("back"), _viewer),
    st.tuples(st.just("sleep"), _viewer),
    st.tuples(st.just("wake"), _viewer),
    st.tuples(st.just("rest"), st.integers(0, 30)),
)
_ending = st.sampled_from(["closed", "closed", "never closed", "closed and lost"])


class Life:
    """One turn's log from its opening to its end, with everybody who watches."""

    def __init__(self, url: str) -> None:
        self._redis, self._listening = command_client(url), listening_client(url)
        self._store = PlayedStore()
        self._log = EventLog(one_server(self._redis))
        self._hub = Hub(one_announcer(self._listening))
        self._relay = Relay(self._log, self._store)
        self.writer = Writer(self._log, 1, [])
        self._zombies: list[Writer] = []
        self.viewers: list[Watcher] = []
        self._whole = True
        """Until the log is lost once, or never closed: till then the store need tell nothing."""

    async def live(self, happenings: list[tuple[str, int]], ending: str) -> None:
        """Go through it all, and judge every viewer."""
        listening = asyncio.create_task(self._hub.run())
        try:
            await self._redis.delete(topology.log_key(TURN))
            await self.writer.open()
            await self.join(0)
            for name, number in happenings:
                await getattr(self, name)(number)
            await self._end(ending)
            for viewer in self.viewers:
                self._judge(viewer)
        finally:
            for viewer in self.viewers:
                await viewer.disconnect()
            await stop(listening)
            await self._redis.aclose()
            await self._listening.aclose()

    async def append(self, count: int) -> None:
        await self.writer.append(count)

    async def takeover(self, _: int) -> None:
        self._zombies.append(self.writer)
        earlier = await self._log.read_all(TURN)
        self.writer = Writer(self._log, self.writer.attempt + 1, earlier)
        await self.writer.open()

    async def zombie(self, _: int) -> None:
        for zombie in self._zombies:
            assert await zombie.is_refused(), f"attempt {zombie.attempt} still writes"

    async def lose(self, _: int) -> None:
        self._whole = False
        await self._redis.delete(topology.log_key(TURN))

    async def cut(self, _: int) -> None:
        await self._redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")  # type: ignore[no-untyped-call]

    async def join(self, place: int) -> None:
        """A new viewer: from the start, from some position, or from one that never was."""
        kept = [entry.position for entry in self.writer.kept]
        start = None if place < 3 else FUTURE if place > 8 else kept[place * len(kept) // 10]
        viewer = Watcher(start)
        viewer.connect(self._relay, self._hub)
        self.viewers.append(viewer)

    async def leave(self, index: int) -> None:
        await self._any(index).disconnect()

    async def back(self, index: int) -> None:
        viewer = self._any(index)
        if viewer.task is not None and viewer.task.done() and not viewer.ends:
            viewer.connect(self._relay, self._hub)

    async def sleep(self, index: int) -> None:
        self._any(index).awake.clear()

    async def wake(self, index: int) -> None:
        self._any(index).awake.set()

    async def rest(self, milliseconds: int) -> None:
        await asyncio.sleep(milliseconds / 1000)

    def _any(self, index: int) -> Watcher:
        return self.viewers[index % len(self.viewers)]

    async def _end(self, ending: str) -> None:
        self._store.status = TurnStatus.COMPLETED
        if ending == "never closed":
            self._whole = False
        else:
            await self.writer.append(1, Kind.end(TurnStatus.COMPLETED))
        if ending == "closed and lost":
            await self.lose(0)
        for index, viewer in enumerate(self.viewers):
            viewer.awake.set()
            await self.back(index)
        async with asyncio.timeout(LONGEST):
            await asyncio.gather(*(viewer.task for viewer in self.viewers if viewer.task))

    def _judge(self, viewer: Watcher) -> None:
        assert viewer.complaints == []
        assert viewer.ends == ["completed"]
        if not self._whole and viewer.restarts and viewer.events == FROM_STORE:
            return
        kept = self.writer.kept
        known = viewer.start is None or viewer.start in {entry.position for entry in kept}
        assert known, f"{viewer.start} is not in the log, and no restart was marked"
        assert viewer.events == events_of(kept, viewer.start)


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    """A server of our own, whose clients may be cut off, and a relay that is quick to doubt."""
    with ephemeral(EmbeddedValkey) as valkey, pytest.MonkeyPatch.context() as patched:
        for name, seconds in (("SILENCE", 0.05), ("ASK_AFTER", 0.15), ("MISSING", 0.05)):
            patched.setattr(pauses, name, seconds)
        patched.setattr(hub_module, "RECONNECT", timedelta(seconds=0.02))
        patched.setattr(listener_module, "_QUEUE", 3)
        yield valkey.url


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(happenings=st.lists(_happening, max_size=25), ending=_ending)
def test_every_viewer_gets_every_event_once_and_in_order(
    redis: str, happenings: list[tuple[str, Any]], ending: str
) -> None:
    """Or a marked restart, behind which the same is true."""
    with left_open():  # the server cuts clients off all the time
        asyncio.run(Life(redis).live(happenings, ending))
