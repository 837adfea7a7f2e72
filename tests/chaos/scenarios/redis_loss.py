"""Redis loses everything, comes back empty, or stops answering, in the middle of an answer."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.chaos import answers
from tests.chaos.scenario import Case, Outcome, Scenario, next_event, now, see_end, step
from tests.chaos.soundness import Fault, assert_sound
from tests.support.chat_client import message

PAUSE = 10.0
"""Seconds without an answer: longer than every timeout of a single command."""


async def _flush(case: Case, _: str) -> None:
    await case.world.redis("FLUSHALL")


async def _restart_empty(case: Case, _: str) -> None:
    assert case.world.stack.valkey is not None
    await asyncio.to_thread(case.world.stack.valkey.restart, wipe=True)


async def _pause(case: Case, _: str) -> None:
    valkey = case.world.stack.valkey
    assert valkey is not None
    valkey.pause()
    try:
        await asyncio.sleep(PAUSE)
    finally:
        valkey.resume()


async def _flush_and_kill(case: Case, turn_id: str) -> None:
    """Two faults at once: nobody is left who knows the log."""
    worker = await case.world.holder(turn_id)
    await case.world.redis("FLUSHALL")
    if worker is not None:
        await asyncio.to_thread(worker.kill)


def _losing(
    fault: Callable[[Case, str], Awaitable[None]],
) -> Callable[[Case], Awaitable[Outcome]]:
    async def run(case: Case) -> Outcome:
        world, said = case.world, case.message(answers.FULL)
        async with world.tab() as client:
            case.clients.append(client)
            async with client.stream(*message(said)) as turn:
                await step(turn, case.rng.randint(1, 30))
                began = now()
                await fault(case, turn.turn_id or "")
                await see_end(client, turn)
            await assert_sound(world, client, said, faults=[Fault.at(began)])
            restarts = sum(stream.restarts for stream in client.streams)
            return Outcome(next_event(client, began), f"{restarts} restarts")

    return run


SCENARIOS = [
    Scenario(
        "redis-flush", "FLUSHALL in the middle of a turn", _losing(_flush), runs=15, short=(0,)
    ),
    Scenario("redis-restart", "Redis restarted without its data", _losing(_restart_empty), runs=10),
    Scenario(
        "redis-flush-and-kill",
        "FLUSHALL and kill -9 of the worker at once",
        _losing(_flush_and_kill),
        runs=10,
    ),
    Scenario("redis-pause", "Redis silent for 10 s", _losing(_pause), runs=5),
]
