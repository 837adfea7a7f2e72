"""The composition root of the gateway: every part is built, started and closed here."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from faststream.redis import RedisBroker
from pydantic import TypeAdapter
from redis.asyncio import Redis
from turnstream import telemetry
from turnstream.contracts.ids import new_id
from turnstream.contracts.jobs import ForgetSecret, ServerAnswered
from turnstream.files.blobs import Blobs
from turnstream.files.links import Links
from turnstream.http.health import health_routes
from turnstream.http.lenient import LenientRequests
from turnstream.http.problems import answer_problems
from turnstream.http.readiness import Readiness
from turnstream.http.request_log import RequestLog
from turnstream.process.background import keep_running
from turnstream.redis import topology
from turnstream.redis.broker import build_broker, channel, keep_consuming, stop_broker
from turnstream.redis.client import command_client
from turnstream.redis.event_log import EventLog
from turnstream.redis.log_servers import LogServers, log_servers
from turnstream.redis.rates import Rates
from turnstream.secrets.credentials import Credentials
from turnstream.store_client import HttpStoreClient, StoreClient
from turnstream.version import VERSION

from turnstream_gateway.admission.bounds import RequestBounds
from turnstream_gateway.admission.counters import FallbackCounter
from turnstream_gateway.admission.limits import SessionRules
from turnstream_gateway.admission.overload import OverloadGuard
from turnstream_gateway.admission.rate_headers import RateHeaders
from turnstream_gateway.admission.rates import RequestRates
from turnstream_gateway.files.attachments import Attachments
from turnstream_gateway.files.content import Inspector
from turnstream_gateway.hosted import api as hosted
from turnstream_gateway.hosted.requests import SessionBody
from turnstream_gateway.http.arrival import ArrivalMiddleware
from turnstream_gateway.http.hosts import KnownHosts, known_hosts
from turnstream_gateway.http.private_answers import PrivateAnswers
from turnstream_gateway.identity.build import build_authenticator, build_operators, warn_of_dev
from turnstream_gateway.identity.revocations import Revocations
from turnstream_gateway.identity.unauthenticated_routes import check_routes, mark_all
from turnstream_gateway.non_streaming_requests import NonStreamingRequests
from turnstream_gateway.openapi import CHATKIT_REQUEST, document
from turnstream_gateway.relay.following.announcers import Announcers, announcers
from turnstream_gateway.relay.following.hub import Hub
from turnstream_gateway.relay.relay import Relay
from turnstream_gateway.relay.streams.detached import DetachedResponses
from turnstream_gateway.relay.streams.disconnects import Disconnects
from turnstream_gateway.relay.streams.open_streams import OpenStreams
from turnstream_gateway.relay.streams.viewers import Viewers
from turnstream_gateway.routes import (
    attachments,
    chatkit,
    emails,
    entities,
    facts,
    feedback,
    probe,
    schedules,
    turns,
    ui,
    usage,
    users,
)
from turnstream_gateway.routes.console import page as console_page
from turnstream_gateway.routes.console import records as console_records
from turnstream_gateway.services import FileServices, GatewayServices
from turnstream_gateway.settings import GatewaySettings
from turnstream_gateway.short_calls import ServerCaller
from turnstream_gateway.tenants import TenantChoices

STORE_RETRY_TIMEOUT = timedelta(seconds=1)
"""A user waits for us: after one quick second try they get 503 and `Retry-After`."""
EXPOSED_HEADERS = (
    "Turn-Id",
    "Retry-After",
    "WWW-Authenticate",
    "RateLimit",
    "RateLimit-Policy",
    "x-request-id",
)
"""What a page of another origin may read of an answer."""
BODIES: Mapping[str, TypeAdapter[Any]] = {
    "/chatkit": CHATKIT_REQUEST,
    f"{hosted.PREFIX}/conversation": CHATKIT_REQUEST,
    f"{hosted.PREFIX}/sessions": TypeAdapter(SessionBody),
    "/schedules": TypeAdapter(schedules.NewSchedule),
}
"""The bodies that routes read themselves, by path."""
ROUTERS = (
    chatkit,
    turns,
    attachments,
    facts,
    entities,
    feedback,
    emails,
    schedules,
    usage,
    users,
    ui,
    probe,
)


class _Connections(NamedTuple):
    """What a gateway asks others through. Making one connects nothing."""

    store: HttpStoreClient
    broker: RedisBroker
    logs: LogServers
    counting: Redis
    announcing: Announcers


def create_app(settings: GatewaySettings) -> FastAPI:
    """A gateway for these settings. Nothing connects before the app starts."""
    connections = _connections(settings)
    store, broker = connections.store, connections.broker
    hub, tenants = Hub(connections.announcing), TenantChoices(store.tenants)
    readiness = _readiness(store, hub)
    viewers = Viewers(Disconnects(store.turns, settings.on_disconnect, readiness.draining))
    caller = _caller(broker, settings, tenants)
    revocations = _revocations(broker, store, viewers)
    files = _files(settings, store)
    event_log, counter = EventLog(connections.logs), FallbackCounter(Rates(connections.counting))

    app = _http(settings, partial(_running, connections, revocations))
    app.include_router(_health(readiness, settings))
    app.state.readiness = readiness
    app.state.authenticator = build_authenticator(settings, store, revocations, counter)
    app.state.operators = build_operators(settings, store, revocations, counter)
    app.state.services = GatewayServices(
        settings=settings,
        bounds=RequestBounds.of(settings),
        store=store,
        event_log=event_log,
        hub=hub,
        tenants=tenants,
        credentials=Credentials(settings.credential_keys),
        relay=Relay(event_log, store.turns),
        viewers=viewers,
        caller=caller,
        non_streaming=_non_streaming(store, caller, files),
        streams=OpenStreams(settings.max_streams_per_user),
        overload=OverloadGuard(store.queue, settings.max_queue_age),
        rates=RequestRates(counter, tenants, settings),
        session_rules=SessionRules(store),
        files=files,
    )
    check_routes(app)
    return app


@asynccontextmanager
async def _running(
    connections: _Connections, revocations: Revocations, app: FastAPI
) -> AsyncIterator[None]:
    """The life of a gateway: what runs behind its requests, and the end of what it connected."""
    services: GatewayServices = app.state.services
    check_routes(app)  # again: somebody may have added some
    warn_of_dev(services.settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(app.state.authenticator.aclose)
        app.state.authenticator.start()
        for each in (
            connections.store,
            connections.logs,
            connections.counting,
            connections.announcing,
        ):
            stack.push_async_callback(each.aclose)
        stack.push_async_callback(stop_broker, connections.broker)
        keep_running(stack, services.hub.run())
        keep_running(stack, revocations.run())
        keep_running(stack, services.overload.run())
        keep_running(stack, keep_consuming(connections.broker, []))
        yield


def _connections(settings: GatewaySettings) -> _Connections:
    return _Connections(
        HttpStoreClient(
            settings.store_url, retry_timeout=STORE_RETRY_TIMEOUT, key=settings.key_ring.first
        ),
        build_broker(settings),
        log_servers(settings.log_redis_urls),
        command_client(settings.redis_url),
        announcers(settings.log_redis_urls),
    )


def _readiness(store: StoreClient, hub: Hub) -> Readiness:
    async def subscribed() -> bool:
        return hub.connected

    # Neither decides: reads of running streams need no store, and who can't be served is told when
    # to come again.
    return Readiness({}, wanted={"store": store.ready, "redis": subscribed})


def _health(readiness: Readiness, settings: GatewaySettings) -> APIRouter:
    """The routes that a supervisor of the process asks."""
    health = health_routes(
        readiness, metrics_key=settings.metrics_key, metrics=settings.health_port is None
    )
    mark_all(health, "what supervises the process asks")
    return health


def _caller(broker: RedisBroker, settings: GatewaySettings, tenants: TenantChoices) -> ServerCaller:
    """A caller with a reply channel of this process."""
    replies = topology.server_replies(new_id(settings.instance))
    credentials = Credentials(settings.credential_keys)
    caller = ServerCaller(broker, replies, settings.server_call_timeout, tenants, credentials)

    @broker.subscriber(channel=channel(replies))
    async def on_server_answered(answered: ServerAnswered) -> None:
        """Hand an assistant's answer to the request that waits for it."""
        caller.deliver(answered)

    return caller


def _revocations(broker: RedisBroker, store: StoreClient, viewers: Viewers) -> Revocations:
    """What hears of revocations, and ends what stands on them here."""
    revocations = Revocations(store.keys, viewers)

    @broker.subscriber(channel=channel(topology.REVOKED))
    async def on_forget_secret(message: ForgetSecret) -> None:
        """Forget a key or a session, and end its streams."""
        await revocations.heard(message.id)

    return revocations


def _http(
    settings: GatewaySettings, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]
) -> FastAPI:
    """The app with its routes."""
    app = FastAPI(
        title="Turnstream gateway",
        version=VERSION,
        summary="ChatKit requests in, durable turns out.",
        lifespan=lifespan,
        telemetry=telemetry.of_requests(settings),
        redirect_slashes=False,
        docs_url=None,  # these two pages run scripts of others, on the origin of our users
        redoc_url=None,
    )
    mark_all(app, "the documentation says nothing of anybody")
    app.add_middleware(PrivateAnswers)
    app.add_middleware(RateHeaders)
    app.add_middleware(DetachedResponses)  # within what changes bodies
    app.add_middleware(LenientRequests)
    app.add_middleware(hosted.HostedAnswers)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=list(EXPOSED_HEADERS),
        )
    app.add_middleware(KnownHosts, hosts=known_hosts(settings))
    app.add_middleware(ArrivalMiddleware)
    app.add_middleware(RequestLog)  # the last is the outermost: it sees what the others refuse
    answer_problems(app, {hosted.PREFIX: hosted.envelope})
    for module in ROUTERS:
        app.include_router(module.router)
    app.include_router(hosted.router)
    if settings.demo_page:
        app.include_router(ui.demo)
    if settings.console:
        app.include_router(console_page.router)
        app.include_router(console_records.router)
    app.openapi = lambda: document(app, BODIES)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _non_streaming(
    store: StoreClient, caller: ServerCaller, files: FileServices | None
) -> NonStreamingRequests:
    attachments = files.attachments if files else None
    return NonStreamingRequests(store.threads, store.feedback, caller, attachments)


def _files(settings: GatewaySettings, store: StoreClient) -> FileServices | None:
    if settings.url_signing_key is None:
        return None
    blobs = Blobs(settings.blobs_url)
    links = Links(settings.url_signing_key, settings.link_lifetime)
    inspector = Inspector(settings.max_pixels)
    return FileServices(
        blobs, links, Attachments(store.attachments, blobs, links, inspector, settings)
    )
