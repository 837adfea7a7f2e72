"""Short calls to the assistant, answered by whichever worker is free.

docs/decisions/071 says why this is not the broker's own `request`.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

from faststream.redis import RedisBroker
from redis.exceptions import OutOfMemoryError
from turnstream.contracts.ids import new_id
from turnstream.contracts.jobs import CallServer, ServerAnswered, ServerMethod
from turnstream.contracts.turns import Json, RequestContext
from turnstream.errors import OutOfRoom, TimedOut, Unavailable, from_problem
from turnstream.redis import topology
from turnstream.redis.client import RedisError
from turnstream.secrets.credentials import Credentials
from turnstream.telemetry import get_logger

from turnstream_gateway.fair_concurrency import ConcurrencyLimit, ConcurrencyLimiter
from turnstream_gateway.tenants import TenantChoices

log = get_logger(__name__)

CALLS = ConcurrencyLimit(
    "calls_at_once", total=1000, per_user=4, queue=100, timeout=timedelta(seconds=15)
)
"""Calls that may wait for an answer at a time. A page makes one or two; a user who makes more has
them answered four at a time, so that a flood of theirs takes none of the workers from others."""

_ROOM_AGAIN = 5.0
"""Seconds after which a full Redis has room again: the store looks every two, and deletes the logs
of turns that ended."""


class ServerCaller:
    """Sends `CallServer` and waits for the answer on this gateway's reply channel."""

    def __init__(
        self,
        broker: RedisBroker,
        reply_to: str,
        timeout: timedelta,
        tenants: TenantChoices,
        credentials: Credentials,
    ) -> None:
        self._broker = broker
        self._tenants = tenants
        self._credentials = credentials
        self._reply_to = reply_to
        self._timeout = timeout
        self._waiting: dict[str, asyncio.Future[ServerAnswered]] = {}
        self._limiter = ConcurrencyLimiter(CALLS)

    async def call(self, method: ServerMethod, request: Json, context: RequestContext) -> bytes:
        """The JSON document that a method of the assistant answers with.

        Raises what the worker named, `RateLimited` when too many calls of this user wait,
        `Unavailable` when the call can't be sent, `OutOfRoom` when Redis is full, and `TimedOut`
        when no worker answers.
        """
        context = await self._tenants.with_settings(context)
        async with self._limiter.place(context.owner):
            return await self._call(method, request, context)

    async def _call(self, method: ServerMethod, request: Json, context: RequestContext) -> bytes:
        call_id = new_id("call")
        context, sealed = self._credentials.taken_from(context, call_id)
        call = CallServer(
            call_id=call_id,
            method=method,
            request=request,
            context=context,
            credentials=sealed,
            reply_to=self._reply_to,
            timeout=self._timeout,
        )
        future = self._waiting[call_id] = asyncio.get_running_loop().create_future()
        entry = b""
        try:
            entry = await self._broker.publish(
                call, stream=topology.SERVER_CALLS, maxlen=topology.STREAM_LIMIT
            )
            async with asyncio.timeout(self._timeout.total_seconds()):
                answered = await future
        except TimeoutError as error:  # first: it is an OSError too
            if entry:
                await self._take_back(entry)
            raise TimedOut("No assistant answered in time.") from error
        except OutOfMemoryError as error:
            raise OutOfRoom(retry_after=_ROOM_AGAIN) from error
        except (RedisError, OSError) as error:
            raise Unavailable("The call could not be sent.") from error
        finally:
            del self._waiting[call_id]
        if answered.error is not None:
            problem = {"code": answered.error, "detail": answered.detail, **answered.extra}
            raise from_problem(problem, answered.extra.get("retry_after"))
        return (answered.body or "{}").encode()

    async def _take_back(self, entry: bytes) -> None:
        """Delete a call that nobody waits for any more: it may hold a minute of speech."""
        with suppress(RedisError, OSError):  # the store deletes what is old
            client = await self._broker.connect()
            await client.xdel(topology.SERVER_CALLS, entry)

    def deliver(self, answered: ServerAnswered) -> None:
        """Hand an answer to the call that waits; a late one is dropped."""
        future = self._waiting.get(answered.call_id)
        if future is not None and not future.done():
            future.set_result(answered)
