"""Every accepted turn reaches one visible end, also when nobody is left to run it."""

from datetime import timedelta

import pytest
from turnstream.contracts.turns import CancelReason, HeldTurn, RenewLeases, TurnStatus
from turnstream.errors import NotFound, Unprocessable
from turnstream.store_client import StoreClient
from turnstream.testing import Limits

from tests.integration.store.conftest import item_ids
from tests.integration.store_client.conftest import StoreWith
from tests.support.turns import (
    ANN,
    BOB,
    accept,
    claim,
    finish,
    item,
    message,
    running,
    save_item,
    write,
)
from tests.support.waiting import wait_until_async

BLINK = timedelta(milliseconds=1)
GRACE = Limits(disconnect_grace=timedelta(seconds=1))
"""Longer than a busy machine takes from one call to the next."""


async def ended(client: StoreClient, turn_id: str) -> TurnStatus:
    """How the turn ended, once it has."""

    async def over() -> bool:
        return (await client.turns.show(ANN, turn_id)).status.ended

    await wait_until_async(over, message="the turn does not end")
    return (await client.turns.show(ANN, turn_id)).status


async def die(client: StoreClient, turn_id: str) -> int:
    """Claim the turn and say nothing more; the attempt that died."""
    attempt = 0

    async def claimed() -> bool:
        nonlocal attempt
        got = await claim(client, turn_id, worker="dying", lease=BLINK)
        attempt = got.attempt if got else 0
        return got is not None

    await wait_until_async(claimed, message="the turn can't be claimed")
    return attempt


async def test_a_dead_letter_runs_again_when_an_operator_says_so(client: StoreClient) -> None:
    """Requeued, it can be claimed with fresh attempts; only once, and not beside another turn."""
    accepted = await accept(client)
    for _ in range(3):
        await die(client, accepted.turn_id)
    await ended(client, accepted.turn_id)
    busy = await running(client, message("meanwhile", thread_id=accepted.thread_id))
    with pytest.raises(Unprocessable):
        await client.dead_letters.requeue(accepted.turn_id)
    await finish(client, busy)

    await client.dead_letters.requeue(accepted.turn_id)

    claimed = await claim(client, accepted.turn_id)
    assert claimed is not None
    assert not claimed.final_attempt
    with pytest.raises(NotFound):
        await client.dead_letters.requeue(accepted.turn_id)


async def test_a_thread_tells_of_its_newest_turn_if_that_failed(client: StoreClient) -> None:
    """To its owner, as viewers were told, if they ask for it; the next turn makes it past."""
    turn = await running(client)
    event = {"type": "error", "code": "custom", "message": "No.", "allow_retry": True}
    error = {"code": "broken", "message": "No.", "event": event}
    await write(client, turn, end={"status": TurnStatus.FAILED, "error": error})
    thread_id = turn.thread_id

    told = await client.turns.active(ANN, thread_id, or_failed=True)

    assert (told.turn_id, told.status) == (turn.turn_id, TurnStatus.FAILED)
    assert told.error is not None
    assert told.error.event == event
    with pytest.raises(NotFound):
        await client.turns.active(ANN, thread_id)
    with pytest.raises(NotFound):
        await client.turns.active(BOB, thread_id, or_failed=True)
    later = await running(client, message(thread_id=thread_id))
    active = await client.turns.active(ANN, thread_id, or_failed=True)
    assert (active.turn_id, active.status) == (later.turn_id, TurnStatus.RUNNING)
    await finish(client, later)
    with pytest.raises(NotFound):
        await client.turns.active(ANN, thread_id, or_failed=True)


async def test_a_queued_turn_is_stopped_at_once(client: StoreClient) -> None:
    """Stop before any worker came: cancelled, twice is once, and nobody can claim it."""
    accepted = await accept(client)

    for _ in range(2):
        turn = await client.turns.cancel(ANN, accepted.turn_id, CancelReason.STOP)
        assert turn.status is TurnStatus.CANCELLED
    assert await claim(client, accepted.turn_id) is None


async def test_another_user_can_not_stop_a_turn(client: StoreClient) -> None:
    """Somebody else's turn does not exist."""
    accepted = await accept(client)

    with pytest.raises(NotFound):
        await client.turns.cancel(BOB, accepted.turn_id, CancelReason.STOP)


async def test_a_lost_connection_counts_as_a_stop_after_the_grace(store_with: StoreWith) -> None:
    """A plain client that stays away stops its turn; one that looks at its thread does not."""
    async with store_with(GRACE) as client:
        away, back = await accept(client), await accept(client)
        for turn in (away, back):
            await client.turns.disconnect(ANN, turn.turn_id)
        await client.threads.show(ANN, back.thread_id)

        assert await ended(client, away.turn_id) is TurnStatus.CANCELLED
        assert await claim(client, back.turn_id) is not None


async def test_news_of_a_lost_connection_may_come_after_the_reload(store_with: StoreWith) -> None:
    """Who looked at the thread just before the news is back already: the turn goes on."""
    async with store_with(GRACE) as client:
        reloaded, gone = await accept(client), await accept(client)
        await client.threads.show(ANN, reloaded.thread_id)
        for turn in (reloaded, gone):
            await client.turns.disconnect(ANN, turn.turn_id)

        assert await ended(client, gone.turn_id) is TurnStatus.CANCELLED
        assert await claim(client, reloaded.turn_id) is not None


async def test_a_waiting_turn_follows_the_one_that_ends(client: StoreClient) -> None:
    """The end of a turn and the next one's turn to run are one commit."""
    first = await running(client)
    second = await accept(client, message("two", thread_id=first.thread_id))
    assert await claim(client, second.turn_id) is None

    await finish(client, first)

    assert await claim(client, second.turn_id) is not None


async def test_an_end_that_comes_after_its_lease_is_whole(client: StoreClient) -> None:
    """Nobody else has the turn: what it takes back goes with it, as its viewers are told."""
    claimed = await running(client)
    await save_item(client, claimed, item("msg_dropped"))
    held = HeldTurn(turn_id=claimed.turn_id, attempt=claimed.attempt)
    await client.turns.renew(RenewLeases(worker="w1", lease=BLINK, turns=[held]))

    async def requeued() -> bool:
        return (await client.turns.show(ANN, claimed.turn_id)).status is TurnStatus.QUEUED

    await wait_until_async(requeued)
    await write(client, claimed, removed=["msg_dropped"], end={"status": TurnStatus.COMPLETED})

    assert "msg_dropped" not in await item_ids(client, claimed.thread_id)


async def test_a_deleted_thread_takes_its_turn_with_it(client: StoreClient) -> None:
    """Deleting a thread under a running turn leaves nothing of either."""
    claimed = await running(client)
    await save_item(client, claimed, item("msg_1"))

    await client.threads.delete(ANN, claimed.thread_id)

    with pytest.raises(NotFound):
        await client.turns.show(ANN, claimed.turn_id)
