"""Only the newest attempt of a running turn writes; everybody else is refused."""

import asyncio
from datetime import timedelta

import pytest
from turnstream.contracts.store_api import Step, ThreadPatch
from turnstream.contracts.turns import (
    ClaimedTurn,
    HeldTurn,
    ReleaseTurn,
    RenewLeases,
    TurnStatus,
)
from turnstream.errors import Fenced
from turnstream.store_client import StoreClient

from tests.integration.store.conftest import item_ids
from tests.support.turns import (
    ANN,
    LEASE,
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
"""A lease that has ended by the time anybody looks."""


async def taken_over(client: StoreClient) -> tuple[ClaimedTurn, ClaimedTurn]:
    """The same turn as its dead worker knew it, and as the one that took over does."""
    accepted = await accept(client)
    dead = await claim(client, accepted.turn_id, worker="dead", lease=BLINK)
    assert dead is not None
    alive: ClaimedTurn | None = None

    async def claimed() -> bool:
        nonlocal alive
        alive = await claim(client, accepted.turn_id, worker="alive")
        return alive is not None

    await wait_until_async(claimed, message="the sweeper does not requeue the turn")
    assert alive is not None
    return dead, alive


async def test_of_many_workers_one_gets_the_turn(client: StoreClient) -> None:
    """Twenty claims at once give the turn to exactly one worker."""
    accepted = await accept(client)

    claims = [claim(client, accepted.turn_id, worker=f"w{n}") for n in range(20)]

    assert sum(each is not None for each in await asyncio.gather(*claims)) == 1


async def test_one_turn_of_a_thread_runs_at_a_time(client: StoreClient) -> None:
    """Claims on all of a thread's turns at once run only the first in line, then the next."""
    first = await accept(client)
    rest = [await accept(client, message(str(n), thread_id=first.thread_id)) for n in range(3)]
    waiting = [first, *rest]
    while waiting:
        claims = await asyncio.gather(*(claim(client, each.turn_id) for each in waiting))
        got = [each for each in claims if each is not None]

        assert [each.turn_id for each in got] == [waiting[0].turn_id]
        await finish(client, got[0])
        waiting.pop(0)


async def test_a_superseded_attempt_can_write_nothing(client: StoreClient) -> None:
    """Items, journal, thread, end and release of the old attempt are all refused."""
    dead, alive = await taken_over(client)
    turn_id, old = dead.turn_id, dead.attempt
    writes = [
        save_item(client, dead, item("msg_zombie")),
        write(client, dead, removed=["msg_1"]),
        write(client, dead, steps=[Step(key="key", value="{}")]),
        client.attempts.patch_thread(ANN, turn_id, ThreadPatch(attempt=old, fields={"title": "Z"})),
        finish(client, dead),
        client.turns.release(ANN, turn_id, ReleaseTurn(attempt=old, count_as_failed=False)),
    ]
    for refused in writes:
        with pytest.raises(Fenced):
            await refused

    await finish(client, alive)
    assert "msg_zombie" not in await item_ids(client, alive.thread_id)


async def test_a_lost_lease_is_told_at_the_next_renewal(client: StoreClient) -> None:
    """A renewal keeps what is held and leaves out what somebody else has taken."""
    dead, alive = await taken_over(client)
    held = [HeldTurn(turn_id=each.turn_id, attempt=each.attempt) for each in (dead, alive)]

    for turn, expected in zip(held, ([], [alive.turn_id]), strict=True):
        answer = await client.turns.renew(RenewLeases(worker="w", lease=LEASE, turns=[turn]))
        assert answer.held == expected


async def test_what_an_attempt_stored_is_hidden_from_the_next(client: StoreClient) -> None:
    """A second attempt sees its thread as the first one did, and is told what was stored."""
    first = await running(client)
    await save_item(client, first, item("msg_1"))
    await client.turns.release(
        first.context.owner,
        first.turn_id,
        ReleaseTurn(attempt=first.attempt, count_as_failed=False),
    )

    second = await claim(client, first.turn_id)

    assert second is not None
    assert second.items == first.items
    assert [own["id"] for own in second.own_items] == ["msg_1"]


async def test_giving_a_turn_back_uses_up_no_attempt(client: StoreClient) -> None:
    """A turn released by draining workers many times can still be run."""
    accepted = await accept(client)
    for _ in range(5):
        claimed = await claim(client, accepted.turn_id)
        assert claimed is not None
        assert not claimed.final_attempt
        await client.turns.release(
            ANN,
            accepted.turn_id,
            ReleaseTurn(attempt=claimed.attempt, count_as_failed=False),
        )


async def test_finishing_twice_is_finishing_once(client: StoreClient) -> None:
    """A finish whose answer was lost can be sent again; a different end is refused."""
    claimed = await running(client)
    await finish(client, claimed)
    await finish(client, claimed)

    with pytest.raises(Fenced):
        await finish(client, claimed, TurnStatus.FAILED)


async def test_a_write_races_a_takeover_and_one_of_them_loses(client: StoreClient) -> None:
    """Interleaved with the release of its attempt, a write is either seen or refused."""
    for _ in range(20):
        first = await running(client)
        released = client.turns.release(
            first.context.owner,
            first.turn_id,
            ReleaseTurn(attempt=first.attempt, count_as_failed=False),
        )
        written_item = save_item(client, first, item("msg_race"))
        _, written = await asyncio.gather(released, written_item, return_exceptions=True)
        second = await claim(client, first.turn_id)

        assert second is not None
        seen = [own["id"] for own in second.own_items]
        assert seen == ([] if isinstance(written, Fenced) else ["msg_race"])
