"""One Postgres with two databases: what its statements take, what they touch, and their plans."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
from turnstream_devstack.servers.postgres import EmbeddedPostgres

FILLED = "filled"
"""The database that has a past; the other is the server's first."""
_SERVER = {
    "shared_preload_libraries": "'pg_stat_statements', 'auto_explain'",
    # A quarter of the memory of a small server, as Postgres advises. The embedded one has 32 MB, in
    # which not even the indexes of one user's rows are kept.
    "shared_buffers": "'2GB'",
    "max_wal_size": "'4GB'",  # else the filling is a row of checkpoints
    "checkpoint_timeout": "'1h'",
}
_LIBRARIES = {
    "pg_stat_statements.track_planning": "on",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_format": "json",
}
"""Names that the server knows once it has loaded them."""
_USED = """
    SELECT queryid, calls, total_exec_time + total_plan_time AS ms,
           shared_blks_hit + shared_blks_read AS blocks
    FROM pg_stat_statements JOIN pg_database AS here ON here.oid = dbid
    WHERE datname = current_database()
"""

Raw: TypeAlias = Any
"""A connection of asyncpg's, which has no types."""


@dataclass(frozen=True)
class ServerUsage:
    """What the server did for one operation."""

    seconds: float
    """Planning and running of its statements, without the wait for the disk at their commit."""
    blocks: float
    """Blocks of 8 KB that they looked at."""


class Connection:
    """A connection of the bench's to one of the databases."""

    def __init__(self, connection: Raw) -> None:
        self.raw = connection
        self._before: dict[int, tuple[int, float, int]] = {}

    async def begin(self) -> None:
        """What is done from here on counts."""
        self._before = await self._counted()

    async def used(self, operations: int) -> ServerUsage:
        """What so many operations have used since, each. What a store does by the clock is not
        among it: a statement of an operation ran at least as often as that.
        """
        seconds, blocks = 0.0, 0
        for query, (calls, ms, touched) in (await self._counted()).items():
            calls_before, ms_before, touched_before = self._before.get(query, (0, 0.0, 0))
            if calls - calls_before >= operations:
                seconds += (ms - ms_before) / 1000
                blocks += touched - touched_before
        return ServerUsage(seconds / operations, blocks / operations)

    async def explain(self, *, on: bool) -> None:
        """Have the plan of every statement of the server logged, or of none."""
        least = "0" if on else "-1"
        await _set(self.raw, {"auto_explain.log_min_duration": least})

    async def _counted(self) -> dict[int, tuple[int, float, int]]:
        rows = await self.raw.fetch(_USED)
        return {row[0]: (row[1], float(row[2]), row[3]) for row in rows}


@contextmanager
def postgres(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """A server that waits for the disk and counts what its statements use."""
    server = EmbeddedPostgres(data_dir, durable=True)
    server.start()
    try:
        yield server
    finally:
        server.stop()


async def prepare(server: EmbeddedPostgres) -> bool:
    """Have it count, and have both databases; True where the second one is there already."""
    connection = await connect(server.url)
    await _set(connection, _SERVER)
    known = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", FILLED)
    if not known:
        await connection.execute(f"CREATE DATABASE {FILLED}")
    await connection.close()
    server.restart()
    for url in urls(server):
        connection = await connect(url)
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public")
        await _set(connection, _LIBRARIES)
        await connection.close()
    return bool(known)


def urls(server: EmbeddedPostgres) -> tuple[str, str]:
    """The addresses of the database that is nearly empty, and of the filled one."""
    return server.url, server.url.rpartition("/")[0] + "/" + FILLED


async def connect(url: str) -> Raw:
    """As the server's owner: no row is hidden, and no statement is cut off."""
    path = {"search_path": "turnstream, public"}
    return await asyncpg.connect(url.replace("+asyncpg", "", 1), server_settings=path)


async def _set(connection: Raw, settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        await connection.execute(f"ALTER SYSTEM SET {name} = {value}")
    await connection.execute("SELECT pg_reload_conf()")
