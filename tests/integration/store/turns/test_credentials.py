"""What a gateway sealed for a worker is kept for the turn, and no longer."""

import asyncpg
import pytest
from turnstream.contracts.ids import new_id
from turnstream.contracts.turns import AcceptTurn, CancelReason, RequestContext, TurnStatus
from turnstream.store_client import StoreClient

from tests.support.turns import ANN, claim, finish, message, write
from tests.support.waiting import wait_until_async

SEALED = "sealed-by-a-gateway"


async def accept_sealed(client: StoreClient, thread_id: str | None = None) -> str:
    """A queued turn with sealed headers: its id."""
    params = {} if thread_id is None else {"thread_id": thread_id}
    turn_id = new_id("turn")
    command = AcceptTurn(
        turn_id=turn_id,
        request=message(**params),
        context=RequestContext(user_id=ANN.user, turn_id=turn_id),
        credentials=SEALED,
    )
    await client.turns.accept(command)
    return turn_id


async def kept(database: str, turn_id: str) -> str | None:
    connection = await asyncpg.connect(database.replace("+asyncpg", "", 1))
    row = await connection.fetchrow("SELECT * FROM turns WHERE id = $1", turn_id)
    await connection.close()
    assert row is not None
    assert all(SEALED not in str(row[name]) for name in row.keys() if name != "credentials")  # noqa: SIM118 - a record iterates over values
    credentials: str | None = row["credentials"]
    return credentials


@pytest.mark.parametrize("status", [TurnStatus.COMPLETED, TurnStatus.FAILED, TurnStatus.CANCELLED])
async def test_it_is_gone_with_the_end_of_the_turn(
    client: StoreClient, emptied: str, status: TurnStatus
) -> None:
    """However it ends. Until then every attempt gets it with its claim."""
    turn_id = await accept_sealed(client)
    claimed = await claim(client, turn_id)
    assert claimed is not None and claimed.credentials == SEALED
    assert await kept(emptied, turn_id) == SEALED

    await finish(client, claimed, status)

    assert await kept(emptied, turn_id) is None


async def test_a_turn_that_is_stopped_while_it_waits_keeps_nothing(
    client: StoreClient, emptied: str
) -> None:
    first = await accept_sealed(client)
    claimed = await claim(client, first)
    assert claimed is not None
    waiting = await accept_sealed(client, claimed.thread_id)

    await client.turns.cancel(ANN, waiting, CancelReason.STOP)

    async def gone() -> bool:
        return await kept(emptied, waiting) is None

    await wait_until_async(gone)


async def test_a_dead_letter_keeps_nothing(client: StoreClient, emptied: str) -> None:
    """It may be run again; a user's token is not kept for that."""
    turn_id = await accept_sealed(client)
    claimed = await claim(client, turn_id)
    assert claimed is not None
    end = {"status": TurnStatus.FAILED, "error": {"code": "model_unavailable"}, "dead": True}
    await write(client, claimed, end=end)
    assert await kept(emptied, turn_id) is None

    await client.dead_letters.requeue(turn_id)

    again = await claim(client, turn_id)
    assert again is not None and again.credentials is None
