"""A tenant has a model of its own: it answers wherever the deployment's would."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from agents import Agent, ModelSettings
from openai.types.shared import Reasoning
from turnstream.contracts.turns import RequestContext
from turnstream_worker import callers
from turnstream_worker.models import ModelSettings as Settings
from turnstream_worker.models import WorkerModels
from turnstream_worker.sdk.runner import AppRunner

from tests.support.model_server import ModelServer, always, text


@pytest.fixture
async def host(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    monkeypatch.delenv("OPENAI_DEFAULT_MODEL", raising=False)
    async with ModelServer(always(text("Hello."))) as server:
        yield server


@pytest.fixture
async def models(host: ModelServer) -> AsyncIterator[WorkerModels]:
    """Models of a deployment that speaks the Responses API and names no model."""
    made = WorkerModels(Settings(openai_base_url=host.base_url, model_api="responses"))
    yield made
    await made.aclose()


async def asked(models: WorkerModels, host: ModelServer, agent: Agent[Any]) -> dict[str, Any]:
    """What a model server gets from a run of an agent, for a user of acme."""
    caller = callers.begin(RequestContext(user_id="ann", tenant="acme", model="gpt-4.1"))
    runner = AppRunner()
    runner.provider = models
    result = runner.run_streamed(agent, "Hello")
    async for _ in result.stream_events():
        pass
    caller.end()
    return dict(host.calls[-1].request.body)


async def test_an_agent_without_a_model_gets_the_tenants(
    models: WorkerModels, host: ModelServer
) -> None:
    """With none of the settings that the SDK has for its own default, which others refuse."""
    body = await asked(models, host, Agent(name="guide"))
    assert body["model"] == "gpt-4.1"
    assert body.get("reasoning") is None
    assert "verbosity" not in str(body.get("text"))


async def test_what_an_app_sets_itself_stays(models: WorkerModels, host: ModelServer) -> None:
    """Settings, and the name of a model."""
    settings = ModelSettings(reasoning=Reasoning(effort="high"), temperature=0.5)
    body = await asked(models, host, Agent(name="guide", model_settings=settings))
    assert body["reasoning"] == {"effort": "high"}
    assert (body["model"], body["temperature"]) == ("gpt-4.1", 0.5)

    body = await asked(models, host, Agent(name="guide", model="small"))
    assert body["model"] == "small"


async def test_the_deployments_model_answers_everybody_else(models: WorkerModels) -> None:
    """A user of a tenant without a model of its own, and code outside any turn."""
    assert models.get_model(None).model == "gpt-5.6-luna"  # type: ignore[attr-defined]
    caller = callers.begin(RequestContext(user_id="ann"))
    assert models.get_model(None).model == "gpt-5.6-luna"  # type: ignore[attr-defined]
    caller.end()
