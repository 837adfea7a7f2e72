"""What happens to calls when Redis, the service or its lease goes away."""

import asyncio
import signal

import aiohttp
from redis.asyncio import Redis
from turnstream.contracts.tools import ToolFailure
from turnstream.redis import topology
from turnstream.secrets.internal_key import HEADER
from turnstream.settings import Settings
from turnstream_devstack.servers import EmbeddedValkey, ephemeral

from tests.integration.tools.calling import CallingWorker
from tests.integration.tools.counting_tools import effects
from tests.integration.tools.services import START, ToolsProcess, ready, running, starting, status
from tests.support.waiting import wait_until_async


async def test_a_flushed_redis_touches_no_running_call(
    worker: CallingWorker, redis: Redis, redis_url: str, store_url: str
) -> None:
    """Redis holds nothing that a call needs."""
    async with running(redis_url, store_url) as app:
        command = worker.command("pay", '{"seconds": 3}')
        await worker.ask(command)
        await worker.saw(command.key, 2)
        await redis.flushdb()
        await wait_until_async(lambda: redis.exists(topology.CATALOGUE), 5, "the catalogue")
        result = await worker.result_by_asking(command)
        assert result.output == {"times": 1}
        await wait_until_async(lambda: ready(app), START)
        assert (await worker.call("pay", '{"seconds": 0}')).output == {"times": 1}


async def test_a_full_service_leaves_calls_to_others(
    worker: CallingWorker, redis: Redis, redis_url: str, store_url: str
) -> None:
    """A service without a slot reads no call."""
    async with running(redis_url, store_url, tool_slots=2):
        keys = [await worker.ask(worker.command("pay", '{"seconds": 30}')) for _ in range(3)]
        for key in keys[:2]:
            await worker.saw(key)
        await asyncio.sleep(0.3)
        assert await redis.xlen(topology.TOOL_CALLS) == 1
        assert (await redis.xpending(topology.TOOL_CALLS, topology.TOOLS))["pending"] == 0
        async with running(redis_url, store_url, instance="tools-2"):
            await worker.saw(keys[2])
            for key in keys:
                await worker.cancel(key)
                await worker.result(key)


async def test_a_killed_service_repeats_only_what_may_be_repeated(
    worker: CallingWorker, redis: Redis, redis_url: str, store_url: str
) -> None:
    """The idempotent call runs again; the outcome of the other is unknown."""
    once = worker.command("pay", '{"seconds": 30}')
    again = worker.command("look", '{"seconds": 30}')
    async with ToolsProcess(redis_url, store_url) as doomed:
        for command in (once, again):
            await worker.ask(command)
            await worker.saw(command.key)
        doomed.process.kill()
    async with running(redis_url, store_url):
        assert (await worker.result_by_asking(again)).output == {"times": 2}
        unknown = await worker.result_by_asking(once)
    assert unknown.failure is ToolFailure.OUTCOME_UNKNOWN
    assert await effects(redis, once.key) == 1


async def test_a_stopped_service_finishes_what_it_can_and_says_what_it_could_not(
    worker: CallingWorker, redis: Redis, redis_url: str, store_url: str
) -> None:
    """SIGTERM: short calls end, long ones are handed over or recorded."""
    quick = worker.command("pay", '{"seconds": 1}')
    slow = worker.command("pay", '{"seconds": 30}')
    repeatable = worker.command("look", '{"seconds": 30}')
    # a long lease: the repeatable call must be given up, not waited for
    settings = {"DRAIN": "2s", "TOOL_LEASE": "60s"}
    async with ToolsProcess(redis_url, store_url, **settings) as leaving:
        for command in (quick, slow, repeatable):
            await worker.ask(command)
            await worker.saw(command.key)
        leaving.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        late = worker.command("look", '{"seconds": 0}')
        await worker.ask(late)
        assert await asyncio.wait_for(leaving.process.wait(), 10) in (0, -signal.SIGTERM)
    assert (await worker.result(quick.key)).output == {"times": 1}
    assert (await worker.result(slow.key)).failure is ToolFailure.OUTCOME_UNKNOWN
    assert await effects(redis, late.key) == 0
    async with running(redis_url, store_url):
        assert (await worker.result(late.key)).output == {"times": 1}
        assert (await worker.result_by_asking(repeatable)).output == {"times": 2}


async def test_a_paused_service_cannot_overrule_the_ledger(
    worker: CallingWorker, redis: Redis, redis_url: str, store_url: str
) -> None:
    """Its lease has ended, so its result is refused."""
    command = worker.command("pay", '{"seconds": 3}')
    async with ToolsProcess(redis_url, store_url) as paused:
        await worker.ask(command)
        await worker.saw(command.key)
        paused.process.send_signal(signal.SIGSTOP)
        async with running(redis_url, store_url):
            unknown = await worker.result_by_asking(command)
            paused.process.send_signal(signal.SIGCONT)
            await asyncio.sleep(4)
            assert unknown.failure is ToolFailure.OUTCOME_UNKNOWN
            assert all(result == unknown for result in worker.results(command.key))


async def test_health_readiness_metrics_and_the_messages_are_served(
    worker: CallingWorker, redis_url: str, store_url: str
) -> None:
    """What an operator asks a service for."""
    async with ToolsProcess(redis_url, store_url) as service:
        await worker.call("fail")
        async with aiohttp.ClientSession(service.url) as http:
            assert (await http.get("/health")).status == 200
            parts = await (await http.get("/ready")).json()
            assert parts == {"subscribers": True, "redis": True, "store": True, "slots": True}
            metrics = await (await http.get("/metrics")).text()
            assert 'turnstream_tool_calls_total{outcome="raised",tool="fail"} 1.0' in metrics
            assert (await http.get("/asyncapi.json")).status == 401
            key = {HEADER: Settings().key_ring.first}
            document = await (await http.get("/asyncapi.json", headers=key)).json()
            assert "CallTool" in str(document["channels"])


async def test_without_its_store_a_service_lives_and_is_not_ready(
    redis: Redis, redis_url: str
) -> None:
    """A restart would not help, so it is healthy."""
    async with starting(redis_url, "http://127.0.0.1:1") as app:
        await wait_until_async(lambda: redis.exists(topology.CATALOGUE), START)
        assert await status(app, "/health") == 200
        assert await status(app, "/ready") == 503


async def test_a_service_may_start_before_its_redis_and_outlive_a_kill_of_it(
    store_url: str,
) -> None:
    """Services may start in any order."""
    with ephemeral(EmbeddedValkey) as valkey:
        await asyncio.to_thread(valkey.stop)
        async with starting(valkey.url, store_url) as app:
            await asyncio.sleep(1.5)
            assert await status(app, "/ready") == 503
            await asyncio.to_thread(valkey.start)
            await wait_until_async(lambda: ready(app), 15)
            async with CallingWorker(valkey.url, store_url) as worker:
                slow = worker.command("pay", '{"seconds": 3}')
                await worker.ask(slow)
                await worker.saw(slow.key, 2)
                await asyncio.to_thread(valkey.kill)
                await asyncio.to_thread(valkey.start)
                assert (await worker.result_by_asking(slow)).output == {"times": 1}
                cancelled = worker.command("pay", '{"seconds": 30}')
                await worker.ask(cancelled)
                await worker.saw(cancelled.key)
                await wait_until_async(lambda: _cancelled(worker, cancelled.key), 15)


async def _cancelled(worker: CallingWorker, key: str) -> bool:
    """Control is heard again, too: the subscription has come back."""
    await worker.cancel(key)
    await asyncio.sleep(0.2)
    return bool(worker.results(key))
