"""The FastStream broker of a service, and the loop that restarts its subscribers."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from faststream.middlewares import AckPolicy
from faststream.redis import PubSub, RedisBroker, RedisSentinelBroker, RedisStreamMessage, StreamSub
from faststream.redis.prometheus import RedisPrometheusMiddleware
from faststream.redis.subscriber.usecases import StreamSubscriber
from prometheus_client import REGISTRY
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from turnstream.redis.addresses import Kind, address
from turnstream.redis.client import of_sentinels
from turnstream.redis.publishing import PublishLimiter
from turnstream.redis.signatures import Signatures
from turnstream.settings import Settings
from turnstream.telemetry import get_logger

log = get_logger(__name__)

SUPERVISION = timedelta(seconds=1)
"""How often dead subscribers are looked for: about as long as a flushed Redis stops a service."""
_POLL = timedelta(seconds=5)
"""Length of one blocking read, which a message ends at once: at rest, how often a subscriber asks
again. Must stay well below the socket timeout, or every read looks dead."""
_POLL_MS = int(_POLL.total_seconds() * 1000)
_SOCKET_TIMEOUT = 15.0
_CONNECTIONS = 200
"""More than subscribers and publishing need together: the pool raises when it has no more."""
_PUBLISHING = 64
"""Messages published at a time: more than one event loop keeps busy. The others wait in line."""

Group = tuple[str, str]
"""A stream and a consumer group on it."""


def build_broker(settings: Settings) -> RedisBroker:
    """A broker with limits, retries, metrics and signatures. Connects when it is started.

    With Sentinels each connection is made to whatever they call the master then.
    """
    where = address(settings.redis_url)
    options: dict[str, Any] = {
        "max_connections": _CONNECTIONS,
        "socket_timeout": _SOCKET_TIMEOUT,
        "socket_connect_timeout": 2,
        "health_check_interval": 15,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
        "retry_on_error": [RedisConnectionError, RedisTimeoutError],
        "middlewares": [
            RedisPrometheusMiddleware(registry=REGISTRY),
            Signatures(settings.key_ring),
            PublishLimiter(_PUBLISHING, _SOCKET_TIMEOUT),
        ],
        "graceful_timeout": 1.0,
        "logger": None,
    }
    if where.kind is Kind.SENTINEL:
        return RedisSentinelBroker(
            where.url,
            sentinels=where.hosts,
            sentinel_master_name=where.master,
            sentinel_kwargs=of_sentinels(where),
            **options,
        )
    return RedisBroker(where.url, **options)


def queue(stream: str, group: str, consumer: str) -> StreamSub:
    """Messages of a consumer group, one at a time: a busy service leaves the rest to others.

    Reading a message acknowledges it. It is only a wake-up; the fact is kept elsewhere.
    """
    return StreamSub(
        stream,
        group=group,
        consumer=consumer,
        no_ack=True,
        max_records=1,
        polling_interval=_POLL_MS,
    )


def inbox(stream: str) -> StreamSub:
    """Everything ever added to a stream that only this process reads, in order."""
    return StreamSub(stream, last_id="0-0", max_records=100, polling_interval=_POLL_MS)


def channel(name: str) -> PubSub:
    """What is said on a channel while this process listens."""
    return PubSub(name, polling_interval=_POLL.total_seconds())


MANUAL = AckPolicy.MANUAL
"""The handler deletes its message when it begins: an entry left behind would be read by nobody."""


async def ensure_groups(broker: RedisBroker, groups: Iterable[Group]) -> None:
    """Create the missing consumer groups, from the beginning of their streams.

    A group that FastStream creates would skip what was published before its first consumer.
    """
    client = await broker.connect()
    for stream, group in groups:
        with suppress(ResponseError):  # BUSYGROUP: it exists
            await client.xgroup_create(stream, group, id="0", mkstream=True)


async def keep_consuming(broker: RedisBroker, groups: Iterable[Group]) -> None:
    """Start the subscribers, and start each one again that stopped. Never returns.

    FastStream ends a stream subscriber for good when its consumer group is gone, as after a flush
    or a replacement of Redis (docs/decisions/071). Handlers that have begun go on.
    """
    groups = list(groups)
    while True:
        try:
            if not all(subscriber.running for subscriber in broker.subscribers):
                await ensure_groups(broker, groups)
                for subscriber in broker.subscribers:
                    if not subscriber.running:
                        await (
                            subscriber.stop()
                        )  # after half a start, `start()` alone would do nothing
                        await subscriber.start()
                        log.info("subscriber started", subscriber=str(subscriber))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("redis unreachable, subscribers retried", error=str(error))
        await asyncio.sleep(SUPERVISION.total_seconds())


async def stop_broker(broker: RedisBroker) -> None:
    """Stop the subscribers and close the connections, also while Redis is away: then there is
    nobody to take leave of.
    """
    try:
        await broker.stop()
    except* (RedisError, OSError) as errors:
        log.warning("redis does not answer, subscribers are left", error=str(errors.exceptions[0]))


def consuming(broker: RedisBroker) -> bool:
    """True when every subscriber runs. Readiness checks ask it."""
    return all(subscriber.running for subscriber in broker.subscribers)


async def reaches_redis(broker: RedisBroker) -> bool:
    """Whether Redis answers this service. Readiness checks ask it."""
    try:
        client = await broker.connect()
        return bool(await client.ping())
    except (RedisError, OSError):
        return False


def current_message(broker: RedisBroker) -> RedisStreamMessage:
    """The message whose handler runs.

    Handlers ask here instead of taking a parameter, which fast-depends would look up in a thread
    for every message.
    """
    message: RedisStreamMessage = broker.context.get_local("message")
    return message


async def entry_age(broker: RedisBroker, message: RedisStreamMessage) -> timedelta:
    """How long a message has been in its stream, by the clock of Redis at both ends."""
    client = await broker.connect()
    seconds, microseconds = await client.time()
    entered = int(message.raw_message["message_ids"][0].split(b"-")[0])
    return timedelta(milliseconds=seconds * 1000 + microseconds / 1000 - entered)


def grouped(broker: RedisBroker) -> list[StreamSubscriber]:
    """The subscribers that take work from a consumer group. A draining service stops them first."""
    streams = (each for each in broker.subscribers if isinstance(each, StreamSubscriber))
    return [each for each in streams if each.stream_sub.group]
