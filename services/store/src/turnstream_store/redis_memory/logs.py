"""Room in Redis: how much of it is used, and whose logs go first when it is nearly full.

Redis itself evicts nothing (`maxmemory-policy noeviction`): it can't tell the log of an answer that
is being written from one that ended, nor either from a key of an app's.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from prometheus_client import Counter, Gauge
from redis.exceptions import RedisError
from turnstream.errors import Unavailable
from turnstream.redis.topology import LOG_TTL

from turnstream_store.sweeper import BATCH, SweeperServices
from turnstream_store.turns import all_tenants_queries as cross_tenant

HIGH_WATERMARK = 0.85
"""Share of its memory from which on logs are deleted: what is left lasts for some sweeps."""
LOW_WATERMARK = 0.75
"""Share at which that ends, so that it is not begun again at once."""

USED = Gauge("turnstream_redis_used_bytes", "Memory that Redis uses.", ["server"])
LIMIT = Gauge(
    "turnstream_redis_max_bytes", "`maxmemory` of Redis; 0 where it has none.", ["server"]
)
DELETED = Counter("turnstream_logs_deleted_early", "Logs that were deleted because Redis was full.")


class Memory(NamedTuple):
    """Bytes of a Redis server."""

    used: int
    limit: int
    """0 where nothing limits them."""

    def is_above(self, share: float) -> bool:
        """Whether more than a share of the limit is used."""
        return bool(self.limit) and self.used > share * self.limit


class LogEvictor:
    """Deletes the logs of ended turns, oldest first, while a Redis server is nearly full. With
    several servers, only the logs on that server are deleted.

    A viewer that still reads a deleted log gets the turn from the store, after a marked restart.
    Logs of running turns are kept: their workers would write them again. Several stores may do this
    at once: deleting a log twice does no harm.
    """

    def __init__(self) -> None:
        self._filling = True
        self._deleted_to: cross_tenant.EndedTurn | None = None

    async def __call__(self, services: SweeperServices) -> bool:
        """Delete a batch if need be; True when there is more to delete."""
        share = HIGH_WATERMARK if self._filling else LOW_WATERMARK
        full = {name for name, each in (await _measure(services)).items() if each.is_above(share)}
        if not full:
            self._filling = True
            return False
        self._filling = False
        async with services.database.all_tenants().session() as session:
            ended = await cross_tenant.ended_within(session, LOG_TTL, self._deleted_to, BATCH)
        for turn in ended:
            if services.logs.name_of(turn.turn_id) in full:
                await _drop(services, turn.turn_id)
        self._deleted_to = ended[-1] if ended else self._deleted_to
        return len(ended) == BATCH


async def _drop(services: SweeperServices, turn_id: str) -> None:
    try:
        await services.event_log.drop(turn_id)
    except (RedisError, OSError) as error:
        raise Unavailable(f"Redis: {error}") from error
    DELETED.inc()


async def _measure(services: SweeperServices) -> Mapping[str, Memory]:
    """The memory of each server that has logs; the one of the jobs is shown to Prometheus too."""
    try:
        servers = await services.logs.memory()
        if services.settings.log_redis_urls != (services.settings.redis_url,):
            _noted("jobs", await services.jobs.info("memory"))
    except (RedisError, OSError) as error:
        raise Unavailable(f"Redis: {error}") from error
    return {name: _noted(name, each) for name, each in servers.items()}


def _noted(server: str, info: Mapping[str, Any]) -> Memory:
    memory = Memory(int(info["used_memory"]), int(info.get("maxmemory", 0)))
    USED.labels(server).set(memory.used)
    LIMIT.labels(server).set(memory.limit)
    return memory
