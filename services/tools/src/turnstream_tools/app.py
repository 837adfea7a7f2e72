"""The composition root of the tools service: every part is built, started and closed here."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from faststream.redis import RedisBroker
from turnstream.http.asyncapi import asyncapi_route
from turnstream.http.health import health_routes
from turnstream.http.internal import InternalKeyMiddleware
from turnstream.http.problems import answer_problems
from turnstream.http.readiness import Check, Readiness
from turnstream.process.background import keep_running
from turnstream.redis.broker import (
    build_broker,
    consuming,
    grouped,
    keep_consuming,
    reaches_redis,
    stop_broker,
)
from turnstream.redis.client import command_client
from turnstream.store_client import HttpStoreClient
from turnstream.telemetry import get_logger
from turnstream.version import VERSION

from turnstream_tools.calls.executor import Executor
from turnstream_tools.calls.leases import Leases
from turnstream_tools.catalogue import build_catalogue, keep_published
from turnstream_tools.context import Resources
from turnstream_tools.redis_replies import RedisReplies
from turnstream_tools.registry import Registry, load_tools
from turnstream_tools.settings import ToolsSettings
from turnstream_tools.subscribers import GROUPS, subscribe

log = get_logger(__name__)


def create_app(settings: ToolsSettings) -> FastAPI:
    """A tools service for these settings. Nothing connects before the app starts."""
    registry = Registry(
        [
            *load_tools(settings.bundled_tools, "BUNDLED_TOOLS"),
            *load_tools(settings.tools, "TOOLS"),
        ]
    )
    broker = build_broker(settings)
    store = HttpStoreClient(
        settings.store_url, retry_timeout=settings.store_retry_timeout, key=settings.key_ring.first
    )
    resources = Resources(store, command_client(settings.redis_url), settings)
    executor = Executor(registry, store.tool_calls, RedisReplies(broker), resources)
    leases = Leases(store.tool_calls, executor.running, settings.instance, settings.tool_lease)
    subscribe(broker, executor, settings.instance)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(resources.aclose)
            stack.push_async_callback(stop_broker, broker)
            keep_running(stack, leases.keep())
            stack.push_async_callback(executor.drain)
            stack.push_async_callback(_stop_reading, broker)
            keep_running(stack, keep_consuming(broker, GROUPS))
            # Until the drain begins: the service that takes over may offer other tools.
            keep_running(stack, keep_published(resources.redis, build_catalogue(registry)))
            log.info("tools offered", tools=[tool.name for tool in registry])
            yield

    app = FastAPI(
        title="Turnstream tools", version=VERSION, summary="Runs tool calls.", lifespan=lifespan
    )
    checks: dict[str, Check] = {
        "subscribers": lambda: _constant(consuming(broker)),
        "redis": lambda: reaches_redis(broker),
        "store": store.ready,
        "slots": lambda: _constant(executor.usable),
    }
    answer_problems(app)
    app.add_middleware(InternalKeyMiddleware, ring=settings.key_ring)
    app.state.readiness = Readiness(checks)
    app.include_router(health_routes(app.state.readiness, metrics_key=settings.metrics_key))
    asyncapi_route(app, broker)
    return app


async def _stop_reading(broker: RedisBroker) -> None:
    """Take no more calls; control is heard until the last one has ended."""
    for subscriber in grouped(broker):
        await subscriber.stop()


async def _constant(answer: bool) -> bool:
    return answer
