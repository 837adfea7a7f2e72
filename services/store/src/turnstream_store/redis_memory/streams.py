"""Streams of jobs and calls end where their readers stand.

The service that takes an entry deletes it. Here goes what a reader left that died in between, and
calls that nobody took before their callers gave up.
"""

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError
from turnstream.errors import Unavailable
from turnstream.redis import topology

from turnstream_store.sweeper import SweeperServices

STREAMS = (topology.JOBS, topology.TOOL_CALLS, topology.SERVER_CALLS)
_CALLS = (topology.TOOL_CALLS, topology.SERVER_CALLS)

_Id = tuple[int, int]
"""An entry's id: milliseconds by the clock of Redis, and a number."""
_NOTHING: _Id = (0, 0)


async def trim_streams(services: SweeperServices) -> bool:
    """Delete what every consumer group was given, and calls that are too old.

    Groups read with NOACK: what one was given is given to nobody again, and its last delivered id
    only grows. So an id that was read a moment ago is still after the group when the stream is
    trimmed, whatever is read, added or trimmed by another store meanwhile. A group that is made
    anew begins at the oldest entry there is, and nothing that was never given is gone.
    """
    try:
        oldest_call = await _expired(services.jobs)
        for stream in STREAMS:
            given = await _given(services.jobs, stream)
            milliseconds, number = max(given, oldest_call) if stream in _CALLS else given
            await services.jobs.xtrim(
                stream, minid=f"{milliseconds}-{number + 1}", approximate=False
            )
    except (RedisError, OSError) as error:
        raise Unavailable(f"Redis: {error}") from error
    return False


async def _given(redis: Redis, stream: str) -> _Id:
    """The last entry that all groups of a stream were given."""
    try:
        groups = await redis.xinfo_groups(stream)
    except ResponseError:  # there is no stream yet
        return _NOTHING
    return min((_id(group["last-delivered-id"]) for group in groups), default=_NOTHING)


async def _expired(redis: Redis) -> _Id:
    """The newest id that is too old for a call."""
    seconds, _ = await redis.time()
    return max(0, int((seconds - topology.CALLS_TTL.total_seconds()) * 1000)), 0


def _id(text: bytes) -> _Id:
    milliseconds, _, number = text.partition(b"-")
    return int(milliseconds), int(number)
