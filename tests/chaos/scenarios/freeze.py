"""SIGSTOP of a worker past its lease, takeover, SIGCONT: what the zombie writes is refused."""

import asyncio

from devstack.services import Service

from tests.chaos import answers
from tests.chaos.scenario import Case, Outcome, Scenario, now, recovery, see_end, step
from tests.chaos.verdict import assert_sound
from tests.chaos.world import PATIENCE, World
from tests.support.chat_client import message
from tests.support.waiting import wait_until_async

AWAKE = 2.0
"""Seconds that a zombie gets for its mischief after the turn has ended."""


async def freeze(case: Case) -> Outcome:
    """The zombie wakes before, during or after what its successor does."""
    world, said = case.world, case.message(answers.FULL)
    await world.whole()
    refused = await world.metric("store-1", "turnstream_fenced_writes_total")
    async with world.tab() as client:
        case.clients.append(client)
        async with client.stream(*message(said)) as turn:
            assert turn.turn_id is not None
            await step(turn, case.rng.randint(3, 30))
            worker = await world.holder(turn.turn_id)
            if worker is None:
                return Outcome(note="over before the freeze")
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
        await assert_sound(world, client, said, faults=(fault,))
        refused = await world.metric("store-1", "turnstream_fenced_writes_total") - refused
        return Outcome(recovery(client, fault), f"{refused:.0f} writes refused")


async def _wake(case: Case, turn_id: str, attempt: int, worker: Service) -> None:
    """Wake the zombie once another attempt has the turn, somewhere in its course."""

    async def taken_over() -> bool:
        row = await case.world.turn(turn_id)
        return bool(row["attempt"] > attempt or row["status"] not in ("queued", "running"))

    await wait_until_async(taken_over, PATIENCE, "takeover")
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
        "SIGSTOP past the lease, takeover, SIGCONT: the zombie's writes are refused",
        freeze,
        runs=12,
        short=(0,),
    ),
]
