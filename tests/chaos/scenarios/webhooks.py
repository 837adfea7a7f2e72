"""Webhooks and schedules while stores and workers die: one event a turn, one turn an occurrence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.webhooks import CreateWebhook, WebhookEvent
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.schedules import CreateSchedule, OccurrenceOutcome
from turnstream.store_client import HttpStoreClient

from tests.chaos import answers
from tests.chaos.crowd import Crowd
from tests.chaos.scenario import Case, Outcome, Scenario, now
from tests.chaos.soundness import Fault
from tests.chaos.world import Shape, World
from tests.support.waiting import wait_until_async
from tests.support.webhook_receivers import SECRET, one_by_one, receiver, status

TURNS, AT_ONCE = 16, 6
KILLS = 3
SCHEDULES = 8
ARRIVED = 75.0
"""Seconds: a delivery that a store died over is taken up by another after half a minute."""


async def told(case: Case) -> Outcome:
    """The receiver hears of every turn, at least once and under one id, and of no other turn."""
    world = case.world
    # Every second answer is a failure at first, so that tries and deaths meet.
    shaky = one_by_one(*[status(503), status(200)] * 10)
    async with _client(world) as store, receiver(shaky) as server:
        webhook = CreateWebhook(
            id=new_id("whk"), url=server.url, events=[*WebhookEvent], secret=SECRET
        )
        await store.webhooks.create(DEFAULT_TENANT, webhook)
        began = now()
        async with Crowd(case, AT_ONCE) as crowd:
            killing = asyncio.create_task(_kill_stores_and_workers(case))
            await crowd.talk([case.message(answers.WITH_TOOLS) for _ in range(TURNS)])
            await killing
            await crowd.judge([Fault(began, now())])
            turns = {client.turn_id for client in crowd.clients}

        def heard() -> bool:
            return turns <= {each.event["data"]["turn_id"] for each in server.received}

        await wait_until_async(heard, ARRIVED, "an event of every turn")
        events = {each.event_id: each.verified()["data"]["turn_id"] for each in server.received}
        assert sorted(events.values()) == sorted(map(str, turns)), f"events {events} of {turns}"
        await store.webhooks.delete(DEFAULT_TENANT, webhook.id)
        return Outcome(note=f"{len(events)} events in {len(server.received)} deliveries")


async def happens(case: Case) -> Outcome:
    """Each occurrence leads to one turn, and its user finds one thread."""
    world = case.world
    async with _client(world) as store, world.tab() as client:
        case.clients.append(client)
        owner = Owner(DEFAULT_TENANT, client.user)
        made = []
        for number in range(SCHEDULES):
            at = datetime.now(UTC) + timedelta(seconds=2 + number / 2)
            said = case.message(answers.QUICK)
            command = CreateSchedule(id=new_id("sch"), message=said, run_at=at)
            made.append(await store.schedules.create(owner, command))
        await _kill_stores_and_workers(case)

        async def all_ended() -> bool:
            rows = await world.query("SELECT status FROM turns WHERE owner = $1", client.user)
            return len(rows) >= SCHEDULES and all(row["status"] == "completed" for row in rows)

        await wait_until_async(all_ended, ARRIVED, "a turn of every occurrence")
        for schedule in made:
            occurrences = await store.schedules.occurrences(owner, schedule.id)
            outcomes = [each.outcome for each in occurrences]
            assert outcomes == [OccurrenceOutcome.ACCEPTED], f"{schedule.id} led to {occurrences}"
        await world.whole()
        threads = (await client.list_threads(limit=100))["data"]
        assert len(threads) == SCHEDULES, f"{len(threads)} threads of {SCHEDULES} occurrences"
        return Outcome(note=f"{SCHEDULES} occurrences")


async def _kill_stores_and_workers(case: Case) -> None:
    """Kill the store or a worker at random moments; each is back before the next one dies."""
    services = [case.world.stack.service(name) for name in ("store-1", "agent-worker-1")]
    for _ in range(KILLS):
        await asyncio.sleep(case.rng.uniform(0.2, 1.5))
        service = case.rng.choice(services)
        pid = service.pid
        await asyncio.to_thread(service.kill)
        await case.world.replaced(service, pid)


@asynccontextmanager
async def _client(world: World) -> AsyncIterator[HttpStoreClient]:
    stack = world.stack
    url, timeout = stack.service("store-1").url, timedelta(seconds=30)
    async with HttpStoreClient(url, retry_timeout=timeout, key=stack.internal_key) as client:
        yield client


_SETTINGS = {
    "WEBHOOK_ALLOW_HTTP": "true",
    "WEBHOOK_NETWORKS": "127.0.0.0/8",
    "WEBHOOK_RETRIES": "500ms,1s,2s,4s,8s,8s,8s,8s,8s",
}
_SHAPE = Shape(settings=_SETTINGS)
SCENARIOS = [
    Scenario(
        "webhooks",
        "the store and workers die while turns end: one event of each, sent until it arrives",
        told,
        runs=5,
        shape=_SHAPE,
    ),
    Scenario(
        "schedules",
        "the store and workers die while schedules are due: one turn for each occurrence",
        happens,
        runs=5,
        shape=_SHAPE,
    ),
]
