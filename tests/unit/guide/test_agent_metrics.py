"""Runs that ended count once, whatever the attempts it took."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from agents import Model, ModelProvider
from faststream.redis import RedisBroker
from prometheus_client import REGISTRY
from turnstream_guide.conversation.services import GuideServices
from turnstream_guide.demonstrations import demonstrations
from turnstream_guide.keyless_model import DemoModel
from turnstream_guide.server import GuideServer
from turnstream_worker.models import ModelSettings, WorkerModels
from turnstream_worker.tools.toolbox import Toolbox, toolbox

from tests.support.model_server import ModelServer, always, rounds, status, text, tool_call
from tests.support.stock import MemoryStore
from tests.unit.worker.talking import say


class Demo(ModelProvider):
    """The demo model, which knows the demonstrations."""

    def get_model(self, model_name: str | None) -> Model:
        model = DemoModel()
        model.set_rules(rule for each in demonstrations() for rule in each.rules)
        return model


def guide(models: ModelProvider) -> GuideServer:
    parts = GuideServices(
        models=models, tools=list, client_tools=list, demonstrations=demonstrations()
    )
    return GuideServer(MemoryStore(), parts)


@pytest.fixture(autouse=True)
def a_worker_without_a_catalogue() -> Iterator[None]:
    """Demonstrations may ask for remote tools; there are none."""
    token = toolbox.set(Toolbox(RedisBroker(), "", timedelta(0), timedelta(0)))
    yield
    toolbox.reset(token)


@pytest.fixture
async def scripted() -> AsyncIterator[ModelServer]:
    async with ModelServer(always(text("Hello."))) as server:
        yield server


@pytest.fixture
async def real(scripted: ModelServer) -> AsyncIterator[GuideServer]:
    models = WorkerModels(
        ModelSettings(openai_base_url=scripted.base_url, model="m", model_api="responses")
    )
    yield guide(models)
    await models.aclose()


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"turnstream_agent_{name}_total", labels) or 0


async def test_a_run_counts_its_models_tokens_tools_and_handoffs() -> None:
    before = {
        "runs": counted("runs", agent="thinking agent"),
        "calls": counted("model_calls", agent="guide"),
        "tokens": counted("tokens", agent="guide", kind="output"),
        "handoffs": counted("handoffs", agent="guide", to="thinking agent"),
        "tools": counted("tool_calls", agent="guide"),
    }
    server = guide(Demo())
    await say(server, "think hard about tea")
    await say(server, "spend 5 on tea")

    assert counted("runs", agent="thinking agent") == before["runs"] + 1
    assert counted("model_calls", agent="guide") == before["calls"] + 3
    assert counted("tokens", agent="guide", kind="output") > before["tokens"]
    assert counted("handoffs", agent="guide", to="thinking agent") == before["handoffs"] + 1
    assert counted("tool_calls", agent="guide") == before["tools"] + 1


async def test_a_run_that_failed_does_not_count(scripted: ModelServer, real: GuideServer) -> None:
    """It is tried again, and counts when it has come to its end."""
    before = counted("model_calls", agent="guide")
    spend = tool_call("spend_play_money", {"amount": 5, "purpose": "tea"})

    scripted.script = rounds(spend, status(429))
    await say(real, "go")
    assert counted("model_calls", agent="guide") == before

    scripted.script = rounds(spend, text("Spent."))
    await say(real, "go")
    assert counted("model_calls", agent="guide") == before + 2
