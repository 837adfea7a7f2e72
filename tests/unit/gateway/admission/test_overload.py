"""A new turn is refused when it would wait too long, judged by what it would wait itself."""

import asyncio
from datetime import timedelta

import pytest
from turnstream.contracts.operating.queue import QueueState, TenantQueue
from turnstream.errors import Overloaded, Unavailable
from turnstream_gateway.admission.overload import OverloadGuard

from tests.support.waiting import wait_until_async

MINUTE = timedelta(minutes=1)


class PlayedQueue:
    """A queue that looks as a test says."""

    def __init__(self, state: QueueState | None) -> None:
        self.seen = state
        self.asked = 0

    async def state(self) -> QueueState:
        """Part of `Queue`."""
        self.asked += 1
        if self.seen is None:
            raise Unavailable()
        return self.seen


def queue(ended: int, /, **tenants: tuple[int, float]) -> QueueState:
    """So many ends in 30 s; of each tenant users that wait, and the age of the oldest."""
    known = {name: TenantQueue(users=users, age=age) for name, (users, age) in tenants.items()}
    return QueueState(tenants=known, ended=ended, window=30.0)


async def watching(state: QueueState, max_age: timedelta = MINUTE) -> OverloadGuard:
    """What has seen this queue."""
    overload = OverloadGuard(PlayedQueue(state), max_age)
    await overload.look()
    return overload


def test_nobody_waits_where_nobody_is_first() -> None:
    """An empty queue, whatever ended."""
    assert QueueState().wait("acme") == 0
    assert queue(0).wait("acme") == 0


def test_a_neighbours_flood_keeps_nobody_waiting() -> None:
    """The oldest turn of one who queued 2,000 is old; the next user waits for one slot."""
    flood = queue(30, acme=(1, 900.0))
    assert flood.wait("globex") == 1
    assert flood.wait("acme") == 1


def test_many_users_keep_each_other_waiting() -> None:
    """Each of them is served once before a new one of their tenant, and of another tenant's one."""
    crowd = queue(30, acme=(200, 150.0))
    assert crowd.wait("acme") == 150  # by the pace it would be 200
    assert crowd.wait("globex") == 1
    both = queue(60, acme=(200, 150.0), globex=(2, 2.0))
    assert (both.wait("globex"), both.wait("acme"), both.wait("initech")) == (2, 101, 1)


def test_a_queue_that_stands_still_is_judged_by_who_waits_longest() -> None:
    """No turn ended: there is no pace."""
    assert queue(0, acme=(3, 45.0)).wait("acme") == 45
    assert queue(0, acme=(3, 45.0)).wait("globex") == 45


def test_a_burst_that_has_just_come_is_no_overload() -> None:
    """Few have ended yet, and nobody has waited."""
    assert queue(1, acme=(400, 0.5)).wait("acme") == 0.5


async def test_a_turn_that_would_wait_too_long_is_refused_with_a_true_time() -> None:
    """When the queue is short enough again, at the pace that it has."""
    overload = await watching(queue(30, acme=(90, 200.0)))
    with pytest.raises(Overloaded) as refused:
        overload.check("acme")
    assert refused.value.retry_after == 30
    assert (refused.value.status, refused.value.retryable) == (503, True)
    overload.check("globex")
    (await watching(queue(30, acme=(60, 200.0)))).check("acme")


async def test_nobody_is_told_to_wait_for_an_hour() -> None:
    """By then much has changed."""
    overload = await watching(queue(0, acme=(1, 7200.0)))
    with pytest.raises(Overloaded) as refused:
        overload.check("acme")
    assert refused.value.retry_after == 60


async def test_a_queue_in_which_somebody_waits_is_watched_though_nobody_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A turn that comes after a silence is refused as one that comes without; an empty queue is
    left alone until somebody asks.
    """
    monkeypatch.setattr("turnstream_gateway.admission.overload._EVERY", 0.005)
    full, empty = PlayedQueue(queue(0, acme=(9, 9000.0))), PlayedQueue(queue(9))
    watched, rested = OverloadGuard(full, MINUTE), OverloadGuard(empty, MINUTE)
    running = [asyncio.create_task(each.run()) for each in (watched, rested)]
    try:
        await wait_until_async(lambda: full.asked >= 10)
        assert empty.asked == 1
        rested.check("acme")
        await wait_until_async(lambda: empty.asked >= 2)
    finally:
        for each in running:
            each.cancel()
        await asyncio.wait(running)
    with pytest.raises(Overloaded):
        watched.check("acme")


async def test_zero_refuses_nobody_and_looks_at_nothing() -> None:
    """The setting's way to be off."""
    played = PlayedQueue(queue(0, acme=(9, 9000.0)))
    overload = OverloadGuard(played, timedelta(0))
    await overload.run()
    overload.check("acme")
    assert played.asked == 0


async def test_who_cannot_see_the_queue_refuses_nobody() -> None:
    """What was seen last is believed for some seconds, through a hiccup of the store."""
    now = [100.0]
    played = PlayedQueue(queue(0, acme=(9, 9000.0)))
    overload = OverloadGuard(played, MINUTE, lambda: now[0])
    overload.check("acme")
    await overload.look()
    played.seen = None
    now[0] += 4
    await overload.look()
    with pytest.raises(Overloaded):
        overload.check("acme")
    now[0] += 2
    overload.check("acme")
