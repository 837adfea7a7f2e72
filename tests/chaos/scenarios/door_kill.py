"""kill -9 of a gateway and of the store, in the middle of an answer."""

import asyncio

import aiohttp
from turnstream_devstack.services import Service

from tests.chaos import answers
from tests.chaos.scenario import Case, Outcome, Scenario, next_event, now, see_end, step
from tests.chaos.soundness import Fault, assert_sound
from tests.chaos.world import World
from tests.support.chat_client import StreamBroken, message

EVENTS = 30
"""Positions that nearly every turn reaches."""


async def the_gateway(case: Case) -> Outcome:
    """The client goes on by position at another gateway: nothing missing, nothing twice."""
    world, said = case.world, case.message(answers.FULL)
    async with world.tab() as client:
        case.clients.append(client)
        async with client.stream(*message(said)) as turn:
            await step(turn, case.rng.randint(1, EVENTS))
            fault = now()
            await asyncio.to_thread(world.stack.service("gateway-1").kill)
            try:
                await turn.to_end()
            except (StreamBroken, aiohttp.ClientError):
                client.move_to(world.stack.gateway_urls[1])
                await client.resume(turn.turn_id)
        await assert_sound(world, client, said)
        restarts = sum(stream.restarts for stream in client.streams)
        assert restarts == 0, f"{restarts} restarts, though the log was there"
        return Outcome(next_event(client, fault))


async def the_store(case: Case) -> Outcome:
    """Text goes on while the store is away; what must be stored waits for it."""
    world, said = case.world, case.message(answers.FULL)
    async with world.tab() as client:
        case.clients.append(client)
        async with client.stream(*message(said)) as turn:
            await step(turn, case.rng.randint(1, EVENTS))
            store = world.stack.service("store-1")
            fault, pid = now(), store.pid
            await asyncio.to_thread(store.kill)
            async with asyncio.TaskGroup() as together:
                together.create_task(see_end(client, turn))
                back = together.create_task(_time_of_return(world, store, pid))
        await assert_sound(world, client, said, faults=[Fault(fault, back.result())])
        return Outcome(next_event(client, fault))


async def _time_of_return(world: World, service: Service, pid: int) -> float:
    await world.replaced(service, pid)
    return now()


SCENARIOS = [
    Scenario(
        "gateway-kill",
        "kill -9 of a gateway: the client goes on by position at another one",
        the_gateway,
        runs=15,
        short=(0,),
    ),
    Scenario("store-kill", "kill -9 of the store in the middle of a turn", the_store, runs=10),
]
