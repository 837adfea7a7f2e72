"""How many turns of a user and of a session run: never more, however many come at once."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from turnstream.contracts.store_api import WriteAttempt
from turnstream.contracts.turns import CancelReason, ClaimTurn, TurnEnd, TurnStatus
from turnstream.errors import TooManyTurnsOfSession
from turnstream_store.turns.attempts import claim_sql

from tests.integration.store.conftest import Stores
from tests.integration.store.turns.test_interleaving import until_waiting
from tests.integration.store.turns.test_rounds import GLOBEX, claimed, queued
from tests.support.turns import ANN, BOB, LEASE, accept, claim_next, finish

WOKEN = ClaimTurn(turn_id="turn_any", worker="w2", lease=LEASE)


@pytest.fixture
async def other(emptied: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else's connection."""
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    yield connection
    await connection.close()


async def test_turns_that_come_at_once_run_as_far_as_there_is_room_and_no_further(
    stores: Stores,
) -> None:
    """Two stores that do not know of each other, and more workers than places."""
    client, another = (
        await stores.start(max_running_turns_per_user=8),
        await stores.start(max_running_turns_per_user=8),
    )
    accepting = [accept(each) for each in (client, another) for _ in range(15)]
    await asyncio.gather(*accepting)
    claims = await asyncio.gather(*(claim_next(each) for each in (client, another) * 15))
    turns = [turn for turn in claims if turn]
    while len(turns) < 8 and (turn := await claim_next(client)) is not None:
        turns.append(turn)
    assert len(turns) == 8
    for turn in turns:
        await finish(client, turn)
        assert await claim_next(another) is not None
        assert await claim_next(client) is None


async def test_claims_for_one_user_at_the_same_moment_count_each_other(
    stores: Stores, other: asyncpg.Connection
) -> None:
    """More stand in line than may run, as after a burst. The second claim began before the first
    was committed: it waits for it, sees what it did, and holds back what has no place. The end of
    a turn promotes that.
    """
    client = await stores.start(max_running_turns_per_user=1)
    await queued(client, ANN, 2)
    await other.execute("UPDATE turns SET held_back = false")
    async with other.transaction():
        first = await claim_sql.claim_next(other, WOKEN, 3, wait=False)
        second = asyncio.create_task(claim_next(client))
        await until_waiting(other)
    assert first is not None
    assert await second is None
    assert await other.fetchval("SELECT count(*) FROM turns WHERE held_back") == 1
    ended = WriteAttempt(attempt=1, end=TurnEnd(status=TurnStatus.COMPLETED))
    await client.attempts.write(ANN, first.id, ended)
    assert (await claimed(client)).turn_id != first.id


async def test_claims_for_two_users_do_not_wait_for_each_other(
    stores: Stores, other: asyncpg.Connection
) -> None:
    """Nobody's claim is a queue for everybody."""
    client = await stores.start()
    await queued(client, ANN, 2)
    elsewhere = await accept(client, owner=GLOBEX)
    async with other.transaction():
        first = await claim_sql.claim_next(other, WOKEN, 3, wait=False)
        second = await claimed(client)
    assert first is not None
    assert {first.id, second.turn_id} > {elsewhere.turn_id}


async def test_what_has_no_place_keeps_nobody_else_waiting(
    stores: Stores, other: asyncpg.Connection
) -> None:
    """One wake-up passes over all that a burst left in line, and takes what may run."""
    client = await stores.start(max_running_turns_per_user=1)
    await queued(client, ANN, 6)
    await other.execute("UPDATE turns SET held_back = false")
    await claimed(client)
    bobs = await accept(client, owner=BOB)
    await other.execute("UPDATE turns SET tenant_round = 99 WHERE id = $1", bobs.turn_id)
    assert (await claimed(client)).turn_id == bobs.turn_id


async def test_a_session_has_so_many_turns_running_and_the_rest_wait(stores: Stores) -> None:
    """Other sessions of its user have theirs, and so have turns of no session."""
    client = await stores.start(max_running_turns_per_session=2)
    ends = [await accept(client, session="cksess_1") for _ in range(4)]
    first, second = await claimed(client), await claimed(client)
    assert await claim_next(client) is None
    elsewhere = [await accept(client, session="cksess_2"), await accept(client)]
    turns = {(await claimed(client)).turn_id, (await claimed(client)).turn_id}
    assert turns == {each.turn_id for each in elsewhere}
    await finish(client, first)
    assert (await claimed(client)).turn_id == ends[2].turn_id
    await client.turns.cancel(ANN, second.turn_id, CancelReason.STOP)
    assert await claim_next(client) is None
    await finish(client, second, TurnStatus.CANCELLED)
    assert (await claimed(client)).turn_id == ends[3].turn_id


async def test_a_session_has_so_many_turns_under_way(stores: Stores) -> None:
    """More are refused with a code of their own, until one ends. Its user's other sessions have
    theirs.
    """
    client = await stores.start(max_turns_per_session=2)
    for _ in range(2):
        await accept(client, session="cksess_1")
    with pytest.raises(TooManyTurnsOfSession, match="At most 2"):
        await accept(client, session="cksess_1")
    await accept(client, session="cksess_2")
    await accept(client)
    await finish(client, await claimed(client))
    await accept(client, session="cksess_1")


async def test_a_burst_of_a_session_runs_as_far_as_there_is_room(
    stores: Stores, other: asyncpg.Connection
) -> None:
    """A claim counts its session as it counts its user."""
    client = await stores.start(max_running_turns_per_session=2)
    await asyncio.gather(*(accept(client, session="cksess_1") for _ in range(6)))
    await other.execute("UPDATE turns SET held_back = false")
    claims = await asyncio.gather(*(claim_next(client) for _ in range(6)))
    assert sum(turn is not None for turn in claims) == 2
