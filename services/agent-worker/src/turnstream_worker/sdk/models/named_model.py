"""A model that has a name and no server."""

from collections.abc import AsyncIterator
from typing import Any

from agents import ModelResponse
from agents.items import TResponseStreamEvent
from agents.models.interface import Model


class NamedModel(Model):
    """Stands for a model that an app names, where another one answers. It is never asked."""

    def __init__(self, name: str) -> None:
        self.model = name

    async def get_response(self, *asked: Any, **options: Any) -> ModelResponse:
        """Part of a model."""
        raise NotImplementedError

    def stream_response(self, *asked: Any, **options: Any) -> AsyncIterator[TResponseStreamEvent]:
        """Part of a model."""
        raise NotImplementedError
