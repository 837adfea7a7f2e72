"""kill -9 of the worker that runs a turn, at every position of the turn's event stream."""

import asyncio

from tests.chaos import answers
from tests.chaos.scenario import Case, Outcome, Scenario, now, recovery, see_end, step
from tests.chaos.soundness import Fault, assert_sound
from tests.chaos.world import Shape
from tests.support.chat_client import message

WITHIN = 6.0
"""Seconds: a lease of 3 s, a sweep of 2 s with jitter, and the way of the wake-up."""
WITHIN_BY_DEFAULT = 20.0
POSITIONS = 40
"""Events of the turn, or a few more: past the end nothing happens any more."""


async def at_position(case: Case) -> Outcome:
    """Kill the worker when the client has seen as many events as this run's number says."""
    return await kill_at(case, case.number + 1, WITHIN)


async def by_default(case: Case) -> Outcome:
    """Kill it somewhere, with the settings that a deployment starts with."""
    return await kill_at(case, case.rng.randint(4, 12), WITHIN_BY_DEFAULT)


async def anywhere(case: Case) -> Outcome:
    """Kill it somewhere in the turn."""
    return await kill_at(case, case.rng.randint(1, POSITIONS - 4), WITHIN)


async def kill_at(case: Case, position: int, within: float) -> Outcome:
    """Kill the worker behind this many events; the turn must move again within so many seconds."""
    world, said = case.world, case.message(answers.FULL)
    async with world.tab() as client:
        case.clients.append(client)
        async with client.stream(*message(said)) as turn:
            assert turn.turn_id is not None
            reached = await step(turn, position)
            worker = await world.holder(turn.turn_id)
            fault = now()
            if worker is not None:
                await asyncio.to_thread(worker.kill)
            await see_end(client, turn)
        await assert_sound(world, client, said, faults=[Fault.at(fault)])
        took = recovery(client, fault)
        assert all(seconds <= within for seconds in took), f"moved again after {took} s"
        note = f"position {position}" if reached else f"position {position} is past the end"
        return Outcome(took, note)


SCENARIOS = [
    Scenario(
        "worker-kill",
        "kill -9 of a worker at every event of a turn; it moves again within 6 s",
        at_position,
        runs=POSITIONS,
        short=(13, 33),
    ),
    Scenario(
        "worker-kill-chat",
        "the same at random events, with a model that speaks Chat Completions",
        anywhere,
        runs=12,
        shape=Shape(settings={"MODEL_API": "chat_completions"}),
    ),
    Scenario(
        "worker-kill-default",
        "the same with default settings; the turn moves again within 20 s",
        by_default,
        runs=3,
        shape=Shape(lease="15s"),
    ),
]
