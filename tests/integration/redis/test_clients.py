"""Who closes a client gives its connections back."""

from collections.abc import Callable

import pytest
from redis.asyncio import Redis
from turnstream.redis.client import command_client, listening_client

from tests.support.waiting import wait_until_async


@pytest.mark.parametrize("client_for", [command_client, listening_client])
async def test_a_closed_client_leaves_no_connection(
    redis_url: str, client_for: Callable[[str], Redis]
) -> None:
    """A server allows so many, and services come and go."""
    async with Redis.from_url(redis_url) as operator:
        client = client_for(redis_url)
        number = await client.client_id()
        assert number in await connected(operator)
        await client.aclose()

        async def is_gone() -> bool:
            return number not in await connected(operator)

        await wait_until_async(is_gone, message="the connection's end")


async def connected(operator: Redis) -> set[int]:
    """The connections that the server has, by number."""
    return {int(each["id"]) for each in await operator.client_list()}
