"""A Redis without room takes no turn away: it answers later, or the store does."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from redis import Redis
from turnstream_devstack.servers import EmbeddedValkey, ephemeral
from turnstream_devstack.services import TURNSTREAM
from turnstream_devstack.stack import Stack

from tests.support.servers.shared import empty_database
from tests.support.turns import message
from tests.support.waiting import wait_until_async

ROOT = Path(__file__).parents[3]
USER = {"X-User-Id": "ann"}
END = 'event: end\ndata: {"status":"completed"}'
RESUMABLE = USER | {"Turnstream-Client": "resumable"}


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    """A server whose memory a test may limit."""
    with ephemeral(EmbeddedValkey) as server:
        yield server


@pytest.fixture(scope="module")
def stack(
    valkey: EmbeddedValkey, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """A system on it."""
    env = {"ASSISTANT": "tests.support.scripted_server:create", "PYTHONPATH": str(ROOT)}
    specs = [spec for spec in TURNSTREAM if spec.name != "tools"]
    directory = tmp_path_factory.mktemp("full")
    with (
        empty_database(database_url) as database,
        Stack(
            directory,
            workers=1,
            env=env,
            specs=specs,
            redis_url=valkey.url,
            database_url=database,
        ) as system,
    ):
        yield system


@pytest.fixture
def redis(valkey: EmbeddedValkey) -> Iterator[Redis]:
    """That server, without a limit before and after the test."""
    with Redis.from_url(valkey.url) as client:
        client.config_set("maxmemory", 0)
        yield client
        client.config_set("maxmemory", 0)


@pytest.fixture
async def http(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the gateway."""
    async with httpx2.AsyncClient(base_url=stack.gateway_urls[0], timeout=60) as client:
        yield client


async def status(http: httpx2.AsyncClient, turn_id: str) -> Any:
    return (await http.get(f"/turns/{turn_id}", headers=USER)).json()["status"]


async def test_a_turn_is_accepted_and_runs_when_there_is_room(
    http: httpx2.AsyncClient, redis: Redis
) -> None:
    """Its page waits on the open answer, and gets all of it."""
    redis.config_set("maxmemory", 1)
    say = http.stream("POST", "/chatkit", json=message("hello"), headers=RESUMABLE)
    async with say as answer:
        assert answer.status_code == 200
        frames = answer.aiter_text()
        assert "thread.created" in await anext(frames)
        assert await status(http, answer.headers["Turn-Id"]) == "queued"
        redis.config_set("maxmemory", 0)
        rest = "".join([frame async for frame in frames])
    assert "Hello to you" in rest
    assert END in rest
    assert await status(http, answer.headers["Turn-Id"]) == "completed"


async def test_a_running_turn_ends_and_the_store_shows_it(
    http: httpx2.AsyncClient, redis: Redis
) -> None:
    """Its worker does not take the refusal for a newer attempt, and the log without an end keeps
    no page waiting.
    """
    say = http.stream("POST", "/chatkit", json=message("slow: 1"), headers=RESUMABLE)
    async with say as answer:
        seen, frames = "", answer.aiter_text()
        while "One" not in seen:
            seen += await anext(frames)
        redis.config_set("maxmemory", 1)
        rest = "".join([frame async for frame in frames])
    assert "Another." in rest
    assert END in rest
    view = (await http.get(f"/turns/{answer.headers['Turn-Id']}", headers=USER)).json()
    assert (view["status"], view["attempt"]) == ("completed", 1)


async def test_a_short_call_is_told_that_there_is_no_room(
    http: httpx2.AsyncClient, redis: Redis
) -> None:
    """And when to come back. Reads go on."""
    redis.config_set("maxmemory", 1)
    refused = await http.get("/entities", headers=USER)
    assert (refused.status_code, refused.json()["code"]) == (503, "out_of_room")
    assert refused.headers["Retry-After"] == "5"
    assert refused.json()["retryable"]
    reads = {"type": "threads.list", "params": {}}
    assert (await http.post("/chatkit", json=reads, headers=USER)).status_code == 200
    redis.config_set("maxmemory", 0)
    assert (await http.get("/entities", headers=USER)).status_code != 503


async def test_old_answers_make_room_for_new_ones(http: httpx2.AsyncClient, redis: Redis) -> None:
    """Nobody has to do anything: logs of turns that ended go before their time."""
    for _ in range(3):
        answer = await http.post("/chatkit", json=message("hello"), headers=USER)
        # An entry of a megabyte: an answer as large as a few make Redis full.
        log = f"ts:{{{answer.headers['Turn-Id']}}}:log"
        redis.xadd(log, {"k": "", "f": "x" * 1_000_000}, id="9-9")
    used = redis.info("memory")["used_memory"]
    redis.config_set("maxmemory", int(used * 0.99))

    async def comes_in() -> bool:
        answer = await http.post("/chatkit", json=message("hello"), headers=USER)
        return ": end completed" in answer.text

    await wait_until_async(comes_in, 30)
    assert redis.info("memory")["used_memory"] < redis.info("memory")["maxmemory"]
