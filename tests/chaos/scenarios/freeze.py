"""SIGSTOP of a worker past its lease, takeover, SIGCONT: the zombie does no harm."""

import asyncio
from pathlib import Path

from turnstream_devstack.services import Service

from tests.chaos import answers
from tests.chaos.scenario import Case, Outcome, Scenario, now, recovery, see_end, step
from tests.chaos.soundness import Fault, assert_sound
from tests.chaos.world import TIMEOUT, Shape, World
from tests.support.chat_client import message
from tests.support.waiting import wait_until_async

WORKERS = ("agent-worker-1", "agent-worker-2")
SUSPENDED = str(Path(__file__).parents[1] / "suspended")
"""Holds a `sitecustomize` that hides from a Python process that it was frozen."""
AWAKE = 2.0
"""Seconds that a zombie gets for its mischief after the turn has ended."""


async def freeze(case: Case) -> Outcome:
    """The zombie sees that its lease has passed, and stops before it writes."""
    _, outcome = await _overtaken(case)
    return outcome


async def suspend(case: Case) -> Outcome:
    """The zombie believes in its lease and writes on: every write is refused.

    Unless a renewal comes before its first write, and tells it.
    """
    told = _times_told(case.world)
    refused, outcome = await _overtaken(case)
    told = _times_told(case.world) - told
    assert refused or told or not outcome.recoveries, "the zombie was believed"
    return outcome


def _times_told(world: World) -> int:
    """How many attempts have learned that their lease was lost."""
    logs = [world.stack.service(name).log.read_text() for name in WORKERS]
    return sum(log.count('"interruption": "lost"') for log in logs)


async def _overtaken(case: Case) -> tuple[float, Outcome]:
    """The zombie wakes before, during or after what its successor does; its refused writes."""
    world, said = case.world, case.message(answers.FULL)
    before = await _refused(world)
    async with world.tab() as client:
        case.clients.append(client)
        async with client.stream(*message(said)) as turn:
            assert turn.turn_id is not None
            await step(turn, case.rng.randint(3, 30))
            worker = await world.holder(turn.turn_id)
            if worker is None:
                return 0, Outcome(note="over before the freeze")
            attempt = (await world.turn(turn.turn_id))["attempt"]
            fault = now()
            worker.pause()
            try:
                waking = asyncio.create_task(_wake(case, turn.turn_id, attempt, worker))
                await see_end(client, turn)
                await waking
            finally:
                worker.resume()
        await _mischief(world, worker)
        await assert_sound(world, client, said, faults=[Fault.at(fault)])
        refused = await _refused(world) - before
        return refused, Outcome(recovery(client, fault), f"{refused:.0f} writes refused")


async def _refused(world: World) -> float:
    """How many writes of superseded attempts were refused so far, by the store and by the log."""
    workers = [name for name in world.stack.services if name.startswith("agent-worker")]
    appends = [await world.metric(name, "turnstream_fenced_appends_total") for name in workers]
    return sum(appends) + await world.metric("store-1", "turnstream_fenced_writes_total")


async def _wake(case: Case, turn_id: str, attempt: int, worker: Service) -> None:
    """Wake the zombie once another attempt has the turn, somewhere in its course."""

    async def taken_over() -> bool:
        row = await case.world.turn(turn_id)
        return bool(row["attempt"] > attempt or row["status"] not in ("queued", "running"))

    await wait_until_async(taken_over, TIMEOUT, "takeover")
    await asyncio.sleep(case.rng.uniform(0, 3))
    worker.resume()


async def _mischief(world: World, worker: Service) -> None:
    """Give the zombie time; it must be well afterwards."""
    await asyncio.sleep(AWAKE)
    await world.whole()
    assert worker.alive


SCENARIOS = [
    Scenario(
        "worker-freeze",
        "SIGSTOP past the lease, takeover, SIGCONT: the zombie stops itself",
        freeze,
        runs=12,
        short=(0,),
    ),
    Scenario(
        "worker-suspend",
        "the same with a clock that stood still, as in a suspended machine: its writes are refused",
        suspend,
        runs=12,
        shape=Shape(worker_settings={name: {"PYTHONPATH": SUSPENDED} for name in WORKERS}),
    ),
]
