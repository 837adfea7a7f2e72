"""SIGTERM under load, to every service in turn: nobody notices a deploy."""

import asyncio

from tests.chaos import answers
from tests.chaos.crowd import Crowd
from tests.chaos.scenario import Case, Outcome, Scenario, now
from tests.chaos.soundness import Fault
from tests.chaos.world import World

AT_ONCE = 5
BATCH = 10


async def rolling_restart(case: Case) -> Outcome:
    """Turns go on while each process is told to end and comes back; none fails, none doubles."""
    world = case.world
    deploying = asyncio.create_task(_deploy(world))
    async with Crowd(case, AT_ONCE) as crowd:
        try:
            while not deploying.done():
                await crowd.talk([case.message(answers.FULL) for _ in range(BATCH)])
            restarted = await deploying
        finally:
            deploying.cancel()
        await crowd.judge([restarted["store-1"]])
        again = await world.query("SELECT id FROM turns WHERE attempt > 1")
        took = tuple(each.over - each.began for each in restarted.values())
        return Outcome(took, f"{crowd.size} turns; {len(again)} were handed over")


async def _deploy(world: World) -> dict[str, Fault]:
    """Each service in turn; from when to when each was on its way."""
    restarted = {}
    for service in list(world.stack.services.values()):
        began, pid = now(), service.pid
        service.terminate()
        await world.replaced(service, pid)
        restarted[service.name] = Fault(began, now())
    return restarted


SCENARIOS = [
    Scenario(
        "deploy",
        "SIGTERM and a rolling restart of every service under load",
        rolling_restart,
        runs=2,
        limit=400,
    )
]
