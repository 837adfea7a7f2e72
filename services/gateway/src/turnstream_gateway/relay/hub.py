"""One subscription for all viewers of this gateway.

Redis announces every append with its bytes. The hub hands announcements to the listeners of the
turn and promises nothing more: an announcement that a viewer missed is in the log.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

import stamina
from prometheus_client import Gauge
from redis.asyncio import Redis
from turnstream.redis import topology
from turnstream.redis.event_log import Position

from turnstream_gateway.relay.listener import Announcement, Listener
from turnstream_gateway.relay.subscription import Subscription

WATCHED = Gauge("turnstream_watched_turns", "Turns that this gateway relays.")

RECONNECT = timedelta(seconds=0.5)
"""Between two tries to subscribe again, with as much of jitter."""
_PATIENCE = 10.0
"""Seconds without any sign of life from Redis after which the subscription is made anew."""


class Hub:
    """Subscribes to each turn that has a listener, and subscribes again after a lost connection.

    Everything runs on one event loop and nothing here waits, so the listeners and the channels that
    Redis was asked for never disagree.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._subscription: Subscription | None = None
        self._listeners: defaultdict[bytes, set[Listener]] = defaultdict(set)
        self._confirmed: set[bytes] = set()

    @property
    def connected(self) -> bool:
        """True while Redis announces to this gateway."""
        return self._subscription is not None

    def listen(self, turn_id: str) -> Listener:
        """A listener of a turn, which need not exist yet.

        Its first announcement is `None`, when the subscription stands. A viewer that reads the log
        after that misses nothing: what was appended earlier is in the log, what comes later is
        announced.
        """
        channel = topology.log_channel(turn_id).encode()
        listener, listeners = Listener(channel, self._forget), self._listeners[channel]
        listeners.add(listener)
        if len(listeners) == 1:
            WATCHED.inc()
            if self._subscription is not None:
                self._subscription.subscribe(channel)
        if self._subscription is None or channel in self._confirmed:
            listener.push(None)
        return listener

    async def run(self) -> None:
        """Listen until cancelled; connect again whenever the connection is lost, and log it.

        Whatever the reason: a gateway without its subscription answers nobody.
        """
        reconnecting = stamina.retry(
            on=Exception,
            attempts=None,
            timeout=None,
            wait_initial=RECONNECT,
            wait_max=2 * RECONNECT,
            wait_jitter=RECONNECT,
            wait_exp_base=1,
        )
        await reconnecting(self._listen)()

    async def _listen(self) -> None:
        subscription = await Subscription.open(self._redis, self._dispatch)
        try:
            subscription.subscribe(topology.ALWAYS.encode(), *self._listeners)
            self._subscription = subscription
            await subscription.listen(_PATIENCE)
        finally:
            self._subscription = None
            self._confirmed.clear()
            await subscription.aclose()

    def _dispatch(self, kind: bytes, channel: bytes, data: bytes) -> None:
        listeners = self._listeners.get(channel)
        if listeners is None:
            return
        if kind == b"message":
            _push(listeners, _parse(data))
        elif kind == b"subscribe":
            # Of a channel that was left and asked for again, this may confirm the earlier time.
            # The look into the log is early then, and the confirmation to come asks for another.
            self._confirmed.add(channel)
            _push(listeners, None)

    def _forget(self, listener: Listener) -> None:
        """Announce nothing more to a listener."""
        listeners = self._listeners.get(listener.channel)
        if listeners is None or listener not in listeners:
            return
        listeners.remove(listener)
        if not listeners:
            WATCHED.dec()
            del self._listeners[listener.channel]
            self._confirmed.discard(listener.channel)
            if self._subscription is not None:
                self._subscription.unsubscribe(listener.channel)


def _push(listeners: Iterable[Listener], announcement: Announcement | None) -> None:
    for listener in listeners:
        listener.push(announcement)


def _parse(data: bytes) -> Announcement:
    # Our own script's words, once per append: no pattern needs to be matched.
    head, _, frames = data.partition(b"\n")
    first, last, kind = head.split(b" ")
    start = _position(first)
    return Announcement(start, start if last == first else _position(last), kind.decode(), frames)


def _position(text: bytes) -> Position:
    attempt, seq = text.split(b"-")
    return Position(int(attempt), int(seq))
