"""An app that names its model endpoint the SDK's own way gets answers from there."""

from collections.abc import Iterator

import agents
import pytest
from agents import Agent, RunConfig, Runner
from agents.models import _openai_shared
from openai import AsyncAzureOpenAI, AsyncOpenAI
from turnstream_worker.models import ModelSettings, WorkerModels, use_as_default
from turnstream_worker.sdk.models.complete_answers import (
    CompleteChatCompletionsModel,
    CompleteResponsesModel,
)
from turnstream_worker.sdk.models.openai_defaults import openai_defaults

from tests.support.model_server import ModelServer, always, text


@pytest.fixture(autouse=True)
def untouched_defaults(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The defaults of the SDK as an app finds them, put back afterwards."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MODEL", "MODEL_API"):
        monkeypatch.delenv(name, raising=False)
    before, runner = openai_defaults(), agents.run.get_default_agent_runner()
    agents.run.set_default_agent_runner(None)
    agents.set_default_openai_api("responses")
    yield
    agents.run.set_default_agent_runner(runner)
    _openai_shared._default_openai_client = before.client
    _openai_shared._default_openai_key = before.key
    agents.set_default_openai_api("responses" if before.responses else "chat_completions")
    agents.set_default_openai_responses_transport("http")


def models(settings: ModelSettings | None = None) -> WorkerModels:
    """The models of a worker, before its app is loaded."""
    provider = WorkerModels(settings or ModelSettings())
    use_as_default(provider)
    return provider


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
async def test_a_client_of_the_app_answers_in_its_name(api: str) -> None:
    """Without a key of ours too, where the demo model would have answered."""
    async with (
        ModelServer(always(text("mine"))) as server,
        AsyncOpenAI(base_url=server.base_url, api_key="own") as client,
    ):
        provider = models()
        agents.set_default_openai_client(client, use_for_tracing=False)
        agents.set_default_openai_api(api)  # type: ignore[arg-type]

        run = await Runner.run(
            Agent(name="mine", model="my-model"),
            "hello",
            run_config=RunConfig(model_provider=provider),
        )

    assert run.final_output == "mine"
    assert [call.request.model for call in server.calls] == ["my-model"]


def test_the_client_keeps_its_class_and_leaves_trying_again_to_the_turn() -> None:
    """Of Azure, for example, whose requests go elsewhere."""
    provider = models(ModelSettings(openai_api_key="sk-ours"))
    azure = AsyncAzureOpenAI(azure_endpoint="http://azure", api_key="own", api_version="1")
    agents.set_default_openai_client(azure, use_for_tracing=False)

    model = provider.get_model("gpt")

    assert isinstance(model, CompleteResponsesModel)
    assert isinstance(model._client, AsyncAzureOpenAI)
    assert model._client.max_retries == 0


def test_a_key_of_the_app_goes_where_ours_would() -> None:
    provider = models()
    agents.set_default_openai_key("sk-own", use_for_tracing=False)

    model = provider.get_model(None)

    assert isinstance(model, CompleteResponsesModel)
    assert model._client.api_key == "sk-own"


def test_an_api_of_the_app_is_spoken_to_our_host_unless_a_setting_says_otherwise() -> None:
    ours = ModelSettings(openai_api_key="sk-ours")
    provider, told = models(ours), models(ours.model_copy(update={"model_api": "responses"}))
    agents.set_default_openai_api("chat_completions")

    assert isinstance(provider.get_model("m"), CompleteChatCompletionsModel)
    assert isinstance(told.get_model("m"), CompleteResponsesModel)


def test_an_app_that_sets_nothing_gets_ours() -> None:
    provider = models(ModelSettings(openai_api_key="sk-ours"))
    assert provider.app_endpoint.named() is None
    assert provider.get_model("m")._client is provider.client  # type: ignore[attr-defined]
