"""OpenAI's file search is offered where the model can use it, and nowhere else."""

from typing import Any

import pytest
from agents import Agent, Runner
from turnstream_guide.demonstrations.agents.file_search import hosted_search
from turnstream_guide.settings import GuideSettings
from turnstream_worker.models import ModelSettings, WorkerModels

from tests.support.model_server import ModelServer, always, text


@pytest.mark.parametrize(
    ("store", "model", "offered"),
    [
        ("vs_1", {"openai_api_key": "k"}, True),
        (None, {"openai_api_key": "k"}, False),
        ("vs_1", {}, False),
        ("vs_1", {"openai_base_url": "http://127.0.0.1/v1"}, False),
        ("vs_1", {"openai_api_key": "k", "model_api": "chat_completions"}, False),
    ],
)
def test_it_takes_a_vector_store_and_the_responses_api(
    monkeypatch: pytest.MonkeyPatch, store: str | None, model: dict[str, Any], offered: bool
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MODEL_API"):
        monkeypatch.delenv(name, raising=False)

    tools = hosted_search(GuideSettings(vector_store_id=store), ModelSettings(**model))

    assert [tool.name for tool in tools] == (["file_search"] if offered else [])


async def test_the_endpoint_is_told_which_store() -> None:
    """What is sent is OpenAI's own tool."""
    async with ModelServer(always(text("ok"))) as server:
        settings = ModelSettings(openai_base_url=server.base_url, model_api="responses")
        models = WorkerModels(settings)
        tools = hosted_search(GuideSettings(vector_store_id="vs_1"), settings)
        agent: Agent[Any] = Agent(name="a", model=models.get_model("m"), tools=tools)

        await Runner.run(agent, "hello")

        (sent,) = server.calls[0].request.body["tools"]
        assert (sent["type"], sent["vector_store_ids"]) == ("file_search", ["vs_1"])
        await models.aclose()
