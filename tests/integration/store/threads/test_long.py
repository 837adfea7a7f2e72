"""What a turn costs Postgres does not depend on the length of its thread, or its user's list."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import orjson
import pytest
from turnstream.contracts.store_api import StoredAttachment
from turnstream.contracts.turns import TurnStatus
from turnstream.errors import ThreadFull, TooManyThreads
from turnstream.store_client import StoreClient
from turnstream_store.database.pools import Database
from turnstream_store.settings import StoreSettings

from bench.large.plans import FEW, ExplainedStatement
from tests.support.store.belongings import VICTIM, Belongings, belongings
from tests.support.store.foreign_statements import FOREIGN_STATEMENTS
from tests.support.store.statements import STATEMENTS
from tests.support.system.services import running_store
from tests.support.turns import accept, finish, item, message, running, write

LONG = 3 * FEW
HOT = (
    "turns.acceptance.sql._LOCK_THREAD",
    "turns.acceptance.sql._WRITE",
    "turns.acceptance.sql._WRITE_IF_FREE",
    "turns.acceptance.sql._ADD_THREAD",
    "turns.acceptance.sql._BEGIN_THREAD",
    "turns.attempts.claim_sql._CLAIM_NEXT",
    "turns.attempts.writing_sql._WRITE",
    "turns.attempts.writing_sql._END",
)
_ITEMS = """
    INSERT INTO items
        (thread_id, id, tenant, owner, type, hidden, payload, attempt, seq, items_before)
    SELECT id, 'msg_' || n, tenant, owner, 'user_message', false, '{}', 0, n - $1, n
    FROM threads, generate_series(1, $1) AS n
"""
_THREADS = """
    INSERT INTO threads (id, tenant, owner, status, metadata, created_at, threads_before)
    SELECT 'thr_' || n, $2, $3, '{}', '{}', now() + n * interval '1 s', $1 + n
    FROM generate_series(1, $1) AS n
"""


@pytest.fixture
async def hers(emptied: str, redis: str, blobs_url: str) -> AsyncIterator[Belongings]:
    """A user with very many threads, each of which is very long."""
    quiet = {"blobs_url": blobs_url, "sweep_interval": "1h"}
    async with running_store(emptied, redis, **quiet) as client:
        hers = await belongings(client)
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    await connection.execute(_ITEMS, LONG)
    await connection.execute(_THREADS, LONG, *VICTIM)
    await connection.execute("ANALYZE")
    yield hers
    await connection.close()


async def test_statements_of_a_turn_read_little(emptied: str, hers: Belongings) -> None:
    """However long its thread is, and however many threads its user has."""
    flaws = []
    async with Database(StoreSettings(database_url=emptied)) as database:
        for name in HOT:
            values = FOREIGN_STATEMENTS[name].values(hers, VICTIM)
            async with database.all_tenants().transaction() as connection:
                explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {STATEMENTS[name].sql}"
                ((found,),) = await connection.fetch(explain, *values)
            explained = ExplainedStatement(name, orjson.loads(str(found))[0]["Plan"])
            flaws += [*explained.flaws()]
    assert flaws == []


async def test_a_bound_of_items_holds_while_messages_and_answers_add_up(
    emptied: str, redis: str
) -> None:
    """Each message adds to what the one before had counted; deleted items make room again."""
    async with running_store(emptied, redis, max_items_per_thread=6) as client:
        thread = await _turn(client, None, "msg_1")
        for number in (2, 3):
            await _turn(client, thread, f"msg_{number}")
        with pytest.raises(ThreadFull):
            await _turn(client, thread, "msg_4")
        await client.threads.remove_item(VICTIM, thread, "msg_1")
        await _turn(client, thread, "msg_4")
        with pytest.raises(ThreadFull):
            await _turn(client, thread, "msg_5")


async def test_a_bound_of_threads_holds_when_others_did_not_count(
    emptied: str, redis: str, other: asyncpg.Connection
) -> None:
    """Threads of an older store, and what was counted wrongly, are counted anew in time."""
    async with running_store(emptied, redis, max_threads_per_user=4) as client:
        for _ in range(3):
            await _turn(client, None, "msg_1")
        await other.execute("UPDATE threads SET threads_before = NULL")
        await _turn(client, None, "msg_1")
        with pytest.raises(TooManyThreads):
            await _turn(client, None, "msg_1")


async def test_a_bound_of_threads_counts_those_of_either_path(emptied: str, redis: str) -> None:
    """A message with an attachment takes another path than a plain one, and has the same bound."""
    async with running_store(emptied, redis, max_threads_per_user=4) as client:
        for number in range(2):
            await accept(client, message(), owner=VICTIM)
            await accept(client, await _with_attachment(client, f"atc_{number}"), owner=VICTIM)
        for asked in (message(), await _with_attachment(client, "atc_more")):
            with pytest.raises(TooManyThreads):
                await accept(client, asked, owner=VICTIM)


async def _with_attachment(client: StoreClient, attachment_id: str) -> dict[str, Any]:
    """A message with a new attachment."""
    document = orjson.dumps({"id": attachment_id, "type": "file"}).decode()
    attachment = StoredAttachment(attachment_id=attachment_id, payload=document, public=document)
    await client.attachments.save(VICTIM, attachment)
    return message(input={"attachments": [attachment_id]})


async def _turn(client: StoreClient, thread: str | None, answer: str) -> str:
    """A message, and its answer under this id; its thread."""
    asked = message() if thread is None else message(thread_id=thread)
    claimed = await running(client, asked, owner=VICTIM)
    await write(client, claimed, items=[item(answer)])
    await finish(client, claimed, TurnStatus.COMPLETED)
    return claimed.thread_id
