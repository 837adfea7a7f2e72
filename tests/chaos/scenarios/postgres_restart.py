"""Postgres restarted every few seconds, or away for longer than a lease: nothing is lost."""

import asyncio
from contextlib import suppress

from tests.chaos import answers
from tests.chaos.crowd import Crowd
from tests.chaos.scenario import Case, Outcome, Scenario, next_event, now, see_end, step
from tests.chaos.soundness import Fault, assert_sound
from tests.support.chat_client import ChatClient, Problem, message

TURNS = 200
AT_ONCE = 12
EVERY = (3.0, 8.0)
"""Seconds between two restarts."""
EVENTS = 30
"""Most of the events of a turn: Postgres goes within them."""
AGAIN = 1.0
"""Seconds until the store has connections again."""
AWAY = 20.0
"""Seconds without Postgres: longer than any lease."""
KINDS = (answers.FULL, answers.WITH_TOOLS, answers.QUICK)


async def restarts(case: Case) -> Outcome:
    """Clients that are refused ask again with their key; no turn is lost, none is doubled."""
    world = case.world
    said = [case.message(case.rng.choice(KINDS)) for _ in range(TURNS)]
    before = len(world.notes)
    faults: list[Fault] = []
    restarting = asyncio.create_task(_restart_forever(case, faults))
    async with Crowd(case, AT_ONCE) as crowd:
        try:
            await crowd.talk(said)
        finally:
            restarting.cancel()
            with suppress(asyncio.CancelledError):
                await restarting
        await crowd.judge(faults)
    asked = len(world.notes) - before
    return Outcome(note=f"{TURNS} turns, {len(faults)} restarts; clients asked again {asked} times")


async def _restart_forever(case: Case, faults: list[Fault]) -> None:
    postgres = case.world.stack.postgres
    assert postgres is not None
    while True:
        await asyncio.sleep(case.rng.uniform(*EVERY))
        restart, began = asyncio.create_task(asyncio.to_thread(postgres.restart)), now()
        try:
            await asyncio.shield(restart)
        finally:
            await restart  # a server must not be left half started
            faults.append(Fault(began, now() + AGAIN))


async def away(case: Case) -> Outcome:
    """Running turns go on or are taken over, new requests are refused for now, all by itself."""
    world, said = case.world, case.message(answers.FULL)
    postgres = world.stack.postgres
    assert postgres is not None
    async with world.tab() as client, world.tab() as other:
        case.clients += [client, other]
        async with client.stream(*message(said)) as turn:
            await step(turn, case.rng.randint(1, EVENTS))
            gone = now()
            await asyncio.to_thread(postgres.kill, hold=True)
            while now() - gone < AWAY:
                await _refused(other)
                await asyncio.sleep(1)
            await asyncio.to_thread(postgres.start)
            back = now()
            await see_end(client, turn)
        await assert_sound(world, client, said, faults=[Fault(gone, back + AGAIN)])
        return Outcome(next_event(client, back))


async def _refused(client: ChatClient) -> None:
    """A request meanwhile gets 503, and is told when to try again."""
    try:
        await client.send_message("anybody there?")
    except Problem as problem:
        assert (problem.status, problem.code) == (503, "unavailable"), problem
    else:
        raise AssertionError("a message was accepted without Postgres")


SCENARIOS = [
    Scenario(
        "postgres-away",
        f"Postgres away for {AWAY:.0f} s in the middle of a turn: 503 meanwhile, then all goes on",
        away,
        runs=5,
    ),
    Scenario(
        "postgres-restarts",
        f"Postgres restarted every few seconds under {TURNS} turns",
        restarts,
        runs=1,
        limit=600,
    ),
]
