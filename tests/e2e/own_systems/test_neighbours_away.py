"""A gateway whose neighbours are away stays where balancers find it, and does what can be done.

The answers that run are read from Redis, whatever else is down; who can't be served is told when to
come again. So no outage of one part makes all replicas of another go at once.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from turnstream_devstack.servers import EmbeddedPostgres, EmbeddedValkey
from turnstream_devstack.services import Service
from turnstream_devstack.stack import Stack

from tests.support.model_server import ModelRequest, ModelServer, Step, text
from tests.support.turns import message
from tests.support.waiting import wait_until_async

ROOT = Path(__file__).parents[3]
HEADERS = {"X-User-Id": "ann", "Turnstream-Client": "resumable"}
WORDS = 80
END = 'event: end\ndata: {"status":"completed"}'


def counting(_: ModelRequest) -> Step:
    """An answer that takes eight seconds, in as many pieces as it has words."""
    return text(*(f"w{number} " for number in range(WORDS)), delay=0.1)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A system with a Postgres and a Valkey of its own."""
    with ModelServer(counting).in_thread() as model:
        env = {"OPENAI_API_KEY": "test", "OPENAI_BASE_URL": model.base_url}
        with Stack(tmp_path_factory.mktemp("away"), workers=1, env=env) as system:
            yield system


@pytest.fixture
async def http(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the gateway."""
    async with httpx2.AsyncClient(base_url=stack.gateway_urls[0], timeout=60) as client:
        yield client


Part = Service | EmbeddedPostgres | EmbeddedValkey


def part_of(stack: Stack, name: str) -> Part:
    """A part by its name."""
    parts: dict[str, Part | None] = {"postgres": stack.postgres, "valkey": stack.valkey}
    return parts.get(name) or stack.service(name)


@asynccontextmanager
async def away(stack: Stack, name: str) -> AsyncIterator[None]:
    """A part killed, and started again behind the block."""
    part = part_of(stack, name)
    await asyncio.to_thread(part.kill, hold=True)
    try:
        yield
    finally:
        await asyncio.to_thread(part.start)


async def parts(http: httpx2.AsyncClient) -> tuple[int, Any]:
    """What `/ready` says."""
    answer = await http.get("/ready")
    return answer.status_code, answer.json()


@pytest.mark.parametrize("name", ["store-1", "postgres"])
async def test_a_running_answer_goes_on_while_new_ones_are_told_to_wait(
    stack: Stack, http: httpx2.AsyncClient, name: str
) -> None:
    """The gateway is ready, and says what is missing; the turn ends when it is back."""
    say = http.stream("POST", "/chatkit", json=message("count"), headers=HEADERS)
    async with say as answer:
        seen, frames = "", answer.aiter_text()
        while "w3 " not in seen:
            seen += await anext(frames)
        async with away(stack, name):
            before = len(seen)
            refused = await http.post("/chatkit", json=message("hello"), headers=HEADERS)
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert int(refused.headers["Retry-After"]) >= 1
            assert await parts(http) == (200, {"store": False, "redis": True})
            while len(seen) < before + 500:
                seen += await asyncio.wait_for(anext(frames), 5)
        rest = "".join([frame async for frame in frames])
    assert f"w{WORDS - 1} " in rest
    assert END in rest
    await wait_until_async(lambda: ready(http, {"store": True, "redis": True}), 20)


async def ready(http: httpx2.AsyncClient, told: dict[str, bool]) -> bool:
    return await parts(http) == (200, told)


async def test_without_redis_a_gateway_is_ready_and_reads_go_on(
    stack: Stack, http: httpx2.AsyncClient
) -> None:
    """A turn is accepted meanwhile, and answered when Redis is back."""
    async with away(stack, "valkey"):
        await wait_until_async(lambda: ready(http, {"store": True, "redis": False}), 20)
        listed = {"type": "threads.list", "params": {}}
        assert (await http.post("/chatkit", json=listed, headers=HEADERS)).status_code == 200
        say = http.stream("POST", "/chatkit", json=message("count"), headers=HEADERS)
        async with say as answer:
            assert answer.status_code == 200
            turn_id = answer.headers["Turn-Id"]
    await wait_until_async(lambda: completed(http, turn_id), 40)


async def completed(http: httpx2.AsyncClient, turn_id: str) -> bool:
    view = await http.get(f"/turns/{turn_id}", headers=HEADERS)
    return view.status_code == 200 and view.json()["status"] == "completed"


async def test_who_can_do_nothing_without_is_not_ready(stack: Stack) -> None:
    """The store without Postgres; a worker and a tools service without Redis."""

    async def status(name: str) -> int:
        async with httpx2.AsyncClient(base_url=stack.service(name).url, timeout=10) as client:
            return (await client.get("/ready")).status_code

    async def says(name: str, expected: int) -> bool:
        return await status(name) == expected

    for missing, names in (("postgres", ["store-1"]), ("valkey", ["agent-worker-1", "tools-1"])):
        async with away(stack, missing):
            for name in names:
                await wait_until_async(lambda name=name: says(name, 503), 20)  # type: ignore[misc]
        for name in names:
            await wait_until_async(lambda name=name: says(name, 200), 30)  # type: ignore[misc]
