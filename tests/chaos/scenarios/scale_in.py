"""Workers are taken out one after the other under load; one is killed before it is done."""

import asyncio
from datetime import timedelta

import orjson
from turnstream.contracts.operating.operations import AttemptOutcome
from turnstream_devstack.services import Service

from tests.chaos import answers
from tests.chaos.crowd import Crowd
from tests.chaos.scenario import Case, Outcome, Scenario, now
from tests.chaos.soundness import Fault
from tests.chaos.world import Shape, World
from tests.support.waiting import wait_until_async

WORKERS, STAY = 5, 2
DRAIN = 2.0
"""Seconds that turns may go on after SIGTERM: a long answer takes longer and is handed back."""
GRACES = (60.0, 1.0, 10.0)
"""Seconds from SIGTERM to SIGKILL, for one worker after the other. One is less than a drain."""
EVERY = 10.0
AT_ONCE = 12


async def removed(case: Case) -> Outcome:
    """No turn fails. An attempt counts as failed only where a worker was killed in its drain."""
    world = case.world
    for _ in range(WORKERS - len(_workers(world))):
        await asyncio.to_thread(world.stack.add_worker)
    began = now()
    removing = asyncio.create_task(_remove(case))
    async with Crowd(case, AT_ONCE) as crowd:
        try:
            while not removing.done():
                kinds = [answers.LENGTHY] * AT_ONCE + [answers.FULL] * (AT_ONCE // 2)
                await crowd.talk([case.message(kind) for kind in kinds])
            killed = await removing
        finally:
            removing.cancel()
        await crowd.judge([Fault(began, now())])
    again = await world.query("SELECT id, failures, attempts FROM turns WHERE attempt > 1")
    for turn in again:
        *earlier, _ = orjson.loads(turn["attempts"])
        lost = [each["worker"] for each in earlier if each["outcome"] == AttemptOutcome.LEASE_LOST]
        assert {*lost} <= {killed.name}, f"a worker was lost in its drain: {dict(turn)}"
        assert turn["failures"] == len(lost), f"a drain used up an attempt: {dict(turn)}"
    assert len(_workers(world)) == STAY
    assert again, "nobody lost a turn"
    return Outcome(note=f"{crowd.size} turns; {len(again)} went on with another worker")


async def _remove(case: Case) -> Service:
    """Take out all workers but those that stay. The one that had no time for its drain."""
    stack, killed = case.world.stack, None
    for grace in GRACES:
        worker = case.rng.choice(_workers(case.world))
        if grace < DRAIN:
            killed = worker
        await _busy(case.world, worker)
        stack.remove(worker, timedelta(seconds=grace))
        await asyncio.sleep(EVERY)
    assert killed is not None
    return killed


async def _busy(world: World, worker: Service) -> None:
    """Wait until the worker has a turn to lose."""

    async def runs() -> bool:
        sql = "SELECT FROM turns WHERE status = 'running' AND worker = $1 LIMIT 1"
        return bool(await world.query(sql, worker.name))

    await wait_until_async(runs, 30, f"{worker.name} has a turn")


def _workers(world: World) -> list[Service]:
    return [each for each in world.stack.services.values() if each.spec.role == "worker"]


SCENARIOS = [
    Scenario(
        "scale-in",
        "workers taken out every 10 s under load, killed 1, 10 and 60 s after SIGTERM",
        removed,
        runs=3,
        shape=Shape(workers=WORKERS, settings={"DRAIN": f"{DRAIN:g}s", "SLOTS": "4"}),
        limit=300,
    )
]
