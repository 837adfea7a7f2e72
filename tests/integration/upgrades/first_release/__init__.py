"""The first release's database with data, what its store said of it, and its services."""

import asyncio
import gzip
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import asyncpg

from tests.chaos.versions import Release
from tests.support.waiting import free_port, wait_until_async

_HERE = Path(__file__).parent
DUMP = _HERE / "database.sql.gz"
ANSWERS = _HERE / "answers.json.gz"
KEY = "the-internal-key-of-tests-of-upgrades"
_TIMEOUT = 60.0


async def restore(database: str) -> None:
    """Fill an empty database with what the first release left."""
    connection = await asyncpg.connect(database.replace("+asyncpg", "", 1))
    await connection.execute(gzip.decompress(DUMP.read_bytes()).decode())
    await connection.close()


def recorded() -> dict[str, str]:
    """What the first release's store said of that database, by what was asked."""
    said: dict[str, str] = json.loads(gzip.decompress(ANSWERS.read_bytes()))
    return said


@asynccontextmanager
async def store_of(release: Release, database: str, redis: str) -> AsyncIterator[str]:
    """The address of a release's store, a process of its own, which sweeps nothing."""
    port = free_port()
    env = {
        **os.environ,
        "PYTHONPATH": release.before(os.environ.get("PYTHONPATH", "")),
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "INTERNAL_KEY": KEY,
        "CREDENTIAL_KEYS": "-" * 43 + "=",
        "PORT": str(port),
        "SWEEP_INTERVAL": "1h",
    }
    program = [sys.executable, "-P", "-m", "turnstream_store"]
    running = await asyncio.create_subprocess_exec(*program, env=env)
    url = f"http://127.0.0.1:{port}"
    try:
        await wait_until_async(lambda: _is_ready(url), _TIMEOUT, f"the {release.name} store")
        yield url
    finally:
        running.terminate()
        await running.wait()


async def _is_ready(url: str) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{url}/ready") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False
