"""All that a deployment keeps, as lines to search: of every table, key and file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
from redis.asyncio import Redis


async def rows(connection: asyncpg.Connection) -> list[str]:
    """Every row of every table, all columns as text."""
    query = """
        SELECT format('%I.%I', schemaname, tablename), tablename FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
    """
    found = []
    for place, table in await connection.fetch(query):
        lines = await connection.fetch(f"SELECT t::text FROM {place} AS t")
        found += [f"{table}: {line[0]}" for line in lines]
    return found


async def keys(redis: Redis) -> list[str]:
    """Every key with all that it holds."""
    return [f"{key!r}: {await _held(redis, key)!r}" async for key in redis.scan_iter()]


async def _held(redis: Redis, key: bytes) -> Any:
    match await redis.type(key):
        case b"string":
            return await redis.get(key)
        case b"stream":
            return await redis.xrange(key)
        case b"hash":
            return await redis.hgetall(key)
        case b"list":
            return await redis.lrange(key, 0, -1)
        case b"set":
            return await redis.smembers(key)
        case b"zset":
            return await redis.zrange(key, 0, -1, withscores=True)
        case kind:
            raise AssertionError(f"{key!r} is of a kind that nobody searches: {kind!r}")


def files_with(directory: Path, *words: str) -> Iterator[str]:
    """Lines of files, and names of files, that hold one of these words."""
    for path in directory.rglob("*"):
        name = str(path.relative_to(directory))
        if any(word in name for word in words):
            yield name
        if path.is_file():
            for line in path.read_text(errors="replace").splitlines():
                if any(word in line for word in words):
                    yield f"{name}: {line}"
