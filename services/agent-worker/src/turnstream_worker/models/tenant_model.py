"""The model of a tenant, for agents that name none."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from agents import Model, ModelResponse, ModelSettings, TResponseInputItem
from agents.items import TResponseStreamEvent
from agents.models import get_default_model_settings

from turnstream_worker.sdk.models.model_proxy import ModelProxy

Input = str | list[TResponseInputItem]


class TenantModel(ModelProxy):
    """A model in place of the deployment's, asked with the settings that the SDK has for it.

    The SDK makes the settings of an agent without a model when the agent is made, for the model of
    the whole process. Other models may refuse those, as `reasoning`. What the app set itself stays.
    """

    def __init__(self, inner: Model, name: str) -> None:
        super().__init__(inner)
        self._own = get_default_model_settings(name)

    async def get_response(
        self,
        system_instructions: str | None,
        input: Input,
        model_settings: ModelSettings,
        *args: Any,
        **options: Any,
    ) -> ModelResponse:
        """Part of a model."""
        settings = self._fitting(model_settings)
        return await self._inner.get_response(
            system_instructions, input, settings, *args, **options
        )

    def stream_response(
        self,
        system_instructions: str | None,
        input: Input,
        model_settings: ModelSettings,
        *args: Any,
        **options: Any,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """Part of a model."""
        settings = self._fitting(model_settings)
        return self._inner.stream_response(system_instructions, input, settings, *args, **options)

    def _fitting(self, settings: ModelSettings) -> ModelSettings:
        implied = get_default_model_settings()
        if implied.reasoning is not None and settings.reasoning == implied.reasoning:
            settings = replace(settings, reasoning=self._own.reasoning)
        if implied.verbosity is not None and settings.verbosity == implied.verbosity:
            settings = replace(settings, verbosity=self._own.verbosity)
        return settings
