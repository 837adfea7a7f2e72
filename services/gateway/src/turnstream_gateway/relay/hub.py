"""One subscription for all viewers of this gateway.

Redis announces every append with its bytes. The hub hands announcements to whoever watches the
turn; it promises nothing more. A viewer that was not told something finds it in the log.
"""

import asyncio
from collections import defaultdict
from types import TracebackType
from typing import Any, NamedTuple

from prometheus_client import Gauge
from redis.asyncio import Redis
from turnstream.redis import topology
from turnstream.redis.client import RedisError
from turnstream.redis.event_log import Position
from turnstream.telemetry import get_logger

from turnstream_gateway.relay.subscription import Subscription

log = get_logger(__name__)

WATCHED = Gauge("turnstream_watched_turns", "Turns that this gateway relays.")

_QUEUE = 256
"""Announcements that may wait for one slow viewer; more are dropped and read from the log."""
_RECONNECT = 0.5
"""Seconds between two tries to subscribe again."""
_PATIENCE = 10.0
"""Seconds without any sign of life from Redis after which the subscription is made anew."""


class Announcement(NamedTuple):
    """Entries `first` to `last` of one attempt, as one piece of bytes."""

    first: Position
    last: Position
    kind: str
    frames: bytes


class Watch:
    """One viewer's ear, from `Hub.watch`. Close it: the hub speaks to it until then.

    `None` among what it heard says: look into the log, something may have been missed. It comes
    when the subscription begins, so that whoever looks then has seen all that was not announced.
    """

    __slots__ = ("_deadline", "_due", "_heard", "_hub", "_timer", "_waiter", "channel", "hung_up")

    def __init__(self, hub: "Hub", channel: bytes) -> None:
        self._hub = hub
        self._heard: list[Announcement | None] = []
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = self._due = 0.0  # uvloop does not always tell when a timer is due
        self.channel = channel
        self.hung_up = False
        """True once the viewer is gone, and nobody is left to be told anything."""

    def tell(self, announcement: Announcement | None) -> None:
        """Hand over an announcement; what does not fit becomes a look into the log."""
        if len(self._heard) >= _QUEUE:
            self._heard.clear()
            announcement = None
        self._heard.append(announcement)
        self._wake()

    async def wait(self, timeout: float) -> bool:
        """True when there is something to take, False after `timeout` or when the viewer left."""
        if not self._heard and not self.hung_up:
            # A future and one timer, which goes on from wait to wait: asyncio.timeout would take
            # as long as all the rest.
            loop = asyncio.get_running_loop()
            self._deadline = loop.time() + timeout
            if self._timer is None or self._due > self._deadline:
                self._set_timer(loop)
            self._waiter = loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return bool(self._heard)

    def take(self) -> list[Announcement | None]:
        """Everything heard since the last time, in order."""
        heard, self._heard = self._heard, []
        return heard

    def hang_up(self) -> None:
        """The viewer is gone: nobody needs to wait for anything any more."""
        self.hung_up = True
        self._wake()

    def close(self) -> None:
        """Hear no more. Closing again does nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._hub.forget(self)

    def __enter__(self) -> "Watch":
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._due = loop.call_at(self._deadline, self._time_is_up), self._deadline

    def _time_is_up(self) -> None:
        """Wake, or wait for the rest: the deadline has moved if something came meanwhile."""
        loop = asyncio.get_running_loop()
        self._timer = None
        if loop.time() < self._deadline:
            self._set_timer(loop)
        else:
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Hub:
    """Subscribes while somebody watches, once per turn, and comes back after a lost connection.

    All of it runs on one event loop and nothing here waits, so who watches what and what Redis was
    asked for never disagree: Redis answers the commands of a connection in their order.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._subscription: Subscription | None = None
        self._watches: dict[bytes, set[Watch]] = defaultdict(set)
        self._confirmed: set[bytes] = set()

    @property
    def connected(self) -> bool:
        """True while announcements can arrive."""
        return self._subscription is not None

    def watch(self, turn_id: str) -> Watch:
        """An ear for a turn, which need not exist yet.

        It hears `None` when the subscription stands. Whoever reads the log after that misses
        nothing: what was appended earlier is in the log, what comes later is announced.
        """
        channel = topology.log_channel(turn_id).encode()
        watch, watches = Watch(self, channel), self._watches[channel]
        watches.add(watch)
        if len(watches) == 1:
            WATCHED.inc()
            if self._subscription is not None:
                self._subscription.subscribe(channel)
        if self._subscription is None or channel in self._confirmed:
            watch.tell(None)
        return watch

    def forget(self, watch: Watch) -> None:
        """Tell a watch nothing more."""
        watches = self._watches.get(watch.channel)
        if watches is None or watch not in watches:
            return
        watches.remove(watch)
        if not watches:
            WATCHED.dec()
            del self._watches[watch.channel]
            self._confirmed.discard(watch.channel)
            if self._subscription is not None:
                self._subscription.unsubscribe(watch.channel)

    async def run(self) -> None:
        """Listen until cancelled; connect again whenever the connection is lost."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                log.warning("subscription lost, connecting again", error=str(error))
            except Exception:  # a gateway without its ear answers nobody: never end for a surprise
                log.exception("subscription failed, connecting again")
            await asyncio.sleep(_RECONNECT)

    async def _listen(self) -> None:
        subscription = await Subscription.open(self._redis, self._dispatch)
        try:
            subscription.subscribe(topology.ALWAYS.encode(), *self._watches)
            self._subscription = subscription
            await subscription.listen(_PATIENCE)
        finally:
            self._subscription = None
            self._confirmed.clear()
            await subscription.aclose()

    def _dispatch(self, kind: bytes, channel: bytes, data: Any) -> None:
        watches = self._watches.get(channel)
        if watches is None:
            return
        if kind == b"message":
            self._tell(watches, _parse(data))
        elif kind == b"subscribe":
            # Of a channel that was left and is watched again, this may confirm the earlier time.
            # The look into the log is early then, and the confirmation to come asks for another.
            self._confirmed.add(channel)
            self._tell(watches, None)

    def _tell(self, watches: set[Watch], announcement: Announcement | None) -> None:
        for watch in watches:
            watch.tell(announcement)


def _parse(data: bytes) -> Announcement:
    # Our own script's words, once per append: no pattern needs to be matched.
    head, _, frames = data.partition(b"\n")
    first, last, kind = head.split(b" ")
    start = _place(first)
    return Announcement(start, start if last == first else _place(last), kind.decode(), frames)


def _place(text: bytes) -> Position:
    attempt, seq = text.split(b"-")
    return Position(int(attempt), int(seq))
