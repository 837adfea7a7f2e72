"""Which model answers: OpenAI's, one behind a compatible API, or one that needs no key."""

from turnstream_worker.models.keyless import KeylessModelNotLoaded
from turnstream_worker.models.provider import (
    WorkerModels,
    build_model,
    default_model,
    default_provider,
    use_as_default,
)
from turnstream_worker.models.settings import ModelSettings

__all__ = [
    "KeylessModelNotLoaded",
    "ModelSettings",
    "WorkerModels",
    "build_model",
    "default_model",
    "default_provider",
    "use_as_default",
]
