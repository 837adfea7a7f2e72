"""From a model's name to the model, for the bundled assistant and for apps brought along."""

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from agents import (
    Model,
    ModelProvider,
    MultiProvider,
    RunConfig,
    RunResult,
    RunResultStreaming,
    set_default_openai_api,
    set_default_openai_client,
    set_tracing_disabled,
)
from agents.models import get_default_model
from agents.run import AgentRunner, get_default_agent_runner, set_default_agent_runner
from openai import AsyncOpenAI
from pydantic import SecretStr

from turnstream_worker.models.client import model_client
from turnstream_worker.models.guards import GuardedChatCompletionsModel, GuardedResponsesModel
from turnstream_worker.models.keyless import NoModel, load_keyless_model
from turnstream_worker.models.settings import ModelSettings

OPENAI_PREFIX = "openai/"
"""At OpenAI the SDK's alias for a bare name; at any other host a part of the name."""
OTHER_PROVIDERS = ("litellm/", "any-llm/")
"""Names the SDK resolves with optional packages and their own keys."""


class WorkerModels(ModelProvider):
    """Resolves every model name with one client, built from the settings.

    Names are literal: a slash (`ZhipuAI/GLM-4.6`) is part of the name. Without a key and a base
    URL every name is the keyless model. The client never retries: a turn is retried as a whole.
    """

    def __init__(self, settings: ModelSettings) -> None:
        self.settings = settings
        key = settings.openai_api_key
        self.client = None if settings.keyless else _client(settings, settings.base_url, key)
        self.transcriber = self.client
        """Where speech becomes text; None when there is nowhere to send it."""
        if settings.transcribe_base_url is not None:
            self.transcriber = _client(
                settings, settings.transcribe_base_url, settings.transcribe_api_key
            )
        self._keyless = load_keyless_model(settings.keyless_model) if settings.keyless else None
        self._others = MultiProvider()

    def get_model(self, model_name: str | None) -> Model:
        """The model of this name; the configured one without a name. Raises `NoModel`."""
        name = model_name or self.settings.model or get_default_model()
        if name.startswith(OTHER_PROVIDERS):
            return self._others.get_model(name)
        if self._keyless is not None:
            return self._keyless
        if self.client is None:
            raise NoModel("No model is set up: set OPENAI_API_KEY or OPENAI_BASE_URL.")
        if self.settings.official:
            name = name.removeprefix(OPENAI_PREFIX)
        if self.settings.api == "responses":
            return GuardedResponsesModel(name, self.client)
        return GuardedChatCompletionsModel(name, self.client)

    async def aclose(self) -> None:
        """Close the connections; for the end of the process, not of a run."""
        for client in {self.client, self.transcriber}:
            if client is not None:
                await client.close()


def build_model(settings: ModelSettings) -> Model:
    """The model that the settings describe."""
    return WorkerModels(settings).get_model(None)


@cache
def default_provider() -> WorkerModels:
    """The models of this process, by its environment. Made once: they share connections."""
    settings = ModelSettings()
    set_tracing_disabled(settings.openai_agents_disable_tracing)
    return WorkerModels(settings)


@cache
def default_model() -> Model:
    """The model of this process, by its environment."""
    return default_provider().get_model(None)


def use_as_default(provider: WorkerModels) -> None:
    """Let apps that name models by string, or not at all, get them from `provider`.

    Call it once, at start, after anything else that sets the SDK's default runner: it goes in
    front of the one there is. A run that brings a provider of its own keeps it.
    """
    if provider.client is not None:
        set_default_openai_client(provider.client, use_for_tracing=False)
        set_default_openai_api(provider.settings.api)
    if provider.settings.model:
        # The SDK derives settings from this name for agents without a model: `reasoning` for
        # its own default, which other hosts refuse.
        os.environ.setdefault("OPENAI_DEFAULT_MODEL", provider.settings.model)
    set_default_agent_runner(_ProviderRunner(provider, get_default_agent_runner()))


def adopt(
    run_config: RunConfig | Mapping[str, Any] | None, provider: ModelProvider
) -> RunConfig | dict[str, Any]:
    """The same configuration with `provider` where the SDK would have made one by itself."""
    if run_config is None:
        return RunConfig(model_provider=provider)
    if isinstance(run_config, Mapping):
        return {"model_provider": provider, **run_config}
    if _made_by_the_sdk(run_config.model_provider):
        return replace(run_config, model_provider=provider)
    return run_config


class _ProviderRunner(AgentRunner):
    """A runner in front of another, with our provider for runs that name none.

    The default runner is not public API, but the seam that durable integrations of the SDK use.
    """

    def __init__(self, provider: ModelProvider, inner: AgentRunner) -> None:
        self._provider = provider
        self._inner = inner

    async def run(self, *args: Any, **options: Any) -> RunResult:
        return await self._inner.run(*args, **self._adopted(options))

    def run_sync(self, *args: Any, **options: Any) -> RunResult:
        return self._inner.run_sync(*args, **self._adopted(options))

    def run_streamed(self, *args: Any, **options: Any) -> RunResultStreaming:
        return self._inner.run_streamed(*args, **self._adopted(options))

    def _adopted(self, options: dict[str, Any]) -> dict[str, Any]:
        return {**options, "run_config": adopt(options.get("run_config"), self._provider)}


def _made_by_the_sdk(provider: ModelProvider) -> bool:
    if type(provider) is not MultiProvider or provider.provider_map is not None:
        return False
    openai = vars(provider.openai_provider)
    return openai["_client"] is None and not any(
        value for name, value in openai.items() if name.startswith("_stored_")
    )


def _client(settings: ModelSettings, base_url: str, key: SecretStr | None) -> AsyncOpenAI:
    return model_client(base_url, key, settings.model_timeout.total_seconds())
