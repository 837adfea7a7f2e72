"""How callers of the store know how busy it is."""

import asyncio
from datetime import timedelta

from aiohttp import web
from aiohttp.test_utils import TestServer
from turnstream.store_client import StoreClient


async def test_the_latency_follows_how_long_answers_take() -> None:
    """It rises while the store is slow, and falls when it is not any more."""
    seconds = 0.02

    async def slowly(_: web.Request) -> web.Response:
        await asyncio.sleep(seconds)
        return web.json_response([])

    app = web.Application()
    app.router.add_get("/facts", slowly)
    async with (
        TestServer(app) as server,
        StoreClient(str(server.make_url("")), patience=timedelta(seconds=1)) as client,
    ):
        for _ in range(30):
            await client.facts.newest("ann")
        slow = client.latency
        seconds = 0.0
        for _ in range(30):
            await client.facts.newest("ann")

        assert slow > 0.015
        assert client.latency < slow / 2
