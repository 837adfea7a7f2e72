"""Postgres restarted every few seconds under many turns: each is accepted, answered, kept."""

import asyncio
from contextlib import suppress

from tests.chaos import answers
from tests.chaos.crowd import Crowd
from tests.chaos.scenario import Case, Outcome, Scenario

TURNS = 200
AT_ONCE = 12
EVERY = (3.0, 8.0)
"""Seconds between two restarts."""
KINDS = (answers.FULL, answers.WITH_TOOLS, answers.QUICK)


async def restarts(case: Case) -> Outcome:
    """Clients that are refused ask again with their key; no turn is lost, none is doubled."""
    world = case.world
    await world.whole()
    said = [case.message(case.rng.choice(KINDS)) for _ in range(TURNS)]
    before = len(world.notes)
    restarting = asyncio.create_task(_restart_forever(case))
    async with Crowd(case, AT_ONCE) as crowd:
        try:
            await crowd.talk(said)
        finally:
            restarting.cancel()
            with suppress(asyncio.CancelledError):
                await restarting
        await crowd.judge(paid_once=False)
    return Outcome(note=f"{TURNS} turns; clients asked again {len(world.notes) - before} times")


async def _restart_forever(case: Case) -> None:
    postgres = case.world.stack.postgres
    assert postgres is not None
    while True:
        await asyncio.sleep(case.rng.uniform(*EVERY))
        restart = asyncio.create_task(asyncio.to_thread(postgres.restart))
        try:
            await asyncio.shield(restart)
        except asyncio.CancelledError:
            await restart  # a server must not be left half started
            raise


SCENARIOS = [
    Scenario(
        "postgres-restarts",
        f"Postgres restarted every few seconds under {TURNS} turns",
        restarts,
        runs=1,
        limit=600,
    )
]
