"""A user who does not give up: tries another gateway, asks again, and comes back by position."""

import asyncio
from collections import Counter

import aiohttp

from tests.chaos.scenario import step
from tests.chaos.world import TIMEOUT, World
from tests.support.chat_client import ChatClient, Problem, StreamBroken, message

TOO_MANY = 429
_PAUSE = 0.2
"""Seconds between two tries: a browser waits longer."""


async def talk(
    world: World,
    client: ChatClient,
    said: str,
    thread_id: str | None = None,
    leave_after: int | None = None,
) -> Counter[str]:
    """Say something, in a new thread unless one is named, and see the answer's end, whatever breaks
    on the way; or leave after so many events of it.

    The message is its own idempotency key, so asking again is one turn. Who is refused by a limit
    comes back when told. Gives how often that was, by code. Raises `Problem` for a refusal that
    trying again does not help, `TimeoutError` when time runs out.
    """
    gateway, turn_id = 0, None
    limited: Counter[str] = Counter()
    async with asyncio.timeout(TIMEOUT):
        while True:
            try:
                if turn_id is None:
                    asked = message(said, thread_id)
                    async with client.stream(*asked, headers=_key(said)) as turn:
                        turn_id = turn.turn_id
                        if leave_after is None:
                            await turn.to_end(TIMEOUT)
                        else:
                            await step(turn, leave_after)
                elif leave_after is not None:
                    return limited
                else:
                    await client.resume(turn_id)
                return limited
            except (StreamBroken, aiohttp.ClientError, ConnectionError) as lost:
                world.note(f"{said}: {type(lost).__name__}")
            except Problem as problem:
                world.note(f"{said}: {problem}")
                if problem.status == TOO_MANY or problem.code == "overloaded":
                    limited[str(problem.code)] += 1
                    assert problem.retry_after is not None, f"when to come back? {problem}"
                    await asyncio.sleep(problem.retry_after)
                    continue
                if problem.status < 500:
                    raise
            await asyncio.sleep(_PAUSE)
            gateway = (gateway + 1) % len(world.stack.gateway_urls)
            client.move_to(world.stack.gateway_urls[gateway])


def _key(said: str) -> dict[str, str]:
    return {"Idempotency-Key": said}
