"""One subscription connection for all viewers of this gateway.

Redis announces every append with its bytes. The hub hands announcements to whoever watches the
turn; it promises nothing more. A viewer that was not told something finds it in the log.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from prometheus_client import Gauge
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from turnstream import topology
from turnstream.event_log import Position
from turnstream.redis_client import RedisError
from turnstream.telemetry import get_logger

log = get_logger(__name__)

WATCHED = Gauge("turnstream_watched_turns", "Turns that this gateway relays.")

_QUEUE = 256
"""Announcements that may wait for one slow viewer; more are dropped and read from the log."""
_RECONNECT = 0.5
"""Seconds between two tries to subscribe again."""
_CONFIRMATION = 2.0
"""Seconds a subscription may take; after that the viewer goes on with the log alone."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Entries `first` to `last` of one attempt, as one piece of bytes."""

    first: Position
    last: Position
    kind: str
    frames: bytes


class Watch:
    """One viewer's ear. `None` in the queue says: look into the log, something was missed."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Announcement | None] = asyncio.Queue(_QUEUE)

    def tell(self, announcement: Announcement | None) -> None:
        """Hand over an announcement; what does not fit becomes a look into the log."""
        if self._queue.full():
            while not self._queue.empty():
                self._queue.get_nowait()
            announcement = None
        self._queue.put_nowait(announcement)

    async def next(self, timeout: float) -> Announcement | None:
        """The next announcement; None when the log must be looked at, also after `timeout`."""
        try:
            async with asyncio.timeout(timeout):
                return await self._queue.get()
        except TimeoutError:
            return None


class Hub:
    """Subscribes while somebody watches, once per turn, and comes back after a lost connection."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._pubsub: PubSub | None = None
        self._watches: dict[str, set[Watch]] = defaultdict(set)
        self._confirmed: dict[str, asyncio.Event] = {}

    @property
    def connected(self) -> bool:
        """True while announcements can arrive."""
        return self._pubsub is not None

    @asynccontextmanager
    async def watch(self, turn_id: str) -> AsyncIterator[Watch]:
        """An ear for a turn. When it is open, nothing announced later is missed without a `None`.

        Open it first and read the log second: then no entry can fall between the two.
        """
        channel, watch = topology.log_channel(turn_id), Watch()
        watches = self._watches[channel]
        watches.add(watch)
        WATCHED.set(len(self._watches))
        try:
            if len(watches) == 1:
                await self._subscribe(channel)
            elif channel in self._confirmed:
                await self._wait_for(channel)
            yield watch
        finally:
            watches.discard(watch)
            if not watches and self._watches.get(channel) is watches:
                del self._watches[channel]
                WATCHED.set(len(self._watches))
                await asyncio.shield(self._unsubscribe(channel))

    async def run(self) -> None:
        """Listen until cancelled; connect again whenever the connection is lost."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                log.warning("subscription lost, connecting again", error=str(error))
            except Exception:  # a gateway without its ear answers nobody: never end for a surprise
                log.exception("subscription failed, connecting again")
            finally:
                await self._disconnect()
            await asyncio.sleep(_RECONNECT)

    async def _listen(self) -> None:
        pubsub = self._redis.pubsub()
        self._pubsub = pubsub
        await pubsub.subscribe(topology.ALWAYS, *self._watches)
        for watches in list(self._watches.values()):
            for watch in watches:
                watch.tell(None)
        async for message in pubsub.listen():
            self._dispatch(message)

    async def _disconnect(self) -> None:
        pubsub, self._pubsub = self._pubsub, None
        if pubsub is not None:
            with suppress(RedisError, OSError):  # it is broken: that is why it is closed
                await pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py

    def _dispatch(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode()
        if message["type"] == "subscribe":
            confirmed = self._confirmed.pop(channel, None)
            if confirmed is not None:
                confirmed.set()
        elif message["type"] == "message" and channel in self._watches:
            announcement = _parse(message["data"])
            for watch in self._watches[channel]:
                watch.tell(announcement)

    async def _subscribe(self, channel: str) -> None:
        pubsub = self._standing()
        if pubsub is None:
            return
        self._confirmed[channel] = asyncio.Event()
        with suppress(RedisError, OSError):  # the listener connects again, with every channel
            await pubsub.subscribe(channel)
            await self._wait_for(channel)

    async def _wait_for(self, channel: str) -> None:
        confirmed = self._confirmed.get(channel)
        if confirmed is not None:
            with suppress(TimeoutError):  # viewers then learn of news a heartbeat later
                async with asyncio.timeout(_CONFIRMATION):
                    await confirmed.wait()

    async def _unsubscribe(self, channel: str) -> None:
        pubsub = self._standing()
        if pubsub is not None and channel not in self._watches:
            with suppress(RedisError, OSError):  # a new connection asks for what is watched only
                await pubsub.unsubscribe(channel)

    def _standing(self) -> PubSub | None:
        """The subscription, if its connection stands. A broken one is the listener's to replace:
        redis-py would connect again for whoever speaks first, while the listener still reads.
        """
        pubsub = self._pubsub
        connection: Any = pubsub.connection if pubsub is not None else None
        return pubsub if connection is not None and connection.is_connected else None


def _parse(data: bytes) -> Announcement:
    head, _, frames = data.partition(b"\n")
    first, last, kind = head.decode().split(" ")
    return Announcement(Position.parse(first), Position.parse(last), kind, frames)
