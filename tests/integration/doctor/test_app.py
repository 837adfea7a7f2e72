"""`turnstream doctor` on an app, its model and its tools, each with the fault to be found."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from redis import Redis
from turnstream.contracts.tools import Catalogue, ToolSpec
from turnstream.doctor.findings import Status
from turnstream.redis import topology
from turnstream_worker.probes import tool

from tests.support.network.proxies import Habits, proxy_before
from tests.support.servers.shared import empty_redis
from tests.support.system.doctor import bad, findings
from tests.support.waiting import free_port


@pytest.fixture
def redis(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """An empty Redis, which the environment names."""
    with empty_redis(redis_url) as url, Redis.from_url(url) as client:
        monkeypatch.setenv("REDIS_URL", url)
        yield client


async def test_an_app_that_can_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT", "turnstream_worker.assistants.example:create")
    assert [each.status for each in await findings("assistant")] == [Status.OK]


async def test_an_app_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker would say at its start."""
    monkeypatch.setenv("ASSISTANT", "no.such:one")
    [found] = await bad("assistant")
    assert found.status is Status.FAILURE
    assert "no.such:one" in found.message


async def test_the_keyless_model_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    [found] = await findings("model")
    assert found.status is Status.OK
    assert found.message.startswith("the keyless model answered in ")


@pytest.mark.parametrize(
    ("status", "said", "setting"),
    [
        (401, "it refuses the key [model_key_refused]", "OPENAI_API_KEY"),
        (404, "it has no such model at that address [model_not_found]", "MODEL"),
        (503, "it has a problem right now [model_unavailable]", "again"),
    ],
)
async def test_a_model_server_that_refuses(
    monkeypatch: pytest.MonkeyPatch, status: int, said: str, setting: str
) -> None:
    """In plain words, with the setting to mend and without the key."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-proj-0123456789abcdef")
    monkeypatch.setenv("MODEL", "gpt-test")
    with proxy_before("http://127.0.0.1:9", Habits(status=status)) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")
        [found] = await bad("model")
    assert found.message.startswith(f"gpt-test at 127.0.0.1: {said}")
    assert setting in found.remedy
    assert "sk-proj" not in found.message


async def test_a_model_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{free_port()}/v1")
    [found] = await bad("model")
    assert "it can't be reached" in found.message
    assert "OPENAI_BASE_URL" in found.remedy


async def test_tools_that_nobody_offers(redis: Redis) -> None:
    [found] = await bad("tool")
    assert "no tools service was up in the last 60 s" in found.message
    assert redis.keys("ts:*") == []


async def test_tools_of_a_service_that_has_died(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its catalogue outlives it by a minute. The call is not left for the next one."""
    monkeypatch.setattr(tool, "_TIMEOUT", timedelta(seconds=0.2))
    spec = ToolSpec(name="get_weather", description="", parameters={})
    catalogue = Catalogue(version="1", tools=[spec])
    redis.set(topology.CATALOGUE, catalogue.model_dump_json())
    [found] = await bad("tool")
    assert "a call got no answer in 0.2 s" in found.message
    assert set(redis.keys("ts:*")) <= {topology.CATALOGUE.encode(), topology.TOOL_CALLS.encode()}
    assert redis.xlen(topology.TOOL_CALLS) == 0


async def test_tools_of_another_version(redis: Redis) -> None:
    redis.set(topology.CATALOGUE, '{"tools": 1}')
    [found] = await bad("tool")
    assert "of another version" in found.message
