"""The composition root of the store: every part is built, started and closed here."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from fastapi import FastAPI
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select
from turnstream import telemetry
from turnstream.errors import TurnstreamError, Unavailable
from turnstream.files.blobs import Blobs
from turnstream.http.health import health_routes
from turnstream.http.internal import InternalKeyMiddleware
from turnstream.http.problems import answer_problems
from turnstream.http.readiness import Readiness
from turnstream.http.request_log import CallLog
from turnstream.process.background import keep_running
from turnstream.redis.broker import build_broker, stop_broker
from turnstream.redis.client import command_client
from turnstream.redis.event_log import EventLog
from turnstream.redis.log_servers import log_servers
from turnstream.settings import ConfigurationError
from turnstream.telemetry import get_logger
from turnstream.version import VERSION

from turnstream_store import operator_routes as operator
from turnstream_store.approvals import routes as paused_runs
from turnstream_store.audit import routes as audit
from turnstream_store.database.pools import Database
from turnstream_store.database.row_security import RowSecurityMissing
from turnstream_store.database.schema.watch import SchemaWatch
from turnstream_store.dependencies import StoreServices
from turnstream_store.duties import sweepers
from turnstream_store.erasure import routes as erasure
from turnstream_store.erasure.job import Eraser
from turnstream_store.erasure.sealing import LogSealer
from turnstream_store.export import routes as export
from turnstream_store.feedback import routes as feedback
from turnstream_store.files import attachment_routes as attachments
from turnstream_store.files import routes as files
from turnstream_store.guide_data import routes as guide_data
from turnstream_store.holds import routes as holds
from turnstream_store.identity import routes as identity
from turnstream_store.identity.limits import TenantLimits
from turnstream_store.imports import routes as imports
from turnstream_store.operations import routes as operations
from turnstream_store.operations.overview import OverviewCache
from turnstream_store.operators import Operators
from turnstream_store.publisher import Announcer
from turnstream_store.queue import routes as queue
from turnstream_store.queue.rules import QueueStateCache
from turnstream_store.recordings import routes as recordings
from turnstream_store.schedules import routes as schedules
from turnstream_store.settings import StoreSettings
from turnstream_store.sweeper import SweeperServices
from turnstream_store.threads import routes as threads
from turnstream_store.threads import tenant_routes as tenant_threads
from turnstream_store.tool_calls import routes as tool_calls
from turnstream_store.turns import routes as turns
from turnstream_store.turns.tables import TurnRow
from turnstream_store.usage import routes as usage
from turnstream_store.webhooks import routes as webhooks
from turnstream_store.webhooks.sender import Sender

log = get_logger(__name__)

DESCRIPTION = """\
A call for a user names them in `Turnstream-Tenant` and `Turnstream-User`, each once and as
percent-encoded UTF-8. A call for a turn whose user is not known yet, and one about what a tenant
has, names the tenant alone. Neither is there where the system or an operator acts.
"""
ROUTERS = (
    turns,
    paused_runs,
    threads,
    tenant_threads,
    attachments,
    files,
    feedback,
    guide_data,
    tool_calls,
    identity,
    queue,
    usage,
    erasure,
    holds,
    audit,
    export,
    imports,
    recordings,
    operations,
    webhooks,
    schedules,
    operator,
)


def create_app(settings: StoreSettings) -> FastAPI:
    """A store for these settings. Nothing connects before the app starts."""
    database = Database(settings)
    broker = build_broker(settings)
    logs, jobs = log_servers(settings.log_redis_urls), command_client(settings.redis_url)
    event_log = EventLog(logs)
    announcer = Announcer(broker, event_log)
    blobs = Blobs(settings.blobs_url)
    eraser = Eraser(database, announcer, LogSealer(event_log), jobs, blobs)
    limits, queued = TenantLimits(database, settings), QueueStateCache(database)
    overview, schema = OverviewCache(database, queued), SchemaWatch(database)
    services = StoreServices(database, announcer, settings, limits, queued, eraser, overview)
    counted = services.acceptances
    swept = SweeperServices(database, announcer, event_log, logs, jobs, blobs, settings, counted)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(database)
            stack.push_async_callback(logs.aclose)
            stack.push_async_callback(jobs.aclose)
            await _look_at_row_security(database, app)
            with suppress(RedisError, OSError):  # Redis may come later
                await broker.connect()
            stack.push_async_callback(stop_broker, broker)
            for sweeper in sweepers(swept):
                keep_running(stack, schema.then(sweeper.run))
            keep_running(stack, schema.then(Sender(database, settings).run))
            yield

    app = FastAPI(
        title="Turnstream store",
        version=VERSION,
        summary="Owns threads, turns, journal and ledger. For the inside of a deployment.",
        description=DESCRIPTION,
        lifespan=lifespan,
        telemetry=telemetry.of_requests(settings),
    )
    app.state.services = services
    answer_problems(app)
    app.add_middleware(
        InternalKeyMiddleware, ring=settings.key_ring, admit=Operators(database, app)
    )
    app.add_middleware(CallLog)
    for module in ROUTERS:
        app.include_router(module.router)
    app.state.readiness = Readiness(
        {"postgres": lambda: _answers(database), "schema": schema.serves},
        facts={"row_security": lambda: bool(database.row_security.in_force)},
    )
    app.include_router(
        health_routes(
            app.state.readiness,
            metrics_key=settings.metrics_key,
            metrics=settings.health_port is None,
        )
    )
    return app


async def _look_at_row_security(database: Database, app: FastAPI) -> None:
    """Let the log say at the start whether Postgres keeps tenants apart, if it answers already."""
    try:
        async with database.all_tenants().connection():
            pass
    except RowSecurityMissing as error:
        app.state.refused = ConfigurationError(str(error))
        raise
    except Unavailable:
        pass  # Postgres may come later; every connection looks for itself


async def _answers(database: Database) -> bool:
    try:
        async with database.all_tenants().session() as session:
            await session.exec(select(TurnRow.id).limit(1))
    except (TurnstreamError, SQLAlchemyError):
        return False
    return True
