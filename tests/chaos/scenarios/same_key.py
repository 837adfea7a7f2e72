"""POSTs with one Idempotency-Key, whatever became of the ones before: one message, one turn."""

import asyncio

import aiohttp

from tests.chaos import answers
from tests.chaos.scenario import Case, Outcome, Scenario, step
from tests.chaos.soundness import assert_sound
from tests.chaos.world import World
from tests.support.chat_client import ChatClient, StreamBroken, message

POSTS = 10
ANSWERS_WITHIN = 0.06
"""Seconds in which a gateway has mostly accepted a message and begun to answer."""


async def ask_again(case: Case) -> Outcome:
    """Each POST gets the same stream, whichever gateway it goes to."""
    world, said = case.world, case.message(answers.FULL)
    user = case.message("user").replace(" ", "-")
    turns = await asyncio.gather(*(_post(case, user, said, number) for number in range(POSTS)))
    turns.append(await _post(case, user, said, 0))
    assert len(set(turns)) == 1, f"turns {set(turns)}"
    await _assert_one_turn(world, user)
    return Outcome()


async def unanswered(case: Case) -> Outcome:
    """The gateway dies before it answers, as behind a 502: whether it had accepted is unknown."""
    world, said = case.world, case.message(answers.FULL)
    user = case.message("user").replace(" ", "-")
    door = world.stack.service("gateway-1")
    lost = asyncio.create_task(_post(case, user, said, 0))
    await asyncio.sleep(case.rng.uniform(0, ANSWERS_WITHIN))
    await asyncio.to_thread(door.kill)
    (failure,) = await asyncio.gather(lost, return_exceptions=True)
    assert isinstance(failure, (aiohttp.ClientError, StreamBroken)), f"not cut off: {failure!r}"
    accepted = await world.query("SELECT id FROM turns WHERE owner = $1", user)
    turns = await asyncio.gather(*(_post(case, user, said, 2 * n + 1) for n in range(POSTS)))
    assert {row["id"] for row in accepted} <= set(turns), f"{accepted}, then {turns}"
    await _assert_one_turn(world, user)
    return Outcome(note="had been accepted" if accepted else "had not been accepted")


async def _assert_one_turn(world: World, user: str) -> None:
    rows = await world.query("SELECT id FROM turns WHERE owner = $1", user)
    assert len(rows) == 1, f"{len(rows)} turns"
    threads = await world.query("SELECT id FROM threads WHERE owner = $1", user)
    assert len(threads) == 1, f"{len(threads)} threads"


async def _post(case: Case, user: str, said: str, number: int) -> str | None:
    async with case.world.tab(user, gateway=number % 2) as client:
        case.clients.append(client)
        headers = {"Idempotency-Key": said}
        async with client.stream(*message(said), headers=headers) as turn:
            if number % 3 == 1:  # some lose their connection and ask again
                await step(turn, case.rng.randint(1, 15))
                await turn.disconnect()
            else:
                await turn.to_end()
        if not turn.ended:
            await client.run(*message(said), headers=headers)
        await _assert_one_message(client)
        await assert_sound(case.world, client, said)
        return client.turn_id


async def _assert_one_message(client: ChatClient) -> None:
    said = [item for item in client.items.values() if item["type"] == "user_message"]
    assert len(said) == 1, f"{len(said)} user messages"


SCENARIOS = [
    Scenario(
        "same-key",
        "ten POSTs with one Idempotency-Key, also after the end: one turn, one stream",
        ask_again,
        runs=5,
        short=(0,),
    ),
    Scenario(
        "same-key-unanswered",
        "the gateway dies before it answers; ten POSTs with the key then find one turn",
        unanswered,
        runs=10,
    ),
]
