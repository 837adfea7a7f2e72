"""A run that waits for a person is taken up once, by one turn, with one decision."""

import asyncpg
from turnstream.contracts.approvals import (
    PauseRun,
    WaitingCall,
)
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import ClaimedTurn
from turnstream.store_client import StoreClient

from tests.support.turns import ANN, finish, running

STATE = '{"schema": "1", "text": "a\\u0000b"}'


def waiting(call_id: str) -> WaitingCall:
    """A call that waits, with its card."""
    return WaitingCall(call_id=call_id, tool="send_email", arguments="{}", item_id=f"m_{call_id}")


async def paused(client: StoreClient, *call_ids: str, owner: Owner = ANN) -> ClaimedTurn:
    """A turn that has ended with a run that waits for these calls."""
    turn = await running(client, owner=owner)
    await pause(client, turn, *call_ids)
    await finish(client, turn)
    return turn


async def pause(client: StoreClient, turn: ClaimedTurn, *call_ids: str, state: str = STATE) -> None:
    calls = [waiting(call_id) for call_id in call_ids]
    command = PauseRun(attempt=turn.attempt, state=state, calls=calls)
    await client.paused_runs.pause(turn.context.owner, turn.turn_id, command)


async def test_a_paused_run_goes_with_its_thread(client: StoreClient, emptied: str) -> None:
    """Deleting the thread deletes what waits in it."""
    turn = await paused(client, "c1")
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    before = await connection.fetchval("SELECT count(*) FROM paused_runs")

    await client.threads.delete(ANN, turn.thread_id)

    assert (before, await connection.fetchval("SELECT count(*) FROM paused_runs")) == (1, 0)
    await connection.close()
