"""A whole system in one thread of this process: gateway, store and worker on one event loop.

The responders of ChatKit's tests are functions inside the tests, so the worker must be here.
"""

import asyncio
import gc
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from turnstream_gateway.app import create_app as gateway_app
from turnstream_gateway.settings import GatewaySettings
from turnstream_store.app import create_app as store_app
from turnstream_store.database.schema.migrate import migrate
from turnstream_store.settings import StoreSettings
from turnstream_worker.app import create_app as worker_app
from turnstream_worker.settings import WorkerSettings

from tests.support.system.services import serving

T = TypeVar("T")
_TABLES = "TRUNCATE threads, facts, attachments, files, outbox CASCADE"


@dataclass
class System:
    """Run a coroutine in it, on its loop."""

    loop: asyncio.AbstractEventLoop
    url: str
    database: Any

    def run(self, test: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine, which may take ten seconds."""
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(test, 10), self.loop).result(20)

    def empty(self) -> None:
        """Forget every thread."""
        self.run(self.database.execute(_TABLES))


@contextmanager
def a_system(database: str, redis: str, folder: Path) -> Iterator[System]:
    """Start it, and stop it at the end of the block."""
    migrate(StoreSettings(database_url=database))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    stack = AsyncExitStack()

    def run(step: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(step, loop).result(60)

    try:
        yield run(_started(stack, database, redis, folder))
    finally:
        run(_closed(stack))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _closed(stack: AsyncExitStack) -> None:
    """Stop it. What its clients left open is collected while there still is a loop to close it."""
    await stack.aclose()
    gc.collect()
    await asyncio.sleep(0)


async def _started(stack: AsyncExitStack, database: str, redis: str, folder: Path) -> System:
    shared: dict[str, Any] = {
        "redis_url": redis,
        "blobs_url": f"file:{folder}",
        "url_signing_key": "x" * 32,
    }
    store = store_app(StoreSettings(database_url=database, **shared))
    shared["store_url"] = await stack.enter_async_context(serving(store))
    worker = WorkerSettings(assistant=_app_in(folder), catalogue_timeout=timedelta(0), **shared)
    await stack.enter_async_context(serving(worker_app(worker)))
    gateway = GatewaySettings(auth="dev", rate_turns="off", rate_reads="off", **shared)
    url = await stack.enter_async_context(serving(gateway_app(gateway)))
    connection = await asyncpg.connect(database.replace("+asyncpg", "", 1))
    stack.push_async_callback(connection.close)
    return System(asyncio.get_running_loop(), url, connection)


def _app_in(folder: Path) -> str:
    """An app that is one file, so that a worker's check of its source reads no more than that."""
    (folder / "upstream_app.py").write_text(
        "from tests.integration.upstream.standin import create\n"
    )
    sys.path.insert(0, str(folder))
    return "upstream_app:create"
