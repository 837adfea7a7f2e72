"""Services in this process, on real servers: for tests of one part at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Literal

import uvicorn
from fastapi import FastAPI
from turnstream.settings import Settings
from turnstream.store_client import HttpStoreClient, StoreClient
from turnstream_store.app import create_app
from turnstream_store.settings import StoreSettings

from tests.support.system.quick_server import QuickServer
from tests.support.waiting import free_port, wait_until_async


@asynccontextmanager
async def serving(app: FastAPI, *, started: bool = True) -> AsyncIterator[str]:
    """Serve an app on a free port of the loopback, its parts `started` or not; its address."""
    port = free_port()
    lifespan: Literal["on", "off"] = "on" if started else "off"
    config = uvicorn.Config(app, port=port, log_config=None, access_log=False, lifespan=lifespan)
    server = QuickServer(config)
    serving_task = asyncio.create_task(server.serve())
    try:
        await wait_until_async(lambda: server.started, message="the app does not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.end()
        await serving_task


@asynccontextmanager
async def running_store(
    database_url: str, redis_url: str, **settings: Any
) -> AsyncIterator[StoreClient]:
    """A store on a migrated database, and a client that does not wait for it."""
    known = StoreSettings(database_url=database_url, redis_url=redis_url, **settings)
    async with serving(create_app(known)) as url, client_of(url) as client:
        yield client


def client_of(store_url: str, timeout: timedelta = timedelta(seconds=1)) -> HttpStoreClient:
    """A client that shows the internal key of the tests."""
    return HttpStoreClient(store_url, retry_timeout=timeout, key=Settings().key_ring.first)
