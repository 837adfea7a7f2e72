"""The first release's database becomes this one's while the first release goes on working with it.

The rows are those that the release itself wrote, see `seed.py`.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import TypeVar

import asyncpg
import pytest
from turnstream.contracts.owner import Owner
from turnstream.store_client import HttpStoreClient
from turnstream_store.database.schema.check import SchemaState
from turnstream_store.database.schema.live_changes import LOCK_TIMEOUT
from turnstream_store.database.schema.migrate import check, migrate
from turnstream_store.database.schema.note import FIRST_RELEASE
from turnstream_store.settings import StoreSettings

from tests.chaos.versions import PRESENT, PREVIOUS, is_known, unpacked
from tests.integration.upgrades.asking import answers
from tests.integration.upgrades.first_release import KEY, recorded, store_of
from tests.support.turns import accept, claim, finish, item, message, save_item

BUSY = 1.5
"""Seconds that a call may take beside a wait for a lock, on a machine where much else runs."""
USER = Owner("workload", "ann")
T = TypeVar("T")

needs_the_history = pytest.mark.skipif(
    not is_known(PREVIOUS), reason="needs the code of the first release, from the history"
)


class Workload:
    """The calls of gateways and workers to a store of the first release, one after another."""

    def __init__(self, store: HttpStoreClient) -> None:
        self._store = store
        self.rounds = 0
        self.longest = 0.0

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """For the length of the block, and some rounds more. What fails in it fails the block."""
        stopping = asyncio.Event()
        working = asyncio.create_task(self._work(stopping))
        try:
            await self._rounds(3, working)
            yield
            await self._rounds(3, working)
        finally:
            stopping.set()
            await working

    async def _rounds(self, more: int, working: asyncio.Task[None]) -> None:
        wanted = self.rounds + more
        while self.rounds < wanted and not working.done():
            await asyncio.sleep(0.01)

    async def _work(self, stopping: asyncio.Event) -> None:
        for number in count():
            if stopping.is_set():
                return
            accepted = await self._timed(accept(self._store, owner=USER, key=f"key {number}"))
            turn_id = accepted.turn_id
            claimed = await self._timed(claim(self._store, turn_id, tenant=USER.tenant))
            assert claimed is not None
            await self._timed(save_item(self._store, claimed, item(f"msg_{number}", text="yes")))
            await self._timed(finish(self._store, claimed))
            page = self._store.threads.items(
                USER, claimed.thread_id, limit=10, order="asc", after=None
            )
            assert f"msg_{number}".encode() in await self._timed(page)
            more = message("more", thread_id=claimed.thread_id)
            await self._timed(accept(self._store, more, owner=USER))
            await self._timed(self._store.threads.delete(USER, claimed.thread_id))
            self.rounds += 1

    async def _timed(self, call: Awaitable[T]) -> T:
        began = time.monotonic()
        answer = await call
        self.longest = max(self.longest, time.monotonic() - began)
        return answer


async def rows(connection: asyncpg.Connection, known: dict[str, list[str]]) -> dict[str, list[str]]:
    """Every row but those of the workload, in the columns that are known, by table."""
    found = {}
    for table, names_of in known.items():
        names = ", ".join(f'"{name}"' for name in names_of)
        whose = f"WHERE tenant <> '{USER.tenant}'" if "tenant" in names_of else ""
        one = f"(SELECT row_to_json(r) FROM (SELECT {names}) r)::text"
        query = f"SELECT {one} FROM {table} {whose}"
        found[table] = sorted(row[0] for row in await connection.fetch(query))
    return found


async def columns(connection: asyncpg.Connection) -> dict[str, list[str]]:
    """Table -> its columns, without what migrations themselves count."""
    query = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'turnstream' AND table_name <> 'alembic_version' ORDER BY 1, 2
    """
    found: dict[str, list[str]] = {}
    for table, column in await connection.fetch(query):
        found.setdefault(table, []).append(column)
    return found


async def places(connection: asyncpg.Connection) -> dict[str, int]:
    """Table -> the file that it is in: a table that was written anew has another one."""
    query = """
        SELECT relname, relfilenode FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'turnstream'::regnamespace
    """
    return dict(await connection.fetch(query))


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Questions that are answered otherwise than before, each with both answers."""
    return [
        f"{question}\n  {said[:300]}\n  {after.get(question, '')[:300]}"
        for question, said in before.items()
        if not _keeps(question, said, after.get(question, ""))
    ]


def _keeps(question: str, before: str, after: str) -> bool:
    """Whether an answer is the same to the byte, where a user has it; elsewhere a later release may
    say more.
    """
    if any(part in question for part in _BYTES):
        return before == after
    if before[:3] != after[:3]:
        return False
    return _within(json.loads(before[4:] or "null"), json.loads(after[4:] or "null"))


_BYTES = ("/threads", "/journal", "/attachments", "/facts", "/outbox")


def _within(before: object, after: object) -> bool:
    match before, after:
        case dict(), dict():
            return all(name in after and _within(before[name], after[name]) for name in before)
        case list(), list():
            return len(before) == len(after) and all(map(_within, before, after))
    return before == after


async def upgraded(database: str) -> None:
    """Migrate, as a deploy does it."""
    settings = StoreSettings(database_url=database)
    found = await asyncio.to_thread(migrate, settings)
    assert found.revision == FIRST_RELEASE
    assert found.state is not SchemaState.PENDING_OFFLINE
    assert (await asyncio.to_thread(check, settings)).state is SchemaState.CURRENT


@needs_the_history
async def test_the_first_release_goes_on_while_its_database_becomes_this_ones(
    database: str, connection: asyncpg.Connection, redis: str, tmp_path: Path
) -> None:
    """No call of it fails or waits longer than a change of the schema waits for a lock; no table is
    written anew; every row is as it was, also for the first release.
    """
    release = unpacked(PREVIOUS, tmp_path)
    known, before = await columns(connection), await places(connection)
    kept = await rows(connection, known)
    async with (
        store_of(release, database, redis) as url,
        HttpStoreClient(url, retry_timeout=timedelta(0), key=KEY) as store,
    ):
        load = Workload(store)
        async with load.going_on():
            await upgraded(database)
        assert load.longest < LOCK_TIMEOUT + BUSY, f"{load.longest:.2f} s in {load.rounds} rounds"
        for table, had in (await rows(connection, known)).items():
            assert had == kept[table], table
        assert differences(recorded(), await answers(url, KEY, connection)) == []
    after = await places(connection)
    assert {table: after.get(table) for table in before} == before
    broken = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
    assert await connection.fetchval(broken) == 0


async def test_this_release_says_what_the_first_one_said(
    database: str, connection: asyncpg.Connection, redis: str
) -> None:
    """Of every thread, item, turn and file of its users, to the byte."""
    await upgraded(database)
    async with store_of(PRESENT, database, redis) as url:
        assert differences(recorded(), await answers(url, KEY, connection)) == []
