"""A locked or closed thread takes no new turn, however close the two come together."""

import asyncio

import asyncpg
import orjson
import pytest
from turnstream.errors import ThreadLocked
from turnstream.store_client import StoreClient

from tests.support.turns import accept, message, running
from tests.support.waiting import wait_until_async

WAITING_FOR_A_LOCK = "SELECT count(*) FROM pg_locks WHERE NOT granted"


async def test_an_acceptance_that_waits_for_the_lock_sees_it(
    client: StoreClient, emptied: str
) -> None:
    """The status is read under the row lock under which it is changed: there is no gap."""
    turn = await running(client)
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    try:
        async with connection.transaction():
            status = orjson.dumps({"type": "locked"}).decode()
            await connection.execute(
                "UPDATE threads SET status = $1 WHERE id = $2", status, turn.thread_id
            )
            accepting = asyncio.create_task(accept(client, message(thread_id=turn.thread_id)))

            async def waits() -> bool:
                return bool(await connection.fetchval(WAITING_FOR_A_LOCK))

            await wait_until_async(waits, message="the acceptance does not wait")
        with pytest.raises(ThreadLocked):
            await accepting
    finally:
        await connection.close()
