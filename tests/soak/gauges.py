"""What is read of a running system: memory, descriptors, keys, tables, connections."""

import asyncio
import time

import asyncpg
import psutil
from redis.asyncio import Redis
from turnstream.redis import topology
from turnstream.redis.client import UNREACHABLE
from turnstream_devstack.processes import signals

from tests.chaos.world import World
from tests.load.leftovers import LASTING
from tests.soak.slopes import Limit, Series

MB = 2**20
MEMORY = Limit(share=0.08, units=4)
"""Python gives little back to the system, and its arenas fill up slowly."""
DESCRIPTORS = Limit(share=0.05, units=6)
"""A pool keeps the connections of its busiest moment."""
CONNECTIONS = Limit(share=0.10, units=3)
LOGS = Limit(share=0.15, units=20, level_after=topology.LOG_TTL.total_seconds())
"""The log of a turn stays for a while after it has ended."""
KEYS = Limit(share=1.0, units=20, level_after=topology.LOG_TTL.total_seconds())
"""Mischief empties Redis every few minutes, and it fills again: a slope over that is chance. What
no time would end is looked for by itself."""
FOREVER = Limit(units=0.5)
"""A key without a TTL stays for ever: not one more."""
TABLES = Limit(share=0.2, units=2)
"""Rows come and go with their retention; a vacuum leaves some room, and an index fills its own."""
DEAD = Limit(units=25)
_SIZES = """
SELECT sum(pg_table_size(relid)) AS tables, sum(pg_indexes_size(relid)) AS indexes,
       sum(n_dead_tup) AS dead, sum(n_live_tup) AS live
FROM pg_stat_user_tables WHERE schemaname = 'turnstream'
"""
_BY_TABLE = """
SELECT relname, pg_total_relation_size(relid) AS bytes
FROM pg_stat_user_tables WHERE schemaname = 'turnstream'
"""
_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


class Gauges:
    """Reads a world, and keeps what it read as series by their names."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._began = time.monotonic()
        self.series: dict[str, Series] = {}
        self.tables: dict[str, list[tuple[float, int]]] = {}
        """When each table was read, and its bytes with its indexes."""

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    async def read(self) -> None:
        """Read everything once. Raises what is raised where a part is away."""
        at = self.now
        await asyncio.to_thread(self._read_processes, at)
        await self._read_redis(at)
        await self._read_postgres(at)

    async def keep_reading(self, every: float) -> None:
        """Read until cancelled. A part that is away just now is read the next time."""
        while True:
            due = self.now + every
            try:
                await self.read()
            except (*UNREACHABLE, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                self._world.note(f"not read: {error!r}")
            await asyncio.sleep(max(0.0, due - self.now))

    def _read_processes(self, at: float) -> None:
        for child in self._world.stack.children:
            # Processes of Postgres share their memory, and each keeps files open up to a limit.
            if child.name == "postgres" or not child.alive:
                continue
            kind, life = child.name.rstrip("-0123456789"), f"{child.name} {child.pid}"
            try:
                processes = signals.family(child.pid)
                memory = sum(each.memory_info().rss for each in processes)
                descriptors = sum(each.num_fds() for each in processes)
            except psutil.Error:
                continue  # it died while it was looked at
            if kind != "valkey":  # whose memory is Redis's own figure
                self._of(f"{kind}: memory", "MB", MEMORY).add(at, memory / MB, life)
            self._of(f"{kind}: descriptors", "", DESCRIPTORS).add(at, descriptors, life)

    async def _read_redis(self, at: float) -> None:
        async with Redis.from_url(self._world.stack.redis_url, socket_timeout=10) as redis:
            memory, clients = await redis.info("memory"), await redis.info("clients")
            keys, lasting = await redis.dbsize(), await _lasting_keys(redis)
        self._of("redis: memory", "MB", LOGS).add(at, memory["used_memory"] / MB)
        self._of("redis: keys", "", KEYS).add(at, keys)
        self._of("redis: keys without TTL", "", FOREVER).add(at, lasting)
        self._of("redis: connections", "", CONNECTIONS).add(at, clients["connected_clients"])

    async def _read_postgres(self, at: float) -> None:
        (sizes,) = await self._world.query(_SIZES)
        ((connections,),) = await self._world.query(_CONNECTIONS)
        self._of("postgres: tables", "MB", TABLES).add(at, float(sizes["tables"]) / MB)
        self._of("postgres: indexes", "MB", TABLES).add(at, float(sizes["indexes"]) / MB)
        dead = 100 * float(sizes["dead"]) / max(1.0, float(sizes["live"] + sizes["dead"]))
        self._of("postgres: dead rows", "%", DEAD).add(at, dead)
        self._of("postgres: connections", "", CONNECTIONS).add(at, connections)
        for row in await self._world.query(_BY_TABLE):
            self.tables.setdefault(row["relname"], []).append((at, row["bytes"]))

    def _of(self, name: str, unit: str, limit: Limit) -> Series:
        return self.series.setdefault(name, Series(name, unit, limit))


async def _lasting_keys(redis: Redis) -> int:
    """Keys that no time ends, without the streams of work: those are bounded in length."""
    keys = [key async for key in redis.scan_iter(count=1000)]
    async with redis.pipeline(transaction=False) as asked:
        for key in keys:
            asked.ttl(key)
        lives = await asked.execute()
    # -1 is for ever; a key that went meanwhile has -2.
    return sum(
        life == -1 and key.decode() not in LASTING for key, life in zip(keys, lives, strict=True)
    )
