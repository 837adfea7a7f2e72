"""SIGTERM under load, to every service in turn: nobody notices a deploy."""

import asyncio

from devstack.services import Service

from tests.chaos import answers
from tests.chaos.crowd import Crowd
from tests.chaos.scenario import Case, Outcome, Scenario, now
from tests.chaos.world import PATIENCE, World
from tests.support.waiting import wait_until_async

AT_ONCE = 5
BATCH = 10


async def rolling_restart(case: Case) -> Outcome:
    """Turns go on while each process is told to end and comes back; none fails, none doubles."""
    world = case.world
    await world.whole()
    deploying = asyncio.create_task(_deploy(world))
    async with Crowd(case, AT_ONCE) as crowd:
        try:
            while not deploying.done():
                await crowd.talk([case.message(answers.FULL) for _ in range(BATCH)])
            took = await deploying
        finally:
            deploying.cancel()
        await crowd.judge(paid_once=False)
        again = await world.query("SELECT id FROM turns WHERE attempt > 1")
        return Outcome(tuple(took), f"{crowd.size} turns; {len(again)} were handed over")


async def _deploy(world: World) -> list[float]:
    """Each service in turn; how long each took to end and be ready again."""
    took = []
    for service in list(world.stack.services.values()):
        began, pid = now(), service.pid
        service.terminate()
        await wait_until_async(lambda: _is_back(service, pid), PATIENCE, f"{service.name} back")  # noqa: B023  # awaited here
        took.append(now() - began)
    return took


async def _is_back(service: Service, pid: int) -> bool:
    def asked() -> bool:
        return service.alive and service.pid != pid and service.is_ready()

    return await asyncio.to_thread(asked)


SCENARIOS = [
    Scenario(
        "deploy",
        "SIGTERM and a rolling restart of every service under load",
        rolling_restart,
        runs=2,
        limit=400,
    )
]
