"""A model in front of another, which passes on whatever is not a call."""

from typing import Any

from agents.models.interface import Model
from agents.retry import ModelRetryAdvice, ModelRetryAdviceRequest


class ModelProxy(Model):
    """Base of a model that changes calls of an app's model. The rest reaches that model."""

    def __init__(self, inner: Model) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def close(self) -> None:
        """Close the app's model."""
        await self._inner.close()

    def get_retry_advice(self, request: ModelRetryAdviceRequest) -> ModelRetryAdvice | None:
        """Ask the app's model."""
        return self._inner.get_retry_advice(request)

    async def _cleanup_on_run_end(self, owner: object) -> None:
        await self._inner._cleanup_on_run_end(owner)
