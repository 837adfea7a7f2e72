"""A message that ends every process that answers it, among others that do no harm."""

import asyncio

from tests.chaos import answers
from tests.chaos.assistant import POISON
from tests.chaos.crowd import Crowd
from tests.chaos.scenario import Case, Outcome, Scenario, see_end
from tests.chaos.soundness import UNHEARD, Fault, assert_ended
from tests.support.chat_client import message

GOOD = 8
AT_ONCE = 4
MAX_ATTEMPTS = 3
FOUND = 0.5
"""Seconds from a process's death until its keeper sees it, at most."""


async def poison(case: Case) -> Outcome:
    """The poison becomes a dead letter, its thread stays usable, everyone else is served."""
    before = len(case.world.deaths)
    good = [case.message(answers.FULL) for _ in range(GOOD)]
    async with Crowd(case, AT_ONCE) as crowd:
        async with asyncio.TaskGroup() as together:
            together.create_task(crowd.talk(good))
            together.create_task(_swallow(case))
        deaths = case.world.deaths[before:]
        await crowd.judge([Fault(found - FOUND, found + UNHEARD) for found in deaths])
    return Outcome(note=f"{GOOD} others served")


async def _swallow(case: Case) -> None:
    world = case.world
    async with world.tab() as client:
        case.clients.append(client)
        async with client.stream(*message(f"{POISON} {case.message('x')}")) as turn:
            await see_end(client, turn, 200)
        turn_id = await assert_ended(world, client, "failed")
        row = await world.turn(turn_id)
        assert row["dead"], "no dead letter"
        assert row["failures"] == MAX_ATTEMPTS, f"{row['failures']} attempts failed"
        assert client.view.transcript.errors, "the user was told nothing"
        after = case.message(answers.QUICK)
        again = await client.run(*message(after, client.thread_id))
        assert again.ends == ["completed"], f"the thread is not usable: {again.ends}"


SCENARIOS = [
    Scenario(
        "poison", "a turn that kills every process that runs it, among good ones", poison, runs=4
    )
]
