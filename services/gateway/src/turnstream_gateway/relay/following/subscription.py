"""A connection on which Redis announces: every message goes to one function, as it arrives.

redis-py makes the connection, because it knows addresses, TLS and credentials. From then on bytes
go from the socket to the parser and no task wakes for them: a message takes a fraction of the time
that `PubSub.listen` takes. tests/integration/redis/test_subscription.py fails when redis-py changes
what this file knows of it.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol, cast

from hiredis import HiredisError, Reader, pack_command
from redis.asyncio import Redis

from turnstream_gateway.relay.metrics import ROUND_TRIP

OnMessage = Callable[[bytes, bytes, bytes], None]
"""Called with the kind (`subscribe`, `unsubscribe` or `message`), the channel and the data. On a
cluster the kinds are `ssubscribe`, `sunsubscribe` and `smessage`; and `moved`, without a channel,
when the server can't announce on one that it was asked for."""

_OF_ANOTHER = ("MOVED ", "ASK ", "CLUSTERDOWN ", "TRYAGAIN ")
"""How a node of a cluster begins to say that it does not have a channel."""

_LATER = 0.1
"""Seconds in which commands that nobody waits for are gathered into one write."""


class _Connection(Protocol):
    """What is used of redis-py's connection."""

    _writer: asyncio.StreamWriter

    async def connect(self) -> None: ...

    async def disconnect(self, nowait: bool = False) -> None: ...


class SubscriptionLost(ConnectionError):
    """The connection ended, or fell silent, or Redis refused a subscription."""


class Subscription(asyncio.Protocol):
    """Calls `on_message` until the connection is lost, and then never again: make another one.

    Nothing is missed between the `subscribe` message of a channel and the loss.
    """

    def __init__(
        self, connection: _Connection, on_message: OnMessage, *, clustered: bool = False
    ) -> None:
        self._connection = connection
        self._clustered = clustered
        self._on_message = on_message
        self._reader = Reader()
        self._alive = True
        self._asked_at: float | None = None
        self._commands: list[bytes] = []
        self._flush_soon: asyncio.Handle | None = None
        self._flush_later: asyncio.Handle | None = None
        self._loop = asyncio.get_running_loop()
        self._lost: asyncio.Future[None] = self._loop.create_future()
        writer = connection._writer  # noqa: SLF001  # redis-py has no public way to its transport
        self._transport = cast(asyncio.Transport, writer.transport)
        self._transport.set_protocol(self)

    @classmethod
    async def open(
        cls, redis: Redis, on_message: OnMessage, *, clustered: bool = False
    ) -> "Subscription":
        """A connection of its own, outside the client's pool. Raises what redis-py raises.

        `clustered`: to a node of a cluster, which announces what is in its own slots.
        """
        pool = redis.connection_pool
        connection = cast(_Connection, pool.make_connection())  # type: ignore[no-untyped-call]
        await connection.connect()
        # Nothing is subscribed yet, so no byte can be on its way to the protocol we replace.
        return cls(connection, on_message, clustered=clustered)

    def subscribe(self, *channels: bytes) -> None:
        """Ask for channels; each is confirmed by a `subscribe` message."""
        if not self._clustered:
            self._send(b"SUBSCRIBE", *channels)
            return
        for channel in channels:  # those of one command would have to be in one slot
            self._send(b"SSUBSCRIBE", channel)

    def unsubscribe(self, *channels: bytes) -> None:
        """Ask for channels no more."""
        if not self._clustered:
            self._queue(b"UNSUBSCRIBE", *channels)
        for channel in channels if self._clustered else ():
            self._queue(b"SUNSUBSCRIBE", channel)
        if self._flush_later is None:
            self._flush_later = self._loop.call_later(_LATER, self._flush)

    async def listen(self, timeout: float) -> None:
        """Wait until the connection is lost: always raises `SubscriptionLost`.

        Redis is asked for a sign of life every `timeout` seconds; without any it counts as lost.
        """
        while self._alive:
            self._alive = False
            self._asked_at = time.monotonic()
            self._send(b"PING")
            done, _ = await asyncio.wait({self._lost}, timeout=timeout)
            if done:
                self._lost.result()
        raise SubscriptionLost("Redis fell silent.")

    async def aclose(self) -> None:
        """Close the connection."""
        if not self._lost.done():
            self._lost.cancel()
        await self._connection.disconnect(nowait=True)

    def data_received(self, data: bytes) -> None:
        """Part of asyncio.Protocol."""
        self._alive = True
        try:
            self._reader.feed(data)
            while (message := self._reader.gets()) is not False:
                self._take(message)
        except HiredisError as error:
            self._lose(error)

    def connection_lost(self, error: Exception | None) -> None:
        """Part of asyncio.Protocol."""
        self._lose(error)

    def _take(self, message: object) -> None:
        if isinstance(message, list) and len(message) == 3:
            self._on_message(*message)
        elif isinstance(message, list) and self._asked_at is not None:  # the answer to a PING
            ROUND_TRIP.observe(time.monotonic() - self._asked_at)
            self._asked_at = None
        elif isinstance(message, HiredisError):
            if self._clustered and str(message).startswith(_OF_ANOTHER):
                self._on_message(b"moved", b"", str(message).encode())
            else:
                self._lose(message)

    def _lose(self, error: Exception | None) -> None:
        if not self._lost.done():
            reason = str(error) if error else "Redis closed the connection."
            self._lost.set_exception(SubscriptionLost(reason))
        self._transport.close()

    def _send(self, *words: bytes) -> None:
        """Behind what is queued, and what requests have to send in this round of the loop."""
        self._queue(*words)
        if self._flush_soon is None:
            self._flush_soon = self._loop.call_soon(self._flush)

    def _queue(self, *words: bytes) -> None:
        command = pack_command(words)  # type: ignore[arg-type]  # its stub knows one word only
        self._commands.append(command)

    def _flush(self) -> None:
        for flush in (self._flush_soon, self._flush_later):
            if flush is not None:
                flush.cancel()
        self._flush_soon = self._flush_later = None
        if not self._transport.is_closing():  # if it is, nobody misses them: who follows asks again
            self._transport.write(b"".join(self._commands))
        self._commands.clear()
