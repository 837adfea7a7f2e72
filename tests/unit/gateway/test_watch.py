"""A watch waits as long as it was told to each time, whatever it heard in between."""

import asyncio
from collections.abc import Iterator
from typing import cast

import pytest
from redis.asyncio import Redis
from turnstream_gateway.relay.hub import Hub, Watch


@pytest.fixture
def watch() -> Iterator[Watch]:
    """A watch of a hub that is not connected, which has heard nothing."""
    with Hub(cast(Redis, None)).watch("turn_1") as made:
        made.take()
        yield made


async def waited(watch: Watch, timeout: float) -> tuple[bool, float]:
    """What a wait says, and how many seconds it took."""
    began = asyncio.get_running_loop().time()
    heard = await watch.wait(timeout)
    return heard, asyncio.get_running_loop().time() - began


async def test_silence_ends_a_wait(watch: Watch) -> None:
    """Each wait has a time of its own, shorter or longer than the one before."""
    for timeout in (0.05, 0.15, 0.02):
        heard, seconds = await waited(watch, timeout)

        assert not heard
        assert timeout - 0.01 <= seconds < timeout + 1


async def test_what_is_told_ends_a_wait_and_the_next_one_has_its_whole_time(watch: Watch) -> None:
    """The time that was left of the first is not the time of the second."""
    asyncio.get_running_loop().call_later(0.05, watch.tell, None)
    assert (await waited(watch, 0.1))[0]
    watch.take()

    heard, seconds = await waited(watch, 0.2)

    assert not heard
    assert seconds >= 0.19


async def test_a_shorter_wait_does_not_last_as_long_as_the_one_before_would_have(
    watch: Watch,
) -> None:
    """A minute was given, an answer came at once, and then a moment is given."""
    asyncio.get_running_loop().call_soon(watch.tell, None)
    assert (await waited(watch, 60))[0]
    watch.take()

    assert (await waited(watch, 0.05))[1] < 10


async def test_a_viewer_that_leaves_ends_a_wait(watch: Watch) -> None:
    """There is nothing to take, and nobody to wait for it."""
    asyncio.get_running_loop().call_soon(watch.hang_up)

    assert await watch.wait(60) is False
