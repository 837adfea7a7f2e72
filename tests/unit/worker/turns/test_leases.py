"""Leases: renewed at a third of their length, and given up before anybody else can have them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from turnstream.contracts.turns import CancelReason
from turnstream_worker.attempt import Attempt, Interruption
from turnstream_worker.turns.leases import LeaseKeeper

from tests.support.waiting import wait_until_async
from tests.unit.worker.attempts import an_attempt
from tests.unit.worker.turns.renewals import RenewingStore

LEASE = timedelta(seconds=0.6)


@pytest.fixture
def store() -> RenewingStore:
    return RenewingStore()


@asynccontextmanager
async def kept(store: RenewingStore, *attempts: Attempt) -> AsyncIterator[LeaseKeeper]:
    """A keeper at work, with attempts whose leases have just begun."""
    keeper = LeaseKeeper(store, "w1", LEASE)
    for attempt in attempts:
        keeper.keep(attempt)
    running = asyncio.create_task(keeper.run())
    async with asyncio.timeout(20):
        yield keeper
    running.cancel()
    await asyncio.wait({running})


def held(turn_id: str = "turn_1", **fields: Any) -> Attempt:
    """An attempt with a whole lease before it."""
    attempt = an_attempt(turn_id=turn_id, **fields)
    attempt.lease_deadline = asyncio.get_running_loop().time() + LEASE.total_seconds()
    return attempt


async def test_all_leases_are_renewed_in_one_call_at_a_third_of_their_length(
    store: RenewingStore,
) -> None:
    """Two calls may fail before a turn is lost."""
    began = asyncio.get_running_loop().time()
    async with kept(store, held("turn_1"), held("turn_2")):
        await wait_until_async(lambda: len(store.asked) >= 1)

    assert [each.turn_id for each in store.asked[0].turns] == ["turn_1", "turn_2"]
    assert store.at[0] - began >= LEASE.total_seconds() / 3 - 0.01


async def test_a_renewed_lease_counts_from_when_the_call_was_sent(store: RenewingStore) -> None:
    """So it ends here before it ends in the store, however long the answer takes."""
    attempt = held()
    before = attempt.lease_deadline
    async with kept(store, attempt):
        await wait_until_async(lambda: attempt.lease_deadline > before)

    assert attempt.lease_deadline <= store.at[0] + LEASE.total_seconds()
    assert attempt.interruption is None


async def test_a_turn_that_the_store_does_not_name_is_lost(store: RenewingStore) -> None:
    """Another attempt may run; the worker's other turns go on."""
    lost, other = held("turn_1"), held("turn_2")
    store.lost = {"turn_1"}
    async with kept(store, lost, other):
        assert await lost.interrupted() is Interruption.LOST

    assert other.interruption is None


async def test_a_lease_that_nobody_confirms_is_given_up_before_it_ends(
    store: RenewingStore,
) -> None:
    """By this process's own clock: the store is away."""
    attempt = held()
    store.away = True
    async with kept(store, attempt):
        assert await attempt.interrupted() is Interruption.LOST

    assert attempt.lease_left() > 0 or attempt.is_lost
    assert asyncio.get_running_loop().time() < attempt.lease_deadline + LEASE.total_seconds()


async def test_a_turn_that_was_given_up_is_never_renewed_again(store: RenewingStore) -> None:
    """Whatever its attempt is still busy with: somebody else must get it."""
    lost, other = held("turn_1"), held("turn_2")
    lost.interrupt(Interruption.LOST)
    async with kept(store, lost, other):
        await wait_until_async(lambda: len(store.asked) >= 2)

    assert all([each.turn_id for each in asked.turns] == ["turn_2"] for asked in store.asked)


async def test_a_stop_comes_with_the_renewal_at_the_latest(store: RenewingStore) -> None:
    """The message that carries it faster may be lost."""
    attempt = held()
    store.cancelled = {"turn_1": CancelReason.DISCONNECT}
    async with kept(store, attempt):
        assert await attempt.interrupted() is Interruption.DISCONNECT


async def test_an_attempt_that_has_ended_is_not_renewed(store: RenewingStore) -> None:
    """Nobody is asked when nothing runs."""
    attempt, other = held("turn_1"), held("turn_2")
    async with kept(store, attempt, other) as keeper:
        keeper.drop(attempt)
        await wait_until_async(lambda: len(store.asked) >= 1)
        assert keeper.find("turn_1") is None
        assert keeper.find("turn_2") is other

    assert [each.turn_id for each in store.asked[0].turns] == ["turn_2"]


@pytest.mark.parametrize("final", [True, False])
async def test_it_knows_whether_a_turn_on_its_last_attempt_runs_here(
    store: RenewingStore, final: bool
) -> None:
    """Two of them must not share a worker: one may kill it."""
    async with kept(store, held(final_attempt=final)) as keeper:
        assert keeper.runs_last_attempt is final
