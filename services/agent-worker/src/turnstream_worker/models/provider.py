"""The model of a name, for the bundled assistant and for apps brought along."""

import os
from functools import cache

from agents import (
    Model,
    ModelProvider,
    MultiProvider,
    set_default_openai_api,
    set_default_openai_client,
    set_tracing_disabled,
)
from agents.models import get_default_model
from openai import AsyncOpenAI
from pydantic import SecretStr

from turnstream_worker.callers import current_caller
from turnstream_worker.models.app_endpoint import AppEndpoint, Endpoint
from turnstream_worker.models.client import model_client
from turnstream_worker.models.keyless import NoModel, load_keyless_model
from turnstream_worker.models.settings import ModelSettings
from turnstream_worker.models.tenant_model import TenantModel
from turnstream_worker.sdk.models.complete_answers import (
    CompleteChatCompletionsModel,
    CompleteResponsesModel,
)
from turnstream_worker.sdk.runner import app_runner

OPENAI_PREFIX = "openai/"
"""At OpenAI the SDK's alias for a bare name; at any other host a part of the name."""
OTHER_PROVIDERS = ("litellm/", "any-llm/")
"""Names the SDK resolves with optional packages and their own keys."""


class WorkerModels(ModelProvider):
    """Resolves every model name with one client, built from the settings.

    Names are literal: a slash (`ZhipuAI/GLM-4.6`) is part of the name. Without a key and a base
    URL every name is the keyless model. The client never retries: a turn is retried as a whole.
    An endpoint that the app named with the SDK's `set_default_openai_…` comes before all of that.
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
        self.app_endpoint = AppEndpoint(settings)
        """The endpoint that the app named itself, if it did."""

    def get_model(self, model_name: str | None) -> Model:
        """The model of this name; the tenant's or the configured one without. Raises `NoModel`."""
        caller = current_caller()
        tenants = caller.context.model if caller is not None else None
        if model_name is None and tenants is not None:
            return TenantModel(self._named(tenants), tenants)
        return self._named(model_name or self.settings.model or get_default_model())

    def _named(self, name: str) -> Model:
        if name.startswith(OTHER_PROVIDERS):
            return self._others.get_model(name)
        named = self.app_endpoint.named()
        if named is not None:
            return _model(name.removeprefix(OPENAI_PREFIX), named)
        if self._keyless is not None:
            return self._keyless
        if self.client is None:
            raise NoModel("No model is set up: set OPENAI_API_KEY or OPENAI_BASE_URL.")
        if self.settings.official:
            name = name.removeprefix(OPENAI_PREFIX)
        api = self.settings.model_api or self.app_endpoint.api or self.settings.api
        return _model(name, Endpoint(self.client, api))

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

    A run that brings a provider of its own keeps it. Call it at start; the last call decides.
    """
    if provider.client is not None:
        set_default_openai_client(provider.client, use_for_tracing=False)
        set_default_openai_api(provider.settings.api)
    if provider.settings.model:
        # The SDK derives settings from this name for agents without a model: `reasoning` for
        # its own default, which other hosts refuse.
        os.environ.setdefault("OPENAI_DEFAULT_MODEL", provider.settings.model)
    provider.app_endpoint.remember()
    app_runner().provider = provider


def _model(name: str, endpoint: Endpoint) -> Model:
    if endpoint.api == "responses":
        return CompleteResponsesModel(name, endpoint.client)
    return CompleteChatCompletionsModel(name, endpoint.client)


def _client(settings: ModelSettings, base_url: str, key: SecretStr | None) -> AsyncOpenAI:
    return model_client(base_url, key, settings.model_timeout.total_seconds())
