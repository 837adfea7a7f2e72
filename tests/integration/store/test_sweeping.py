"""What the sweeper deletes in the background, and what goes on meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from turnstream.contracts.store_api import ReserveFile
from turnstream.contracts.turns import CancelReason, TurnStatus
from turnstream.errors import BadRequest
from turnstream.redis.topology import JOBS, log_channel
from turnstream.store_client import StoreClient
from turnstream_store.erasure.duties import ErasureResumer
from turnstream_store.sweeper import BATCH, SweeperServices
from turnstream_store.threads.retention import UnusedThreadDeleter
from turnstream_store.turns.duties import DisconnectedTurnCanceller, HeldTurnPromoter, republish
from turnstream_store.turns.retention import purge_turns
from turnstream_store.turns.takeover import AbandonedTurnCloser

from tests.integration.store.conftest import Stores
from tests.support.system.services import running_store
from tests.support.turns import ANN, BOB, accept, claim
from tests.support.waiting import wait_until_async

MANY = 60_000
"""Turns whose deletion lasts some seconds."""


async def execute(database: str, *statements: str) -> None:
    connection = await asyncpg.connect(database.replace("+asyncpg", "", 1))
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def add_old_turns(database: str, number: int) -> None:
    """Turns that ended long ago, all in one thread."""
    await execute(
        database,
        "INSERT INTO threads (id, owner, status, metadata) VALUES ('thr_old', 'ann', '{}', '{}')",
        "INSERT INTO turns (id, thread_id, owner, kind, status, attempt, failures, fingerprint,"
        " request, context, opening, prelude, ended_at)"
        " SELECT 'turn_old' || n, 'thr_old', 'ann', 'message',"
        " 'completed', 1, 0, '', '{}', '{}', '[]', '[]', now() - interval '90 days'"
        f" FROM generate_series(1, {number}) AS n",
    )


async def count_old_turns(database: str) -> int:
    connection = await asyncpg.connect(database.replace("+asyncpg", "", 1))
    count: int = await connection.fetchval("SELECT count(*) FROM turns WHERE thread_id = 'thr_old'")
    await connection.close()
    return count


async def test_a_large_deletion_delays_no_takeover(emptied: str, redis: str) -> None:
    """A turn whose worker died is to be had again while old turns are still being deleted."""
    await add_old_turns(emptied, MANY)
    async with running_store(emptied, redis, sweep_interval="200ms") as client:
        turn_id = (await accept(client)).turn_id
        await claim(client, turn_id, worker="dead", lease=timedelta(milliseconds=500))

        async def taken_over() -> bool:
            return await claim(client, turn_id) is not None

        await wait_until_async(taken_over)
        assert 0 < await count_old_turns(emptied) < MANY

        async def deleted() -> bool:
            return await count_old_turns(emptied) == 0

        await wait_until_async(deleted, timeout=60)


async def test_a_purge_takes_a_batch_at_a_time(services: SweeperServices, emptied: str) -> None:
    """It says whether there may be more, and is then done again before its interval is over."""
    await add_old_turns(emptied, BATCH + 1)
    assert await purge_turns(services)
    assert await count_old_turns(emptied) == 1
    assert not await purge_turns(services)
    assert await count_old_turns(emptied) == 0


async def test_a_key_that_is_none_ends_no_retention(emptied: str, redis: str) -> None:
    """A row under such a key, as earlier versions took it, is given up; old turns are deleted."""
    await execute(
        emptied,
        "INSERT INTO files (key, owner, size, keep_until)"
        " VALUES ('../of/mine', 'ann', 1, now() - interval '1 day')",
    )
    await add_old_turns(emptied, 1)

    async def cleared() -> bool:
        connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
        files = await connection.fetchval("SELECT count(*) FROM files")
        await connection.close()
        return files == 0 and await count_old_turns(emptied) == 0

    async with running_store(emptied, redis, sweep_interval="100ms"):
        await wait_until_async(cleared)


@pytest.mark.parametrize(
    "key", ["x", "../../etc/passwd", "img_01a226839bf07a3098d7a97f14fc5615.png.txt", "a\nb"]
)
async def test_no_room_for_a_key_that_is_none(client: StoreClient, key: str) -> None:
    """It is refused at once: nothing could ever be kept under it, or deleted."""
    with pytest.raises(BadRequest):
        await client.files.reserve(ANN, ReserveFile.model_construct(key=key, size=1))


async def add_bad_turns(database: str, number: int) -> None:
    """Turns out of attempts that cannot be closed, as their context names nobody."""
    await execute(
        database,
        "INSERT INTO threads (id, owner, status, metadata) VALUES ('thr_bad', 'ann', '{}', '{}')",
        "INSERT INTO turns (id, thread_id, owner, kind, status, attempt, failures, fingerprint,"
        " request, context, opening, prelude)"
        " SELECT 'a_bad_turn' || n, 'thr_bad', 'ann', 'message',"
        " 'queued', 9, 9, '', '{}', '{}', '[]', '[]'"
        f" FROM generate_series(1, {number}) AS n",
    )


async def test_turns_that_cannot_be_closed_hide_no_other(
    services: SweeperServices, stores: Stores, other: asyncpg.Connection, emptied: str
) -> None:
    """A batch of them comes first, and is found again: the turn behind them ends all the same."""
    turn = await accept(await stores.start())
    await other.execute("UPDATE turns SET failures = 9")
    await add_bad_turns(emptied, 2)

    close = AbandonedTurnCloser(batch=2)
    assert await close(services)
    assert not await close(services)

    query = "SELECT status FROM turns WHERE id = $1"
    assert await other.fetchval(query, turn.turn_id) == TurnStatus.FAILED
    assert await close(services)  # from the first again


async def test_turns_that_somebody_watches_hide_no_other(
    services: SweeperServices, stores: Stores, other: asyncpg.Connection, emptied: str
) -> None:
    """A batch of them comes first and is left alone: the turn behind them is stopped."""
    turn = await accept(await stores.start())
    lost = "UPDATE turns SET disconnected_until = now() - make_interval(mins => $1) WHERE {}"
    await other.execute(lost.format("true"), 1)
    await add_bad_turns(emptied, 2)
    await other.execute(lost.format("id LIKE 'a_bad%'"), 2)
    watched = [log_channel(f"a_bad_turn{n}") for n in (1, 2)]

    stop = DisconnectedTurnCanceller(batch=2)
    async with services.jobs.pubsub() as viewers:
        await viewers.subscribe(*watched)
        assert await stop(services)
        assert not await stop(services)

    query = "SELECT cancel FROM turns WHERE id = $1"
    assert await other.fetchval(query, turn.turn_id) == CancelReason.DISCONNECT


@asynccontextmanager
async def undeletable_threads(other: asyncpg.Connection) -> AsyncIterator[None]:
    """Let Postgres refuse to delete threads whose id begins with `a_bad`."""
    await other.execute("""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
        CREATE TRIGGER refuses BEFORE DELETE ON threads
            FOR EACH ROW WHEN (OLD.id LIKE 'a_bad%') EXECUTE FUNCTION refuse();
    """)
    try:
        yield
    finally:
        await other.execute("DROP TRIGGER refuses ON threads; DROP FUNCTION refuse()")


async def test_threads_that_cannot_be_deleted_hide_no_other(
    services: SweeperServices, other: asyncpg.Connection
) -> None:
    """A batch of them comes first, and is found again: the thread behind them is deleted."""
    await other.execute(
        "INSERT INTO threads (id, owner, status, metadata, created_at)"
        " SELECT unnest(ARRAY['a_bad1', 'a_bad2', 'thr']), 'ann', '{}', '{}',"
        " now() - interval '1 day'"
    )
    settings = services.settings.model_copy(update={"thread_retention": timedelta(hours=1)})
    mine = replace(services, settings=settings)

    delete = UnusedThreadDeleter(batch=2)
    async with undeletable_threads(other):
        assert await delete(mine)
        assert not await delete(mine)
        left = await other.fetch("SELECT id FROM threads ORDER BY id")
        assert [row["id"] for row in left] == ["a_bad1", "a_bad2"]
        assert await delete(mine)  # from the first again


async def test_erasures_that_fail_hide_no_other(
    services: SweeperServices, other: asyncpg.Connection
) -> None:
    """A batch of them comes first, and is found again: the erasure behind them ends."""
    await other.execute(
        "INSERT INTO erasures (id, owner, pseudonym, subject, state, counts, logs, requested_at)"
        " SELECT 'ers' || n, 'user' || n, 'erased' || n, '', 'erasing',"
        " CASE WHEN n < 3 THEN '[]'::jsonb ELSE '{}' END, '{}',"
        " now() - make_interval(mins => 9 - n)"
        " FROM generate_series(1, 3) AS n"
    )

    resume = ErasureResumer(batch=2)
    assert await resume(services)
    assert not await resume(services)

    proven = await other.fetch("SELECT id FROM erasures WHERE proven_at IS NOT NULL")
    assert [row["id"] for row in proven] == ["ers3"]
    assert await resume(services)  # from the first again


async def test_a_user_whose_turns_cannot_be_promoted_hides_no_other(
    services: SweeperServices, stores: Stores, other: asyncpg.Connection
) -> None:
    """The turn of the user behind them is put in line."""
    client = await stores.start()
    for owner in (ANN, BOB):
        await accept(client, owner=owner)
    await other.execute("UPDATE turns SET held_back = true")
    await other.execute("ALTER TABLE turns ADD CONSTRAINT anns CHECK (held_back OR owner <> 'ann')")
    try:
        await HeldTurnPromoter()(services)
        held = await other.fetch("SELECT owner FROM turns WHERE held_back")
    finally:
        await other.execute("ALTER TABLE turns DROP CONSTRAINT anns")

    assert [row["owner"] for row in held] == ["ann"]


async def test_a_turn_that_cannot_be_published_hides_no_other(
    services: SweeperServices, stores: Stores, other: asyncpg.Connection
) -> None:
    """The jobs of all others that were lost are published again."""
    client = await stores.start()
    for _ in range(3):
        await accept(client)
    turns = await other.fetch("SELECT id FROM turns ORDER BY id")
    await other.execute("UPDATE turns SET opening = '5' WHERE id = $1", turns[0]["id"])
    await other.execute("UPDATE turns SET published_at = now() - interval '1 hour'")
    await services.jobs.delete(JOBS)

    await republish(services)

    assert await services.jobs.xlen(JOBS) == 2
