"""The composition root of the gateway: every part is built, started and closed here."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from turnstream import telemetry, topology
from turnstream.blobs import Blobs
from turnstream.broker import build_broker, keep_consuming
from turnstream.contracts.ids import new_id
from turnstream.contracts.jobs import ServerAnswered
from turnstream.event_log import EventLog
from turnstream.health import health_routes
from turnstream.hot_route import include_hot
from turnstream.links import Links
from turnstream.problems import answer_problems
from turnstream.redis_client import command_client, listening_client
from turnstream.store_client import StoreClient

from gateway.attachments import Attachments
from gateway.content import Inspector
from gateway.hub import Hub
from gateway.openapi import document
from gateway.relay import Relay
from gateway.routes import attachments, chatkit, entities, facts, feedback, outbox, turns
from gateway.server_calls import ServerCaller
from gateway.settings import GatewaySettings
from gateway.state import FileParts, State

STORE_PATIENCE = timedelta(seconds=1)
"""A user waits for us: after one quick second try they get 503 and `Retry-After`."""


def create_app(settings: GatewaySettings, stopping: Callable[[], bool] = lambda: False) -> FastAPI:
    """A gateway for these settings. Nothing connects before the app starts."""
    client = StoreClient(settings.store_url, patience=STORE_PATIENCE)
    redis = command_client(settings.log_redis_url)
    listening = listening_client(settings.log_redis_url)
    broker = build_broker(settings)
    event_log, hub = EventLog(redis), Hub(listening)
    replies = topology.server_replies(new_id(settings.instance))
    caller = ServerCaller(broker, replies, settings.server_call_timeout)

    @broker.subscriber(channel=replies)
    async def on_server_answered(answered: ServerAnswered) -> None:
        """Hand an assistant's answer to the request that waits for it."""
        caller.deliver(answered)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(client.aclose)
            stack.push_async_callback(redis.aclose)
            stack.push_async_callback(listening.aclose)
            stack.push_async_callback(broker.stop)
            for job in (hub.run(), keep_consuming(broker, [])):
                stack.callback(asyncio.create_task(job).cancel)
            yield

    app = FastAPI(
        title="Turnstream gateway",
        summary="ChatKit requests in, durable turns out.",
        lifespan=lifespan,
        telemetry=telemetry.of_requests(settings),
    )
    include_hot(app, chatkit.router, traced=telemetry.is_traced(settings))
    relay, files = Relay(event_log, client), _files(settings, client)
    app.state.parts = State(settings, client, event_log, hub, relay, caller, files, stopping)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Turn-Id"],
        )
    answer_problems(app)
    for module in (turns, attachments, facts, entities, feedback, outbox):
        app.include_router(module.router)

    async def subscribed() -> bool:
        return hub.connected

    app.openapi = lambda: document(app)  # type: ignore[method-assign]  # FastAPI's documented way
    app.include_router(health_routes({"store": client.ready, "redis": subscribed}))
    return app


def _files(settings: GatewaySettings, client: StoreClient) -> FileParts | None:
    if settings.url_signing_key is None:
        return None
    blobs = Blobs(settings.blobs_url)
    links = Links(settings.url_signing_key, settings.link_lifetime)
    inspector = Inspector(settings.max_pixels)
    return FileParts(blobs, links, Attachments(client, blobs, links, inspector, settings))
