"""A model in place of every model of an app, for tests of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from agents import Model, ModelProvider

from turnstream_worker.sdk.runner import app_runner

stand_in: ContextVar[Model | None] = ContextVar("stand_in", default=None)
"""The model that answers in place of all others in the current task, and in those it begins."""


class _OneModel(ModelProvider):
    def __init__(self, model: Model) -> None:
        self._model = model

    def get_model(self, model_name: str | None) -> Model:
        return self._model


@contextmanager
def answering(model: Model) -> Iterator[None]:
    """Let this model answer for whatever model an app names, brings or leaves out."""
    runner = app_runner()
    before, runner.provider = runner.provider, _OneModel(model)
    token = stand_in.set(model)
    try:
        yield
    finally:
        stand_in.reset(token)
        runner.provider = before
