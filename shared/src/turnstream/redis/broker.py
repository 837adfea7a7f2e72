"""The FastStream broker of a service, and the loop that keeps its subscribers alive."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from faststream.middlewares import AckPolicy
from faststream.redis import RedisBroker, RedisStreamMessage, StreamSub
from faststream.redis.prometheus import RedisPrometheusMiddleware
from prometheus_client import REGISTRY
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from turnstream.settings import Settings
from turnstream.telemetry import get_logger

log = get_logger(__name__)

SUPERVISION = timedelta(seconds=1)
"""How often dead subscribers are looked for: about as long as a flushed Redis stops a service."""
_POLL = timedelta(seconds=1)
"""Length of one blocking read; must stay below the socket timeout, or every read looks dead."""
_SOCKET_TIMEOUT = 15.0

Group = tuple[str, str]
"""A stream and a consumer group on it."""


def build_broker(settings: Settings) -> RedisBroker:
    """A broker with limits, retries and metrics. Connects when it is started."""
    return RedisBroker(
        settings.redis_url,
        max_connections=200,
        socket_timeout=_SOCKET_TIMEOUT,
        socket_connect_timeout=2,
        health_check_interval=15,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
        middlewares=[RedisPrometheusMiddleware(registry=REGISTRY)],
        graceful_timeout=1.0,
        logger=None,  # type: ignore[arg-type]  # documented as "no logging"; the stub forgot it
    )


def queue(stream: str, group: str, consumer: str) -> StreamSub:
    """One message at a time from a consumer group: a full service leaves the rest to others.

    Reading it acknowledges it: it is a wake-up, and what it is about is kept elsewhere.
    """
    return StreamSub(
        stream,
        group=group,
        consumer=consumer,
        no_ack=True,
        max_records=1,
        polling_interval=int(_POLL.total_seconds() * 1000),
    )


def inbox(stream: str) -> StreamSub:
    """Everything ever added to a stream that only this process reads, in order."""
    return StreamSub(stream, last_id="0-0", max_records=100, polling_interval=1000)


MANUAL = AckPolicy.MANUAL
"""Handlers delete a message themselves as they take it: a stranded entry helps nobody."""


async def ensure_groups(broker: RedisBroker, groups: Iterable[Group]) -> None:
    """Make the consumer groups from the beginning of their streams, where they are missing.

    From the beginning, because FastStream's own would skip what was published before the first
    consumer ever started.
    """
    client = await broker.connect()
    for stream, group in groups:
        with suppress(ResponseError):  # BUSYGROUP: it is there already
            await client.xgroup_create(stream, group, id="0", mkstream=True)


async def keep_consuming(broker: RedisBroker, groups: Iterable[Group]) -> None:
    """Start the subscribers, and again whenever a lost consumer group stopped one. Never returns.

    FastStream ends a stream subscriber for good when its group is gone, which is what a flushed
    or replaced Redis looks like; handlers that have begun are not touched by that.
    """
    groups = list(groups)
    while True:
        try:
            if not all(subscriber.running for subscriber in broker.subscribers):
                await ensure_groups(broker, groups)
                for subscriber in broker.subscribers:
                    if not subscriber.running:
                        await subscriber.stop()  # half a start leaves it deaf to the next one
                        await subscriber.start()
                        log.info("subscriber started", subscriber=str(subscriber))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("redis does not answer, subscribers wait", error=str(error))
        await asyncio.sleep(SUPERVISION.total_seconds())


def consuming(broker: RedisBroker) -> bool:
    """True when every subscriber runs: what a readiness check must ask."""
    return all(subscriber.running for subscriber in broker.subscribers)


def current_message(broker: RedisBroker) -> RedisStreamMessage:
    """The message whose handler runs.

    Handlers do not take it as a parameter: fast-depends looks that up in a thread, for every one.
    """
    message: RedisStreamMessage = broker.context.get_local("message")
    return message


async def entry_age(broker: RedisBroker, message: RedisStreamMessage) -> timedelta:
    """How long a message has been in its stream, by the clock of Redis, which also stamped it."""
    client = await broker.connect()
    seconds, microseconds = await client.time()
    entered = int(message.raw_message["message_ids"][0].split(b"-")[0])
    return timedelta(milliseconds=seconds * 1000 + microseconds / 1000 - entered)


def grouped(broker: RedisBroker) -> list[Any]:
    """The subscribers that take work from a consumer group: what a drain stops first."""
    subscribers: list[Any] = list(broker.subscribers)
    return [
        each for each in subscribers if getattr(each, "stream_sub", None) and each.stream_sub.group
    ]
