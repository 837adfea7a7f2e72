"""Several servers of event logs of which one comes or goes, and a Redis that Sentinels replace."""

import asyncio
from collections.abc import Sequence

from tests.chaos import answers
from tests.chaos.crowd import Crowd
from tests.chaos.scenario import Case, Outcome, Scenario, next_event, now, see_end, step
from tests.chaos.servers import LOGS, SENTINELS, SHARDS
from tests.chaos.soundness import Fault, assert_sound
from tests.chaos.world import Shape
from tests.support.chat_client import message
from tests.support.servers.sentinels import Watched

EVENTS = 20
"""Most of the events of a turn: the fault comes within them."""
TURNS = 40
AT_ONCE = 8
KINDS = (answers.FULL, answers.WITH_TOOLS, answers.QUICK)
BEFORE = 2.0
"""Seconds of load before the fault."""


async def failover(case: Case) -> Outcome:
    """The master dies under an answer: jobs, calls, logs and subscriptions go to the new one."""
    world, watched = case.world, _watched(case)
    said = case.message(answers.FULL)
    async with world.tab() as client:
        case.clients.append(client)
        async with client.stream(*message(said)) as turn:
            await step(turn, case.rng.randint(1, EVENTS))
            gone, master = now(), await asyncio.to_thread(lambda: watched.master)
            await asyncio.to_thread(master.kill, hold=True)
            await see_end(client, turn)
        await asyncio.to_thread(watched.restore, master)
        await assert_sound(world, client, said, faults=[Fault.at(gone)])
        return Outcome(next_event(client, gone))


async def failover_under_load(case: Case) -> Outcome:
    """No turn is lost, none is doubled, and no tool acts twice."""
    watched = _watched(case)
    said = [case.message(case.rng.choice(KINDS)) for _ in range(TURNS)]
    async with Crowd(case, AT_ONCE) as crowd:
        talking = asyncio.create_task(crowd.talk(said))
        await asyncio.sleep(BEFORE)
        gone, master = now(), await asyncio.to_thread(lambda: watched.master)
        await asyncio.to_thread(master.kill, hold=True)
        await talking
        await asyncio.to_thread(watched.restore, master)
        await crowd.judge([Fault.at(gone)])
    return Outcome(note=f"{TURNS} turns")


async def other_servers(case: Case) -> Outcome:
    """A deploy in which one service after the other learns of a server more, or of one less."""
    urls: Sequence[str] = case.world.servers.handles
    named = ",".join(urls if case.number % 2 == 0 else urls[:2])
    said = [case.message(case.rng.choice(KINDS)) for _ in range(TURNS)]
    async with Crowd(case, AT_ONCE) as crowd:
        talking = asyncio.create_task(crowd.talk(said))
        await asyncio.sleep(BEFORE)
        began = now()
        services = list(case.world.stack.services.values())
        case.rng.shuffle(services)
        for service in services:
            await asyncio.to_thread(service.stop)
            service._env = {**service._env, LOGS: named}
            await asyncio.to_thread(service.start)
        over = now()
        await talking
        await crowd.judge([Fault(began, over)])
    return Outcome(note=f"{TURNS} turns, {len(named.split(','))} servers after the deploy")


def _watched(case: Case) -> Watched:
    assert isinstance(case.world.servers.handles, Watched)
    return case.world.servers.handles


SCENARIOS = [
    Scenario(
        "sentinel-failover",
        "kill -9 of the Redis master in the middle of a turn; Sentinels name its replica",
        failover,
        runs=6,
        shape=Shape(servers=SENTINELS),
    ),
    Scenario(
        "sentinel-failover-load",
        f"the same under {TURNS} turns",
        failover_under_load,
        runs=2,
        shape=Shape(servers=SENTINELS),
    ),
    Scenario(
        "logs-on-other-servers",
        f"EVENTS_REDIS_URLS changes, service by service, under {TURNS} turns",
        other_servers,
        runs=4,
        shape=Shape(servers=SHARDS),
    ),
]
