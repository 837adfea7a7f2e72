"""uvicorn's server as ours runs it: it rests between its looks, and wakes at once to end."""

import asyncio

import uvicorn
from fastapi import FastAPI
from turnstream.http.server import SlowTickServer

from tests.support.waiting import wait_until_async


class Hourly(SlowTickServer):
    """Would look at itself once an hour."""

    ticks = 0

    def next_tick(self) -> float:
        self.ticks += 1
        return 3600.0


async def test_a_server_that_rests_ends_as_soon_as_it_is_told() -> None:
    """It does not wait for its next look, which there would not be for an hour."""
    server = Hourly(uvicorn.Config(FastAPI(), port=0, log_config=None))
    running = asyncio.create_task(server.serve())
    await wait_until_async(lambda: server.started and server.ticks > 0, 20, "the server rests")

    server.end()
    async with asyncio.timeout(20):
        await running
    assert server.ticks == 1
