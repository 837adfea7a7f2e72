"""Schedules of a user: what is refused, what happens, and who may see it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import Owner
from turnstream.contracts.schedules import (
    CatchUp,
    CreateSchedule,
    Occurrence,
    OccurrenceOutcome,
    Schedule,
)
from turnstream.errors import NotFound, Unprocessable
from turnstream.store_client import StoreClient
from turnstream.testing import Limits

from tests.integration.store_client.conftest import StoreWith
from tests.support.turns import ANN, BOB, OTHER_ANN, accept, claim
from tests.support.waiting import wait_until, wait_until_async

NOON = "0 12 * * *"


def schedule(**fields: object) -> CreateSchedule:
    """A message at noon of every day."""
    said = {"id": new_id("sch"), "message": "What is due?"}
    times = {} if "run_at" in fields else {"cron": NOON}
    return CreateSchedule.model_validate(said | times | fields)


async def due_soon(client: StoreClient, **fields: object) -> Schedule:
    """A schedule of ann's that happens in a moment, however slow the machine is."""
    for delay in (0.2, 1, 5):
        with suppress(Unprocessable):  # its time had passed when the store read it
            run_at = datetime.now(UTC) + timedelta(seconds=delay)
            return await client.schedules.create(ANN, schedule(run_at=run_at, **fields))
    raise AssertionError("no call is answered within seconds")


async def happened(client: StoreClient, schedule_id: str) -> Occurrence:
    """What a schedule led to, once it did."""
    occurrences: list[Occurrence] = []

    async def has_happened() -> bool:
        occurrences[:] = await client.schedules.occurrences(ANN, schedule_id)
        return bool(occurrences)

    await wait_until_async(has_happened)
    [occurrence] = occurrences
    return occurrence


async def test_a_schedule_is_made_once_for_its_id(client: StoreClient) -> None:
    """The same call again finds it; it is its owner's alone."""
    asked = schedule(time_zone="Asia/Taipei")
    made = await client.schedules.create(ANN, asked)

    assert await client.schedules.create(ANN, asked) == made
    assert made.next_at is not None and made.next_at.astimezone(UTC).hour == 4
    assert await client.schedules.newest(ANN) == [made]
    assert await client.schedules.newest(BOB) == await client.schedules.newest(OTHER_ANN) == []
    for owner in (BOB, OTHER_ANN):
        with pytest.raises(NotFound):
            await client.schedules.create(owner, asked)


async def test_schedules_are_listed_newest_first(client: StoreClient) -> None:
    """Paused ones too, and as many as are asked for."""
    made = [await client.schedules.create(ANN, schedule()) for _ in range(3)]
    await client.schedules.pause(ANN, made[1].id)

    listed = await client.schedules.newest(ANN)

    assert [each.id for each in listed] == [each.id for each in made[::-1]]
    assert await client.schedules.newest(ANN, 1) == listed[:1]


@pytest.mark.parametrize(
    ("times", "why"),
    [
        ({"run_at": datetime.now(UTC) - timedelta(seconds=1)}, "passed"),
        ({"cron": "* * * * *"}, "at most every 5 minutes"),
        ({"cron": "0 12 * *"}, "five fields"),
        ({"cron": "0 25 * * *"}, "cron"),
        ({"cron": "0 0 30 2 *"}, "cron"),
    ],
)
async def test_times_that_may_not_be_are_refused(
    client: StoreClient, times: dict[str, object], why: str
) -> None:
    """With the reason, and nothing is kept."""
    with pytest.raises(Unprocessable, match=why):
        await client.schedules.create(ANN, schedule(**times))
    assert await client.schedules.newest(ANN) == []


async def test_a_schedule_belongs_to_a_thread_of_its_owners(client: StoreClient) -> None:
    """One of somebody else's is not found."""
    with pytest.raises(NotFound):
        bobs = await accept(client, owner=BOB)
        await client.schedules.create(ANN, schedule(thread_id=bobs.thread_id))


async def test_a_user_and_a_tenant_have_so_many_schedules(store_with: StoreWith) -> None:
    """One that is deleted makes room."""
    limits = Limits(max_schedules_per_user=1, max_schedules_per_tenant=2)
    async with store_with(limits) as client:
        made = await client.schedules.create(ANN, schedule())
        with pytest.raises(Unprocessable, match="of a user"):
            await client.schedules.create(ANN, schedule())
        await client.schedules.create(BOB, schedule())
        with pytest.raises(Unprocessable, match="tenant"):
            await client.schedules.create(Owner(ANN.tenant, "zoe"), schedule())
        await client.schedules.create(OTHER_ANN, schedule())

        await client.schedules.delete(ANN, made.id)
        await client.schedules.create(ANN, schedule())


async def test_a_store_may_let_schedules_happen_more_often(store_with: StoreWith) -> None:
    """As often as its setting says."""
    async with store_with(Limits(schedule_min_interval=timedelta(minutes=1))) as client:
        assert (await client.schedules.create(ANN, schedule(cron="* * * * *"))).next_at


async def test_what_is_due_happens_once_as_a_turn_of_its_owners(client: StoreClient) -> None:
    """With their message, and what their tenant has of its own."""
    await client.tenants.set(ANN.tenant, TenantSettings(model="tenants-own"))
    made = await due_soon(client)

    occurrence = await happened(client, made.id)

    assert (occurrence.occurs_at, occurrence.outcome) == (made.run_at, OccurrenceOutcome.ACCEPTED)
    turn = await claim(client, occurrence.turn_id or "")
    assert turn is not None
    assert turn.request["params"]["input"]["content"][0]["text"] == "What is due?"
    assert (turn.context.owner, turn.context.model) == (ANN, "tenants-own")
    assert turn.context.metadata == {"schedule_id": made.id}
    assert turn.thread_id == occurrence.thread_id
    assert [each.next_at for each in await client.schedules.newest(ANN)] == [None]


async def test_an_occurrence_that_is_refused_says_why(store_with: StoreWith) -> None:
    """Its user has as many turns as they may."""
    async with store_with(Limits(max_turns_per_user=1)) as client:
        accepted = await accept(client)
        made = await due_soon(client, thread_id=accepted.thread_id)

        occurrence = await happened(client, made.id)

    assert (occurrence.outcome, occurrence.turn_id) == (OccurrenceOutcome.REFUSED, None)
    assert (occurrence.thread_id, occurrence.error_code) == (accepted.thread_id, "too_many_turns")


async def test_a_paused_schedule_happens_when_it_is_resumed(client: StoreClient) -> None:
    """Both may be said twice; a time that passed meanwhile happens late."""
    await client.schedules.newest(ANN)  # the first call of a client takes longest
    run_at = datetime.now(UTC) + timedelta(seconds=2)
    made = await client.schedules.create(ANN, schedule(run_at=run_at))
    paused = [await client.schedules.pause(ANN, made.id) for _ in range(2)]
    assert paused[0].paused_at is not None and paused[0] == paused[1]
    wait_until(lambda: datetime.now(UTC) > run_at)
    assert await client.schedules.occurrences(ANN, made.id) == []

    assert (await client.schedules.resume(ANN, made.id)).paused_at is None
    await client.schedules.resume(ANN, made.id)

    assert (await happened(client, made.id)).occurs_at == made.run_at


async def test_a_deleted_schedule_is_gone_and_its_turns_stay(client: StoreClient) -> None:
    """With what it led to."""
    made = await due_soon(client, catch_up=CatchUp.NONE)
    occurrence = await happened(client, made.id)

    await client.schedules.delete(ANN, made.id)

    assert await client.schedules.newest(ANN) == []
    with pytest.raises(NotFound):
        await client.schedules.occurrences(ANN, made.id)
    assert await client.turns.show(ANN, occurrence.turn_id or "")


async def test_a_schedule_of_somebody_else_is_not_found(client: StoreClient) -> None:
    """Whatever is asked of it."""
    made = await client.schedules.create(ANN, schedule())
    for owner in (BOB, OTHER_ANN):
        for call in (
            client.schedules.pause(owner, made.id),
            client.schedules.resume(owner, made.id),
            client.schedules.delete(owner, made.id),
            client.schedules.occurrences(owner, made.id),
        ):
            with pytest.raises(NotFound):
                await call
