"""Ten POSTs with one Idempotency-Key, at once and after the end: one message, one turn."""

import asyncio

from tests.chaos import answers
from tests.chaos.scenario import Case, Outcome, Scenario, step
from tests.chaos.verdict import assert_sound
from tests.support.chat_client import ChatClient, message

POSTS = 10


async def ask_again(case: Case) -> Outcome:
    """Each POST gets the same stream, whichever gateway it goes to."""
    world, said = case.world, case.message(answers.FULL)
    user = case.message("user").replace(" ", "-")
    turns = await asyncio.gather(*(_post(case, user, said, number) for number in range(POSTS)))
    turns.append(await _post(case, user, said, 0))
    assert len(set(turns)) == 1, f"turns {set(turns)}"
    rows = await world.query("SELECT id FROM turns WHERE owner = $1", user)
    assert len(rows) == 1, f"{len(rows)} turns"
    threads = await world.query("SELECT id FROM threads WHERE owner = $1", user)
    assert len(threads) == 1, f"{len(threads)} threads"
    return Outcome()


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
    )
]
