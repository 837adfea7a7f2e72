"""The composition root of the agent worker: every object is made, started and closed here."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from faststream.redis import RedisBroker
from turnstream.contracts.ids import new_id
from turnstream.http.asyncapi import asyncapi_route
from turnstream.http.health import health_routes
from turnstream.http.internal import InternalKeyMiddleware
from turnstream.http.problems import answer_problems
from turnstream.http.readiness import Readiness
from turnstream.process.background import keep_running
from turnstream.redis import topology
from turnstream.redis.broker import (
    build_broker,
    consuming,
    grouped,
    keep_consuming,
    reaches_redis,
)
from turnstream.redis.event_log import EventLog
from turnstream.redis.log_servers import log_servers
from turnstream.steps import current_steps
from turnstream.store_client import HttpStoreClient
from turnstream.telemetry import get_logger, is_traced
from turnstream.version import VERSION

from turnstream_worker.api.paused_runs import PausedRuns, paused_runs
from turnstream_worker.attempt import Interruption
from turnstream_worker.checks import check_at_start
from turnstream_worker.loading import AssistantNotLoaded, LoadedApp, LoadedApps
from turnstream_worker.models import WorkerModels, default_provider, use_as_default
from turnstream_worker.replay.install import install
from turnstream_worker.replay.steps import JournaledSteps
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.short_calls.answering import ServerCalls
from turnstream_worker.short_calls.short_call_tasks import ShortCallTasks
from turnstream_worker.spans.agents_sdk import follow_sdk
from turnstream_worker.subscribers import (
    GROUPS,
    subscribe_calls,
    subscribe_replies,
    subscribe_turns,
)
from turnstream_worker.thread.chatkit_store import TurnStore
from turnstream_worker.tools.made_images import keep_images_with
from turnstream_worker.tools.mcp.servers import McpServers, mcp_route, mcp_servers
from turnstream_worker.tools.toolbox import Toolbox, toolbox
from turnstream_worker.turns.app_tasks import collect_tasks
from turnstream_worker.turns.heartbeat import Heartbeat
from turnstream_worker.turns.leases import LeaseKeeper
from turnstream_worker.turns.runner import TurnRunner
from turnstream_worker.turns.slots import Slots
from turnstream_worker.turns.watchdog import LoopWatchdog

log = get_logger(__name__)

TITLE = "Turnstream agent worker"
STORE_RETRY_TIMEOUT = timedelta(seconds=60)
"""How long a turn waits for a store that is away. Usually its lease ends sooner."""
CATALOGUE_REFRESH = 5.0
"""Seconds between two reads of the catalogue: a new tool is offered after that time."""
_RELEASE = 10.0
"""Seconds that a drain waits for turns to be given back."""


def create_app(settings: WorkerSettings) -> FastAPI:
    """A worker with these settings. Its apps are loaded now; nothing connects before the start.

    Raises `AssistantNotLoaded` when an app's factory can't be imported or fails. One that starts
    with the worker may fail then: `app.state.refused` has the reason.
    """
    provider, client = _prepare_sdk(settings), _store_client(settings, STORE_RETRY_TIMEOUT)
    apps = _loaded(client, settings)
    broker = build_broker(settings)
    logs = log_servers(settings.log_redis_urls)
    # Each process has a reply stream of its own: it must not read the replies of an earlier one.
    replies = topology.replies(new_id(settings.instance))
    lease_client = _lease_client(settings)
    leases = LeaseKeeper(lease_client, settings.instance, settings.lease)
    mcp = McpServers(settings.mcp_servers)
    tools = Toolbox(broker, replies, settings.tool_silence, settings.tool_deadline)
    slots, short_call_tasks = Slots(settings.slots), ShortCallTasks()
    heartbeat = Heartbeat(lease_client, settings.instance, slots)
    runner = TurnRunner(apps.assistants, client, EventLog(logs), leases, settings)
    calls = ServerCalls(apps.assistants, client, settings.server_calls, settings.credential_keys)
    subscribe_turns(broker, settings.instance, slots, runner, leases)
    subscribe_calls(broker, settings.instance, short_call_tasks, calls)
    subscribe_replies(broker, replies, tools)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        _offer(tools, mcp, client)
        collect_tasks(asyncio.get_running_loop(), {each.package for each in apps})
        keep_images_with(client, settings)
        async with AsyncExitStack() as stack:
            clients = (provider, logs, client, lease_client)
            for close in (*(each.aclose for each in clients), broker.stop):
                stack.push_async_callback(close)
            keep_running(stack, mcp.run(), cancel_again=None)
            keep_running(stack, leases.run())
            await stack.enter_async_context(_watchdog(leases, settings).running())
            keep_running(stack, _refresh_forever(tools))
            app.state.refused = await _started(apps, stack, settings)
            if app.state.refused:
                raise app.state.refused
            await stack.enter_async_context(heartbeat.running())
            stack.push_async_callback(_drain, broker, heartbeat, short_call_tasks, leases, settings)
            await asyncio.gather(tools.listed(settings.catalogue_timeout), mcp.listed())
            keep_running(stack, keep_consuming(broker, GROUPS))
            yield

    app = FastAPI(title=TITLE, version=VERSION, lifespan=lifespan, openapi_url=None)
    answer_problems(app)
    app.add_middleware(InternalKeyMiddleware, ring=settings.key_ring)
    app.state.readiness = _readiness(broker, client)
    app.include_router(health_routes(app.state.readiness, metrics_key=settings.metrics_key))
    app.include_router(mcp_route(mcp))
    asyncapi_route(app, broker)
    return app


def _readiness(broker: RedisBroker, client: HttpStoreClient) -> Readiness:
    """Ready while the worker can take turns. It gets no requests; a deployment waits for this
    before it replaces the old workers.
    """

    async def subscribed() -> bool:
        return consuming(broker)

    return Readiness(
        {"subscribers": subscribed, "redis": lambda: reaches_redis(broker), "store": client.ready}
    )


def _offer(tools: Toolbox, mcp: McpServers, client: HttpStoreClient) -> None:
    """Set the context variables that the API functions read; all tasks inherit them."""
    toolbox.set(tools)
    mcp_servers.set(mcp)
    paused_runs.set(PausedRuns(client))
    current_steps.set(JournaledSteps())


def _lease_client(settings: WorkerSettings) -> HttpStoreClient:
    """A client of its own: renewals must not wait behind the writes of turns."""
    return _store_client(settings, settings.lease / 3)


def _store_client(settings: WorkerSettings, retry_timeout: timedelta) -> HttpStoreClient:
    return HttpStoreClient(
        settings.store_url, retry_timeout=retry_timeout, key=settings.key_ring.first
    )


def _watchdog(leases: LeaseKeeper, settings: WorkerSettings) -> LoopWatchdog:
    return LoopWatchdog(leases, lambda: _lease_client(settings), settings)


def _prepare_sdk(settings: WorkerSettings) -> WorkerModels:
    """Install the journal and this deployment's models in the SDK, before any app code runs."""
    install()
    provider = default_provider()
    use_as_default(provider)
    if is_traced(settings):
        follow_sdk()
    return provider


def _loaded(client: HttpStoreClient, settings: WorkerSettings) -> LoadedApps:
    apps = LoadedApps(settings.assistant, settings.workflows, TurnStore(client))
    for each in apps:
        if not each.starts_later:
            _check(each, settings)
    return apps


async def _started(
    apps: LoadedApps, stack: AsyncExitStack, settings: WorkerSettings
) -> AssistantNotLoaded | None:
    """Start the apps, until the stack is closed; the reason, if one can't be started."""
    try:
        await stack.enter_async_context(apps.running(lambda app: _check(app, settings)))
        default_provider().app_endpoint.named()  # says so in the log, if an app named one
    except AssistantNotLoaded as refused:
        return refused
    return None


def _check(app: LoadedApp, settings: WorkerSettings) -> None:
    check_at_start(app, refuse=settings.app_check == "refuse")


async def _refresh_forever(tools: Toolbox) -> None:
    while True:
        await tools.refresh()
        await asyncio.sleep(CATALOGUE_REFRESH if tools.catalogue.tools else 0.5)


async def _drain(
    broker: RedisBroker,
    heartbeat: Heartbeat,
    short_call_tasks: ShortCallTasks,
    leases: LeaseKeeper,
    settings: WorkerSettings,
) -> None:
    """Take no more jobs, wait for turns to end, and give back those that still run."""
    heartbeat.drain()
    for subscriber in grouped(broker):
        await subscriber.stop()
    running = heartbeat.slots.tasks | short_call_tasks.tasks
    if await _ended(running, settings.drain.total_seconds()):
        return
    for attempt in leases.attempts:
        log.info("turn given back", turn_id=attempt.turn_id)
        attempt.interrupt(Interruption.DRAIN)
    await _ended(running, _RELEASE)


async def _ended(tasks: Iterable["asyncio.Task[None]"], timeout: float) -> bool:
    """Wait for tasks; False when some go on after `timeout` seconds."""
    unfinished = {task for task in tasks if not task.done()}
    if unfinished:
        _, unfinished = await asyncio.wait(unfinished, timeout=timeout)
    return not unfinished
