"""One subscription to each server of event logs, for all viewers of this gateway.

Redis announces every append with its bytes. The hub hands announcements to the listeners of the
turn and promises nothing more: an announcement that a viewer missed is in the log.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import stamina
from turnstream.redis import topology
from turnstream.redis.client import UNREACHABLE
from turnstream.redis.event_log import Position
from turnstream.telemetry import get_logger

from turnstream_gateway.relay.following.announcers import Announcers
from turnstream_gateway.relay.following.listener import Announcement, Listener
from turnstream_gateway.relay.following.subscription import Subscription
from turnstream_gateway.relay.metrics import WATCHED

log = get_logger(__name__)

RECONNECT = timedelta(seconds=0.5)
"""The least time between two tries to subscribe again; jitter adds up to as much."""
_TIMEOUT = 10.0
"""Seconds without any sign of life from Redis after which the subscription is made anew."""
LOOK = 5.0
"""Seconds after which servers are asked who they are, if nothing said that it has changed."""
_AT_ONCE = 0.1
_MESSAGE, _SUBSCRIBED = (b"message", b"smessage"), (b"subscribe", b"ssubscribe")


@dataclass(slots=True)
class _WatchedTurn:
    """A turn with listeners, and where its announcements are asked for."""

    turn_id: str
    listeners: set[Listener] = field(default_factory=set)
    server: str | None = None
    confirmed: bool = False
    """Whether the server has said that it announces."""

    def moved(self) -> None:
        """No server announces this turn for now: its viewers read the log."""
        self.server, self.confirmed = None, False


class Hub:
    """Subscribes to each turn that has a listener, and subscribes again after a lost connection.

    Everything runs on one event loop and nothing here waits, so the listeners and the channels that
    servers were asked for never disagree. There is a connection to each server that announces; a
    turn is asked for where its log is, and on a cluster that may move.
    """

    def __init__(self, announcers: Announcers) -> None:
        self._announcers = announcers
        self._subscriptions: dict[str, Subscription] = {}
        self._watched: dict[bytes, _WatchedTurn] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()

    @property
    def connected(self) -> bool:
        """True while a server announces to this gateway."""
        return bool(self._subscriptions)

    def listen(self, turn_id: str) -> Listener:
        """A listener of a turn, which need not exist yet.

        `None` comes when the subscription is confirmed, and at once while no server is connected.
        A viewer that reads the log after a confirmation misses nothing: earlier entries are in the
        log, later ones are announced.
        """
        channel = topology.log_channel(turn_id).encode()
        listener = Listener(channel, self._forget)
        watched = self._watched.get(channel)
        if watched is None:
            watched = self._watched[channel] = _WatchedTurn(turn_id)
            WATCHED.inc()
            self._ask(channel, watched)
        watched.listeners.add(listener)
        if watched.server is None or watched.confirmed:
            listener.push(None)
        return listener

    async def run(self) -> None:
        """Listen until cancelled; connect again whenever a connection is lost, and log it.

        Whatever the reason: a gateway without its subscription answers nobody.
        """
        try:
            while True:
                await self._look()
                self._changed.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK):
                        await self._changed.wait()
                await asyncio.sleep(_AT_ONCE)  # one look for all that is said at once
        finally:
            for keeper in self._keepers.values():
                keeper.cancel()
            if self._keepers:
                await asyncio.wait(self._keepers.values())

    async def _look(self) -> None:
        """Follow the servers that there are now, and ask for each turn where it is now."""
        try:
            await self._announcers.look()
        except UNREACHABLE as error:
            log.warning("servers of event logs cannot be listed", error=str(error))
        servers = self._announcers.servers
        for server in servers - self._keepers.keys():
            self._keepers[server] = asyncio.create_task(self._keep(server))
        for server in self._keepers.keys() - servers:
            self._keepers.pop(server).cancel()
        for channel, watched in self._watched.items():
            home = self._announcers.of(watched.turn_id)
            before = self._subscriptions.get(watched.server or "")
            if before is not None and watched.server != home:
                before.unsubscribe(channel)
                watched.moved()
            if not watched.confirmed:
                self._ask(channel, watched)

    async def _keep(self, server: str) -> None:
        """Listen to one server until cancelled."""
        reconnecting = stamina.retry(
            on=Exception,
            attempts=None,
            timeout=None,
            wait_initial=RECONNECT,
            wait_max=2 * RECONNECT,
            wait_jitter=RECONNECT,
            wait_exp_base=1,
        )
        await reconnecting(self._listen)(server)

    async def _listen(self, server: str) -> None:
        try:
            subscription = await self._announcers.open(server, self._dispatch)
        except UNREACHABLE:
            self._changed.set()  # it may have been replaced
            raise
        try:
            self._subscriptions[server] = subscription
            if not self._announcers.clustered:
                subscription.subscribe(topology.ALWAYS.encode())
            for channel, watched in self._watched.items():
                if self._announcers.of(watched.turn_id) == server:
                    self._ask(channel, watched)
            await subscription.listen(_TIMEOUT)
        finally:
            del self._subscriptions[server]
            for watched in self._watched.values():
                if watched.server == server:
                    watched.moved()
            self._changed.set()
            await subscription.aclose()

    def _ask(self, channel: bytes, watched: _WatchedTurn) -> None:
        """Subscribe to a turn at its server; do nothing while that is not connected."""
        home = self._announcers.of(watched.turn_id)
        subscription = self._subscriptions.get(home or "")
        if subscription is not None:
            watched.server = home
            subscription.subscribe(channel)

    def _dispatch(self, kind: bytes, channel: bytes, data: bytes) -> None:
        if kind == b"moved":
            self._changed.set()
            return
        watched = self._watched.get(channel)
        if watched is None:
            return
        if kind in _MESSAGE:
            _push(watched.listeners, _parse(data))
        elif kind in _SUBSCRIBED:
            # Of a channel that was left and asked for again, this may confirm the earlier time.
            # The look into the log is early then, and the confirmation to come asks for another.
            watched.confirmed = True
            _push(watched.listeners, None)
        elif kind == b"sunsubscribe":  # the slot went to another node, or we left and came back
            watched.confirmed = False
            self._changed.set()

    def _forget(self, listener: Listener) -> None:
        """Announce nothing more to a listener."""
        watched = self._watched.get(listener.channel)
        if watched is None or listener not in watched.listeners:
            return
        watched.listeners.remove(listener)
        if not watched.listeners:
            WATCHED.dec()
            del self._watched[listener.channel]
            subscription = self._subscriptions.get(watched.server or "")
            if subscription is not None:
                subscription.unsubscribe(listener.channel)


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
