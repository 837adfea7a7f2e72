"""Models in place of those of an app, for tests of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from agents import Model, ModelProvider

from turnstream_worker.sdk.models.named_model import NamedModel
from turnstream_worker.sdk.runner import app_runner

StandIn = Callable[[str, Model], Model]
"""From an agent's name and its own model to the model that answers instead."""

stand_in: ContextVar[StandIn | None] = ContextVar("stand_in", default=None)
"""The replacement for every model in the current task and in its child tasks."""


class _StandInProvider(ModelProvider):
    def __init__(self, stand: StandIn) -> None:
        self._stand = stand

    def get_model(self, model_name: str | None) -> Model:
        return self._stand("", NamedModel(model_name or ""))


@contextmanager
def answering(model: Model) -> Iterator[None]:
    """Use this model in place of every model that an app names, brings or omits."""
    with answering_by(lambda _agent, _named: model):
        yield


@contextmanager
def answering_by(stand: StandIn) -> Iterator[None]:
    """Use the models that `stand` returns in place of every model of an app."""
    runner = app_runner()
    before, runner.provider = runner.provider, _StandInProvider(stand)
    token = stand_in.set(stand)
    try:
        yield
    finally:
        stand_in.reset(token)
        runner.provider = before
