"""Tools services for tests: inside the test's loop, or as processes that can be killed."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from fastapi import FastAPI
from turnstream.redis.broker import SUPERVISION
from turnstream_tools.app import create_app
from turnstream_tools.settings import ToolsSettings

from tests.integration.tools import counting_tools
from tests.support.waiting import free_port, wait_until_async

START = 5 + SUPERVISION.total_seconds()


@asynccontextmanager
async def running(
    redis_url: str, store_url: str, instance: str = "tools-1", **settings: Any
) -> AsyncIterator[FastAPI]:
    """A tools service in this process that takes calls."""
    async with starting(redis_url, store_url, instance, **settings) as app:
        await wait_until_async(lambda: ready(app), START, "the tools service to be ready")
        yield app


@asynccontextmanager
async def starting(
    redis_url: str, store_url: str, instance: str = "tools-1", **settings: Any
) -> AsyncIterator[FastAPI]:
    """A tools service in this process, whether or not it can work yet."""
    known = ToolsSettings(
        redis_url=redis_url,
        store_url=store_url,
        instance=instance,
        tools=counting_tools.__name__,
        **settings,
    )
    app = create_app(known)
    async with app.router.lifespan_context(app):
        yield app


async def ready(app: FastAPI) -> bool:
    """Whether `GET /ready` would answer 200."""
    return await status(app, "/ready") == 200


async def status(app: FastAPI, path: str) -> int:
    """The status of the answer to a GET, without a socket."""
    heard: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        heard.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [],
    }
    await app(scope, receive, send)
    return int(heard[0]["status"])


class ToolsProcess:
    """`python -m tools`, ready to be killed."""

    def __init__(self, redis_url: str, store_url: str, **settings: str) -> None:
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._environment = {
            **os.environ,
            "REDIS_URL": redis_url,
            "STORE_URL": store_url,
            "HEALTH_PORT": str(self._port),
            "TOOLS": counting_tools.__name__,
            "TOOL_LEASE": "1s",
            **settings,
        }
        self.process: asyncio.subprocess.Process

    async def __aenter__(self) -> "ToolsProcess":
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "turnstream_tools", env=self._environment
        )
        await wait_until_async(self._ready, 20, "the process to be ready")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def _ready(self) -> bool:
        try:
            async with aiohttp.request("GET", f"{self.url}/ready") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False
