"""Workers of two versions side by side, as in the middle of a deploy: they share every turn."""

import asyncio

from tests.chaos import answers
from tests.chaos.crowd import Crowd
from tests.chaos.scenario import Case, Outcome, Scenario, now
from tests.chaos.verdict import Fault
from tests.chaos.world import PATIENCE, Shape, World
from tests.support.waiting import wait_until_async

PREVIOUS = "dbb149bf0e5f59395f54b27adc6d0a9ea27ebcc0"
"""The commit that a deploy of the present one replaces. It moves on with every release, and with
every change of what services say to each other that is not made for a rolling deploy."""
OLD, NEW = "agent-worker-1", "agent-worker-2"
AT_ONCE = 6
BATCH = 12


async def side_by_side(case: Case) -> Outcome:
    """Each version goes on with what the other began, from its journal and its log."""
    breaking = asyncio.create_task(_break_by_turns(case))
    async with Crowd(case, AT_ONCE) as crowd:
        try:
            while not breaking.done():
                kinds = (answers.FULL, answers.WITH_TOOLS)
                await crowd.talk([case.message(case.rng.choice(kinds)) for _ in range(BATCH)])
            faults, handed = await breaking
        finally:
            breaking.cancel()
        await crowd.judge(faults)
        assert all(handed.values()), f"nothing was handed over to one of them: {handed}"
        note = f"{crowd.size} turns; old to new {handed[NEW]}, new to old {handed[OLD]}"
        return Outcome(note=note)


async def _break_by_turns(case: Case) -> tuple[list[Fault], dict[str, int]]:
    """Kill one version, and bring it back when the other has all its turns; then the other."""
    faults, handed = [], {}
    for victim, heir in ((OLD, NEW), (NEW, OLD)):
        service = case.world.stack.service(victim)
        await wait_until_async(lambda: _held_by(case.world, victim), PATIENCE, f"{victim} runs")  # noqa: B023  # awaited here
        await asyncio.sleep(case.rng.uniform(0, 1))
        fault, turns = now(), await _held_by(case.world, victim)
        await asyncio.to_thread(service.kill, hold=True)
        faults.append(Fault.at(fault))
        handed[heir] = await _taken(case.world, turns, heir)
        await asyncio.to_thread(service.start)
    return faults, handed


async def _held_by(world: World, worker: str) -> list[str]:
    rows = await world.query(
        "SELECT id FROM turns WHERE status = 'running' AND worker = $1", worker
    )
    return [row["id"] for row in rows]


async def _taken(world: World, turns: list[str], heir: str) -> int:
    """Wait until these turns have ended; how many of them the heir took over."""

    async def ended() -> bool:
        rows = await world.query(
            "SELECT 1 FROM turns WHERE id = ANY($1) AND status IN ('queued', 'running')", turns
        )
        return not rows

    await wait_until_async(ended, PATIENCE, f"the turns handed to {heir} ended")
    rows = await world.query(
        "SELECT 1 FROM turns WHERE id = ANY($1) AND worker = $2 AND attempt > 1", turns, heir
    )
    return len(rows)


SCENARIOS = [
    Scenario(
        "two-versions",
        "workers of the previous version and of this one, each going on with the other's turns",
        side_by_side,
        runs=3,
        limit=300,
        shape=Shape(worker_versions={OLD: PREVIOUS}),
    )
]
