"""The primary of Postgres dies under load, and its standby takes over: nothing lost or doubled."""

import asyncio

from tests.chaos import answers
from tests.chaos.crowd import Crowd
from tests.chaos.scenario import Case, Outcome, Scenario, now
from tests.chaos.servers import STANDBY
from tests.chaos.soundness import Fault
from tests.chaos.world import Shape
from tests.support.servers.standby import Pair

TURNS = 100
AT_ONCE = 12
BEFORE = 3.0
"""Seconds of load before the primary dies."""
NOTICED = 5.0
"""Most of the seconds until somebody promotes the standby."""
AGAIN = 3.0
"""Seconds until the store has connections again."""
KINDS = (answers.FULL, answers.WITH_TOOLS, answers.QUICK)


async def failover(case: Case) -> Outcome:
    """What was accepted is there, once; a client that was refused asks again with the same key."""
    world, pair = case.world, case.world.servers.handles
    assert isinstance(pair, Pair)
    before, store = await _turns(case), world.stack.service("store-1").pid
    said = [case.message(case.rng.choice(KINDS)) for _ in range(TURNS)]
    async with Crowd(case, AT_ONCE) as crowd:
        talking = asyncio.create_task(crowd.talk(said))
        await asyncio.sleep(BEFORE)
        gone, away = now(), case.rng.uniform(0, NOTICED)
        await asyncio.to_thread(pair.primary.kill, hold=True)
        await asyncio.sleep(away)
        await asyncio.to_thread(pair.standby.promote)
        back = now()
        await talking
        await crowd.judge([Fault(gone, back + AGAIN)])
    assert await _turns(case) == before + TURNS, "a turn was lost, or doubled"
    assert world.stack.service("store-1").pid == store, "the store was started again"
    await asyncio.to_thread(pair.restore)
    return Outcome(note=f"{TURNS} turns, {back - gone:.1f} s without a primary")


async def _turns(case: Case) -> int:
    (row,) = await case.world.query("SELECT count(*) AS number FROM turns")
    return int(row["number"])


SCENARIOS = [
    Scenario(
        "postgres-failover",
        f"kill -9 of the Postgres primary under {TURNS} turns; its standby is promoted",
        failover,
        runs=3,
        shape=Shape(servers=STANDBY),
        limit=600,
    ),
]
