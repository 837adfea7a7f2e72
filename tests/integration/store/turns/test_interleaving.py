"""Statements that had to wait: what they saw before must not decide, and nothing may be lost."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import asyncpg
import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.util import await_only
from turnstream.contracts.owner import DEFAULT_TENANT
from turnstream.contracts.turns import BusyPolicy, ClaimTurn, TurnAccepted
from turnstream.errors import ThreadBusy, TooManyTurns
from turnstream.store_client import StoreClient
from turnstream_store.database.pools import Database
from turnstream_store.turns.attempts import claim_sql

from tests.integration.store.conftest import Stores
from tests.support.turns import (
    ANN,
    accept,
    claim,
    finish,
    item,
    message,
    request,
    running,
    save_item,
)
from tests.support.waiting import wait_until_async

T = TypeVar("T")

_WAITERS = "SELECT count(*) FROM pg_locks WHERE NOT granted"
_AN_ATTEMPT_RUNS = """
    WITH ran AS (UPDATE turns SET attempt = attempt + 1 WHERE id = $1 RETURNING *)
    INSERT INTO items (thread_id, id, owner, type, hidden, payload, turn_id, attempt)
    SELECT thread_id, 'msg_half', owner, 'assistant_message', false, '{"id": "msg_half"}', id, 1
    FROM ran
"""


async def until_waiting(other: asyncpg.Connection, count: int = 1) -> None:
    """Return when so many statements wait for a lock."""

    async def waiting() -> bool:
        return bool(await other.fetchval(_WAITERS) >= count)

    await wait_until_async(waiting, message="nobody waits for the lock")


async def behind_the_lock(
    other: asyncpg.Connection, thread_id: str, tries: Sequence[Coroutine[Any, Any, T]]
) -> list[asyncio.Task[T]]:
    """All of these, begun while somebody has the thread's lock, which is theirs now in turn."""
    async with other.transaction():
        await other.execute("SELECT 1 FROM threads WHERE id = $1 FOR UPDATE", thread_id)
        begun = [asyncio.create_task(each) for each in tries]
        await until_waiting(other, len(begun))
    return begun


async def test_a_claim_that_waited_while_an_attempt_ran_is_not_given(
    client: StoreClient, other: asyncpg.Connection
) -> None:
    """Its view of the thread is from before that attempt: it would not know what that stored."""
    accepted = await accept(client)
    async with other.transaction():
        await other.execute("SELECT 1 FROM turns WHERE id = $1 FOR UPDATE", accepted.turn_id)
        late = asyncio.create_task(claim(client, accepted.turn_id))
        await until_waiting(other)
        await other.execute(_AN_ATTEMPT_RUNS, accepted.turn_id)

    assert await late is None
    claimed = await claim(client, accepted.turn_id)
    assert claimed is not None
    assert [own["id"] for own in claimed.own_items] == ["msg_half"]


async def test_of_messages_that_waited_for_a_thread_one_finds_it_free(
    client: StoreClient, other: asyncpg.Connection
) -> None:
    """Under `reject`, messages that wait for the same lock do not all see an idle thread."""
    first = await running(client)
    await finish(client, first)
    said = message(thread_id=first.thread_id)
    tries = [accept(client, said, when_busy=BusyPolicy.REJECT) for _ in range(5)]
    begun = await behind_the_lock(other, first.thread_id, tries)
    ends = await asyncio.gather(*begun, return_exceptions=True)
    assert sum(isinstance(end, TurnAccepted) for end in ends) == 1
    assert sum(isinstance(end, ThreadBusy) for end in ends) == 4


@pytest.mark.parametrize("when_busy", [BusyPolicy.REJECT, BusyPolicy.ENQUEUE])
async def test_the_same_request_twice_at_once_is_one_turn(
    client: StoreClient, other: asyncpg.Connection, when_busy: BusyPolicy
) -> None:
    """The second waits for the first, and is not told that it came too late or into a busy thread:
    so a gateway that lost an answer asks again.
    """
    first = await running(client)
    call = item("tc_1", "client_tool_call", status="pending", name="t", call_id="c", arguments={})
    await save_item(client, first, call)
    await finish(client, first)
    output = request("threads.add_client_tool_output", thread_id=first.thread_id, result=1)
    tries = [accept(client, output, key="once", when_busy=when_busy) for _ in range(2)]
    one, two = await asyncio.gather(*await behind_the_lock(other, first.thread_id, tries))
    assert one.turn_id == two.turn_id
    assert {one.existing, two.existing} == {True, False}


async def test_the_same_message_twice_at_once_is_one_turn(
    client: StoreClient, other: asyncpg.Connection
) -> None:
    """Both find the thread idle before they have its lock; the second finds the first behind it."""
    first = await running(client)
    await finish(client, first)
    said = message(thread_id=first.thread_id)
    tries = [accept(client, said, key="once") for _ in range(2)]
    one, two = await asyncio.gather(*await behind_the_lock(other, first.thread_id, tries))
    assert one.turn_id == two.turn_id
    assert {one.existing, two.existing} == {True, False}


@pytest.mark.parametrize("stays", [True, False])
async def test_a_thread_begins_once_whatever_becomes_of_the_one_before(
    client: StoreClient, other: asyncpg.Connection, stays: bool
) -> None:
    """A key whose turn is being deleted: who comes then waits, and gets that turn or a new one."""
    before = await accept(client, key="once")
    deletion = other.transaction()
    await deletion.start()
    await other.execute("DELETE FROM threads WHERE id = $1", before.thread_id)
    late = asyncio.create_task(accept(client, key="once"))
    await until_waiting(other)
    await (deletion.rollback() if stays else deletion.commit())

    after = await late
    assert (after.turn_id == before.turn_id) is stays
    assert await other.fetchval("SELECT count(*) FROM threads") == 1
    assert await other.fetchval("SELECT count(*) FROM turns") == 1


@pytest.mark.parametrize("retried", [False, True])
async def test_a_store_that_dies_before_a_claim_is_complete_leaves_it_to_the_next_attempt(
    client: StoreClient, database: Database, retried: bool
) -> None:
    """The next claim moves the message that waited, or deletes what is tried again."""
    first = await running(client, message("one"))
    said = message("two", thread_id=first.thread_id)
    asked = await client.threads.item(ANN, first.thread_id, first.input_item["id"])  # type: ignore[index]
    if retried:
        said = request(
            "threads.retry_after_item",
            thread_id=first.thread_id,
            item_id=orjson.loads(asked)["id"],
        )
    second = await accept(client, said)
    await save_item(client, first, item("msg_answer"))
    await finish(client, first)
    async with database.all_tenants().connection() as connection:
        command = ClaimTurn(turn_id=second.turn_id, worker="w", lease=timedelta(milliseconds=1))
        row = await claim_sql.claim(connection, DEFAULT_TENANT, command, failures_below=3)
    assert row is not None
    assert row.thread_before is None
    claimed = None

    async def taken() -> bool:
        nonlocal claimed
        claimed = await claim(client, second.turn_id)
        return claimed is not None

    await wait_until_async(taken, message="the sweeper does not requeue the turn")
    assert claimed is not None
    assert claimed.attempt == 2
    kinds = [entry["type"] for entry in claimed.items]
    expected = ["user_message", "assistant_message", "user_message"]
    assert kinds == (["user_message"] if retried else expected)
    assert claimed.thread["id"] == first.thread_id


async def test_a_turn_that_ends_while_another_is_refused_does_not_change_the_reason(
    stores: Stores, other: asyncpg.Connection
) -> None:
    """The statement that refuses says why: what is true a moment later is not asked."""
    client = await stores.start(max_turns_per_user=1)
    await accept(client)

    @event.listens_for(sa.Engine, "after_cursor_execute")
    def end_of_the_other_turn(*executed: Any) -> None:
        if "INSERT INTO turns" in executed[2]:
            await_only(other.execute("UPDATE turns SET status = 'completed'"))

    try:
        with pytest.raises(TooManyTurns) as refused:
            await accept(client)
    finally:
        event.remove(sa.Engine, "after_cursor_execute", end_of_the_other_turn)
    assert await other.fetchval("SELECT status FROM turns") == "completed"
    assert refused.value.code == "too_many_turns"
