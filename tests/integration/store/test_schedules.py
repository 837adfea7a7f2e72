"""Schedules in a store: one turn for each occurrence, no matter which store sweeps and what
dies.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from turnstream.contracts.ids import new_id
from turnstream.contracts.schedules import CatchUp, CreateSchedule, Occurrence
from turnstream.contracts.turns import BusyPolicy, TurnStatus
from turnstream.errors import NotFound, Unprocessable
from turnstream.metrics import tenants
from turnstream.store_client import StoreClient
from turnstream_store.schedules.duties import ScheduleRunner
from turnstream_store.sweeper import SweeperServices

from tests.integration.store.conftest import Stores
from tests.support.turns import ANN, BOB, OTHER_ANN, accept, claim, running
from tests.support.waiting import wait_until_async
from tests.support.watching.metrics import Rise

NOON = "0 12 * * *"


def daily(**fields: object) -> CreateSchedule:
    """A message at noon of every day."""
    said = {"id": new_id("sch"), "message": "What is due?", "cron": NOON}
    return CreateSchedule.model_validate(said | fields)


async def due(other: asyncpg.Connection, schedule_id: str, ago: timedelta) -> datetime:
    """Let a schedule be due since so long ago; since when."""
    query = "UPDATE schedules SET next_at = now() - $2::interval WHERE id = $1 RETURNING next_at"
    moment: datetime = await other.fetchval(query, schedule_id, ago)
    return moment


async def happened(client: StoreClient, schedule_id: str) -> list[Occurrence]:
    return await client.schedules.occurrences(ANN, schedule_id)


async def test_an_occurrence_makes_a_turn_as_the_owner(
    client: StoreClient, other: asyncpg.Connection
) -> None:
    """In a new thread, with their message; the schedule goes on to the next time."""
    made = await client.schedules.create(ANN, daily())
    assert made.next_at is not None
    await due(other, made.id, timedelta(seconds=1))

    async def has_happened() -> bool:
        return bool(await happened(client, made.id))

    await wait_until_async(has_happened)
    [occurrence] = await happened(client, made.id)
    claimed = await claim(client, occurrence.turn_id or "")
    assert claimed is not None
    assert claimed.context.owner == ANN
    assert claimed.request["params"]["input"]["content"][0]["text"] == "What is due?"
    assert claimed.thread_id == occurrence.thread_id
    [schedule] = await client.schedules.newest(ANN)
    assert schedule.next_at == made.next_at
    assert await client.schedules.newest(BOB) == await client.schedules.newest(OTHER_ANN) == []


async def test_stores_that_sweep_at_once_make_one_turn(
    stores: Stores, other: asyncpg.Connection, services: SweeperServices
) -> None:
    """Ten at the same moment, again and again."""
    client = await stores.start()
    made = await client.schedules.create(ANN, daily())
    for count in range(1, 6):
        await due(other, made.id, timedelta(milliseconds=count))
        await asyncio.gather(*(ScheduleRunner()(services) for _ in range(10)))
        assert await other.fetchval("SELECT count(*) FROM turns") == count
        assert len(await happened(client, made.id)) == count


async def test_a_store_that_dies_before_the_commit_leaves_no_turn_and_no_occurrence(
    stores: Stores, other: asyncpg.Connection, services: SweeperServices
) -> None:
    """Another makes both. The trigger cuts the transaction off at its last statement."""
    client = await stores.start()
    made = await client.schedules.create(ANN, daily())
    await due(other, made.id, timedelta(seconds=1))
    await other.execute("ALTER TABLE occurrences ADD CONSTRAINT dies CHECK (outcome = 'never')")
    try:
        await ScheduleRunner()(services)
        assert await other.fetchval("SELECT count(*) FROM turns") == 0
    finally:
        await other.execute("ALTER TABLE occurrences DROP CONSTRAINT dies")
    await ScheduleRunner()(services)
    assert await other.fetchval("SELECT count(*) FROM turns") == 1
    assert len(await happened(client, made.id)) == 1


async def test_schedules_that_cannot_be_run_hide_no_other(
    stores: Stores, other: asyncpg.Connection, services: SweeperServices
) -> None:
    """A batch of them comes first, and is found again: the one behind them happens all the same."""
    client = await stores.start()
    bad = [(await client.schedules.create(ANN, daily())).id for _ in range(2)]
    await other.execute("UPDATE schedules SET catch_up = 'sometimes'")
    good = await client.schedules.create(ANN, daily())
    await due(other, good.id, timedelta(seconds=1))
    for schedule_id in bad:
        await due(other, schedule_id, timedelta(minutes=1))

    run = ScheduleRunner(batch=2)
    assert await run(services)
    assert not await run(services)

    assert len(await happened(client, good.id)) == 1
    assert await run(services)  # from the first again


@pytest.mark.parametrize(("catch_up", "count"), [(CatchUp.LATEST, 1), (CatchUp.NONE, 0)])
async def test_missed_occurrences_happen_once_or_not_at_all(
    stores: Stores,
    other: asyncpg.Connection,
    services: SweeperServices,
    catch_up: CatchUp,
    count: int,
) -> None:
    """After days without a store: the latest of them, or none, as the schedule says."""
    client = await stores.start()
    hourly = daily(cron="0 * * * *", catch_up=catch_up)
    made = await client.schedules.create(ANN, hourly)
    long_ago = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=3)
    await other.execute("UPDATE schedules SET next_at = $1", long_ago)
    if datetime.now(UTC).minute < 2:
        await asyncio.sleep(0)  # within the grace the latest is not late, and happens either way
        count = 1
    for _ in range(2):
        await ScheduleRunner()(services)
    occurrences = await happened(client, made.id)
    assert len(occurrences) == count
    assert all(datetime.now(UTC) - each.occurs_at < timedelta(hours=1) for each in occurrences)
    [schedule] = await client.schedules.newest(ANN)
    assert schedule.next_at is not None
    assert schedule.next_at > datetime.now(UTC)


async def test_a_schedule_that_happens_once_is_over_then(
    stores: Stores, other: asyncpg.Connection, services: SweeperServices
) -> None:
    client = await stores.start()
    once = daily(cron=None, run_at=datetime.now(UTC) + timedelta(hours=1))
    made = await client.schedules.create(ANN, once)
    await ScheduleRunner()(services)
    assert await happened(client, made.id) == []
    await due(other, made.id, timedelta(hours=2))
    for _ in range(2):
        await ScheduleRunner()(services)
    assert len(await happened(client, made.id)) == 1
    assert [each.next_at for each in await client.schedules.newest(ANN)] == [None]


async def test_a_paused_schedule_does_not_happen(
    stores: Stores, other: asyncpg.Connection, services: SweeperServices
) -> None:
    """Once resumed it does what it would after a downtime."""
    client = await stores.start()
    made = await client.schedules.create(ANN, daily())
    await client.schedules.pause(ANN, made.id)
    await due(other, made.id, timedelta(seconds=1))
    await ScheduleRunner()(services)
    assert await happened(client, made.id) == []
    await client.schedules.resume(ANN, made.id)
    await ScheduleRunner()(services)
    assert len(await happened(client, made.id)) == 1


@pytest.mark.parametrize(
    ("when_busy", "code"), [(BusyPolicy.REJECT, "thread_busy"), (BusyPolicy.ENQUEUE, None)]
)
async def test_a_busy_thread_is_treated_as_the_schedule_says(
    stores: Stores,
    other: asyncpg.Connection,
    services: SweeperServices,
    when_busy: BusyPolicy,
    code: str | None,
) -> None:
    """The occurrence waits behind the turn, or is refused and not tried again."""
    client = await stores.start()
    turn = await running(client)
    asked = daily(thread_id=turn.thread_id, when_busy=when_busy)
    made = await client.schedules.create(ANN, asked)
    await due(other, made.id, timedelta(seconds=1))
    for _ in range(2):
        await ScheduleRunner()(services)
    [occurrence] = await happened(client, made.id)
    assert occurrence.error_code == code
    if code is None:
        view = await client.turns.show(ANN, occurrence.turn_id or "")
        assert view.status is TurnStatus.QUEUED


async def test_a_limit_refuses_an_occurrence_as_it_refuses_a_message(
    emptied: str, stores: Stores, other: asyncpg.Connection, services: SweeperServices
) -> None:
    """The next one comes all the same. A schedule whose thread is gone is paused."""
    client = await stores.start()
    settings = services.settings.model_copy(update={"max_turns_per_user": 1})
    bounded = SweeperServices(**{**vars(services), "settings": settings})
    first = await accept(client)
    made = await client.schedules.create(ANN, daily())
    await due(other, made.id, timedelta(seconds=1))
    await ScheduleRunner()(bounded)
    assert [each.error_code for each in await happened(client, made.id)] == ["too_many_turns"]
    gone = await client.schedules.create(ANN, daily(thread_id=first.thread_id))
    await client.threads.delete(ANN, first.thread_id)
    await due(other, gone.id, timedelta(seconds=1))
    await ScheduleRunner()(services)
    assert [each.error_code for each in await happened(client, gone.id)] == ["not_found"]
    paused = {each.id: each.paused_at is not None for each in await client.schedules.newest(ANN)}
    assert paused == {made.id: False, gone.id: True}


async def test_messages_that_are_being_accepted_count_for_a_scheduled_turn(
    emptied: str, stores: Stores, other: asyncpg.Connection, services: SweeperServices
) -> None:
    """The turns of a user have one bound and one metric, however they begin."""
    client = await stores.start()
    bounded = {"settings": services.settings.model_copy(update={"max_turns_per_user": 1})}
    mine = SweeperServices(**{**vars(services), **bounded})
    made = await client.schedules.create(ANN, daily())
    await due(other, made.id, timedelta(seconds=1))
    accepted = Rise("turnstream_turns_accepted_total", tenant=tenants.of(ANN.tenant))
    with mine.acceptances.one_more(ANN, 10) as message:
        message.ahead()  # it is being written
        await ScheduleRunner()(mine)
    assert [each.error_code for each in await happened(client, made.id)] == ["too_many_turns"]
    assert accepted.amount == 0
    again = await client.schedules.create(ANN, daily())
    await due(other, again.id, timedelta(seconds=1))
    await ScheduleRunner()(mine)
    assert [each.error_code for each in await happened(client, again.id)] == [None]
    assert accepted.amount == 1


async def test_a_scheduled_turn_is_refused_where_its_tenant_is_full(
    stores: Stores, other: asyncpg.Connection, services: SweeperServices
) -> None:
    """By the same rule as a message."""
    client = await stores.start()
    settings = services.settings.model_copy(update={"max_turns_per_tenant": 1})
    mine = SweeperServices(**{**vars(services), "settings": settings})
    made = await client.schedules.create(ANN, daily())
    await accept(client, owner=BOB)
    await mine.acceptances.backlog.refresh(mine.database)
    await due(other, made.id, timedelta(seconds=1))
    await ScheduleRunner()(mine)
    codes = [each.error_code for each in await happened(client, made.id)]
    assert codes == ["too_many_turns_of_tenant"]


async def test_a_user_has_so_many_schedules_and_only_in_threads_of_theirs(stores: Stores) -> None:
    """And none that happens too often, or has passed."""
    client = await stores.start(max_schedules_per_user=1, max_schedules_per_tenant=2)
    theirs = await accept(client, owner=BOB)
    with pytest.raises(NotFound):
        await client.schedules.create(ANN, daily(thread_id=theirs.thread_id))
    with pytest.raises(Unprocessable, match="5 minutes"):
        await client.schedules.create(ANN, daily(cron="* * * * *"))
    with pytest.raises(Unprocessable, match="passed"):
        passed = datetime.now(UTC) - timedelta(minutes=1)
        await client.schedules.create(ANN, daily(cron=None, run_at=passed))
    asked = daily()
    made = await client.schedules.create(ANN, asked)
    assert await client.schedules.create(ANN, asked) == made
    with pytest.raises(Unprocessable, match="At most 1"):
        await client.schedules.create(ANN, daily())
    await client.schedules.create(BOB, daily())
    with pytest.raises(Unprocessable, match="tenant"):
        await client.schedules.create(ANN.__class__(ANN.tenant, "carl"), daily())


async def test_an_erasure_deletes_schedules_and_what_they_led_to(
    client: StoreClient, other: asyncpg.Connection, services: SweeperServices
) -> None:
    made = await client.schedules.create(ANN, daily())
    await due(other, made.id, timedelta(seconds=1))
    await ScheduleRunner()(services)
    await client.privacy.erase(ANN)

    async def is_erased() -> bool:
        query = "SELECT (SELECT count(*) FROM schedules) + (SELECT count(*) FROM occurrences)"
        return bool(await other.fetchval(query) == 0)

    await wait_until_async(is_erased)
