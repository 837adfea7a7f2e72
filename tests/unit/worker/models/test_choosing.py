"""The settings choose the model, and an answer that was cut short says so."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from agents import (
    Agent,
    MultiProvider,
    OpenAIChatCompletionsModel,
    OpenAIProvider,
    OpenAIResponsesModel,
    RunConfig,
    Runner,
    RunResultStreaming,
)
from agents.run import get_default_agent_runner, set_default_agent_runner
from openai import APIConnectionError, APITimeoutError
from pydantic import SecretStr
from turnstream_guide.keyless_model import DemoModel
from turnstream_worker.models import (
    KeylessModelNotLoaded,
    ModelSettings,
    WorkerModels,
    build_model,
    use_as_default,
)
from turnstream_worker.models.keyless import NoModel
from turnstream_worker.sdk.runner import adopt

from tests.support.model_server import (
    Cut,
    Hang,
    ModelServer,
    Script,
    Step,
    always,
    text,
    tool_call,
)

KEY = "sk-very-secret"
GLM = "ZhipuAI/GLM-4.6"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MODEL", "MODEL_API", "MODEL_CHOICES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def own_runner() -> Iterator[None]:
    """A runner of the test's own, whose provider no other test gets."""
    runner = get_default_agent_runner()
    set_default_agent_runner(None)
    yield
    set_default_agent_runner(runner)


@pytest.mark.parametrize(
    ("settings", "kind", "name"),
    [
        ({"openai_api_key": KEY}, OpenAIResponsesModel, "gpt-5.6-luna"),
        ({"openai_api_key": KEY, "model": "openai/gpt-x"}, OpenAIResponsesModel, "gpt-x"),
        (
            {"openai_api_key": KEY, "model": "gpt-x", "model_api": "chat_completions"},
            OpenAIChatCompletionsModel,
            "gpt-x",
        ),
        (
            {"openai_base_url": "https://eu.api.openai.com/v1", "model": "gpt-x"},
            OpenAIResponsesModel,
            "gpt-x",
        ),
        ({"openai_base_url": "http://h/v1", "model": GLM}, OpenAIChatCompletionsModel, GLM),
        (
            {"openai_base_url": "http://h/v1", "model": "openai/x", "model_api": "responses"},
            OpenAIResponsesModel,
            "openai/x",
        ),
    ],
)
def test_the_settings_choose_the_model(
    settings: dict[str, Any], kind: type[Any], name: str
) -> None:
    model = build_model(ModelSettings(**settings))

    assert isinstance(model, kind)
    assert model.model == name
    assert model._client.max_retries == 0


def test_without_a_key_the_demo_model_answers_to_every_name() -> None:
    models = WorkerModels(ModelSettings())

    assert isinstance(models.get_model(None), DemoModel)
    assert isinstance(models.get_model("gpt-x"), DemoModel)


def test_a_keyless_model_that_is_not_there_is_named_with_what_to_do() -> None:
    for path in ("nowhere:create", "turnstream_guide.settings:GuideSettings", "json:dumps"):
        with pytest.raises(KeylessModelNotLoaded, match=path):
            WorkerModels(ModelSettings(keyless_model=path))


def test_with_a_key_no_keyless_model_is_loaded() -> None:
    WorkerModels(ModelSettings(openai_base_url="http://h/v1", keyless_model="nowhere:create"))


def test_an_app_may_do_without_a_keyless_model() -> None:
    with pytest.raises(NoModel, match="OPENAI_API_KEY"):
        WorkerModels(ModelSettings(keyless_model="none")).get_model("gpt-x")


def test_the_environment_reads_as_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "")
    monkeypatch.setenv("MODEL_TIMEOUT", "500ms")
    monkeypatch.setenv("MODEL_CHOICES", f"gpt-x, {GLM},")

    settings = ModelSettings()

    assert settings.keyless
    assert settings.model_timeout == timedelta(milliseconds=500)
    assert settings.model_choices == ("gpt-x", GLM)


def test_the_key_is_not_shown() -> None:
    settings = ModelSettings(openai_api_key=SecretStr(KEY))

    assert KEY not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
@pytest.mark.parametrize(
    "cut",
    [
        text("Half an answer", Cut(clean=True)),
        text("Half an answer", Cut(clean=False)),
        text("Half", " an answer").cut_after(2, clean=True),
        tool_call("save_fact", {"fact": "tea"}) + Cut(clean=True),
    ],
)
async def test_an_answer_that_is_cut_short_is_a_connection_error(cut: Step, api: str) -> None:
    with pytest.raises(APIConnectionError):
        await _run(always(cut), api)


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
async def test_a_silent_model_is_a_timeout(api: str) -> None:
    with pytest.raises(APITimeoutError):
        await _run(always(text("Half an answer", Hang())), api, model_timeout="100ms")


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
async def test_a_whole_answer_passes_with_its_usage(api: str) -> None:
    result = await _run(always(text("A whole ", "answer.")), api)

    assert result.final_output == "A whole answer."
    assert result.context_wrapper.usage.output_tokens > 0


@pytest.mark.usefixtures("own_runner")
async def test_agents_that_name_a_model_get_it_from_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_DEFAULT_MODEL", "unused")
    async with ModelServer(always(text("Hello."))) as server:
        settings = ModelSettings(openai_base_url=server.base_url, model=GLM)
        use_as_default(models := WorkerModels(settings))
        named = await Runner.run(Agent(name="a", model="Qwen/Qwen3"), "hello")
        unnamed = await Runner.run(Agent(name="b"), "hello", run_config=RunConfig(group_id="g"))
        await models.aclose()

    assert [named.final_output, unnamed.final_output] == ["Hello.", "Hello."]
    assert [call.request.model for call in server.calls] == ["Qwen/Qwen3", GLM]


def test_a_provider_that_an_app_brings_is_kept() -> None:
    ours = WorkerModels(ModelSettings())

    for theirs in (OpenAIProvider(api_key=KEY), MultiProvider(openai_base_url="http://h/v1")):
        kept = adopt(RunConfig(model_provider=theirs), ours)
        assert isinstance(kept, RunConfig)
        assert kept.model_provider is theirs
        assert adopt({"model_provider": theirs}, ours) == {"model_provider": theirs}
    for none in (None, RunConfig()):
        adopted = adopt(none, ours)
        assert isinstance(adopted, RunConfig)
        assert adopted.model_provider is ours
    assert adopt({"workflow_name": "w"}, ours) == {"workflow_name": "w", "model_provider": ours}


async def _run(script: Script, api: Any, **settings: Any) -> RunResultStreaming:
    async with ModelServer(script) as server:
        found = ModelSettings(openai_base_url=server.base_url, model_api=api, **settings)
        models = WorkerModels(found)
        try:
            result = Runner.run_streamed(Agent(name="a", model=models.get_model(None)), "hi")
            async for _ in result.stream_events():
                pass
        finally:
            await models.aclose()
        return result
