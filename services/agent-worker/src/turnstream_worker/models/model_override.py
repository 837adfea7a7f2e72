"""Models in place of those of an app, for tests of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from agents import Model, ModelProvider

from turnstream_worker.sdk.models.named_model import NamedModel
from turnstream_worker.sdk.runner import app_runner

ModelOverride = Callable[[str, Model], Model]
"""From an agent's name and its own model to the model that answers instead."""

model_override: ContextVar[ModelOverride | None] = ContextVar("model_override", default=None)
"""The replacement for every model in the current task and in its child tasks."""


class _OverridingProvider(ModelProvider):
    def __init__(self, choose: ModelOverride) -> None:
        self._choose = choose

    def get_model(self, model_name: str | None) -> Model:
        return self._choose("", NamedModel(model_name or ""))


@contextmanager
def override_model(model: Model) -> Iterator[None]:
    """Use this model in place of every model that an app names, brings or omits."""
    with override_models(lambda _agent, _named: model):
        yield


@contextmanager
def override_models(choose: ModelOverride) -> Iterator[None]:
    """Use the models that `choose` returns in place of every model of an app."""
    runner = app_runner()
    before, runner.provider = runner.provider, _OverridingProvider(choose)
    token = model_override.set(choose)
    try:
        yield
    finally:
        model_override.reset(token)
        runner.provider = before
